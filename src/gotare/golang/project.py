"""Reads a Go project: its mains and everything that a build of them reads.

All facts come from one `go list -deps` per platform and from files; `packages.py` and `discover.py`
say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gotare.errors import ProjectError, ToolError
from gotare.golang.cgo_need import CgoNeed, find_cgo_needs, is_excluded
from gotare.golang.constraints import Context
from gotare.golang.facts.types import Facts
from gotare.golang.flags import merged_tags
from gotare.golang.goenv import GoEnv
from gotare.golang.inputs import LocalPackage, control_files, is_local, local_packages, shown
from gotare.golang.listing_errors import cannot_list, raise_for_problems
from gotare.golang.mains import Main, check_names, find_mains, no_main
from gotare.golang.modules import require_versions
from gotare.golang.packages import Listed, Query, list_packages
from gotare.golang.shape import shapes_of
from gotare.golang.targets import Target, find_target
from gotare.golang.toolchain import Go, effective_env
from gotare.golang.versions import SourcePackage, VersionVariable, find_version_variables
from gotare.records import from_json


@dataclass(frozen=True, slots=True)
class Project:
    """The facts about a Go project. Paths are relative to `root` where they lie below it.

    `root` is the folder of go.work, or of go.mod. `directory` is where go is run. `control_files`
    decide which modules are taken; those in `absent_files` would, if they appeared. As long as
    `scanned_folders` list the same and `scanned_files` say the same, the mains are the same.
    `shapes` are digests of what matters to this value in the Go files of local packages.
    `imports_tls`: a package outside the standard library names crypto/tls or crypto/x509.
    """

    root: str
    directory: str
    module: str
    modules: tuple[str, ...]
    go_directive: str
    toolchain_directive: str
    workspace: str | None
    vendored: bool
    mains: tuple[Main, ...]
    packages: tuple[LocalPackage, ...]
    control_files: tuple[str, ...]
    absent_files: tuple[str, ...]
    scanned_folders: tuple[str, ...]
    scanned_files: tuple[str, ...]
    cgo_needs: tuple[CgoNeed, ...]
    version_variables: tuple[VersionVariable, ...]
    shapes: Mapping[str, str]
    imports_tls: bool = True
    warnings: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)

    def path(self, relative: str) -> Path:
        """Return one of this value's paths as an absolute path."""
        return Path(self.root, relative)

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Project:
        """Read what `json` wrote. Raises ProjectError when it is something else."""
        readers: dict[str, type] = {
            "mains": Main,
            "packages": LocalPackage,
            "cgo_needs": CgoNeed,
            "version_variables": VersionVariable,
        }
        try:
            values = {name: _frozen(value, readers.get(name)) for name, value in document.items()}
            values["facts"] = from_json(Facts, document["facts"])
            return cls(**values)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise ProjectError(f"not a stored project: {error}", "build with --no-cache") from None


def _frozen(value: Any, reader: type | None) -> Any:
    """Make lists tuples again, and objects values."""
    if isinstance(value, list | tuple):
        return tuple(_frozen(item, reader) for item in value)
    if reader and isinstance(value, dict):
        return reader(**{name: _frozen(item, None) for name, item in value.items()})
    return value


def load_project(
    directory: Path,
    patterns: Sequence[str],
    go: Go,
    env: Mapping[str, str],
    *,
    platforms: Sequence[tuple[str, str]],
    tags: Sequence[str] = (),
    cgo: bool = False,
    names: Mapping[str, str] | None = None,
) -> Project:
    """Load the project in `directory`, for the (GOOS, GOARCH) of `platforms`.

    Without patterns the mains are found. `names` (import path or folder to name) tell mains apart
    whose binaries have one name. Raises ProjectError with Go's own lines, ToolchainError when go is
    too old.
    """
    goenv = effective_env(go, env)
    target = find_target(directory, patterns, goenv)
    require_versions(go, target.workspace, goenv)
    if not target.patterns:
        raise no_main(go, target, env)
    unique = list(dict.fromkeys(platforms))
    listings = _listings(go, target, goenv, unique, tags, cgo)
    contexts = [
        Context(goos, goarch, frozenset(merged_tags(tags, goenv.goflags)))
        for goos, goarch in unique
    ]
    needs = () if cgo else _needs(listings, contexts)
    mains, warnings = find_mains(listings, target, needs)
    skipped = frozenset(p.import_path for p in listings[0] if p.named) - {
        m.import_path for m in mains
    }
    may_fail = {need.package for need in needs if need.effect == "fails"}
    raise_for_problems(
        listings, frozenset(may_fail) | (skipped if target.is_default else frozenset())
    )
    if not mains:
        raise no_main(go, target, env)
    check_names(mains, names or {})
    return _assemble(target, goenv, listings, mains, needs, warnings)


def _listings(
    go: Go,
    target: Target,
    goenv: GoEnv,
    platforms: Sequence[tuple[str, str]],
    tags: Sequence[str],
    cgo: bool,
) -> list[tuple[Listed, ...]]:
    flags = (f"-tags={','.join(merged_tags(tags, goenv.goflags))}",) if tags else ()
    query = Query(go, target.directory, target.patterns, flags)
    envs = [
        {**goenv.variables, "GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "1" if cgo else "0"}
        for goos, goarch in platforms
    ]
    try:
        return list_packages(query, envs)
    except ToolError as error:
        raise cannot_list(error) from error


def _needs(
    listings: Sequence[Sequence[Listed]], contexts: Sequence[Context]
) -> tuple[CgoNeed, ...]:
    found: dict[str, CgoNeed] = {}
    for listing, context in zip(listings, contexts, strict=True):
        for need in find_cgo_needs(listing, context):
            if need.package not in found or need.effect == "fails":
                found[need.package] = need
    return tuple(found.values())


def _assemble(
    target: Target,
    goenv: GoEnv,
    listings: Sequence[Sequence[Listed]],
    mains: tuple[Main, ...],
    needs: tuple[CgoNeed, ...],
    warnings: tuple[str, ...],
) -> Project:
    workspace, root = target.workspace, target.workspace.root
    packages = local_packages(listings, goenv.modcache, root)
    control = control_files(workspace, target.directory, goenv)
    present = [path for path in control if path.is_file()]
    modules = tuple(module.file.module for module in workspace.modules)
    leading = workspace.work if workspace.go_work else workspace.modules[0].file
    return Project(
        root=str(root),
        directory=shown(target.directory, root),
        module=modules[0] if len(modules) == 1 else "",
        modules=modules,
        go_directive=leading.go,
        toolchain_directive=leading.toolchain,
        workspace=shown(workspace.go_work, root) if workspace.go_work else None,
        vendored=workspace.vendored,
        mains=mains,
        packages=packages,
        control_files=tuple(shown(path, root) for path in present),
        absent_files=tuple(shown(path, root) for path in control if path not in present),
        scanned_folders=tuple(shown(path, root) for path in target.scan.folders),
        scanned_files=tuple(shown(path, root) for path in target.scan.decisive),
        cgo_needs=needs,
        version_variables=find_version_variables(_sources(listings, mains, goenv), root),
        shapes=shapes_of(packages, root),
        imports_tls=_imports_tls(listings),
        warnings=warnings,
    )


def _imports_tls(listings: Sequence[Sequence[Listed]]) -> bool:
    named = {"crypto/tls", "crypto/x509"}
    return any(
        not package.standard and not named.isdisjoint(package.imports)
        for listing in listings
        for package in listing
    )


def _sources(
    listings: Sequence[Sequence[Listed]], mains: Sequence[Main], goenv: GoEnv
) -> list[SourcePackage]:
    """Return the local packages with the files that the first platform builds."""
    programs, modcache = {main.import_path for main in mains}, goenv.modcache
    return [
        SourcePackage(
            package.import_path,
            Path(package.dir),
            package.files("GoFiles", "CgoFiles"),
            package.import_path in programs,
        )
        for package in listings[0]
        if is_local(package, modcache) and not is_excluded(package)
    ]
