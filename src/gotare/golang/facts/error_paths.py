"""What happens to the error of a call: nobody looks at it, or it ends the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call, expressions_in
from gotare.golang.syntax.expressions import Expr

_FATAL: Final = ("Fatal", "Fatalf", "Fatalln", "Fatalw", "Panic", "Panicf", "Panicln")
_NEAR: Final = 8
"""Lines after a call in which its error is looked at."""


def is_ignored(call: Call) -> bool:
    """Tell whether a call stands alone, also after go and defer: what it returns is lost."""
    return call.statement.kind == "call" and call.statement.values == (call.expr,)


def ends_program(program: Program, call: Call) -> Call | None:
    """Return the call that ends the program when a call returns any error at all, or None.

    `log.Fatal(f())` is one, and so is what stands below `if err != nil` right after `err := f()`.
    """
    for other in program.sources.calls(call.source, [call.function] if call.function else []):
        if is_fatal(other) and (_wraps(other, call) or _follows(other, call)):
            return other
    return None


def is_fatal(call: Call) -> bool:
    """Tell whether a call ends the program: log.Fatal and its like, os.Exit, panic."""
    name = call.qualified.rpartition(".")[2] or call.method
    return name in _FATAL or call.qualified == "os.Exit" or call.expr[1] == ("name", "panic")


def _wraps(other: Call, call: Call) -> bool:
    return any(expr == call.expr for expr in expressions_in(other.arguments))


def _follows(other: Call, call: Call) -> bool:
    """Tell whether a call stands below `if err != nil`, with the err that a call before gave."""
    error = _error(call)
    if error is None or not call.line <= other.line <= call.line + _NEAR:
        return False
    return other.statement.condition == ("if", ("binary", "!=", error, ("name", "nil")))


def _error(call: Call) -> Expr | None:
    """Return the name that a call's error is assigned to."""
    statement = call.statement
    if statement.kind == "assign" and statement.values == (call.expr,) and statement.targets:
        return statement.targets[-1]
    return None


def mentions(call: Call, name: str) -> bool:
    """Tell whether the function around a call mentions a name of a package."""
    return any(expr[0] == "select" and expr[2] == name for expr in _in_function(call))


def _in_function(call: Call) -> Iterator[Expr]:
    for statement in call.function.body if call.function else ():
        yield from expressions_in((*statement.targets, *statement.values))
        if statement.condition:
            yield from expressions_in([statement.condition[1]])
