"""Which calls of a program call one of the project's own functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gotare.golang.facts.expr_parts import split_name
from gotare.golang.facts.sources import Call
from gotare.golang.syntax.file import Function

if TYPE_CHECKING:
    from gotare.golang.facts.objects import Objects


def callers_of(objects: Objects, package: str, function: Function) -> list[Call]:
    """Return the calls of a function, or of a method on what may have its type; kept, for it is
    asked again and again."""
    kept = objects.sources.kept.setdefault((callers_of, objects.packages), {})
    known: list[Call] | None = kept.get(id(function))
    if known is None:
        known = kept[id(function)] = _callers(objects, package, function)
    return known


def _callers(objects: Objects, package: str, function: Function) -> list[Call]:
    if not function.name:
        return []
    if not function.receiver:
        found = objects.sources.calling(f"{package}.{function.name}")
        return [call for call in found if call.source.package in objects.packages]
    owner = f"{package}.{function.receiver}"
    return [
        call
        for call in objects.sources.methods(function.name)
        if call.source.package in objects.packages and _may_be_on(objects, call, owner)
    ]


def _may_be_on(objects: Objects, call: Call, owner: str) -> bool:
    if call.receiver is None:
        return False
    simple = call.receiver[0] in ("name", "select")
    known = objects.types(call, call.receiver) if simple else frozenset()
    return owner in known or all(_is_interface(objects, type_) for type_ in known)


def _is_interface(objects: Objects, type_: str) -> bool:
    """Tell whether a type is one of the project behind which others may be."""
    package, name = split_name(type_)
    return package in objects.sources.packages and not objects.sources.struct(package, name)
