"""Which programs a project has, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gotare.errors import ProjectError, ToolError
from gotare.frozen import dataclass
from gotare.golang.cgo_need import CgoNeed, is_excluded
from gotare.golang.hints import hint_for
from gotare.golang.inputs import shown
from gotare.golang.listing_errors import cannot_list
from gotare.golang.packages import Listed, Query, list_named
from gotare.golang.targets import Target
from gotare.golang.toolchain import Go


@dataclass(frozen=True, slots=True)
class Main:
    """A main package. `dir` is relative to the project where it lies below it; `name` is what
    `go build` calls the binary."""

    import_path: str
    dir: str
    name: str
    module: str


def binary_name(import_path: str) -> str:
    """Return the name of the binary: the last element, or the one before a major version suffix.

    Source: cmd/go/internal/load `exeFromImportPath` (example.com/mycmd/v2 is mycmd).
    """
    head, _, last = import_path.rpartition("/")
    is_version = re.fullmatch(r"v(?:[2-9]|[1-9][0-9]+)", last)
    return head.rpartition("/")[2] if head and is_version else last


def find_mains(
    listings: Sequence[Sequence[Listed]], target: Target, needs: Sequence[CgoNeed]
) -> tuple[tuple[Main, ...], tuple[str, ...]]:
    """Return the mains that all platforms have, and warnings about those that only some have.

    Raises ProjectError for a package that was asked for by name and is no main.
    """
    failing = {need.package for need in needs}
    buildable = [_programs(listing, failing) for listing in listings]
    everywhere = frozenset.intersection(*buildable)
    if not target.is_default:
        _check_named(listings[0], target)
    found = {
        package.import_path: _main(package, target.workspace.root)
        for package in listings[0]
        if package.import_path in everywhere
    }
    partial = sorted(frozenset.union(*buildable) - everywhere)
    warnings = tuple(f"{path} is left out: not every platform can build it" for path in partial)
    return tuple(main for _, main in sorted(found.items())), warnings


def _programs(listing: Sequence[Listed], failing: set[str]) -> frozenset[str]:
    return frozenset(
        package.import_path
        for package in listing
        if package.named
        and package.name == "main"
        and (not is_excluded(package) or package.import_path in failing)
    )


def _main(package: Listed, root: Path) -> Main:
    return Main(
        package.import_path,
        shown(package.dir, root),
        binary_name(package.import_path),
        str(package.module.get("Path", "")),
    )


def _check_named(listing: Sequence[Listed], target: Target) -> None:
    """Raise ProjectError for a package named without `...` that is no main package."""
    exact = {pattern for pattern in target.patterns if "..." not in pattern}
    for package in listing:
        asked = exact & set(package.fields.get("Match") or ())
        if asked and package.name != "main" and not package.problem:
            raise ProjectError(
                f"{package.import_path} is package {package.name}, not a main package",
                "name a package with `package main`, or none to build all of them",
            )


def check_names(mains: Sequence[Main], names: Mapping[str, str]) -> None:
    """Raise ProjectError when two binaries get one name.

    `names` gives other names, by import path or folder.
    """
    taken: dict[str, Main] = {}
    for main in mains:
        name = names.get(main.import_path) or names.get(main.dir) or main.name
        other = taken.setdefault(name, main)
        if other is not main:
            raise ProjectError(
                f"two programs are called {name}: {other.import_path} and {main.import_path}",
                "name them under `images:` in gotare.yaml, or build them one at a time",
            )


def no_main(go: Go, target: Target, env: Mapping[str, str]) -> ProjectError:
    """Return the error of a project without programs, with what there is instead."""
    patterns = target.patterns or _everything(target)
    try:
        listed = list_named(Query(go, target.directory, patterns), {**env, "CGO_ENABLED": "0"})
    except ToolError as error:
        return cannot_list(error)
    problems = [str(p.problem) for p in listed if p.problem and not is_excluded(p)]
    if problems and target.patterns:
        text = "\n".join(dict.fromkeys(problems))
        return ProjectError(f"go cannot load the packages:\n{text}", hint_for(text))
    return ProjectError(_found_instead(target, listed), _hint(target))


def _everything(target: Target) -> tuple[str, ...]:
    below = target.workspace.below(target.directory)
    if not below:
        return ("./...",)
    folders = (shown(module.dir, target.directory) for module in below)
    return tuple("./..." if folder == "." else f"./{folder}/..." for folder in folders)


def _found_instead(target: Target, listed: Sequence[Listed]) -> str:
    kept = [p for p in listed if p.name and not is_excluded(p)]
    message = f"no main package in {target.directory}"
    if target.patterns and not target.is_default:
        message = f"no main package matches {' '.join(target.patterns)}"
    if not kept:
        return f"{message}: there is no Go package"
    shown_ = ", ".join(f"{p.import_path} (package {p.name})" for p in kept[:5])
    more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
    return f"{message}; found {shown_}{more}"


def _hint(target: Target) -> str:
    root = target.workspace.root
    if target.is_default and target.directory != root:
        return f"programs may be elsewhere in the module: try -C {root}"
    return "a program is a folder whose files say `package main`; name it: gotare build ./cmd/app"
