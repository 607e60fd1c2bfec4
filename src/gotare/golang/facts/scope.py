"""The part of the sources that one main package reaches, and what finders ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from gotare.frozen import dataclass
from gotare.golang.facts.closure import Closure, unversioned
from gotare.golang.facts.sources import Call, SourceFile, Sources
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place, Value, Values
from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

_NOTHING: Final = Value(None)


class Literal(NamedTuple):
    """A composite literal of a struct of another package; it is a place for values too."""

    source: SourceFile
    function: Function | None
    statement: Statement | None
    expr: Expr
    type: str
    line: int

    def field(self, name: str) -> Expr | None:
        """Return the value that the literal gives to a field."""
        for key, value in self.expr[2]:
            if key and key[1:] == (name,):
                return tuple(value)
        return None

    def at(self, what: str = "") -> Evidence:
        """Return it as evidence."""
        return self.source.at(self.line, what or self.type.rpartition("/")[2])


class Catalogue:
    """All literals and calls of the sources under names without major versions; made once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    @cached_property
    def literals(self) -> Mapping[str, list[Literal]]:
        """The literals, by type ("net/http.Client")."""
        found: defaultdict[str, list[Literal]] = defaultdict(list)
        for source, function, statement, expr in self._sources.literals:
            name = self._type(source, expr[1]) if "." in expr[1] else ""
            if name:
                found[name].append(Literal(source, function, statement, expr, name, expr[3]))
        return found

    @cached_property
    def functions(self) -> Mapping[str, list[str]]:
        """The qualified names of all functions called, by those names without versions."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._sources.called:
            found[unversioned(name)].append(name)
        return found

    @cached_property
    def package_imports(self) -> Mapping[str, frozenset[str]]:
        """What the files of each package import, without versions."""
        return {
            package: frozenset(unversioned(i.path) for s in files for i in s.file.imports)
            for package, files in self._sources.packages.items()
        }

    def _type(self, source: SourceFile, text: str) -> str:
        """Return a type as "import/path.Name"; "" for one of this package or of no package."""
        package, _, name = text.rpartition("]")[2].lstrip("*").partition(".")
        path = self._sources.imported(source, package) if name else ""
        return f"{unversioned(path)}.{name}" if path else ""


class Remembered:
    """Answers again what was asked before about a value."""

    def __init__(self, values: Values) -> None:
        self.sources = values.sources
        self._values = values
        self._known: dict[tuple[int, int, int], tuple[Place, Expr, Value]] = {}

    def value(self, place: Place, expr: Expr) -> Value:
        """Return what an expression is worth where it stands."""
        key = id(place.statement), id(place.function), id(expr)
        known = self._known.get(key)
        if known is None:  # place and expression are kept as well, so that nobody gets their ids
            known = self._known[key] = place, expr, self._values.value(place, expr)
        return known[2]


@dataclass(frozen=True, slots=True)
class Scope:
    """What finders see. Names are given without major versions, and match any."""

    sources: Sources
    values: Remembered
    closure: Closure
    catalogue: Catalogue

    def calling(self, *names: str) -> Iterator[Call]:
        """Yield the calls of functions that the main package reaches."""
        functions, own = self.catalogue.functions, self.closure.own
        for name in names:
            for call in self.sources.calling(*functions.get(name, ())):
                if call.source.package in own:
                    yield call

    def methods(self, imported: tuple[str, ...], *names: str) -> Iterator[Call]:
        """Yield the calls of methods of these names in packages that import one of these paths
        or something below it; of everything where none is given."""
        own = self.closure.own
        for call in self.sources.methods(*names):
            package = call.source.package
            if package in own and (not imported or self.imports(package, imported)):
                yield call

    def imports(self, package: str, wanted: tuple[str, ...]) -> bool:
        """Whether an own package imports one of these paths, or something below one."""
        below = tuple(f"{path}/" for path in wanted)
        imports = self.catalogue.package_imports.get(package, frozenset())
        return not imports.isdisjoint(wanted) or any(path.startswith(below) for path in imports)

    def literals(self, *types: str) -> Iterator[Literal]:
        """Yield the composite literals of types that the main package reaches."""
        for name in types:
            for literal in self.catalogue.literals.get(name, ()):
                if literal.source.package in self.closure.own:
                    yield literal

    def argument(self, call: Call, index: int) -> Value:
        """Return what an argument is worth (-1: the last); nothing is known of a missing one."""
        if not -len(call.arguments) <= index < len(call.arguments):
            return _NOTHING
        return self.values.value(call, call.arguments[index])
