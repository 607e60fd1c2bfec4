"""Reads a Go project: its mains and everything that a build of them reads.

All facts come from one `go list -deps` per platform and from files; `packages.py` and `discover.py`
say why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gotare.errors import ProjectError, ToolError
from gotare.frozen import dataclass
from gotare.golang.cgo_need import CgoNeed, find_cgo_needs, is_excluded
from gotare.golang.collecting import no_collecting
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

if TYPE_CHECKING:
    from gotare.golang.facts.reading import Reader


@dataclass(frozen=True, slots=True)
class Project:
    """The facts about a Go project. Paths are relative to `root` where they lie below it.

    `root` is the folder of go.work, or of go.mod. `directory` is where go is run. `control_files`
    decide which modules are taken; those in `absent_files` would, if they appeared. As long as
    `scanned_folders` list the same and `scanned_files` say the same, the mains are the same.
    `shapes` are digests of what matters to this value in the Go files of local packages.
    `material` names what the store holds to find the facts anew after an edit.
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
    material: str = ""

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
    store: Path | None = None,
) -> Project:
    """Load the project in `directory`, for the (GOOS, GOARCH) of `platforms`.

    Without patterns the mains are found. `names` (import path or folder to name) tell mains apart
    whose binaries have one name. What is read of sources is kept in the folder `store`. Raises
    ProjectError with Go's own lines, ToolchainError when go is too old.
    """
    with no_collecting():
        return _load(directory, patterns, go, env, platforms, tags, cgo, names or {}, store)


def _load(
    directory: Path,
    patterns: Sequence[str],
    go: Go,
    env: Mapping[str, str],
    platforms: Sequence[tuple[str, str]],
    tags: Sequence[str],
    cgo: bool,
    names: Mapping[str, str],
    store: Path | None,
) -> Project:
    from gotare.golang.facts.finding import ahead
    from gotare.golang.facts.reading import reader_for

    goenv = effective_env(go, env)
    target = find_target(directory, patterns, goenv)
    require_versions(go, target.workspace, goenv)
    if not target.patterns:
        raise no_main(go, target, env)
    unique = list(dict.fromkeys(platforms))
    all_tags = merged_tags(tags, goenv.goflags)
    contexts = [Context(goos, goarch, frozenset(all_tags)) for goos, goarch in unique]
    reader = reader_for(target.workspace.root, store)
    listings = _listings(go, target, goenv, unique, tags, cgo, ahead(reader, target, contexts))
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
    check_names(mains, names)
    project = _assemble(target, goenv, listings, mains, needs, warnings, reader, all_tags)
    reader.store.save()
    return project


def with_facts_after_edits(project: Project, store: Path) -> Project | None:
    """Return a project of an earlier build whose Go files were edited since, but not so that
    another listing is needed; None where the facts cannot be found anew from the store."""
    from gotare.golang.facts.edits import find_again
    from gotare.golang.facts.reading import reader_for

    with no_collecting():
        reader = reader_for(Path(project.root), store)
        found = find_again(
            project.facts, project.material, Path(project.root), project.shapes, reader
        )
        if found is None:
            return None
        reader.store.save()
    facts, shapes = found
    return replace(project, facts=facts, shapes=shapes)


def _listings(
    go: Go,
    target: Target,
    goenv: GoEnv,
    platforms: Sequence[tuple[str, str]],
    tags: Sequence[str],
    cgo: bool,
    meanwhile: Iterator[None],
) -> list[tuple[Listed, ...]]:
    flags = (f"-tags={','.join(merged_tags(tags, goenv.goflags))}",) if tags else ()
    query = Query(go, target.directory, target.patterns, flags)
    envs = [
        {**goenv.variables, "GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "1" if cgo else "0"}
        for goos, goarch in platforms
    ]
    try:
        return list_packages(query, envs, meanwhile)
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
    reader: Reader,
    tags: Sequence[str],
) -> Project:
    from gotare.golang.facts.finding import find_facts

    workspace, root = target.workspace, target.workspace.root
    packages = local_packages(listings, goenv.modcache, root)
    facts, material = find_facts(listings, mains, target, goenv, packages, tags, reader)
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
        shapes=shapes_of(packages, root, reader.shape),
        imports_tls=_imports_tls(listings),
        warnings=warnings,
        facts=facts,
        material=material,
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
