"""What one program calls and makes, under names without major versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from gotare.golang.facts.gotypes import plain, type_named
from gotare.golang.facts.objects import Objects
from gotare.golang.facts.sources import Call, Context, Sources
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place, Value, Values
from gotare.golang.syntax.expressions import Expr


class Made(NamedTuple):
    """A composite literal of a struct, and where it stands."""

    context: Context
    expr: Expr

    def field(self, name: str) -> Expr | None:
        """Return what it says of a field."""
        for key, value in self.expr[2]:
            if key and key[1:] == (name,):
                return tuple(value)
        return None

    def at(self, what: str) -> Evidence:
        """Return it as evidence."""
        return self.context.source.at(self.expr[3], what)


class Program:
    """The sources as far as one main package reaches them."""

    def __init__(self, sources: Sources, values: Values, packages: Collection[str]) -> None:
        self.sources, self.values = sources, values
        self.packages = frozenset(packages)
        self.objects = Objects.of(sources, self.packages)

    def calling(self, *names: str) -> Iterator[Call]:
        """Yield the calls of functions of other modules, by names without versions."""
        known = _kept(self.sources, _functions)
        for name in names:
            for call in self.sources.calling(*known.get(name, ())):
                if call.source.package in self.packages and not self._is_shadowed(call):
                    yield call

    def methods(self, *names: str) -> Iterator[Call]:
        """Yield the calls of methods by their names, whatever they are called on."""
        for call in self.sources.methods(*names):
            if call.source.package in self.packages:
                if call.qualified and not self._is_shadowed(call):
                    continue
                yield call

    def literals(self, *types: str) -> Iterator[Made]:
        """Yield the composite literals of types of other modules; `[]T` are lists and maps of T."""
        known = _kept(self.sources, _literals)
        for name in types:
            for made in known.get(name, ()):
                if made.context.source.package in self.packages:
                    yield made

    def imports(self, path: str) -> Iterator[Evidence]:
        """Yield where an import path without version, or something below it, is imported."""
        for package in sorted(self.packages):
            for source in self.sources.packages.get(package, ()):
                for name, imported, line in source.file.imports:
                    if f"{plain(imported)}/".startswith(f"{path}/"):
                        yield source.at(line, f"{name} {imported}".strip())

    def types(self, place: Place, expr: Expr | None) -> frozenset[str]:
        """Return the types an expression may have."""
        return self.objects.types(place, expr) if expr else frozenset()

    def makers(self, place: Place, expr: Expr | None) -> frozenset[str]:
        """Return the plain names of the functions that make what an expression is."""
        origins = self.objects.origins(place, expr) if expr else ()
        calls = [one for one in origins if one.expr[0] == "call"]
        return frozenset(self.qualified(one.context, one.expr[1]) for one in calls) - {""}

    def value(self, place: Place, expr: Expr) -> Value:
        """Return what an expression is worth."""
        return self.values.value(place, expr)

    def text(self, place: Place, expr: Expr) -> str | None:
        """Return the text of an expression, None where the code does not settle it."""
        return expr[1] if expr[0] == "string" else self.values.value(place, expr).text

    def qualified(self, place: Place, expr: Expr) -> str:
        """Return the plain name of a function or variable of a package."""
        return plain(self.sources.qualified(place.source, expr))

    def _is_shadowed(self, call: Call) -> bool:
        """Tell whether a local variable has the name of the import that a call seems to be of."""
        if not (call.method and call.qualified):
            return False
        root = call.expr[1]
        while root[0] == "select":
            root = root[1]
        context = Context(call.source, call.function, call.statement)
        return root[0] == "name" and self.objects.is_local(context, root[1])


def _functions(sources: Sources) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sources.called:
        found[plain(name)].append(name)
    return found


def _literals(sources: Sources) -> Mapping[str, list[Made]]:
    found: defaultdict[str, list[Made]] = defaultdict(list)
    for source, function, statement, expr in sources.literals:
        context = Context(source, function, statement)
        if "." in expr[1]:
            type_ = type_named(sources, context.source, expr[1])
            if expr[1].startswith(("[", "map[")):
                found[type_] += (Made(context, one) for one in _untyped(expr))
                found[f"[]{type_}"].append(Made(context, expr))
            else:
                found[type_].append(Made(context, expr))
    return found


def _untyped(expr: Expr) -> Iterator[Expr]:
    """Yield the elements of a list that leave their type out."""
    for _, value in expr[2]:
        if value[0] == "literal" and not value[1]:
            yield value


def _kept(sources: Sources, make: Any) -> Any:
    if make not in sources.kept:
        sources.kept[make] = make(sources)
    return sources.kept[make]
