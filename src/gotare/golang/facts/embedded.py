"""Which files and folders of a project programs embed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import join, normpath
from typing import Final

_PATTERN: Final = re.compile(r"[*?\[\\]")


def embedded_paths(packages: Iterable[tuple[str, Iterable[str], Iterable[str]]]) -> tuple[str, ...]:
    """Return files and folders relative to the root, none of which lies below another.

    `packages` are folders relative to the root, with the patterns of //go:embed and the files that
    these matched. A pattern stands for the folder before its first wildcard; in the package's own
    folder only for the files.
    """
    found = {path for folder, patterns, files in packages for path in _of(folder, patterns, files)}
    return tuple(sorted(path for path in found if not _is_below(path, found)))


def _of(folder: str, patterns: Iterable[str], files: Iterable[str]) -> Iterator[str]:
    held = [normpath(join(folder, name)) for name in files]
    for pattern in patterns:
        plain = pattern.removeprefix("all:")
        wild = _PATTERN.search(plain)
        top = normpath(join(folder, plain[: wild.start()].rpartition("/")[0] if wild else plain))
        if top != normpath(folder):
            yield top
        else:
            yield from held


def _is_below(path: str, others: set[str]) -> bool:
    parent = path.rpartition("/")[0]
    while parent:
        if parent in others:
            return True
        parent = parent.rpartition("/")[0]
    return False
