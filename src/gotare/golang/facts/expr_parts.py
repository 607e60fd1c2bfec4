"""Parts of expressions and statements that following a value asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from gotare.golang.facts.assignments import Assigned
from gotare.golang.facts.sources import Context
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

Step: TypeAlias = tuple[int, int, Expr]


class Origin(NamedTuple):
    """The expression that made a value, and where it stands.

    Beside calls of other modules and literals it may be ("type", text) where only the type is
    known, and ("given", name, call, type) for a parameter of a function literal that is handed to
    a call (None: to no call).
    """

    context: Context
    expr: Expr

    @property
    def key(self) -> tuple[str, int, Expr]:
        """What tells one origin from another."""
        return self.context.source.path, line_of(self.context), self.expr


def context_of(place: Place) -> Context:
    """Return where something stands as a plain context."""
    return Context(place.source, place.function, place.statement)


def line_of(context: Context) -> int:
    """Return the line of a statement, 0 where there is none."""
    return context.statement.line if context.statement else 0


def step_of(context: Context, expr: Expr) -> Step:
    """Return what tells an expression from an equal one elsewhere."""
    return id(context.function or context.source), line_of(context), expr


def condition_of(context: Context) -> object:
    """Return the condition that a statement stands under."""
    return context.statement.condition if context.statement else None


def is_own(one: Assigned, context: Context) -> bool:
    """Tell whether an assignment is the statement that is being looked at."""
    return one.context.statement is context.statement


def split_name(qualified: str) -> tuple[str, str]:
    """Return the package and the name of a qualified name."""
    package, _, name = qualified.rpartition(".")
    return package, name


def root_name(expr: Expr) -> str:
    """Return the name that something is selected of: x of x.y, "" of all else."""
    return expr[1][1] if expr[0] == "select" and expr[1][0] == "name" else ""


def keyed(expr: Expr, field: str) -> Iterator[Expr]:
    """Yield what a composite literal says of a field."""
    if expr[0] == "literal":
        yield from (value for key, value in expr[2] if key and key[1:] == (field,))


def wrapped(expr: Expr) -> list[Expr]:
    """Return the expressions that a call or a literal wraps."""
    if expr[0] == "call" and expr[1] != ("name", "new"):
        called = expr[1]
        inside = [called[1]] if called[0] == "select" else [called] if called[0] == "call" else []
        return [*expr[2], *inside]
    return [value for _, value in expr[2]] if expr[0] == "literal" else []


def named_results(function: Function) -> tuple[Expr, ...]:
    """Return the named results of a function, which a bare return returns."""
    names = [part.strip().partition(" ")[0] for part in function.result.strip("()").split(",")]
    return tuple(("name", name) for name in names if name.isidentifier())


def written(expr: Expr) -> str:
    """Return a name as it is written, for `new(http.Server)` has an expression for its type."""
    root = root_name(expr)
    if root:
        return f"{root}.{expr[2]}"
    return str(expr[1]) if expr[0] in ("name", "type") else ""
