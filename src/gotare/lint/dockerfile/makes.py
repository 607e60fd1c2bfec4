"""Follows `make` into the project's Makefile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.environment import Frame
from gotare.lint.shell.makefile import Makefile, Runner, Step, read_makefile
from gotare.lint.shell.model import Command

NAMES: Final = ("GNUmakefile", "makefile", "Makefile")
"""What make looks for, in this order."""
_SET = re.compile(r"([\w.-]+)[:?+]?=(.*)", re.DOTALL)
_VALUED: Final = frozenset({"-C", "-f", "-j", "-l", "-o", "-I", "--directory", "--file"})


@dataclass(frozen=True, slots=True)
class Making:
    """A call of make. `directory` and `file` are those of -C and -f, "" without."""

    targets: tuple[str, ...]
    variables: Mapping[str, str | None]
    directory: str = ""
    file: str = ""


def making_of(command: Command, frame: Frame) -> Making | None:
    """Return what a command tells make; None where it is no make, or a word is unknown."""
    if command.name not in ("make", "gmake"):
        return None
    targets: list[str] = []
    variables: dict[str, str | None] = {}
    options: dict[str, str] = {}
    skip = ""
    for word in command.arguments:
        said = frame.said(word)
        found = _SET.fullmatch(word.shown)
        if skip:
            options[skip] = said or ""
            skip = ""
        elif found and not word.text.startswith("-"):
            variables[found[1]] = said.partition("=")[2] if said is not None else None
        elif said is None:
            return None
        elif said.startswith("-"):
            skip = said if said in _VALUED and said != "-j" else ""
            options |= _joined_option(said)
        else:
            targets.append(said)
    directory = options.get("-C") or options.get("--directory") or ""
    file = options.get("-f") or options.get("--file") or ""
    return Making(tuple(targets), variables, directory, file)


def _joined_option(text: str) -> dict[str, str]:
    """-Cdir, --directory=dir."""
    name, equals, value = text.partition("=")
    if equals:
        return {name: value}
    return {text[:2]: text[2:]} if text[:2] in ("-C", "-f") and len(text) > 2 else {}


@lru_cache(maxsize=64)
def _read(text: str) -> Makefile:
    return read_makefile(text)


def steps_of(
    making: Making, folder: str, texts: Mapping[str, str], frame: Frame
) -> tuple[str, Makefile, Sequence[Step]] | None:
    """Return the path of the Makefile, the file and the lines that it runs; None where there is no
    such file. `folder` is that of the context where make looks."""
    names = (making.file,) if making.file else NAMES
    paths = [posixpath.normpath(posixpath.join(folder, name)) for name in names]
    path = next((path for path in paths if path in texts), None)
    if path is None:
        return None
    makefile = _read(texts[path])
    runner = Runner(makefile, making.variables, frame.environment)
    return path, makefile, list(runner.steps(making.targets))[:500]


def exported_by(makefile: Makefile, making: Making, frame: Frame) -> dict[str, str | None]:
    """Return what make adds to the environment of its recipes: `export`ed variables, and those of
    its command line."""
    runner = Runner(makefile, making.variables, frame.environment)
    names = makefile.variables if makefile.exports_all else makefile.exported
    found: dict[str, str | None] = {}
    for name in names:
        value = runner.expand(f"$({name})", {}, 0)
        found[name] = None if "$(" in value else value
    return {**found, **making.variables}
