"""Writes frozen dataclasses as JSON objects and reads them back, by their types alone."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

_Record = TypeVar("_Record")

_PLAIN: Final[Mapping[str, type]] = {"str": str, "int": int, "bool": bool, "float": float}


def to_json(value: Any) -> Any:
    """Return a dataclass, or what its fields hold, as JSON values; tuples become arrays."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(item) for item in value]
    return value


def from_json(type_: type[_Record], document: Any, where: str = "") -> _Record:
    """Read what `to_json` wrote of a dataclass. Raises ValueError that names the wrong place."""
    if not isinstance(document, dict):
        raise ValueError(f"{where or type_.__name__}: not an object")  # noqa: TRY004
    told = _annotations(type_)  # type: ignore[arg-type]
    unknown = document.keys() - told.keys()
    if unknown:
        raise ValueError(f"{where or type_.__name__}: unknown key {min(unknown)!r}")
    values = {
        name: _read(_hint(type_.__module__, told[name]), value, f"{where}.{name}".lstrip("."))
        for name, value in document.items()
    }
    try:
        return type_(**values)
    except TypeError as error:
        raise ValueError(f"{where or type_.__name__}: {error}") from None


@cache
def _annotations(type_: Any) -> Mapping[str, Any]:
    return {field.name: field.type for field in fields(type_)}


@cache
def _hint(module: str, annotation: Any) -> Any:
    """Return the type that an annotation of a module's class means. `get_type_hints` would tell of
    a whole class at once, and takes longer for the plain ones."""
    if not isinstance(annotation, str):
        return annotation
    return _PLAIN.get(annotation) or eval(annotation, vars(sys.modules[module]))  # noqa: S307


def _read(hint: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _read_one_of(inner, value, where)
    if origin is Literal:
        return _checked(value in inner, value, where)
    if origin is tuple:
        return _read_tuple(inner, value, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _checked(isinstance(value, dict), value, where).items()
        return {key: _read(inner[1], item, f"{where}.{key}") for key, item in items}
    if is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value, where)
    if hint is float:
        return _checked(isinstance(value, int | float), value, where)
    if isinstance(hint, type):
        plain = not isinstance(value, bool) or hint is bool
        return _checked(isinstance(value, hint) and plain, value, where)
    return value


def _read_one_of(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    present = [choice for choice in choices if choice is not type(None)]
    if value is None and len(present) < len(choices):
        return None
    for choice in present:
        try:
            return _read(choice, value, where)
        except ValueError:
            if choice is present[-1]:
                raise
    raise ValueError(f"{where}: null")


def _read_tuple(inner: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    items = _checked(isinstance(value, list | tuple), value, where)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_read(inner[0], item, f"{where}[{n}]") for n, item in enumerate(items))
    _checked(len(items) == len(inner), value, where)
    return tuple(_read(hint, item, where) for hint, item in zip(inner, items, strict=True))


def _checked(right: bool, value: Any, where: str) -> Any:
    if not right:
        raise ValueError(f"{where}: unexpected {value!r:.60}")
    return value
