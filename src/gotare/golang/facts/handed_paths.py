"""Routes that helpers register: their callers hand over the path, and often the handler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from gotare.golang.facts.bound import replaced
from gotare.golang.facts.expr_parts import context_of
from gotare.golang.facts.own_callers import callers_of
from gotare.golang.facts.program import Program
from gotare.golang.facts.registration import UNKNOWN, Pattern, Registration, parse_pattern
from gotare.golang.facts.sources import Call, expressions_in
from gotare.golang.syntax.expressions import Expr

_MOST = 60


class Helper(NamedTuple):
    """The parameters of a function, or of a function literal with a name, and its callers."""

    parameters: tuple[str, ...]
    callers: tuple[Call, ...]

    def argument(self, call: Call, expr: Expr | None) -> Expr | None:
        """Return what a caller hands over for an expression that is a parameter."""
        if expr and expr[0] == "name" and expr[1] in self.parameters:
            index = self.parameters.index(expr[1])
            return call.arguments[index] if index < len(call.arguments) else None
        return None


def each_caller(
    program: Program, call: Call, path: Expr, found: Registration
) -> Iterator[Registration]:
    """Yield a registration once for each caller that hands over its path; as it is, when the path
    is known or no caller is."""
    helper = _helper(program, call, path) if found.path == UNKNOWN else None
    if helper is None:
        yield found
        return
    for caller in helper.callers[:_MOST]:
        text = _text(program, call, path, helper, caller)
        pattern = parse_pattern(text) or Pattern(found.method, UNKNOWN)
        handler = helper.argument(caller, found.handler)
        yield replace(
            found,
            at=caller.at(text),
            method=pattern.method or found.method,
            path=pattern.path,
            handler=handler or found.handler,
            handler_place=caller if handler else found.handler_place,
        )


def _helper(program: Program, call: Call, path: Expr) -> Helper | None:
    names = [part[1] for part in expressions_in([path]) if part[0] == "name"]
    for helper in _around(program, call):
        if helper.callers and not set(names).isdisjoint(helper.parameters):
            return helper
    return None


def _around(program: Program, call: Call) -> Iterator[Helper]:
    """Yield the named function literals around a call, the inner first, then the function."""
    context, function = context_of(call), call.function
    if function is None:
        return
    for scope in reversed(program.objects.index.around(context)):
        names = [target for target in scope.statement.targets if scope.call is None]
        calls = program.sources.calls(call.source, [function]) if names else ()
        callers = tuple(one for one in calls if one.expr[1] in names)
        yield Helper(tuple(name for name, _ in scope.parameters), callers)
    callers = tuple(callers_of(program.objects, call.source.package, function))
    yield Helper(tuple(name for name, _ in function.parameters), callers)


def _text(program: Program, call: Call, path: Expr, helper: Helper, caller: Call) -> str:
    """Return the path with what a caller hands over put in, "" where that is unknown."""
    filled = path
    for part in expressions_in([path]):
        given = helper.argument(caller, part)
        text = program.text(caller, given) if given else None
        if text is not None:
            filled = replaced(filled, part, ("string", text))
    return program.text(call, filled) or ""
