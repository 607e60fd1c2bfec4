"""Turns the patterns of the command line into what `go list` is asked for, and where."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gotare.errors import ProjectError
from gotare.frozen import dataclass
from gotare.golang.discover import Scan, scan
from gotare.golang.goenv import GoEnv
from gotare.golang.modules import Workspace, find_workspace


@dataclass(frozen=True, slots=True)
class Target:
    """Where to run go and for which patterns.

    `scan` is what the search for mains saw; `is_default` when no pattern was given.
    """

    directory: Path
    workspace: Workspace
    patterns: tuple[str, ...]
    scan: Scan
    is_default: bool


def find_target(directory: Path, patterns: Sequence[str], goenv: GoEnv) -> Target:
    """Find the module or workspace, and the patterns as seen from its folder.

    Without patterns: every folder with a main that `./...` means here, of every module of a
    workspace. A pattern may be a folder of another module. Raises ProjectError.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        raise ProjectError(f"not a folder: {directory}", "name the folder of a Go project")
    for pattern in patterns:
        _check_pattern(directory, pattern)
    directory, patterns = _rebase(directory, list(patterns), goenv)
    workspace = find_workspace(directory, goenv)
    if patterns:
        wild = any("..." in pattern for pattern in patterns)
        seen = _scan_all(workspace, workspace.root) if wild else Scan()
        return Target(directory, workspace, tuple(patterns), seen, False)
    seen = _scan_all(workspace, directory)
    found = tuple(_dotted(folder, directory) for folder in seen.candidates)
    return Target(directory, workspace, found, seen, True)


def _check_pattern(directory: Path, pattern: str) -> None:
    if pattern.endswith(".go"):
        raise ProjectError(
            f"{pattern} is a file",
            f"name its package: ./{os.path.dirname(pattern)}",  # noqa: PTH120
        )
    if pattern.startswith("-"):
        raise ProjectError(f"{pattern} is no package", "flags of go go into gotare.yaml or GOFLAGS")
    if is_path(pattern) and "..." not in pattern and not (directory / pattern).is_dir():
        raise ProjectError(f"there is no folder {pattern} in {directory}", "check the name")
    first = pattern.split("/")[0]
    if not is_path(pattern) and "." not in first and (directory / pattern).is_dir():
        named = parse_module_name(directory)
        if not (pattern == named or pattern.startswith(f"{named}/")):
            raise ProjectError(
                f"{pattern} means a package of the standard library", f"did you mean ./{pattern}?"
            )


def parse_module_name(directory: Path) -> str:
    """Return the name of the module in a folder, or "" when there is none."""
    from gotare.golang.modfile import read_modfile

    path = directory / "go.mod"
    return read_modfile(path).module if path.is_file() else ""


def is_path(pattern: str) -> bool:
    """Whether a pattern is a file path and not an import path (`go help packages`)."""
    return pattern in (".", "..") or pattern.startswith(("./", "../", "/"))


def _rebase(directory: Path, patterns: list[str], goenv: GoEnv) -> tuple[Path, list[str]]:
    """Move to the module of the first folder when that one is outside the module here."""
    folders = [_folder(directory, pattern) for pattern in patterns if is_path(pattern)]
    if not folders or _held(directory, folders[0], goenv):
        return directory, patterns
    outside = [folder for folder in folders if not _held(folders[0], folder, goenv)]
    if outside or len(folders) < len(patterns):
        raise ProjectError(
            "the packages belong to different modules: " + ", ".join(patterns),
            "build each module by itself, or put them into one workspace: go work init",
        )
    top = find_workspace(folders[0], goenv).root
    return top, [_moved(directory, pattern, top) for pattern in patterns]


def _folder(directory: Path, pattern: str) -> Path:
    """Return the folder of a path pattern, without its `...`."""
    plain = pattern.split("...")[0]
    return (directory / plain).resolve()


def _held(directory: Path, folder: Path, goenv: GoEnv) -> bool:
    """Whether go, run in directory, accepts the folder."""
    try:
        workspace = find_workspace(directory, goenv)
    except ProjectError:
        return False
    return workspace.holds(folder) or bool(workspace.below(folder))


def _moved(directory: Path, pattern: str, top: Path) -> str:
    head, dots, tail = pattern.partition("...")
    folder = _dotted((directory / head).resolve(), top)
    return f"{folder}/{dots}{tail}" if dots else folder


def _dotted(folder: Path, base: Path) -> str:
    """Return a folder as a path pattern relative to base."""
    relative = os.path.relpath(folder, base)
    return relative if relative.startswith("..") or relative == "." else f"./{relative}"


def _scan_all(workspace: Workspace, directory: Path) -> Scan:
    """Scan the folder itself when it belongs to a module, and the modules below it."""
    tops = [module.dir for module in workspace.below(directory)]
    if workspace.holds(directory) and directory not in tops:
        tops.append(directory)
    ignored = {module.dir: module.file.ignored for module in workspace.modules}
    total = Scan()
    for top in sorted(tops):
        one = scan(top, ignored.get(top, ()))
        total.candidates += one.candidates
        total.folders += one.folders
        total.decisive += one.decisive
    return total
