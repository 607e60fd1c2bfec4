"""What makes a subject of a file's text, for each kind of file.

A reader takes the path as it is shown, the text, and what is around the file. It raises TextError
for text that is not of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from gotare.lint.rule import Kind
from gotare.lint.subjects import DockerfileSubject, Surroundings, TextSubject

Reader = Callable[[str, str, Surroundings], Any]


def dockerfile(path: str, text: str, around: Surroundings) -> DockerfileSubject:
    """Parse a Dockerfile and find its stages."""
    from gotare.lint.dockerfile.bounds import check_length
    from gotare.lint.dockerfile.parse import parse_dockerfile
    from gotare.lint.dockerfile.stages import build_of

    file = parse_dockerfile(text, path)
    check_length(file)
    return DockerfileSubject(file, build_of(file), around)


def plain(path: str, text: str, around: Surroundings) -> TextSubject:
    """Take the text as it is."""
    return TextSubject(path, text, text, around)


READERS: Final[Mapping[Kind, str]] = {
    "dockerfile": "gotare.lint.readers:dockerfile",
    "dockerignore": "gotare.lint.dockerignore:dockerignore_of",
    "compose": "gotare.lint.compose:compose_of",
    "kubernetes": "gotare.lint.kubernetes:kubernetes_of",
    "workflow": "gotare.lint.workflow:workflow_of",
    "makefile": "gotare.lint.makefile:makefile_of",
    "go": "gotare.lint.go_source:go_source",
}
"""The function of each kind, as module:name."""


@cache
def reader_of(kind: Kind) -> Reader:
    """Import the reader of a kind."""
    module, _, name = READERS[kind].partition(":")
    reader: Reader = getattr(import_module(module), name)
    return reader
