"""Reads words of shell: quotes, escapes, variables, and what only a run can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.lint.shell.grammar import Source
from gotare.lint.shell.model import UNKNOWN, Part, ShellWord

if TYPE_CHECKING:
    from tree_sitter import Node

WORDS: Final = frozenset(
    {
        "word", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation",
        "simple_expansion", "expansion", "command_substitution", "process_substitution",
        "arithmetic_expansion", "number", "brace_expression", "extglob_pattern", "regex",
        "variable_name", "special_variable_name", "array",
    }
)  # fmt: skip
"""The types of nodes that are words."""
_RUN_TIME: Final = frozenset(
    {"command_substitution", "process_substitution", "arithmetic_expansion", "array"}
)
_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r'\\([\\"$`\n])')
_PLAIN_EXPANSION = re.compile(r"\$\{?([A-Za-z_]\w*)")
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "e": "\x1b"}


def word_of(source: Source, node: Node) -> ShellWord:
    """Return the word that a node is."""
    start, end = source.start(node), source.end(node)
    return ShellWord(source.text[start:end], start, end, tuple(_parts(source, node)))


def plain_word(text: str, start: int, end: int) -> ShellWord:
    """Return a word that says what it is written as."""
    return ShellWord(text, start, end, (Part("literal", text),))


def _parts(source: Source, node: Node) -> Iterator[Part]:
    kind, text = node.type, source.of(node)
    if kind == "string":
        yield from _string(source, node)
    elif kind == "translated_string":
        for child in node.named_children:
            yield from _parts(source, child)
    elif kind == "concatenation":
        for child in node.children:
            yield from _parts(source, child)
    elif kind == "raw_string":
        yield from _raw(text[1:-1])
    elif kind == "ansi_c_string":
        yield Part("literal", _ESCAPE.sub(lambda m: _ANSI.get(m[1], m[0]), text[2:-1]), quoted=True)
    elif kind in ("simple_expansion", "expansion"):
        yield _expansion(text)
    elif kind in _RUN_TIME:
        yield Part("other", text)
    else:
        yield Part("literal", _ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], text))


def _raw(text: str) -> Iterator[Part]:
    pieces = text.split(UNKNOWN)
    for index, piece in enumerate(pieces):
        if index:
            yield Part("other", UNKNOWN, quoted=True)
        if piece or len(pieces) == 1:
            yield Part("literal", piece, quoted=True)


def _expansion(text: str, quoted: bool = False) -> Part:
    found = _PLAIN_EXPANSION.match(text)
    if found is None:
        return Part("other", text, quoted=quoted)
    return Part("variable", text, found[1], quoted)


def _string(source: Source, node: Node) -> Iterator[Part]:
    """Yield the parts between double quotes; blanks around variables are in no node."""
    place, end = source.start(node) + 1, source.end(node) - 1
    for child in node.named_children:
        if child.type == "string_content":
            continue
        yield from _content(source.text[place : source.start(child)])
        text = source.of(child)
        if child.type in ("simple_expansion", "expansion"):
            yield _expansion(text, quoted=True)
        else:
            yield Part("other", text, quoted=True)
        place = source.end(child)
    rest = source.text[place : max(place, end)]
    yield from _content(rest) if rest or place > source.start(node) + 1 else _content("", True)


def _content(text: str, always: bool = False) -> Iterator[Part]:
    if text or always:
        unescaped = _QUOTED_ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], text)
        yield Part("literal", unescaped, quoted=True)
