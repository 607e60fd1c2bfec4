"""The type of what a call or a literal makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gotare.golang.facts.expr_parts import Origin, root_name, written
from gotare.golang.facts.gotypes import result_of, type_named

if TYPE_CHECKING:
    from gotare.golang.facts.objects import Objects


def origin_type(objects: Objects, origin: Origin) -> str:
    """Return the type of what an origin makes as `path.Name`, "" where it cannot be told."""
    source, expr = origin.context.source, origin.expr
    match expr[0]:
        case "literal" | "type":
            return type_named(objects.sources, source, expr[1])
        case "given":
            return type_named(objects.sources, source, expr[3])
        case "select":
            return result_of(objects.sources.qualified(source, expr))
        case "call":
            return _of_call(objects, origin)
    return ""


def _of_call(objects: Objects, origin: Origin) -> str:
    source, called = origin.context.source, origin.expr[1]
    if called == ("name", "new") and origin.expr[2]:
        return type_named(objects.sources, source, written(origin.expr[2][0]))
    root = root_name(called)
    if root and objects.is_local(origin.context, root):
        return ""
    return result_of(objects.sources.qualified(source, called))
