"""What does a new .dockerignore leave out, that nothing in a build reads?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from gotare.findings import Edit, Fix
from gotare.frozen import dataclass
from gotare.lint.ignore_file import read_ignore_file
from gotare.lint.rules import context
from gotare.lint.subjects import DockerfileSubject

_ALWAYS: Final = (".git", "**/.env", "**/.env.*")
_WHERE_THERE: Final = (
    ".github", ".gitlab-ci.yml", ".circleci", ".idea", ".vscode", "node_modules", "bin", "dist",
    "coverage.out", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml",
    "**/*.pem", "**/*.key", "**/.netrc", "**/id_rsa", "**/id_ed25519", "Dockerfile",
)  # fmt: skip
_SOURCES: Final = (".go", ".sh", ".py")
_READS_GIT: Final = re.compile(
    r"(?<![\w./-])git\s+(?!clone|config)\w|\bmake\b|\bgoreleaser\b|\.sh\b"
)
_HEAVY: Final = (".git", ".env", "node_modules", "bin", "dist")
_IDLE: Final = re.compile(
    r"(?:.*/)?(?:[^/]+\.md|LICENSE[^/]*|[^/]+_test\.go)|(?:\.git|\.github|docs?)/.*|package\.json"
)
"""What no build of a program reads; where there is a package.json, node_modules comes."""


def spared(subject: DockerfileSubject) -> tuple[str, ...] | None:
    """Return the folders and files that a new .dockerignore would leave out, and that are worth a
    word; None where there is nothing to leave out."""
    lines, files = list(_lines(subject)), subject.around.files or frozenset()
    said = tuple(
        name for path in _HEAVY for name in (path, f"{path}/")
        if name in files and (path in lines or f"**/{path}" in lines)
    )  # fmt: skip
    others = {line for line in lines if line not in _ALWAYS} - {"Dockerfile"}
    return said if said or others or _names_in(files).idle else None


def new_ignore_file(subject: DockerfileSubject) -> Fix | None:
    """Return the fix that writes the file; None where nobody knows what is in the context."""
    path = subject.around.ignore_file
    if subject.around.files is None or path in subject.around.files:
        return None
    lines = list(_lines(subject))
    text = "".join(f"{line}\n" for line in lines)
    return Fix((Edit(0, 0, text),), False, f"write {path}", path) if lines else None


def _lines(subject: DockerfileSubject) -> Iterator[str]:
    names, needed = _names_in(subject.around.files or frozenset()), _needed(subject)
    for line in (*_ALWAYS, *_WHERE_THERE):
        there = line in _ALWAYS or line in names.there
        if there and line not in names.code and not any(_touches(line, path) for path in needed):
            yield line


@dataclass(frozen=True, slots=True)
class _Names:
    """What a context holds: the lines of `_WHERE_THERE` that leave something out, the folders at
    its top with code below, and whether there is anything that no build reads."""

    there: frozenset[str]
    code: frozenset[str]
    idle: bool


@lru_cache(maxsize=8)
def _names_in(files: frozenset[str]) -> _Names:
    """Return the names in a context, which all its Dockerfiles ask for."""
    split = [path.rstrip("/").split("/") for path in files]
    top = frozenset(parts[0] for parts in split)
    anywhere = frozenset(part for parts in split for part in parts)
    return _Names(
        frozenset(line for line in _WHERE_THERE if _leaves_out(line, top, anywhere)),
        frozenset(p[0] for p in split if len(p) > 1 and p[-1].endswith(_SOURCES)),
        any(_IDLE.fullmatch(path) for path in files if not path.startswith(".git/")),
    )


def _leaves_out(line: str, top: frozenset[str], anywhere: frozenset[str]) -> bool:
    name = line.removeprefix("**/")
    return name in top if name == line else any(fnmatchcase(each, name) for each in anywhere)


def _needed(subject: DockerfileSubject) -> set[str]:
    """Return what instructions name, what the code embeds, and .git where a step may read it."""
    found = {
        path
        for stage in subject.build.stages
        for copy in context.from_context(subject, stage)
        for path in context.source_paths(copy)
        if path != "."
    }
    plan = subject.around.plan
    found |= set(plan.sources.kept if plan else ())
    runs = (i for stage in subject.build.stages for i in stage.named("RUN"))
    return found | ({".git"} if any(_READS_GIT.search(run.value) for run in runs) else set())


def _touches(line: str, path: str) -> bool:
    """Whether a pattern leaves out a path that is needed, or something in it."""
    clean = posixpath.normpath(path)
    name = line.removeprefix("**/")
    inside = name == line and name.startswith(f"{clean}/")
    return inside or read_ignore_file(line).excludes(clean) is not None
