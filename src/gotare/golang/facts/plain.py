"""Turns what was read of a Go file into plain tuples and back: `marshal` takes no other kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import (
    Declared,
    Directive,
    Field,
    File,
    Function,
    Import,
    Struct,
)

Plain = tuple[Any, ...]


def plain_of(file: File) -> Plain:
    """Return a file as tuples, strings and numbers alone."""
    return (
        file.package,
        _tuples(file.imports),
        _tuples(file.declared),
        tuple((s.name, _tuples(s.fields), s.line) for s in file.structs),
        tuple((*f[:5], _tuples(f.body), f.line) for f in file.functions),
        _tuples(file.directives),
        file.errors,
        file.generated,
    )


def file_of(plain: Plain) -> File:
    """Return what `plain_of` was given. Raises ValueError or TypeError for other tuples."""
    package, imports, declared, structs, functions, directives, errors, generated = plain
    return File(
        package,
        tuple(map(Import._make, imports)),
        tuple(map(Declared._make, declared)),
        tuple(
            Struct(name, tuple(map(Field._make, fields)), line) for name, fields, line in structs
        ),
        tuple(map(_function, functions)),
        tuple(map(Directive._make, directives)),
        errors,
        generated,
    )


def without_lines(file: File) -> Plain:
    """Return a file as a value that is the same wherever its lines stand."""
    return (
        file.package,
        tuple((name, path) for name, path, _ in file.imports),
        tuple((d.name, d.type, d.value and _moved(d.value), d.constant) for d in file.declared),
        tuple((s.name, tuple(field[:3] for field in s.fields)) for s in file.structs),
        tuple((*f[:5], tuple(map(_placed, f.body))) for f in file.functions),
        tuple((word, rest) for word, rest, _ in file.directives),
        bool(file.errors),
        file.generated,
    )


def _placed(statement: Statement) -> Plain:
    """Return a statement without lines."""
    kind, _, targets, values, condition = statement
    when = condition and (condition[0], _moved(condition[1]))
    return kind, tuple(map(_moved, targets)), tuple(map(_moved, values)), when


def _moved(expr: Expr) -> Expr:
    """Return an expression without lines: calls, literals and functions end with theirs."""
    match expr[0]:
        case "call":
            return "call", _moved(expr[1]), tuple(map(_moved, expr[2]))
        case "literal":
            pairs = ((key and _moved(key), _moved(value)) for key, value in expr[2])
            return "literal", expr[1], tuple(pairs)
        case "function":
            return expr[:2]
        case "select" | "index" | "binary" | "unary":
            return tuple(_moved(part) if isinstance(part, tuple) else part for part in expr)
    return expr


def _function(plain: Plain) -> Function:
    name, receiver, receiver_name, parameters, result, body, line = plain
    statements = tuple(map(Statement._make, body))
    return Function(name, receiver, receiver_name, parameters, result, statements, line)


def _tuples(values: Iterable[tuple[Any, ...]]) -> Plain:
    return tuple(map(tuple, values))
