"""Is what COPY names, and what is not there, made before the build?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.lint.dockerfile.copies import CopySource
from gotare.lint.dockerfile.shipping import command_of
from gotare.lint.git_ignored import is_git_ignored
from gotare.lint.subjects import DockerfileSubject

_MADE: Final = re.compile(
    r"(?:^|/)(?:bin|binary|dist|build|out|output|_output|_build|target|release|releases|artifacts?"
    r"|tmp|node_modules|coverage|public|generated|gen|vendor|rootfs|\.\w[\w.-]*)(?:/|$)"
    r"|\.(?:tar|tgz|gz|zip|deb|rpm|apk|snap|msi|jar|wasm|exe|so|pem|crt|key)$",
    re.IGNORECASE,
)
"""What is often made before the build, and not kept in git."""

_MAKES: Final = re.compile(
    r"(?:^|/)(?:GNUmakefile|[Mm]akefile|[Jj]ustfile|Jenkinsfile|(?:Taskfile|\.goreleaser|cloudbuild"
    r"|\.gitlab-ci|\.drone|\.travis)[\w.-]*\.ya?ml|[\w.-]+\.(?:mk|sh|bash|ps1|star)|magefile\.go)$"
    r"|^(?:\.github/workflows|\.circleci|\.woodpecker)/[^/]+\.ya?ml$"
)
"""Files that tell how others are made."""

_MOST: Final = 200
"""Files that are read at most."""


def is_made_before(subject: DockerfileSubject, source: CopySource) -> bool:
    """Whether a file that is missing is likely to be made before each build: it lies where such
    files do, git ignores it, a script names it, or it is a program."""
    return (
        _MADE.search(source.text) is not None
        or is_git_ignored(subject.around, source.text)
        or _is_program(subject, source.text)
        or _is_told_of(subject, source.text)
    )


def _is_program(subject: DockerfileSubject, text: str) -> bool:
    """Whether it has the name of a program: one that no folder elsewhere has, but those of
    commands, or that the image runs."""
    name = posixpath.basename(text.rstrip("/"))
    if "." in name or any(mark in name for mark in "*?["):
        return False
    commands = [command_of(target) for target in subject.build.targets]
    if any(name in word for command in commands if command for word in command.words):
        return True
    folders = [f.rstrip("/") for f in subject.around.files or () if f.endswith(f"/{name}/")]
    return all(posixpath.basename(posixpath.dirname(folder)) == "cmd" for folder in folders)


def _is_told_of(subject: DockerfileSubject, text: str) -> bool:
    """Whether a file that tells how others are made names it, or of a pattern the folder."""
    parts = [part for part in posixpath.normpath(text).split("/") if part not in (".", "..")]
    names = [part for part in parts if not any(mark in part for mark in "*?[")]
    if not names:
        return False
    pattern = re.compile(rf"(?<![\w.-]){re.escape(names[-1])}(?![\w-])")
    return any(pattern.search(told) for told in _telling(subject))


def _telling(subject: DockerfileSubject) -> Iterator[str]:
    paths = sorted(path for path in subject.around.files or () if _MAKES.search(path))
    for path in paths[:_MOST]:
        yield subject.around.texts.get(path) or ""
