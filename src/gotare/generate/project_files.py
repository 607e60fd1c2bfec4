"""Which files does a project get? A table of the parts and what writes each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import Final

from gotare.generate.files import PARTS, Choices, GeneratedFile, Part
from gotare.plan import Plan

Generator = Callable[[Plan, Choices], GeneratedFile | Iterable[GeneratedFile]]

_GENERATORS: Final[dict[Part, tuple[str, str]]] = {
    "dockerfile": ("dockerfile", "dockerfiles"),
    "dockerignore": ("dockerignore", "dockerignore"),
    "compose": ("compose", "compose"),
    "kubernetes": ("kubernetes", "kubernetes"),
    "github": ("github", "github"),
    "gitlab": ("gitlab", "gitlab"),
    "makefile": ("makefile", "makefile"),
    "config": ("config_text", "config_file"),
    "docs": ("docs", "docs"),
}
"""The module and the function of each part; a module is imported when its part is wanted."""


def generate(
    plan: Plan, choices: Choices, only: Collection[Part] = PARTS
) -> tuple[GeneratedFile, ...]:
    """Return the files of some parts, in the order of PARTS. Raises UsageError and ProjectError for
    a plan that a file cannot hold."""
    files: list[GeneratedFile] = []
    for part in PARTS:
        if part in only:
            made = _generator(part)(plan, choices)
            files += [made] if isinstance(made, GeneratedFile) else made
    return tuple(files)


def _generator(part: Part) -> Generator:
    module, function = _GENERATORS[part]
    generator: Generator = getattr(import_module(f"gotare.generate.{module}"), function)
    return generator
