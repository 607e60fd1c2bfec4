"""Which packages a main package reaches, and by which imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gotare.frozen import dataclass
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.types import Evidence

if TYPE_CHECKING:
    from gotare.golang.packages import Listed


@dataclass(frozen=True, slots=True)
class Package:
    """A package as the facts see it. `own`: it belongs to the project, so its sources are read.

    `files` are the Go files of own packages that some platform builds; `dir` is absolute. Of the
    standard library nothing more is known than that it is imported.
    """

    path: str
    dir: str = ""
    own: bool = False
    standard: bool = False
    imports: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def packages_of(
    listings: Iterable[Sequence[Listed]], is_own: Callable[[Listed], bool]
) -> dict[str, Package]:
    """Return the packages of the listings of all platforms, each once, with all imports."""
    found: dict[str, Package] = {}
    for listing in listings:
        for listed in listing:
            package = _package(listed, is_own(listed))
            other = found.get(package.path)
            found[package.path] = _merged(other, package) if other else package
    return found


def _package(listed: Listed, own: bool) -> Package:
    if listed.standard:
        return Package(listed.import_path, standard=True)
    files = listed.files("GoFiles", "CgoFiles") if own else ()
    return Package(listed.import_path, listed.dir, own, False, listed.imports, files)


def _merged(one: Package, other: Package) -> Package:
    if one.imports == other.imports and one.files == other.files:
        return one
    imports = tuple(dict.fromkeys(one.imports + other.imports))
    files = tuple(sorted({*one.files, *other.files}))
    return Package(one.path, one.dir, one.own, one.standard, imports, files)


MAJOR: Final = re.compile(r"/v\d+(?=/|\.|$)|\.v\d+(?=/|\.|$)")
"""A major version in an import path: of github.com/x/y/v2 and of gopkg.in/x.v2."""


def unversioned(path: str) -> str:
    """Return an import path or qualified name without the major version in it."""
    return MAJOR.sub("", path) if "v" in path else path


def is_listed(path: str, table: Container[str]) -> bool:
    """Whether a package, or what it lies below, is in a table of paths without major versions."""
    path = unversioned(path)
    while path:
        if path in table:
            return True
        path = path.rpartition("/")[0]
    return False


class Closure:
    """What a main package reaches: itself, and everything that it imports outside the standard
    library, with the packages of the standard library that these import."""

    def __init__(
        self,
        main: str,
        packages: Mapping[str, Package],
        sources: Sources | None = None,
        cut: frozenset[str] = frozenset(),
    ) -> None:
        """Beyond the modules and packages of `cut` (without major versions) nobody looks."""
        self.main = main
        self.packages = packages
        self.sources = sources or Sources(())
        self.cut = cut

    @cached_property
    def importer(self) -> Mapping[str, str]:
        """Each package reached, with the one that imports it on a shortest way, nearest first."""
        found, waiting = {self.main: ""}, [self.main]
        for path in waiting:  # grows while it is walked
            package = self.packages.get(path)
            if package is None or package.standard or is_listed(path, self.cut):
                continue
            for imported in package.imports:
                if imported not in found:
                    found[imported] = path
                    waiting.append(imported)
        return found

    def __contains__(self, path: str) -> bool:
        return path in self.importer

    @cached_property
    def own(self) -> frozenset[str]:
        """The project's own packages among them."""
        return frozenset(path for path in self.importer if self._is_own(path))

    @cached_property
    def foreign(self) -> tuple[str, ...]:
        """Packages of other modules among them, the nearest to the main package first."""
        return tuple(p for p in self.importer if not self._is_own(p) and not self._is_standard(p))

    def chain(self, path: str) -> tuple[str, ...]:
        """Return a shortest chain of imports from the main package to a package, both included."""
        chain = [path]
        while chain[-1] != self.main:
            chain.append(self.importer[chain[-1]])
        return tuple(reversed(chain))

    def importers(self, path: str) -> Iterator[str]:
        """Yield the packages outside the standard library that import a package, nearest first."""
        for importer in self.importer:
            package = self.packages.get(importer)
            if package and not package.standard and path in package.imports:
                yield importer

    def at(self, path: str, what: str = "") -> Evidence:
        """Return the import of a package as evidence.

        The place is the import statement of the project's own package from which the chain goes
        into other modules.
        """
        chain = self.chain(path)
        for importer, imported in reversed(tuple(pairwise(chain))):
            statement = self._import(importer, imported)
            if statement:
                source, line = statement
                return Evidence(source.path, line, what or path, chain)
        return Evidence("", 0, what or path, chain)

    def _import(self, importer: str, imported: str) -> tuple[SourceFile, int] | None:
        for source in self.sources.packages.get(importer, ()):
            for statement in source.file.imports:
                if statement.path == imported:
                    return source, statement.line
        return None

    def without(self, cut: Iterable[str]) -> Closure:
        """Return what is reached without going through some modules."""
        return Closure(self.main, self.packages, self.sources, frozenset(cut))

    def _is_own(self, path: str) -> bool:
        package = self.packages.get(path)
        return package is not None and package.own

    def _is_standard(self, path: str) -> bool:
        package = self.packages.get(path)
        return package is None or package.standard
