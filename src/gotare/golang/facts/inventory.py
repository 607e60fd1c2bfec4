"""Which files a project's tree holds, apart from what belongs to others or to nobody."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from posixpath import join, normpath
from typing import Final

from gotare.frozen import dataclass

MOST: Final = 50_000
"""Entries after which the walk ends: more than any project's sources."""

_SKIPPED: Final = frozenset({"vendor", "node_modules", "testdata", "third_party"})


@dataclass(frozen=True, slots=True)
class Inventory:
    """Names of files by folder, relative to `root`; "." is the root itself."""

    root: Path
    folders: Mapping[str, frozenset[str]]

    def has(self, path: str) -> bool:
        """Whether a file is there, or a folder with files below it."""
        folder, _, name = normpath(path).rpartition("/")
        return name in self.folders.get(folder or ".", ()) or normpath(path) in self.folders

    def files(self, *suffixes: str) -> Iterator[str]:
        """Yield the paths of the files whose names end so, folder by folder."""
        for folder, names in self.folders.items():
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield path_of(folder, name)


def path_of(folder: str, name: str) -> str:
    """Return the path of a file, without a leading "./"."""
    return name if folder == "." else join(folder, name)


def take_inventory(root: Path, modules: Collection[Path]) -> Inventory:
    """Walk the tree. Left out: hidden folders, vendored code, symbolic links to folders, and
    modules that are not among those given."""
    own = {str(module) for module in modules}
    found: defaultdict[str, set[str]] = defaultdict(set)
    waiting, seen = [str(root)], 0
    for folder in waiting:  # grows while it is walked
        names, below = _listed(folder)
        if "go.mod" in names and folder not in own and folder != str(root):
            continue
        seen += len(names) + len(below)
        if seen > MOST:
            break
        shown = os.path.relpath(folder, root) if folder != str(root) else "."
        found[shown].update(names)
        waiting += below
    return Inventory(root, {folder: frozenset(names) for folder, names in found.items()})


def _listed(folder: str) -> tuple[set[str], list[str]]:
    """Return the names of the files in a folder, and the folders below it to look into."""
    names: set[str] = set()
    below: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    names.add(entry.name)
                elif entry.name[0] not in "._" and entry.name not in _SKIPPED:
                    below.append(entry.path)
    except OSError:
        return set(), []
    return names, sorted(below)
