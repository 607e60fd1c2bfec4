"""A `.dockerignore` beside what is copied, compiled and embedded: what rules look at."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gotare.lint.ignore_file import IgnoreFile, read_ignore_file
from gotare.lint.kinds import kind_of_name
from gotare.lint.subjects import Surroundings

if TYPE_CHECKING:
    from gotare.lint.dockerfile.syntax import Dockerfile, Instruction, Word

COMPILES = re.compile(r"\bgo\s+(?:-C\s+\S+\s+)?(?:build|install|mod|run|generate)\b|\bmake\b")
"""What a Dockerfile runs that compiles the sources of its context."""
_MANIFESTS = (
    "go.mod",
    "package.json",
    "requirements.txt",
    "pom.xml",
    "Cargo.toml",
    "pyproject.toml",
)
_MOST = 100
"""Dockerfiles that are read at most."""


@dataclass(frozen=True)
class IgnoreSubject:
    """A `.dockerignore`."""

    path: str
    text: str
    file: IgnoreFile
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def folder(self) -> str:
        """The folder that it is for, "" for the build context; files are relative to it."""
        here = posixpath.normpath(self.around.here or posixpath.basename(self.path))
        return posixpath.dirname(here)

    def inside(self, path: str) -> str | None:
        """Return a path of the build context as one in this folder; None for one beyond it."""
        clean = posixpath.normpath(path)
        if not self.folder:
            return None if clean.startswith("../") else clean
        head = f"{self.folder}/"
        return clean[len(head) :] if clean.startswith(head) else None

    @cached_property
    def files(self) -> frozenset[str] | None:
        """The files and folders of the context, folders with a slash; None where nobody looked."""
        if self.around.files is None:
            return None
        found = (path for path in self.around.files if not self.folder or self.inside(path))
        ends = ((path, "/" if path.endswith("/") else "") for path in found)
        return frozenset(f"{self.inside(path)}{end}" for path, end in ends)

    @cached_property
    def dockerfiles(self) -> tuple[Dockerfile, ...]:
        """The Dockerfiles that this file is for: those of its folder, or the one it is named by."""
        return tuple(self._parsed(self._dockerfile_paths()))

    @cached_property
    def taken(self) -> tuple[str, ...] | None:
        """What the Dockerfiles name that may be for this file, in its folder or below; None where
        there is none. Of one in a module of its own "." is not this folder."""
        own = self.dockerfiles
        if own and posixpath.basename(self.path) != ".dockerignore":
            return tuple(_sources(own))
        below = sorted(p for p in self.files or () if "/" in p and _is_dockerfile(p))
        paths = [posixpath.join(self.folder, path) for path in below[:_MOST]]
        nested = tuple(self._parsed(iter(paths)))
        if not own and not nested:
            return None
        of_root = [file for file in nested if not self._is_module(posixpath.dirname(file.path))]
        named = (path for path in _sources(nested) if path != ".")
        return (*_sources((*own, *of_root)), *named)

    def _is_module(self, folder: str) -> bool:
        files = self.around.files or frozenset()
        return any(posixpath.join(folder, name) in files for name in _MANIFESTS)

    def _parsed(self, paths: Iterator[str]) -> Iterator[Dockerfile]:
        from gotare.errors import GotareError
        from gotare.lint.dockerfile.parse import parse_dockerfile

        for path in paths:
            try:
                text = self.around.texts.get(path)
                if text is not None:
                    yield parse_dockerfile(text, path)
            except GotareError:
                continue

    def _dockerfile_paths(self) -> Iterator[str]:
        own = posixpath.basename(self.path).removesuffix(".dockerignore")
        names = {own} if own else {"Dockerfile", "Containerfile"}
        listed = self.files if self.files is not None and not own else frozenset[str]()
        names |= {path for path in listed if "/" not in path and _is_dockerfile(path)}
        yield from (posixpath.join(self.folder, name) for name in sorted(names))

    @property
    def compiles(self) -> bool:
        """Whether one of the Dockerfiles compiles the sources of its context."""
        return any(
            COMPILES.search(instruction.value) is not None
            for file in self.dockerfiles
            for instruction in file.instructions
            if instruction.name == "RUN"
        )

    @property
    def copies_all(self) -> bool:
        """Whether one of the Dockerfiles copies the whole context."""
        return any(
            posixpath.normpath(word.text) in (".", "/")
            for file in self.dockerfiles
            for _, word in copied(file)
        )


def _is_dockerfile(path: str) -> bool:
    return kind_of_name(path) == "dockerfile"


def _sources(files: Iterable[Dockerfile]) -> Iterator[str]:
    for file in files:
        yield from (posixpath.normpath(word.text).lstrip("/") or "." for _, word in copied(file))


def copied(file: Dockerfile) -> Iterator[tuple[Instruction, Word]]:
    """Yield the sources in the context that COPY and ADD name, without variables and URLs."""
    for instruction in file.instructions:
        if instruction.name not in ("COPY", "ADD") or instruction.flag("from"):
            continue
        for word in instruction.words[:-1]:
            if "$" not in word.text and "://" not in word.text and not word.text.startswith("<<"):
                yield instruction, word


def dockerignore_of(path: str, text: str, around: Surroundings) -> IgnoreSubject:
    """Read a `.dockerignore`."""
    return IgnoreSubject(path, text, read_ignore_file(text), around)
