"""What an expression is worth, and how the worth of several becomes one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

EMPTY: Final = (None, "", "0", "0s", "false")
"""Texts that code takes for "not set"."""


class Value(NamedTuple):
    """What an expression is worth.

    `text` is what it is, or its default where `variable` (of the environment) or `flag` changes it;
    None: unknown, then `why` says from what it is computed, in the code's own words. `exact` False:
    the code may give something else than `text` under conditions that were not followed.
    `variables` are all that take part, the deciding one among them: `port` of `host + ":" + port`.
    """

    text: str | None
    variable: str = ""
    flag: str = ""
    exact: bool = True
    why: str = ""
    variables: tuple[str, ...] = ()

    @property
    def is_set_outside(self) -> bool:
        """Whether something outside the code changes it."""
        return bool(self.variable or self.flag)

    @property
    def is_empty(self) -> bool:
        """Whether code would take it for "not set", as long as nothing outside changes it."""
        return self.text in EMPTY


def from_variable(name: str, default: str | None = None) -> Value:
    """Return the value of an environment variable."""
    return Value(default, variable=name, variables=(name,))


def unknown(why: str) -> Value:
    """Return a value that the code does not tell."""
    return Value(None, why=why)


def all_variables(values: Iterable[Value]) -> tuple[str, ...]:
    """Return the variables that values depend on, each once."""
    return tuple(dict.fromkeys(name for value in values for name in value.variables))


def with_fallback(base: Value, other: Value) -> Value:
    """Return `base`, or `other` where that is not set: `if x == "" { x = other }`."""
    if not base.is_empty:
        return base
    set_outside = base.is_set_outside or base.text is not None
    return Value(
        other.text,
        base.variable or other.variable,
        base.flag or other.flag,
        other.exact and set_outside,
        base.why or other.why,
        all_variables((base, other)),
    )


def overridden(base: Value, other: Value) -> Value:
    """Return `base` where `other` may take its place: `if v != "" { x = v }`."""
    if other.is_set_outside:
        return Value(
            other.text if base.is_empty and other.text is not None else base.text,
            other.variable or base.variable,
            other.flag or base.flag,
            base.exact and other.exact,
            base.why,
            all_variables((other, base)),
        )
    if other.text == base.text:
        return base
    if base.is_empty and not base.is_set_outside:
        return other._replace(exact=False)
    return base._replace(exact=False)


def joined(parts: Sequence[Value]) -> Value:
    """Return the text that several make one after another.

    A host that is a variable without a default is taken for the empty one, for the port after it is
    what matters. Else one unknown part makes the whole unknown.
    """
    texts = [part.text for part in parts]
    rest = texts[1:]
    if parts and texts[0] is None and parts[0].variable and _starts_with_port(rest):
        texts[0] = ""
    whole = "".join(text or "" for text in texts)
    known = all(text is not None for text in texts)
    return Value(
        whole if known else None,
        next((part.variable for part in reversed(parts) if part.variable), ""),
        next((part.flag for part in reversed(parts) if part.flag), ""),
        all(part.exact for part in parts),
        "" if known else next((part.why for part in parts if part.text is None and part.why), ""),
        all_variables(parts),
    )


def _starts_with_port(texts: Sequence[str | None]) -> bool:
    if not texts or any(text is None for text in texts):
        return False
    rest = "".join(text or "" for text in texts)
    return rest.startswith(":") and rest[1:].isdigit()


def agreed(values: Sequence[Value], why: str) -> Value:
    """Return what several settings of one thing agree on; where they differ it is unknown."""
    told = [v for v in values if not v.is_empty or v.is_set_outside]
    if not told:
        return values[0] if values else unknown(why)
    texts = {value.text for value in told if not value.is_empty}
    variables = {value.variable for value in told} - {""}
    flags = {value.flag for value in told} - {""}
    return Value(
        texts.pop() if len(texts) == 1 else None,
        variables.pop() if len(variables) == 1 else "",
        flags.pop() if len(flags) == 1 else "",
        all(value.exact for value in values) and not texts,
        why if texts else told[0].why,
        all_variables(told),
    )
