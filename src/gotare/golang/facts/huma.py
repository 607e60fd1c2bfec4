"""Routes of huma, which registers operations with an adapter of another router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.program import Made, Program
from gotare.golang.facts.registration import UNKNOWN, Registration, method_named
from gotare.golang.facts.sources import Call
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

_HUMA: Final = "github.com/danielgtaylor/huma"
_VERBS: Final = ("Get", "Head", "Post", "Put", "Patch", "Delete")


def huma_routes(program: Program) -> Iterator[Registration]:
    """Yield the operations that a program registers with huma."""
    for verb in _VERBS:
        for call in program.calling(f"{_HUMA}.{verb}"):
            if len(call.arguments) > 2:
                path = program.text(call, call.arguments[1]) or UNKNOWN
                yield _registration(program, call, path, verb.upper())
    for call in program.calling(f"{_HUMA}.Register"):
        for made in _operations(program, call):
            path = _text(program, made, "Path") or UNKNOWN
            method = method_named(program, made.context, made.field("Method") or ("string", ""))
            yield _registration(program, call, path, method)


def _operations(program: Program, call: Call) -> Iterator[Made]:
    for argument in call.arguments[1:2]:
        for origin in program.objects.origins(call, argument):
            if origin.expr[0] == "literal":
                yield Made(origin.context, origin.expr)


def _text(program: Program, made: Made, field: str) -> str | None:
    value = made.field(field)
    return program.text(made.context, value) if value else None


def _registration(program: Program, call: Call, path: str, method: str) -> Registration:
    place, router = _router(program, call, call.arguments[0])
    return Registration(
        place, call.at(f"{method} {path}"), router, path, method, call.arguments[-1]
    )


def _router(program: Program, place: Place, api: Expr) -> tuple[Place, Expr]:
    """Return the router that an adapter was given: `humachi.New(router, config)`."""
    for origin in program.objects.origins(place, api):
        made = origin.expr
        if made[0] == "call" and made[2]:
            name = program.qualified(origin.context, made[1])
            if name.startswith(f"{_HUMA}/adapters/"):
                return origin.context, made[2][0]
    return place, api
