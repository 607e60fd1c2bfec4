"""What a call gives back: reads of the environment, functions of Go's library, own functions, and
what configuration libraries hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import frame_of_call, returned
from gotare.golang.facts.conditions import When, when
from gotare.golang.facts.frame import Frame
from gotare.golang.facts.go_text import shown
from gotare.golang.facts.settings_libraries import VIPER, VIPER_TYPES
from gotare.golang.facts.text_functions import FIRST, FUNCTIONS, LONGEST_TEXT, pieces
from gotare.golang.facts.value import (
    Value,
    all_variables,
    from_variable,
    joined,
    overridden,
    unknown,
    with_fallback,
)
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

READS: Final = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv"})
_BUILTIN_NAMES: Final = (
    "append cap clear close complex copy delete imag len make max min new panic print println real "
    "recover any"
)
_BUILTIN: Final = frozenset(_BUILTIN_NAMES.split())
_GETTER_NAMES: Final = (
    "String Int Int64 Uint Uint16 Uint64 Bool Duration Float64 StringSlice Path Value"
)
_FLAG_GETTERS: Final = frozenset(_GETTER_NAMES.split())
_ENV_IN_TEXT: Final = r"\$\{?([A-Za-z_]\w*)\}?"


def call_value(values: Values, frame: Frame, call: Expr, result: int) -> Value:
    """Return what one of a call's results is worth."""
    called = call[1]
    if called[0] == "type":
        return _first(values, frame, call)
    qualified = meaning(values, frame, called)
    if qualified:
        known = _of_library(values, frame, call, qualified, result)
        if known:
            return known
    held = _held(values, frame, call, qualified)
    if held:
        return held
    entered = frame_of_call(values, frame, call)
    if entered:
        return _entered(values, entered, call, result)
    if called[0] == "name" and called[1] not in _BUILTIN and len(call[2]) == 1:
        return _first(values, frame, call)  # a conversion: string(x), Port(8080)
    return unknown(shown(call))


def meaning(values: Values, frame: Frame, called: Expr) -> str:
    """Return the qualified name of what is called, also through a variable: `get := os.Getenv`."""
    if called[0] not in ("name", "select"):
        return ""
    root = _root(called)
    if not values.is_local(frame, root):
        return values.sources.qualified(frame.source, called)
    found = values.definition(frame, called) if called[0] == "name" else None
    return found if found in READS else ""


def _root(expr: Expr) -> str:
    while expr[0] == "select":
        expr = expr[1]
    return str(expr[1]) if expr[0] == "name" else ""


def _first(values: Values, frame: Frame, call: Expr) -> Value:
    return values.follow(frame, call[2][0]) if call[2] else unknown(shown(call))


# Go's library


def _of_library(
    values: Values, frame: Frame, call: Expr, qualified: str, result: int
) -> Value | None:
    arguments = call[2]
    if qualified in READS and arguments and result == 0:
        name = values.follow(frame, arguments[0]).text
        return from_variable(name) if name else unknown(shown(call))
    if qualified in FIRST and arguments and result == 0:
        return _first(values, frame, call)
    if qualified in FUNCTIONS:
        return _computed(values, frame, call, qualified)
    match qualified:
        case "fmt.Sprintf":
            return _formatted(values, frame, call)
        case "cmp.Or" if arguments:
            return _first_set(values, frame, arguments)
        case "os.ExpandEnv" if arguments:
            return _expanded(values.follow(frame, arguments[0]), shown(call))
    return None


def _computed(values: Values, frame: Frame, call: Expr, qualified: str) -> Value:
    count, compute = FUNCTIONS[qualified]
    found = [values.follow(frame, argument) for argument in call[2]]
    if not found or (count >= 0 and len(found) != count):
        return unknown(shown(call))
    if qualified == "net.JoinHostPort" and found[0].text is None:
        return joined([found[0], Value(":"), found[1]])
    texts = [value.text for value in found if value.text is not None]
    is_known = len(texts) == len(found) and max(map(len, texts)) <= LONGEST_TEXT
    text = compute(texts) if is_known else None
    last = found[::-1] if qualified == "net.JoinHostPort" else found
    return Value(
        text,
        next((value.variable for value in last if value.variable), ""),
        next((value.flag for value in last if value.flag), ""),
        all(value.exact for value in found),
        "" if text is not None else shown(call),
        all_variables(found),
    )


def _formatted(values: Values, frame: Frame, call: Expr) -> Value:
    arguments = call[2]
    layout = values.follow(frame, arguments[0]).text if arguments else None
    split = pieces(layout, len(arguments) - 1) if layout is not None else None
    if split is None:
        return unknown(shown(call))
    parts = [
        values.follow(frame, arguments[1 + piece]) if isinstance(piece, int) else Value(piece)
        for piece in split
        if piece != ""
    ]
    found = joined(parts)
    return found if found.text is not None else found._replace(why=shown(call))


def _first_set(values: Values, frame: Frame, arguments: Sequence[Expr]) -> Value:
    current = values.follow(frame, arguments[0])
    for argument in arguments[1:]:
        current = with_fallback(current, values.follow(frame, argument))
    return current


def _expanded(value: Value, why: str) -> Value:
    names = tuple(re.findall(_ENV_IN_TEXT, value.text or ""))
    if not names:
        return value
    return Value(None, names[-1], value.flag, value.exact, why, (*value.variables, *names))


# configuration libraries


def _held(values: Values, frame: Frame, call: Expr, qualified: str) -> Value | None:
    """Return what a configuration library or a flag holds for a call that reads it."""
    called = call[1]
    if called[0] != "select":
        return None
    name = called[2]
    setting = values.flags.of(frame, call)
    if setting:
        return setting.value()
    if len(call[2]) != 1 or (name not in VIPER_TYPES and name not in _FLAG_GETTERS):
        return None
    if qualified and not qualified.startswith(VIPER + "."):
        return None
    key = values.follow(frame, call[2][0]).text
    return _read_key(values, frame, name, key, qualified) if key else None


def _read_key(values: Values, frame: Frame, getter: str, key: str, qualified: str) -> Value | None:
    if getter in VIPER_TYPES:
        flag = None if qualified else values.flags.named(key, frame.source.package)
        viper = values.viper
        if viper and (qualified or key.lower() in viper.settings) and not flag:
            return viper.value(key)
        return flag
    flag = values.flags.named(key, frame.source.package)
    if flag is None and values.koanf:
        return values.koanf.value(key)
    return flag


# own functions


def _entered(values: Values, frame: Frame, call: Expr, result: int) -> Value:
    """Return what an own function returns."""
    if not values.enters(frame):
        return unknown(shown(call))
    with values.inside(frame):
        found = [
            (when(statement), statement.condition is None, values.follow(frame.at(statement), e, n))
            for statement, e, n in returned(values, frame, result)
        ]
    value = _one_of(found)
    if value and (value.text is not None or value.is_set_outside):
        return value
    return unknown(shown(call))


def _one_of(found: Sequence[tuple[When, bool, Value]]) -> Value | None:
    """Return what several returns make: the last certain one, and those under conditions."""
    if not found:
        return None
    certain = [index for index, (_, always, _) in enumerate(found) if always]
    start = certain[-1] if certain else len(found) - 1
    current = found[start][2]
    for index in range(len(found) - 1, -1, -1):
        if index == start:
            continue
        said, _, value = found[index]
        current = with_fallback(current, value) if said == "empty" else overridden(current, value)
    return current
