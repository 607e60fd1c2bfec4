"""Everything that a build of a plan reads, as a fingerprint."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from gotare.config import FILE_NAME
from gotare.golang.fingerprint import Fingerprint, take
from gotare.golang.git import git_state_files
from gotare.golang.project import Project
from gotare.golang.toolchain import Go
from gotare.plan import Plan

# Their content or code decides bytes of the image.
_LIBRARIES: Final = ("gotare", "certifi", "tzdata", "deflate", "zstandard")
OWN: Path = Path(__file__).parent
"""Where gotare's own code is."""
APART: Final = frozenset({"generate", "lint", "linting", "report", "scaffold", "writing"})
"""Parts of it that no build imports, and so decide nothing."""


def fingerprint_of(project: Project, plan: Plan, go: Go, go_files: Iterable[Path]) -> Fingerprint:
    """Look at every file and folder that decides what the plan's images are.

    `go_files` hold the settings of the go command.
    """
    root = project.path(project.directory)
    assets = [root / file.source for image in plan.images for file in image.files]
    return take(
        files=[
            *(go.path, go.root / "VERSION", *go_files, root / FILE_NAME),
            *git_state_files(root),
            *_absent_repositories(root),
            *_project_files(project),
            *_awaited_files(project),
            *(path for asset in assets for path in _below(asset) if not path.is_dir()),
            *_own_files(),
        ],
        folders=[project.path(package.dir) for package in project.packages],
        trees=_trees(project),
        embeds=[
            *_embed_folders(project),
            *(path for asset in assets for path in _below(asset) if path.is_dir()),
        ],
    )


def _absent_repositories(root: Path) -> Iterator[Path]:
    """Yield where a repository would be that is nearer than the one there is, if there is one."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return
        yield folder / ".git"


def _project_files(project: Project) -> Iterator[Path]:
    for path in (*project.control_files, *project.absent_files, *project.scanned_files):
        yield project.path(path)
    for package in project.packages:
        for name in package.files:
            yield project.path(package.dir) / name


def _awaited_files(project: Project) -> Iterator[Path]:
    """Yield what programs open and the project lacks: once it is there, it goes into the image.

    Of a pattern, the folder before the first wildcard.
    """
    top = project.path(project.directory)
    for program in project.facts.programs:
        for use in program.files:
            if use.access == "read" and use.path and not use.present:
                plain = re.split(r"[*?\[]", use.path, maxsplit=1)[0]
                if not use.path.startswith(("/", "~", "$")):
                    yield top / (plain if plain == use.path else plain.rpartition("/")[0])


def _embed_folders(project: Project) -> Iterator[Path]:
    for package in project.packages:
        for folder in package.embed_folders:
            yield project.path(package.dir) / folder


def _trees(project: Project) -> list[Path]:
    """Return the highest of the folders in which mains were looked for."""
    tops: list[Path] = []
    for folder in sorted(map(project.path, project.scanned_folders)):
        if not any(folder.is_relative_to(top) for top in tops):
            tops.append(folder)
    return tops


def _below(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for folder, folders, names in os.walk(path):
            yield from (Path(folder, name) for name in (*folders, *names))


def _own_files() -> Iterator[Path]:
    """Yield the files by which another version of gotare or of a library shows."""
    for name in _LIBRARIES:
        spec = find_spec(name)
        if spec and spec.origin:
            yield Path(spec.origin)
    yield OWN / "probe" / "main.go"
    for folder, folders, names in os.walk(OWN):
        folders[:] = sorted(name for name in folders if Path(folder) != OWN or name not in APART)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))
