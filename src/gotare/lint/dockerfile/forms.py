"""In which form are the arguments of an instruction, and what are its words?

Source: the dispatch table and `line_parsers.go` of BuildKit's `frontend/dockerfile/parser`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gotare.lint.dockerfile.syntax import Form
from gotare.lint.dockerfile.words import (
    BLANKS,
    NotStringsError,
    Token,
    first_word,
    json_words,
    plain_words,
    quoted_words,
)


class PairToken(NamedTuple):
    """A key and its value, where they stand in the joined line."""

    key: Token
    value: Token | None
    legacy: bool = False


class Arguments(NamedTuple):
    """What an instruction is given. `problem` is why BuildKit refuses it; `doubtful`: it looks like
    JSON but is none. `type` is the first word of HEALTHCHECK."""

    form: Form = "none"
    words: tuple[Token, ...] = ()
    pairs: tuple[PairToken, ...] = ()
    problem: str = ""
    doubtful: bool = False
    type: Token | None = None


Reader = Callable[[str, int, int, str], Arguments]
"""Reads from a joined line, from one place up to another, with an escape character."""

_LOOKS_LIKE_JSON = re.compile(r"""\[[^\s\[\]]|\[\s+["'“”][^,]*["'“”]\s*,""")


def _json_or(other: Reader) -> Reader:
    """JSON where it is an array, else what `other` reads."""

    def read(line: str, start: int, end: int, escape: str) -> Arguments:
        try:
            found = json_words(line, start, end)
        except NotStringsError:
            return Arguments(problem="a JSON array holds something else than strings")
        if found is not None:
            return Arguments("json", tuple(found))
        made = other(line, start, end, escape)
        doubtful = _LOOKS_LIKE_JSON.match(line, start, end) is not None
        return Arguments(made.form, made.words, doubtful=doubtful)

    return read


def _shell(line: str, start: int, end: int, _escape: str) -> Arguments:
    words = (Token(line[start:end], start, end),) if start < end else ()
    return Arguments("shell", words)


def _plain(line: str, start: int, end: int, _escape: str) -> Arguments:
    return Arguments("words", tuple(plain_words(line, start, end)))


def _whole(line: str, start: int, end: int, _escape: str) -> Arguments:
    """All of it is one word, blanks too (USER, WORKDIR, STOPSIGNAL, MAINTAINER)."""
    words = (Token(line[start:end], start, end),) if start < end else ()
    return Arguments("words", words)


def _split_pair(word: Token) -> PairToken:
    key, sign, value = word.text.partition("=")
    middle = word.start + len(key)
    token = Token(value, middle + 1, word.end) if sign else None
    return PairToken(Token(key, word.start, middle), token)


def _arg(line: str, start: int, end: int, escape: str) -> Arguments:
    pairs = tuple(_split_pair(word) for word in quoted_words(line, start, end, escape))
    return Arguments("pairs", pairs=pairs)


def _pairs(line: str, start: int, end: int, escape: str) -> Arguments:
    words = quoted_words(line, start, end, escape)
    if not words:
        return Arguments("pairs")
    if "=" not in words[0].text:
        return _legacy(line, start, end)
    pairs = tuple(_split_pair(word) for word in words if "=" in word.text)
    wrong = next((word.text for word in words if "=" not in word.text), None)
    if wrong is None:
        return Arguments("pairs", pairs=pairs)
    shown = wrong if len(wrong) <= 40 else f"{wrong[:40]}…"
    return Arguments("pairs", pairs=pairs, problem=f"{shown!r} is not of the form name=value")


def _legacy(line: str, start: int, end: int) -> Arguments:
    """`ENV KEY VALUE`: the value is all that follows the first blanks."""
    found = BLANKS.search(line, start, end)
    if not found:
        return Arguments(problem="a name and a value are needed")
    key = Token(line[start : found.start()], start, found.start())
    value = Token(line[found.end() : end], found.end(), end)
    return Arguments("pairs", pairs=(PairToken(key, value, legacy=True),))


def _health(line: str, start: int, end: int, escape: str) -> Arguments:
    """`CMD` and a command in either form, or `NONE`."""
    if start == end:
        return Arguments()
    type_end, after = first_word(line, start, end)
    kind = Token(line[start:type_end], start, type_end)
    command = _command(line, after, end, escape)
    if kind.text.upper() == "NONE" and not command.words and not command.problem:
        return Arguments("words", (kind,), type=kind)
    return Arguments(command.form, command.words, (), command.problem, command.doubtful, kind)


_command = _json_or(_shell)
_list = _json_or(_plain)

READERS: Mapping[str, Reader] = {
    "ADD": _list,
    "ARG": _arg,
    "CMD": _command,
    "COPY": _list,
    "ENTRYPOINT": _command,
    "ENV": _pairs,
    "EXPOSE": _plain,
    "FROM": _plain,
    "HEALTHCHECK": _health,
    "LABEL": _pairs,
    "MAINTAINER": _whole,
    "RUN": _command,
    "SHELL": _command,
    "STOPSIGNAL": _whole,
    "USER": _whole,
    "VOLUME": _list,
    "WORKDIR": _whole,
}
"""How each instruction but ONBUILD is read."""

INSTRUCTIONS = frozenset(READERS) | {"ONBUILD"}
