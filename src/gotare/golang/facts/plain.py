"""Turns what was read of a Go file into plain tuples and back: `marshal` takes no other kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gotare.golang.syntax.body import Statement
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


def _function(plain: Plain) -> Function:
    name, receiver, receiver_name, parameters, result, body, line = plain
    statements = tuple(map(Statement._make, body))
    return Function(name, receiver, receiver_name, parameters, result, statements, line)


def _tuples(values: Iterable[tuple[Any, ...]]) -> Plain:
    return tuple(map(tuple, values))
