"""Which folder is `docker build` of a Dockerfile given? The one that some file names, else the one
in which most of what is copied lies."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.declared_builds import Declared

_LOCAL: Final = re.compile(
    r"^[ \t]*(?:COPY|ADD)[ \t]+((?:--(?!from=)\S+[ \t]+)*)([^-\s[<][^\s]*)(?=[ \t]+\S)",
    re.IGNORECASE | re.MULTILINE,
)
_COMPILES: Final = re.compile(r"\bgo\s+(?:build|install|mod|run|test)\b|\bmake\b")


@dataclass(frozen=True, slots=True)
class Context:
    """A build context. `sure` False: it may as well be another folder."""

    folder: Path
    sure: bool = True


def local_sources(text: str) -> list[str]:
    """Return the first thing that each COPY and ADD takes from the context, as written."""
    return [source for _, source in _LOCAL.findall(text) if "://" not in source]


def _named(text: str) -> list[str]:
    """Return what is copied by name: no variables, and not the context itself."""
    return [s for s in local_sources(text) if "$" not in s and s.strip("./*")]


def declared_context(
    text: str, declared: Sequence[tuple[Path, Declared]], guessed: Context
) -> Context:
    """Choose among the folders that files name, and the guess where what they say is not exact. Of
    several it is the one in which most of what is copied lies."""
    exact = [folder for folder, build in declared if build.exact]
    folders = exact or [*(folder for folder, _ in declared), guessed.folder]
    sources = _named(text)
    return Context(max(folders, key=lambda folder: _count(folder, sources)))


def guessed_context(text: str, folders: Sequence[Path], module: Path | None) -> Context:
    """Guess the context of a Dockerfile that no file names. `folders` are its own and those above,
    `module` the one of its Go project."""
    home, sources = folders[0], _named(text)
    best = home if (home / "go.mod").is_file() else module or home
    found = _count(best, sources)
    for folder in folders:
        telling = [source for source in sources if not _may_be_program(source, folder, home)]
        count = _count(folder, telling)
        if count > found:
            best, found = folder, count
    sure = found > 0 or len(folders) == 1 or (home / "go.mod").is_file()
    return Context(best, sure or _fits(text, best, sources))


def _may_be_program(source: str, folder: Path, home: Path) -> bool:
    """Whether a source is named as the folder of the Dockerfile, which is how a program that is
    built before is named, too."""
    return folder != home and source == home.relative_to(folder).as_posix()


def _fits(text: str, best: Path, sources: Sequence[str]) -> bool:
    """Whether nothing is copied at all, or only the whole module is, and compiled."""
    if not local_sources(text):
        return True
    has_module = (best / "go.mod").is_file() or (best / "go.work").is_file()
    return has_module and not sources and bool(_COMPILES.search(text))


def _count(folder: Path, sources: Sequence[str]) -> int:
    return sum(1 for source in sources if _is_there(folder, source.lstrip("/")))


def _is_there(folder: Path, source: str) -> bool:
    fixed = source.split("*")[0].split("?")[0].split("[")[0]
    path = fixed if fixed == source else fixed.rpartition("/")[0]
    try:
        return bool(path) and os.path.lexists(folder / path)
    except ValueError:
        return False
