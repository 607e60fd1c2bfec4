"""What a build of a project's sources needs: generated code, other folders, private modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from os.path import relpath
from pathlib import Path
from posixpath import basename
from typing import Final

from gotare.golang.facts.embedded import embedded_paths
from gotare.golang.facts.findings import Findings, Generate, paths_of
from gotare.golang.facts.generators import generators_of
from gotare.golang.facts.inventory import Inventory, take_inventory
from gotare.golang.facts.material import Material
from gotare.golang.facts.private import private_modules
from gotare.golang.facts.reading import Reader
from gotare.golang.facts.types import PrivateModule, SourceFacts
from gotare.golang.goenv import GoEnv
from gotare.golang.inputs import LocalPackage, shown
from gotare.golang.modules import Workspace
from gotare.golang.packages import Listed
from gotare.golang.syntax.file import LARGEST, read_directives

_CXX: Final = (".cc", ".cpp", ".cxx")
_FEW: Final = 500
_TELLING: Final = frozenset({"generate.go", "gen.go", "doc.go", "tools.go", "main.go", "schema.go"})
"""Where `//go:generate` lines stand in packages that no program reaches; when these are few, all
their files are looked at."""


def source_facts(
    material: Material,
    found: Findings,
    listings: Iterable[Sequence[Listed]],
    workspace: Workspace,
    goenv: GoEnv,
    reader: Reader,
) -> SourceFacts:
    """Return what a build of the sources needs."""
    root = material.root
    everything = [package for listing in listings for package in listing if not package.standard]
    inventory = take_inventory(root, [module.dir for module in workspace.modules])
    makefile = next((n for n in ("Makefile", "makefile") if inventory.has(n)), "")
    content = reader.content(f"{root}/{makefile}") if makefile else b""
    lines = sorted(
        _generate_lines(material, found, inventory, reader), key=lambda one: (one.path, one.line)
    )
    return SourceFacts(
        generators=generators_of(inventory, lines, content),
        private=_private(everything, goenv, workspace),
        embedded=material.embedded,
        outside=tuple(_outside(workspace)),
        profiles=tuple(_profiles(material)),
        cxx=any(_has_cxx(package) for package in everything),
        errors=found.errors,
    )


def embedded_in(packages: Iterable[LocalPackage]) -> tuple[str, ...]:
    """Return what the packages below the root embed."""
    return embedded_paths(
        (package.dir, package.embed_patterns, _embeddable(package))
        for package in packages
        if package.embed_patterns and not package.dir.startswith(("/", "vendor/"))
    )


def _embeddable(package: LocalPackage) -> Iterator[str]:
    """Yield the files of a package that patterns match in its own folder."""
    for name in package.files:
        if any(Path(name).match(p.removeprefix("all:")) for p in package.embed_patterns):
            yield name


def _generate_lines(
    material: Material, found: Findings, inventory: Inventory, reader: Reader
) -> Iterator[Generate]:
    """Yield the lines of the files that were read, and of others of the project."""
    yield from (line for line in found.generates if not line.path.startswith("/"))
    read = {shown(path, material.root) for path in paths_of(material)}
    others = [
        path
        for path in inventory.files(".go")
        if path not in read and not path.endswith("_test.go")
    ]
    few = len(others) <= _FEW
    for path in others:
        if few or basename(path) in _TELLING:
            content = reader.content(f"{material.root}/{path}")
            if b"//go:generate" in content and len(content) <= LARGEST:
                for line in read_directives(content):
                    if line.word == "generate":
                        yield Generate(path, line.line, line.rest)


def _private(
    packages: Iterable[Listed], goenv: GoEnv, workspace: Workspace
) -> tuple[PrivateModule, ...]:
    modules = [package.module for package in packages if package.module.get("Version")]
    replaced = (module.get("Replace") or module for module in modules)
    paths = {str(module.get("Path", "")) for module in replaced if module.get("Version")}
    return private_modules(goenv, paths, workspace.modules[0].dir / "go.mod")


def _outside(workspace: Workspace) -> Iterator[str]:
    """Yield the folders beyond the root that go.work and replace directives name."""
    root = workspace.root
    folders = [module.dir for module in workspace.modules]
    for module in workspace.modules:
        folders += [module.dir / folder for folder in module.file.replaced]
    folders += [root / folder for folder in workspace.work.replaced]
    shown_ = (relpath(folder, root) for folder in folders)
    yield from dict.fromkeys(path for path in shown_ if path.startswith("../") or path == "..")


def _profiles(material: Material) -> Iterator[str]:
    for path, _ in material.mains:
        profile = Path(material.packages[path].dir, "default.pgo")
        if profile.is_file():
            yield shown(profile, material.root)


def _has_cxx(package: Listed) -> bool:
    """Whether cgo compiles C++ for a package; without cgo, go list tells of files it leaves out."""
    if package.files("CXXFiles", "SwigCXXFiles"):
        return True
    ignored = package.files("IgnoredOtherFiles")
    return any(name.endswith(_CXX) for name in ignored) and bool(package.files("IgnoredGoFiles"))
