"""What a build of some packages reads on this machine, apart from what never changes.

The standard library belongs to the toolchain and the module cache never changes, so only the
packages elsewhere count: of the modules, of vendor folders, and of `replace` targets.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gotare.frozen import dataclass
from gotare.golang.goenv import GoEnv
from gotare.golang.modules import Workspace
from gotare.golang.packages import Listed


@dataclass(frozen=True, slots=True)
class LocalPackage:
    """A package that may be edited.

    `files` are relative to `dir`: sources, also those that constraints leave out, embedded files
    and default.pgo. `embed_folders` (relative to `dir`) are listed by //go:embed patterns, so a
    file that appears there counts.
    """

    import_path: str
    dir: str
    files: tuple[str, ...]
    embed_patterns: tuple[str, ...] = ()
    embed_folders: tuple[str, ...] = ()


def shown(path: str | Path, root: Path) -> str:
    """Return a path relative to root where it lies below it, else absolute."""
    path, top = str(path), str(root)
    if path == top:
        return "."
    return path[len(top) + 1 :] if path.startswith(top + "/") else path


def is_local(package: Listed, modcache: Path) -> bool:
    """Whether a package lies where it may be edited."""
    folder = package.dir
    return bool(folder) and not package.standard and not folder.startswith(f"{modcache}/")


def local_packages(
    listings: Iterable[Sequence[Listed]], modcache: Path, root: Path
) -> tuple[LocalPackage, ...]:
    """Return the local packages of the listings of all platforms, each with all their files."""
    merged: dict[str, list[Listed]] = {}
    for listing in listings:
        for package in listing:
            if is_local(package, modcache):
                merged.setdefault(package.import_path, []).append(package)
    return tuple(_merge(packages, root) for _, packages in sorted(merged.items()))


def _merge(packages: Sequence[Listed], root: Path) -> LocalPackage:
    folder = Path(packages[0].dir)
    files = {name for package in packages for name in package.files()}
    patterns = {pattern for package in packages for pattern in package.embed_patterns}
    embedded = {name for package in packages for name in package.files("EmbedFiles")}
    if packages[0].name == "main" and (folder / "default.pgo").is_file():
        files.add("default.pgo")
    return LocalPackage(
        packages[0].import_path,
        shown(folder, root),
        tuple(sorted(files)),
        tuple(sorted(patterns)),
        tuple(sorted(_embed_folders(folder, patterns, embedded))) if patterns else (),
    )


def _embed_folders(folder: Path, patterns: Iterable[str], embedded: Iterable[str]) -> Iterator[str]:
    """Yield the folders that the patterns look into, themselves without the package's own."""
    found = {parent for name in embedded for parent in Path(name).parents}
    for pattern in patterns:
        plain = pattern.removeprefix("all:")
        found.update(Path(plain).parents)
        for match in folder.glob(plain) if plain not in ("", ".") else (folder,):
            found.update(_folders_below(match, folder))
    return (str(path) for path in found if str(path) != "." and (folder / path).is_dir())


def _folders_below(top: Path, base: Path) -> Iterator[Path]:
    for folder, _, _ in os.walk(top) if top.is_dir() else ():
        yield Path(folder).relative_to(base)


def control_files(workspace: Workspace, directory: Path, goenv: GoEnv) -> list[Path]:
    """Return the files that decide which modules and packages a build takes, present or not.

    A go.work or go.mod that appears nearer to the folder counts as well.
    """
    root = workspace.root
    found = [root / "vendor" / "modules.txt", *_flag_files(goenv, directory)]
    for module in workspace.modules:
        found += [module.dir / "go.mod", module.dir / "go.sum"]
        found += _replaced(module.dir, module.file.replaced)
    if workspace.go_work:
        found += [workspace.go_work, workspace.go_work.with_name("go.work.sum")]
        found += _replaced(root, workspace.work.replaced)
    for folder in (directory, *directory.parents):
        if folder.is_relative_to(root):
            found.append(folder / "go.mod")
        if not goenv.lookup("GOWORK") and (not workspace.go_work or folder.is_relative_to(root)):
            found.append(folder / "go.work")
    return list(dict.fromkeys(found))


def _replaced(base: Path, folders: Iterable[str]) -> list[Path]:
    return [Path(os.path.normpath(base / folder)) / "go.mod" for folder in folders]


def _flag_files(goenv: GoEnv, directory: Path) -> Iterator[Path]:
    """Yield the files that -modfile and -overlay in GOFLAGS name."""
    for flag in goenv.goflags:
        name, _, value = flag.lstrip("-").partition("=")
        if value and name in ("modfile", "overlay"):
            path = directory / value
            yield path
            yield from [path.with_suffix(".sum")] if name == "modfile" else _overlaid(path)


def _overlaid(path: Path) -> list[Path]:
    import json

    try:
        replaced = json.loads(path.read_text())["Replace"]
        return [path.parent / value for value in replaced.values() if value]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []  # the go command says what is wrong with it
