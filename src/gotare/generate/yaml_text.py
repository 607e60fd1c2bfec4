"""Writes YAML with comments, so that every reader, of YAML 1.1 or 1.2, reads the same values.

Mappings keep their order. A string stands without quotes only where nobody can take it for anything
else: `yes`, `on`, `0755`, `1e3` and `08:30` are quoted.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_PLAIN: Final = re.compile(r"(?:\./|/)?[A-Za-z](?:[\w./@+=()-]|:(?=[\w/])| (?=[\w/(]))*", re.ASCII)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML 1.1 reads as a boolean or as nothing, in any case."""

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNPRINTABLE: Final = re.compile(
    '["\\\\\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff0-\uffff]'
)
_WIDTH: Final = 100
_NARROWEST: Final = 40
_STEP: Final = "  "


@dataclass(frozen=True, slots=True)
class Commented:
    """A value of a mapping, or an item of a list, with comments: lines `above` it and a few words
    `beside` it. `blank` leaves an empty line before."""

    value: Any
    above: str = ""
    beside: str = ""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A list that is written on one line: `["CMD", "redis-cli", "ping"]`."""

    items: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Anchored:
    """A mapping or list that `Alias` may repeat elsewhere under this name."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Alias:
    """What stands behind an anchor, again."""

    name: str


def to_yaml(document: Mapping[str, Any], above: str = "", below: str = "") -> str:
    """Return a mapping as a YAML document with comments above and below it, each on lines of its
    own. Raises TypeError for a value that is none of str, int, bool, None, mapping and list."""
    lines = [*comment(above), *([""] if above else []), *_mapping(document, "")]
    lines += ["", *comment(below)] if below else []
    return "\n".join(lines) + "\n"


def comment(text: str, indent: str = "") -> list[str]:
    """Return text as comment lines, broken at spaces; a line that begins with spaces is kept as it
    is, for examples."""
    if not text:
        return []
    lines = (line for part in text.split("\n") for line in _wrapped(part, indent))
    return [f"{indent}# {line}".rstrip() for line in lines]


def _wrapped(part: str, indent: str) -> list[str]:
    clean = _clean(part)
    if clean.startswith(" "):
        return [clean]
    width = max(_NARROWEST, _WIDTH - len(indent) - len("# "))
    broken = textwrap.wrap(clean, width, break_long_words=False, break_on_hyphens=False)
    return broken or [""]


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _mapping(mapping: Mapping[str, Any], indent: str) -> Iterator[str]:
    for number, (key, value) in enumerate(mapping.items()):
        note = value if isinstance(value, Commented) else Commented(value)
        if note.blank and number:
            yield ""
        yield from comment(note.above, indent)
        yield from _entry(f"{indent}{scalar(key)}:", note, indent, indent + _STEP)


def _sequence(items: Sequence[Any], indent: str) -> Iterator[str]:
    for item in items:
        note = item if isinstance(item, Commented) else Commented(item)
        if note.blank:
            yield ""
        yield from comment(note.above, indent)
        if isinstance(note.value, Mapping) and note.value and not note.beside:
            yield from _dashed(note.value, indent)
        else:
            yield from _entry(f"{indent}-", note, indent + _STEP, indent + _STEP)


def _dashed(mapping: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Write a mapping as an item: the dash takes the place of the first key's indent."""
    inner = indent + _STEP
    dash_due = True
    for line in _mapping(mapping, inner):
        is_key = bool(line) and not line.lstrip().startswith("#")
        yield f"{indent}- {line.removeprefix(inner)}" if dash_due and is_key else line
        dash_due = dash_due and not is_key


def _entry(start: str, note: Commented, list_indent: str, map_indent: str) -> Iterator[str]:
    """Write what follows a key or a dash: on the same line, or below it."""
    value, anchor = note.value, ""
    if isinstance(value, Anchored):
        value, anchor = value.value, f" &{value.name}"
    beside = f" # {_clean(note.beside)}" if note.beside else ""
    if isinstance(value, Mapping) and value:
        yield f"{start}{anchor}{beside}"
        yield from _mapping(value, map_indent)
    elif _is_list(value) and value:
        yield f"{start}{anchor}{beside}"
        inner = list_indent if start.endswith("-") else list_indent + _STEP
        yield from _sequence(value, inner)
    else:
        text = _inline(value)
        is_key = not start.endswith("-")
        yield f"{start}{anchor}" + (f" {text}" if text or not is_key else "") + beside


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _inline(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Alias):
        return f"*{value.name}"
    if isinstance(value, Flow):
        return f"[{', '.join(_quoted(item) for item in value.items)}]"
    if isinstance(value, Mapping):
        return "{}"
    if _is_list(value):
        return "[]"
    return scalar(value)


def _quoted(value: Any) -> str:
    return _double(value) if isinstance(value, str) else _inline(value)


def scalar(value: Any) -> str:
    """Return a string or number as YAML; see the top of the file about quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"no YAML for {value!r}")
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return _double(value)


def _double(text: str) -> str:
    return f'"{_UNPRINTABLE.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"
