"""Where a value was made: follows an expression to the calls and literals that made what it holds.

Names are followed through assignments, parameters to their callers, fields to whatever sets them,
and calls of the project's own functions to what they return. All of it is bounded in depth and
number, and never goes in circles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from gotare.golang.facts.assignments import Assigned, Assignments
from gotare.golang.facts.declared_types import declared_type
from gotare.golang.facts.expr_parts import (
    Origin,
    Step,
    condition_of,
    context_of,
    is_own,
    keyed,
    line_of,
    named_results,
    root_name,
    split_name,
    step_of,
)
from gotare.golang.facts.gotypes import embedded, first_result, type_named
from gotare.golang.facts.origin_types import origin_type
from gotare.golang.facts.own_callers import callers_of
from gotare.golang.facts.providers import Maker, providers_of
from gotare.golang.facts.sources import Context, Sources
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

DEEPEST: Final = 24
WIDEST: Final = 20
STEPS: Final = 400
"""How far values are followed, how many origins of one are kept, and how many expressions are
looked at for one answer."""

_Trail = frozenset[Step]


class Objects:
    """Follows values through the packages of one program."""

    def __init__(self, sources: Sources, packages: Collection[str], index: Assignments) -> None:
        self.sources = sources
        self.packages = packages
        self.index = index
        self._known: dict[Step, tuple[Origin, ...]] = {}
        self._busy: set[Step] = set()
        self._left = 0

    @cached_property
    def providers(self) -> Mapping[str, list[Maker]]:
        """The constructors of each type."""
        return providers_of(self.sources, self.packages)

    @classmethod
    def of(cls, sources: Sources, packages: Collection[str]) -> Objects:
        """Return the one instance for a program, so that questions share what was followed."""
        kept = sources.kept
        index = kept.setdefault(Assignments, Assignments(sources))
        key = (cls, frozenset(packages))
        if key not in kept:
            kept[key] = cls(sources, frozenset(packages), index)
        found = kept[key]
        assert isinstance(found, cls)
        return found

    def origins(self, place: Place, expr: Expr) -> tuple[Origin, ...]:
        """Return what made the value of an expression; at most WIDEST, none for nil."""
        context = context_of(place)
        step = step_of(context, expr)
        if step in self._known:
            return self._known[step]
        if step in self._busy:
            return ()
        if not self._busy:
            self._left = STEPS
        self._busy.add(step)
        made = self._follow(context, expr, frozenset())
        self._busy.remove(step)
        found = tuple({origin.key: origin for origin in made}.values())
        if self._left > 0 or not self._busy:
            self._known[step] = found
        return found

    def types(self, place: Place, expr: Expr) -> frozenset[str]:
        """Return the types an expression may have, as `path.Name` without major versions."""
        context = context_of(place)
        declared = declared_type(self, context, expr)
        if declared:
            return frozenset((declared,))
        return frozenset(filter(None, map(self.type_of, self.origins(context, expr))))

    def type_of(self, origin: Origin) -> str:
        """Return the type of what an origin makes, "" where it cannot be told."""
        return origin_type(self, origin)

    def is_local(self, context: Context, name: str) -> bool:
        """Tell whether a name is one of a function's own where it stands."""
        function = context.function
        if function is None:
            return False
        if name == function.receiver_name or any(name == p for p, _ in function.parameters):
            return True
        if self.given(context, name):
            return True
        return any(
            not is_own(one, context) and line_of(one.context) <= line_of(context)
            for one in self.index.of_name(context, name)
        )

    # following

    def _follow(self, context: Context, expr: Expr, trail: _Trail) -> list[Origin]:
        step = step_of(context, expr)
        if step in self._known:
            return list(self._known[step])
        self._left -= 1
        if step in trail or len(trail) > DEEPEST or self._left < 0:
            return []
        trail = trail | {step}
        match expr[0]:
            case "name":
                found = self._name(context, expr[1], trail)
            case "select":
                found = self._select(context, expr, trail)
            case "unary" if expr[1] in ("&", "*"):
                found = self._follow(context, expr[2], trail)
            case "call":
                found = self._call(context, expr, 0, trail)
            case "index":
                elements = self._elements(self._follow(context, expr[1], trail), trail)
                found = elements or [Origin(context, expr)]
            case _:
                found = [Origin(context, expr)]
        return found[:WIDEST]

    def _all(self, places: Iterable[tuple[Context, Expr]], trail: _Trail) -> list[Origin]:
        return [o for context, expr in places for o in self._follow(context, expr, trail)]

    # names

    def _name(self, context: Context, name: str, trail: _Trail) -> list[Origin]:
        if name == "nil":
            return []
        given = self.given(context, name)
        if given:
            return self._injected(given, trail) or [given]
        assigned = self._assigned(context, name)
        if assigned:
            return [o for one in assigned for o in self._value(one, trail)]
        function = context.function
        if function and name == function.receiver_name:
            return [Origin(Context(context.source, function, None), ("type", function.receiver))]
        for index, (parameter, type_) in enumerate(function.parameters if function else ()):
            if parameter == name:
                return self._parameter(context, index, type_, trail)
        return self._global(context, context.source.package, name, trail)

    def _value(self, one: Assigned, trail: _Trail) -> list[Origin]:
        if one.ranged:
            return self._elements(self._follow(one.context, one.value, trail), trail)
        if one.value[0] == "call":
            return self._call(one.context, one.value, one.result, trail)
        return self._follow(one.context, one.value, trail) if one.result == 0 else []

    def _elements(self, made: Iterable[Origin], trail: _Trail) -> list[Origin]:
        places = [
            (origin.context, value)
            for origin in made
            if origin.expr[0] == "literal"
            for _, value in origin.expr[2]
        ]
        return self._all(places[:WIDEST], trail)

    def given(self, context: Context, name: str) -> Origin | None:
        """Return the parameter of the innermost function literal around that has this name."""
        for scope in reversed(self.index.around(context)):
            for parameter, type_ in scope.parameters:
                if parameter == name:
                    here = Context(context.source, context.function, scope.statement)
                    return Origin(here, ("given", name, scope.call, type_))
        return None

    def _assigned(self, context: Context, name: str) -> list[Assigned]:
        """Return the assignments that a name may hold: the last one before that always happens and
        those after it; where there is none before, all of them."""
        found = [
            one
            for one in self.index.of_name(context, name)
            if not is_own(one, context) and self._is_visible(one, context, name)
        ]
        line = line_of(context)
        before: list[Assigned] = []
        for one in reversed([one for one in found if line_of(one.context) <= line]):
            before.append(one)
            if condition_of(one.context) in (None, condition_of(context)):
                break
        valued = [one for one in before if not _is_bare(one)]
        return valued or [one for one in found if not _is_bare(one)] or found

    def _is_visible(self, one: Assigned, context: Context, name: str) -> bool:
        around = self.index.around(context)
        return all(
            scope in around or all(name != parameter for parameter, _ in scope.parameters)
            for scope in self.index.around(one.context)
        )

    def _global(self, context: Context, package: str, name: str, trail: _Trail) -> list[Origin]:
        found = self.sources.declared(package, name)
        if not found:
            return [Origin(context, ("name", name))]
        step = (id(found[1]), 0, ("name", name))  # appended to in many places: each once
        if step in trail:
            return []
        trail = trail | {step}
        source, declared = found
        assigned = [
            o
            for one in self.index.globals.get((package, name), ())
            if one.context.source.package in self.packages and not _is_bare(one)
            for o in self._value(one, trail)
        ]
        here = Context(source, None, None)
        if declared.value is not None and declared.value != ("name", "nil"):
            return self._follow(here, declared.value, trail) + assigned
        return assigned or [Origin(here, ("type", declared.type))]

    # parameters

    def _parameter(self, context: Context, index: int, type_: str, trail: _Trail) -> list[Origin]:
        function = context.function
        assert function
        is_variadic = type_.startswith("...")
        places = [
            (context_of(call), argument)
            for call in callers_of(self, context.source.package, function)
            for argument in call.arguments[index : None if is_variadic else index + 1]
        ]
        found = self._all(places[:WIDEST], trail)
        if found:
            return found
        whole = f"[]{type_[3:]}" if is_variadic else type_
        here = Origin(Context(context.source, function, None), ("type", whole))
        return self._provided(here, trail) or [here]

    def _provided(self, wanted: Origin, trail: _Trail) -> list[Origin]:
        """Return what the one function that makes a type returns: containers of dependencies call
        functions that nobody else does."""
        type_ = self.type_of(wanted)
        if not type_ or "." not in wanted.expr[1] or type_.startswith("context."):
            return []
        makers = self.providers.get(type_, [])
        return self._returned(*makers[0], 0, trail) if len(makers) == 1 else []

    def _injected(self, given: Origin, trail: _Trail) -> list[Origin]:
        """Return what fx hands to a function literal."""
        call = given.expr[2]
        name = self.sources.qualified(given.context.source, call[1]) if call else ""
        if not name.startswith("go.uber.org/fx."):
            return []
        return self._provided(Origin(given.context, ("type", given.expr[3])), trail)

    # fields

    def _select(self, context: Context, expr: Expr, trail: _Trail) -> list[Origin]:
        left, field = expr[1], expr[2]
        if left[0] == "name" and not self.is_local(context, left[1]):
            path = self.sources.imported(context.source, left[1])
            if path in self.sources.packages:
                return self._global(context, path, field, trail)
            if path:
                return [Origin(context, expr)]
        found: list[Origin] = []
        for owner in self._follow(context, left, trail):
            found += self._field(owner, field, trail)
        return found or [Origin(context, expr)]

    def _field(self, owner: Origin, field: str, trail: _Trail) -> list[Origin]:
        """Return the origins of a field: what the literal itself says, else whatever sets it."""
        type_ = self.type_of(owner)
        own = [(owner.context, value) for value in keyed(owner.expr, field)]
        if own:
            return self._all(own, trail)
        struct = self.sources.struct(*split_name(type_))
        if not struct:
            return []
        places = list(self._set_in_literals(type_, field))
        found = self._all(places[:WIDEST], trail)
        found += [
            o for one in self._set_later(type_, field, trail) for o in self._value(one, trail)
        ]
        if found:
            return found
        declared = [f.type for f in struct[1].fields if f.name == field]
        here = Context(struct[0], None, None)
        if declared:
            return [Origin(here, ("type", declared[0]))]
        inner = [Origin(place, ("type", text)) for place, text in embedded(self.sources, type_)]
        return [o for one in inner for o in self._field(one, field, trail)]

    def _set_in_literals(self, type_: str, field: str) -> Iterator[tuple[Context, Expr]]:
        for context, literal in self.index.literals.get(split_name(type_)[1], ()):
            if context.source.package in self.packages:
                values = list(keyed(literal, field))
                if values and type_named(self.sources, context.source, literal[1]) == type_:
                    yield from ((context, value) for value in values)

    def _set_later(self, type_: str, field: str, trail: _Trail) -> Iterator[Assigned]:
        for one in self.index.fields.get(field, ()):
            if one.context.source.package not in self.packages or _is_bare(one):
                continue
            declared = declared_type(self, one.context, one.target[1])
            owners = () if declared else self._follow(one.context, one.target[1], trail)
            if type_ == declared or type_ in map(self.type_of, owners):
                yield one

    # calls

    def _call(self, context: Context, expr: Expr, index: int, trail: _Trail) -> list[Origin]:
        called, step = expr[1], step_of(context, ("result", index, expr))
        self._left -= 1
        if step in trail or len(trail) > DEEPEST or self._left < 0:
            return []
        trail = trail | {step}
        if called[0] == "type" and len(expr[2]) == 1:
            return self._follow(context, expr[2][0], trail)
        if called == ("name", "append"):
            return self._all([(context, part) for part in expr[2]], trail)
        own = self.own_function(context, expr, trail)
        found = self._returned(*own, index, trail) if own else []
        return found or ([Origin(context, expr)] if index == 0 else [])

    def own_function(
        self, context: Context, expr: Expr, trail: _Trail | None = None
    ) -> tuple[Context, Function] | None:
        """Return the project's own function that a call calls."""
        called = expr[1]
        root = root_name(called)
        if not root or not self.is_local(context, root):
            package, _, name = self.sources.qualified(context.source, called).rpartition(".")
            found = self.sources.function(package, name)
            if found or package:
                return (Context(*found, None), found[1]) if found else None
        if called[0] != "select":
            return None
        left = called[1]
        owners = (
            self.origins(context, left) if trail is None else self._follow(context, left, trail)
        )
        for owner in owners:
            method = self.method(self.type_of(owner), called[2])
            if method:
                return method
        return None

    def method(self, type_: str, name: str, depth: int = 3) -> tuple[Context, Function] | None:
        """Return a method of one of the project's types, or of what it embeds."""
        package, receiver = split_name(type_)
        found = self.sources.method(package, receiver, name)
        if found:
            return Context(*found, None), found[1]
        for place, text in embedded(self.sources, type_) if depth else ():
            inner = type_named(self.sources, place.source, text)
            method = self.method(inner, name, depth - 1)
            if method:
                return method
        return None

    def _returned(
        self, context: Context, function: Function, index: int, trail: _Trail
    ) -> list[Origin]:
        found: list[Origin] = []
        for statement in function.body:
            here = Context(context.source, function, statement)
            if statement.kind != "return" or self.index.around(here):
                continue
            values = statement.values or named_results(function)
            if index < len(values) and not (len(values) == 1 and values[0][0] == "call"):
                found += self._follow(here, values[index], trail)
            elif len(values) == 1:
                found += self._call(here, values[0], index, trail)
        if not found and index == 0 and function.result:
            return [
                Origin(Context(context.source, None, None), ("type", first_result(function.result)))
            ]
        return found


def _is_bare(one: Assigned) -> bool:
    """Tell whether a variable is only declared: `var srv *http.Server`."""
    return one.value[0] == "type" or one.value == ("name", "nil")
