"""Frozen dataclasses that cost little to define.

`dataclasses` compiles six methods for each class, which takes half a millisecond; with the hundred
classes that a build imports, that was a fifth of gotare's own time. Here the methods are closures
over the fields. In all else the classes are dataclasses: `fields`, `replace`, `asdict` and
`is_dataclass` take them, and type checkers see nothing else.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, fields
from dataclasses import dataclass as _dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, eq: bool = True) -> Callable[[type], type]:
        """Make a class a frozen dataclass with slots; both must be asked for."""
        if not (frozen and slots):
            raise TypeError("only frozen dataclasses with slots are made here")
        return _with_equality if eq else _frozen


def _frozen(plain: type) -> type:
    made: Any = _dataclass(init=False, repr=False, eq=False, slots=True)(plain)
    made.__init__ = _initialiser(made)
    made.__repr__ = made.__dict__.get("__repr__", _repr)
    made.__setattr__ = _refuse_to_set
    made.__delattr__ = _refuse_to_delete
    made.__reduce__ = _reduce
    return made  # type: ignore[no-any-return]


def _with_equality(plain: type) -> type:
    made: Any = _frozen(plain)
    names = made.__match_args__
    values: Callable[[object], object] = attrgetter(*names) if names else lambda _: ()

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    made.__eq__ = equal
    made.__hash__ = lambda self: hash(values(self))
    return made  # type: ignore[no-any-return]


def _initialiser(made: type) -> Callable[..., None]:
    known = fields(made)
    names = tuple(field.name for field in known)
    places = tuple(getattr(made, name).__set__ for name in names)
    defaults = {field.name: field.default for field in known if field.default is not MISSING}
    makers = {f.name: f.default_factory for f in known if f.default_factory is not MISSING}

    def init(self: object, /, *values: object, **named: object) -> None:
        for place, value in zip(places, values, strict=False):
            place(self, value)
        count = len(values)
        for name, place in zip(names[count:], places[count:], strict=True):
            if name in named:
                place(self, named.pop(name))
            elif name in defaults:
                place(self, defaults[name])
            elif name in makers:
                place(self, makers[name]())
            else:
                raise TypeError(f"{made.__name__}() lacks the argument {name!r}")
        if named or count > len(names):
            raise TypeError(f"{made.__name__}() has too many arguments: {[*named, *values]}")

    return init


def _repr(self: Any) -> str:
    pairs = (f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({', '.join(pairs)})"


def _reduce(self: Any) -> tuple[type, tuple[object, ...]]:
    return type(self), tuple(getattr(self, name) for name in self.__match_args__)


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
