"""The type that the code itself declares for an expression, found without following its value.

A parameter, a field or a variable with a type needs no more; most questions about types end here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gotare.golang.facts.expr_parts import root_name, split_name
from gotare.golang.facts.gotypes import embedded, first_result, type_named
from gotare.golang.facts.sources import Context
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.objects import Objects

_DEEPEST = 6


def declared_type(objects: Objects, context: Context, expr: Expr, depth: int = _DEEPEST) -> str:
    """Return the type of an expression as `path.Name`, "" where the code does not declare one, or
    declares an interface of the project, behind which anything may be."""
    if depth == 0:
        return ""
    match expr[0]:
        case "name":
            return _of_name(objects, context, expr[1], depth)
        case "select":
            return _of_field(objects, context, expr, depth)
        case "unary" if expr[1] in ("&", "*"):
            return declared_type(objects, context, expr[2], depth - 1)
        case "literal":
            return _concrete(objects, type_named(objects.sources, context.source, expr[1]))
        case "call":
            return _of_result(objects, context, expr)
    return ""


def _concrete(objects: Objects, type_: str) -> str:
    """Return a type unless it is one of the project that is no struct."""
    package, name = split_name(type_)
    is_own = package in objects.sources.packages
    return "" if is_own and not objects.sources.struct(package, name) else type_


def _of_name(objects: Objects, context: Context, name: str, depth: int) -> str:
    function = context.function
    given = objects.given(context, name)
    if given:
        return _concrete(objects, type_named(objects.sources, context.source, given.expr[3]))
    assigned = objects.index.of_name(context, name)
    if assigned:
        one = assigned[0]
        if one.result or one.ranged or one.context.statement is context.statement:
            return ""
        return declared_type(objects, one.context, one.value, depth - 1)
    if function is None:
        return ""
    if name == function.receiver_name:
        return _concrete(objects, f"{context.source.package}.{function.receiver}")
    for parameter, type_ in function.parameters:
        if parameter == name:
            return _concrete(objects, type_named(objects.sources, context.source, type_))
    return _of_variable(objects, context.source.package, name)


def _of_variable(objects: Objects, package: str, name: str) -> str:
    found = objects.sources.declared(package, name)
    if not found or not found[1].type:
        return ""
    return _concrete(objects, type_named(objects.sources, found[0], found[1].type))


def _of_field(objects: Objects, context: Context, expr: Expr, depth: int) -> str:
    root = root_name(expr)
    if root and not objects.is_local(context, root):
        path = objects.sources.imported(context.source, root)
        if path:
            return _of_variable(objects, path, expr[2])
    owner = declared_type(objects, context, expr[1], depth - 1)
    return _in_struct(objects, owner, expr[2], depth) if owner else ""


def _in_struct(objects: Objects, owner: str, field: str, depth: int) -> str:
    found = objects.sources.struct(*split_name(owner))
    if not found or not depth:
        return ""
    source, struct = found
    for one in struct.fields:
        if one.name == field:
            return _concrete(objects, type_named(objects.sources, source, one.type))
    for place, text in embedded(objects.sources, owner):
        inner = type_named(objects.sources, place.source, text)
        type_ = _in_struct(objects, inner, field, depth - 1)
        if type_:
            return type_
    return ""


def _of_result(objects: Objects, context: Context, expr: Expr) -> str:
    """Return the type that a function of the project declares to return."""
    called = expr[1]
    root = root_name(called)
    if root and objects.is_local(context, root):
        return ""
    found = objects.sources.function(*split_name(objects.sources.qualified(context.source, called)))
    if not found:
        return ""
    source, function = found
    type_ = type_named(objects.sources, source, first_result(function.result))
    return _concrete(objects, type_)
