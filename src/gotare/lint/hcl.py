"""Reads blocks of HCL as bake files have them: texts, lists of texts, and maps of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r'(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z_][\w.-]*)|(?P<mark>[{}\[\]=:,])'
    r"|(?P<skip>#[^\n]*|//[^\n]*|/\*.*?\*/|\s+)|(?P<other>.)",
    re.DOTALL,
)
_OPEN: Final = {"{": "}", "[": "]"}

Value = str | dict[str, str] | list[str]
COMPUTED: Final = "${}"
"""Stands for a value that is no plain text."""


def blocks(text: str, kind: str) -> Iterator[dict[str, Value]]:
    """Yield the attributes of the blocks of a kind: `target "app" { context = "." }`."""
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "skip"]
    at = 0
    while at + 2 < len(tokens):
        if tokens[at][0] == kind and tokens[at + 1]["text"] and tokens[at + 2][0] == "{":
            end = _end(tokens, at + 2)
            yield dict(_attributes(tokens[at + 3 : end]))
            at = end
        at += 1


def _end(tokens: list[re.Match[str]], start: int) -> int:
    """Return the index of the bracket that closes the one at `start`; the last without one."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index]["mark"] in ("{", "["):
            depth += 1
        elif tokens[index]["mark"] in ("}", "]"):
            depth -= 1
            if depth == 0:
                return index
    return len(tokens)


def _attributes(tokens: list[re.Match[str]]) -> Iterator[tuple[str, Value]]:
    at = 0
    while at + 2 < len(tokens):
        name = _unquoted(tokens[at][0])
        if not (tokens[at]["word"] or tokens[at]["text"]) or tokens[at + 1][0] not in ("=", ":"):
            at = _end(tokens, at) if tokens[at][0] in _OPEN else at
            at += 1
            continue
        first = tokens[at + 2]
        if first[0] in _OPEN:
            end = _end(tokens, at + 2)
            inner = tokens[at + 3 : end]
            yield name, dict(_texts(inner)) if first[0] == "{" else _list(inner)
            at = end + 1
        else:
            yield name, _unquoted(first[0]) if _is_text(tokens, at + 2) else COMPUTED
            at += 3


def _is_text(tokens: list[re.Match[str]], at: int) -> bool:
    """Whether a value is a text and no more: what follows is the next attribute."""
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    return bool(tokens[at]["text"]) and (following is None or following.lastgroup != "other")


def _texts(tokens: list[re.Match[str]]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a map with their texts, COMPUTED for what is no text."""
    for index in range(len(tokens) - 1):
        if tokens[index + 1][0] in ("=", ":") and (tokens[index]["word"] or tokens[index]["text"]):
            value = tokens[index + 2] if index + 2 < len(tokens) else None
            said = _unquoted(value[0]) if value is not None and value["text"] else COMPUTED
            yield _unquoted(tokens[index][0]), said


def _list(tokens: list[re.Match[str]]) -> list[str]:
    return [_unquoted(token[0]) for token in tokens if token["text"]]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
