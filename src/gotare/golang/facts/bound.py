"""What an expression for an address is worth: the port, the host, and what changes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from gotare.frozen import dataclass
from gotare.golang.facts.addresses import parse_address, port_number
from gotare.golang.facts.expr_parts import context_of
from gotare.golang.facts.own_callers import callers_of
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call, Context, expressions_in
from gotare.golang.facts.values import Place, Value
from gotare.golang.syntax.expressions import Expr

_LAST_VERB: Final = r":%[-+0-9]*[dsvq]$"
_LAST_PORT: Final = r":(\w[\w-]*)$"


@dataclass(frozen=True, slots=True)
class Bound:
    """An address as far as it is known. `port` None: unknown, then `why` says from what."""

    port: int | None
    host: str = ""
    variable: str = ""
    flag: str = ""
    path: str = ""
    why: str = ""


def bound(program: Program, place: Place, expr: Expr | None, default: int | None = None) -> Bound:
    """Return the address that an expression is; `default` is the port of an empty or no address."""
    if expr is None:
        return Bound(default)
    value = program.value(place, expr)
    if value.text is None:
        return _partly(program, place, expr, value)
    found = _of_text(value.text, default)
    if found is None:
        empty = value.text.endswith(":") or not value.text
        why = _why(value, expr) if empty else f'the text "{value.text}"'
        return Bound(None, "", value.variable, value.flag, why=why)
    last = _last_part(program, place, expr)
    end = program.value(place, last) if last and not isinstance(last, str) else value
    decides = end if end.variable or end.flag else value
    if isinstance(last, str):
        decides = Value(None)  # what is computed is the host
    return replace(found, variable=decides.variable, flag=decides.flag)


def unix_path(program: Program, place: Place, expr: Expr) -> Bound:
    """Return the path of a unix socket as an address without a port."""
    value = program.value(place, expr)
    return Bound(None, "", value.variable, value.flag, (value.text or "").removeprefix("unix:"))


def _of_text(text: str, default: int | None) -> Bound | None:
    if not text and default is not None:
        return Bound(default)
    address = parse_address(text)
    if address:
        return Bound(address.port, address.host)
    number = port_number(text) if text.isdecimal() else None
    return None if number is None else Bound(number)


def _partly(program: Program, place: Place, expr: Expr, value: Value) -> Bound:
    """Return what the end of an address says where its beginning is unknown."""
    last = _last_part(program, place, expr)
    if isinstance(last, str):
        return Bound(port_number(last), variable=value.variable, flag=value.flag)
    if last is not None:
        end = program.value(place, last)
        changes = {"variable": end.variable or value.variable, "flag": end.flag or value.flag}
        port = port_number(end.text.rpartition(":")[2]) if end.text else None
        return Bound(port, why="" if port is not None else _why(end, last), **changes)
    return Bound(None, "", value.variable, value.flag, why=_why(value, expr))


def _last_part(program: Program, place: Place, expr: Expr) -> Expr | str | None:
    """Return the expression that is the port, or its text, of an address that is put together."""
    if expr[0] == "binary" and expr[1] == "+":
        text = program.text(place, expr[3])
        found = re.search(_LAST_PORT, text) if text else None
        return found[1] if found else expr[3]
    if expr[0] != "call":
        return None
    name, arguments = program.qualified(place, expr[1]), expr[2]
    if name == "net.JoinHostPort" and len(arguments) == 2:
        return tuple(arguments[1])
    if name == "fmt.Sprintf" and arguments:
        text = program.text(place, arguments[0]) or ""
        if re.search(_LAST_VERB, text) and len(arguments) > 1:
            return tuple(arguments[-1])
        found = re.search(_LAST_PORT, text)
        return found[1] if found else None
    return None


def _why(value: Value, expr: Expr) -> str:
    if value.variable:
        return f"${value.variable}, which has no default"
    if value.flag:
        return f"the flag --{value.flag.lstrip('-')}, which has no default"
    return value.why or shown(expr)


def shown(expr: Expr) -> str:
    """Return an expression much as the code writes it."""
    match expr[0]:
        case "name" | "type" | "other" | "number":
            return str(expr[1])
        case "string":
            return f'"{expr[1]}"'
        case "select":
            return f"{shown(expr[1])}.{expr[2]}"
        case "call":
            return f"{shown(expr[1])}({', '.join(map(shown, expr[2]))})"
        case "unary":
            return f"{expr[1]}{shown(expr[2])}"
        case "binary":
            return f"{shown(expr[2])} {expr[1]} {shown(expr[3])}"
        case "index":
            return f"{shown(expr[1])}[{shown(expr[2])}]"
    return "an expression"


def names_in(expr: Expr | None) -> str:
    """Return all names of an expression as one text: `cfg.Metrics.Addr`."""
    return shown(expr) if expr else ""


class Instance(NamedTuple):
    """An address as one of several callers gives it, where to read it, and the call."""

    place: Place
    expr: Expr
    call: Call


def instances(program: Program, place: Place, expr: Expr | None) -> Iterator[Instance]:
    """Yield an address as each of several callers gives it, where a function's parameter decides.

    A constant takes the place of the parameter. Nothing comes out without several callers.
    """
    context = context_of(place)
    function = context.function
    if function is None or expr is None:
        return
    for index, (name, _) in enumerate(function.parameters):
        if ("name", name) not in expressions_in([expr]):
            continue
        calls = callers_of(program.objects, context.source.package, function)
        if len(calls) > 1 and not _is_reassigned(program, context, name):
            for call in calls:
                if index < len(call.arguments):
                    yield from _filled(program, Instance(context, expr, call), name, index)
            return


def _filled(program: Program, one: Instance, name: str, index: int) -> Iterator[Instance]:
    argument = one.call.arguments[index]
    value = program.value(one.call, argument)
    if one.expr == ("name", name):
        yield Instance(one.call, argument, one.call)
    elif value.text is not None and not value.variable and not value.flag:
        kind = "number" if value.text.isdecimal() else "string"
        yield one._replace(expr=replaced(one.expr, ("name", name), (kind, value.text)))


def _is_reassigned(program: Program, context: Context, name: str) -> bool:
    return bool(program.objects.index.of_name(context, name))


def replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    """Return an expression with one part replaced, wherever it stands in it."""
    if expr == old:
        return new
    return tuple(replaced(part, old, new) if isinstance(part, tuple) else part for part in expr)
