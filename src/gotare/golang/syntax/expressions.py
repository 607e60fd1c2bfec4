"""Turns expressions of Go into nested tuples, which are compared, stored and matched as they are.

The forms, by their first element:

    ("string", text)            ("number", text)         ("name", identifier)
    ("select", left, field)     ("call", function, (argument, …), line)
    ("binary", op, left, right) ("unary", op, operand)   ("index", left, index)
    ("literal", type text, ((key or None, value), …), line)
    ("function", parameters, first line, last line)      ("type", text)
    ("other", text of at most 60 characters)

The body of a function literal belongs to the function around it (`file.py`). Parentheses, type
arguments and conversions' pointers are left out, for they change no value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gotare.golang.syntax.tree import line_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

Expr: TypeAlias = tuple[Any, ...]

OTHER: Final = 60
"""How much of an expression of another kind is kept, in characters."""

_DEEPEST: Final = 200
_TYPE_NAMES = (
    "slice_type array_type map_type pointer_type channel_type function_type interface_type "
    "struct_type type_identifier qualified_type generic_type"
)
_TYPES: Final = frozenset(_TYPE_NAMES.split())
_NAMES: Final = frozenset({"identifier", "nil", "true", "false", "iota", "package_identifier"})
_STRINGS: Final = frozenset({"interpreted_string_literal", "raw_string_literal", "rune_literal"})
_NUMBERS: Final = frozenset({"int_literal", "float_literal", "imaginary_literal"})


def expression(node: Node, depth: int = 0) -> Expr:
    """Return the expression of a node. One nested deeper than anybody writes is "other"."""
    kind = node.type
    if kind in _NAMES:
        return ("name", text_of(node))
    if depth > _DEEPEST:
        return ("other", "")
    reader = _READERS.get(kind)
    if reader:
        return reader(node, depth + 1)
    if kind in _STRINGS:
        return ("string", unquote(text_of(node)))
    if kind in _NUMBERS:
        return ("number", text_of(node).replace("_", ""))
    return ("type", text_of(node)) if kind in _TYPES else ("other", text_of(node)[:OTHER])


def arguments(node: Node | None, depth: int = 0) -> tuple[Expr, ...]:
    """Return the expressions in a list of them."""
    children = node.named_children if node else ()
    return tuple(expression(child, depth) for child in children if child.type != "comment")


def unquote(literal: str) -> str:
    """Return what a Go string literal means. Escapes that Go does not know stay as they are, and
    bytes that are not UTF-8 are replaced."""
    if literal[:1] == "`":
        return literal[1:-1].replace("\r", "")
    body = literal[1:-1]
    if "\\" not in body:
        return body
    return _ESCAPE.sub(_unescape, body.encode("utf-8", "replace")).decode("utf-8", "replace")


_ESCAPE: Final = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'\"]))"
)
_LETTERS: Final = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


def _unescape(match: re.Match[bytes]) -> bytes:
    """Return the bytes of an escape: \\x and octal ones are bytes, \\u and \\U characters."""
    byte, short, long, octal, letter = match.groups()
    if letter:
        return bytes([_LETTERS.get(letter[0], letter[0])])
    if short or long:
        number = int(short or long, 16)
        valid = number < 0x110000 and not 0xD800 <= number < 0xE000
        return chr(number).encode() if valid else match[0]
    number = int(byte, 16) if byte else int(octal, 8)
    return bytes([number]) if number < 256 else match[0]


def _call(node: Node, depth: int) -> Expr:
    function = node.child_by_field_name("function")
    found = expression(function, depth) if function else ("other", "")
    return ("call", found, arguments(node.child_by_field_name("arguments"), depth), _end(function))


def _end(function: Node | None) -> int:
    """Return the line of the name that is called: of a chain over several lines, its own."""
    return function.end_point[0] + 1 if function else 0


def _select(node: Node, depth: int) -> Expr:
    operand, field = node.child_by_field_name("operand"), node.child_by_field_name("field")
    left = expression(operand, depth) if operand else ("other", "")
    return ("select", left, text_of(field) if field else "")


def _binary(node: Node, depth: int) -> Expr:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if not (left and right and operator):
        return ("other", text_of(node)[:OTHER])
    return ("binary", text_of(operator), expression(left, depth), expression(right, depth))


def _unary(node: Node, depth: int) -> Expr:
    operand, operator = node.child_by_field_name("operand"), node.child_by_field_name("operator")
    found = expression(operand, depth) if operand else ("other", "")
    return ("unary", text_of(operator) if operator else "", found)


def _index(node: Node, depth: int) -> Expr:
    operand, index = node.child_by_field_name("operand"), node.child_by_field_name("index")
    if not (operand and index):
        return ("other", text_of(node)[:OTHER])
    return ("index", expression(operand, depth), expression(index, depth))


def _literal(node: Node, depth: int) -> Expr:
    type_, body = node.child_by_field_name("type"), node.child_by_field_name("body")
    return ("literal", text_of(type_) if type_ else "", _elements(body, depth), line_of(node))


def _elements(body: Node | None, depth: int) -> tuple[tuple[Expr | None, Expr], ...]:
    children = body.named_children if body else ()
    return tuple(_element(child, depth) for child in children if child.type != "comment")


def _element(node: Node, depth: int) -> tuple[Expr | None, Expr]:
    if node.type == "keyed_element":
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) == 2:
            return _value(parts[0], depth), _value(parts[1], depth)
    return None, _value(node, depth)


def _value(node: Node, depth: int) -> Expr:
    """Return an element's value; an inner `{…}` without a type is a literal without one."""
    wrapped = node.type == "literal_element" and node.named_children
    inner = node.named_children[0] if wrapped else node
    if inner.type == "literal_value":
        return ("literal", "", _elements(inner, depth + 1), line_of(inner))
    return expression(inner, depth)


def _function(node: Node, depth: int) -> Expr:
    read = parameters(node.child_by_field_name("parameters"))
    return ("function", read, line_of(node), node.end_point[0] + 1)


def parameters(node: Node | None) -> tuple[tuple[str, str], ...]:
    """Return the (name, type) of parameters, each name on its own; a last one may be "...T"."""
    found: list[tuple[str, str]] = []
    for child in node.named_children if node else ():
        if child.type in ("parameter_declaration", "variadic_parameter_declaration"):
            type_ = child.child_by_field_name("type")
            dots = "..." if child.type.startswith("variadic") else ""
            names = [text_of(name) for name in child.children_by_field_name("name")]
            found += [(name, f"{dots}{text_of(type_) if type_ else ''}") for name in names or ("",)]
    return tuple(found)


def _inner(node: Node, depth: int) -> Expr:
    """Return the expression inside, where what is around it changes no value."""
    inner = node.child_by_field_name("operand") or next(
        (child for child in node.named_children if child.type != "comment"), None
    )
    return expression(inner, depth) if inner else ("other", text_of(node)[:OTHER])


def _conversion(node: Node, depth: int) -> Expr:
    type_, operand = node.child_by_field_name("type"), node.child_by_field_name("operand")
    if not (type_ and operand):
        return ("other", text_of(node)[:OTHER])
    return ("call", ("type", text_of(type_)), (expression(operand, depth),), line_of(node))


_READERS: Final = {
    "type_conversion_expression": _conversion,
    "call_expression": _call,
    "selector_expression": _select,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "index_expression": _index,
    "composite_literal": _literal,
    "func_literal": _function,
    "parenthesized_expression": _inner,
    "type_assertion_expression": _inner,
    "type_instantiation_expression": _inner,
    "slice_expression": _inner,
    "variadic_argument": _inner,
    "expression_statement": _inner,
}
