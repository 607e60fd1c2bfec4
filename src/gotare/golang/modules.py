"""Finds the module or workspace that a folder belongs to, as the go command does.

Source: go.dev/ref/mod (`go.work` above the folder unless GOWORK says otherwise, then `go.mod`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from gotare.errors import ProjectError
from gotare.frozen import dataclass
from gotare.golang.goenv import GoEnv
from gotare.golang.modfile import ModFile, read_modfile
from gotare.golang.toolchain import Go, require_version


@dataclass(frozen=True, slots=True)
class Module:
    """A module on disk."""

    dir: Path
    file: ModFile


@dataclass(frozen=True, slots=True)
class Workspace:
    """One module, or the modules of a go.work. `root` is the folder of go.work or go.mod."""

    root: Path
    modules: tuple[Module, ...]
    go_work: Path | None = None
    work: ModFile = field(default_factory=ModFile)
    vendored: bool = False

    def holds(self, folder: Path) -> bool:
        """Whether a folder belongs to one of the modules, and not to another one nested in it."""
        nearest = _nearest(folder, "go.mod")
        return nearest is not None and any(nearest.parent == module.dir for module in self.modules)

    def below(self, folder: Path) -> tuple[Module, ...]:
        """Return the modules that lie in a folder or below it."""
        return tuple(module for module in self.modules if module.dir.is_relative_to(folder))


def find_workspace(directory: Path, goenv: GoEnv) -> Workspace:
    """Find the workspace or module of a folder (absolute). Raises ProjectError."""
    if goenv.lookup("GO111MODULE") == "off":
        raise ProjectError("GO111MODULE=off turns modules off", "unset it: gotare builds modules")
    go_work = _go_work(directory, goenv)
    go_mod = _nearest(directory, "go.mod")
    if go_work:
        return _workspace(go_work, goenv)
    if go_mod:
        module = Module(go_mod.parent, read_modfile(go_mod))
        return Workspace(module.dir, (module,), vendored=_is_vendored(module.dir, goenv))
    raise ProjectError(f"no go.mod in {directory} or above it", _elsewhere(directory))


def require_versions(go: Go, workspace: Workspace, goenv: GoEnv) -> None:
    """Raise ToolchainError when go is too old for go.work or one of the modules."""
    gotoolchain = goenv.lookup("GOTOOLCHAIN")
    if workspace.go_work:
        require_version(go, workspace.work.go, workspace.work.toolchain, gotoolchain, "go.work")
    for module in workspace.modules:
        where = _shown(module.dir / "go.mod", workspace.root)
        require_version(go, module.file.go, module.file.toolchain, gotoolchain, where)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _go_work(directory: Path, goenv: GoEnv) -> Path | None:
    named = goenv.lookup("GOWORK")
    if named == "off":
        return None
    if named:
        if not Path(named).is_absolute() or not Path(named).is_file():
            raise ProjectError(
                f"GOWORK names no file: {named}", "give the full path of a go.work, or GOWORK=off"
            )
        return Path(named)
    return _nearest(directory, "go.work")


def _nearest(directory: Path, name: str) -> Path | None:
    folders = (directory, *directory.parents)
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _workspace(go_work: Path, goenv: GoEnv) -> Workspace:
    work = read_modfile(go_work)
    root = go_work.parent
    modules = []
    for use in work.uses:
        folder = (root / use).resolve()
        if not (folder / "go.mod").is_file():
            raise ProjectError(
                f"{go_work} uses {use}, where there is no go.mod",
                f"correct it: go work edit -dropuse={use}",
            )
        modules.append(Module(folder, read_modfile(folder / "go.mod")))
    return Workspace(root, tuple(modules), go_work, work, _is_vendored(root, goenv))


def _is_vendored(root: Path, goenv: GoEnv) -> bool:
    modes = [flag.partition("=")[2] for flag in goenv.goflags if flag.lstrip("-")[:4] == "mod="]
    return (root / "vendor" / "modules.txt").is_file() and modes[-1:] in ([], ["vendor"])


def _elsewhere(directory: Path) -> str:
    found = [f"-C {path.parent.relative_to(directory)}" for path in _go_mods_below(directory)]
    if found:
        return f"there is a Go module further down: try {', or '.join(found[:4])}"
    return "go to the folder of your Go module (or use -C DIR), or make one: go mod init NAME"


def _go_mods_below(directory: Path) -> Iterator[Path]:
    for depth in ("*", "*/*", "*/*/*"):
        for path in sorted(directory.glob(f"{depth}/go.mod")):
            if not {"testdata", "vendor", "node_modules"} & set(path.parts):
                yield path
