"""How are the arguments of an instruction split into words, flags and JSON strings?

Everything here works on a joined line and gives places in it as (start, end).
Source: `line_parsers.go` and `split_command.go` of BuildKit's `frontend/dockerfile/parser`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NamedTuple, NoReturn

from gotare.lint.dockerfile.lines import GO_SPACE

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""What separates the keyword from its arguments, and plain words from one another."""

_PLAIN = re.compile(r"[^\t\v\f\r ]+")
_SPACE_CLASS = re.escape(GO_SPACE)


class Token(NamedTuple):
    """A word and where it stands in the joined line."""

    text: str
    start: int
    end: int


def plain_words(line: str, start: int, end: int) -> list[Token]:
    """Split at blanks; quotes and escapes mean nothing (FROM, COPY, EXPOSE, …)."""
    return [Token(m[0], m.start(), m.end()) for m in _PLAIN.finditer(line, start, end)]


@cache
def _quoted_word(escape: str) -> re.Pattern[str]:
    """A word in which quotes and the escape character keep blanks. Each alternative begins with
    another character, so that nothing is tried twice."""
    mark = re.escape(escape)
    double = rf'"(?:[^"{mark}]|{mark}.)*(?:"|{mark}?\Z)'
    single = r"'[^']*(?:'|\Z)"
    return re.compile(
        rf"(?:[^{_SPACE_CLASS}'\"{mark}]|{mark}.|{single}|{double}|{mark}\Z)+", re.DOTALL
    )


def quoted_words(line: str, start: int, end: int, escape: str) -> list[Token]:
    """Split at blanks outside quotes; quotes and escapes stay in the words (ENV, LABEL, ARG).
    An escape character that ends the line belongs to no word."""
    found = []
    for match in _quoted_word(escape).finditer(line[:end], start):
        text = match[0]
        if match.end() == end and _ends_in_escape(text, escape):
            text = text[:-1]
        if text:
            found.append(Token(text, match.start(), match.start() + len(text)))
    return found


def _ends_in_escape(word: str, escape: str) -> bool:
    """Whether the last character of a word is an escape with nothing after it."""
    if not word.endswith(escape):
        return False
    mark = re.escape(escape)
    double = rf'"(?:[^"{mark}]|{mark}.)*'
    whole = rf"(?:[^'\"{mark}]|{mark}.|'[^']*'|{double}\")*(?:{double})?{mark}\Z"
    return re.match(whole, word, re.DOTALL) is not None


class FlagToken(NamedTuple):
    """A flag with quotes and escapes taken away, and where it stands in the joined line."""

    text: str
    start: int
    end: int


def split_flags(line: str, start: int, end: int, escape: str) -> tuple[list[FlagToken], int]:
    """Return the words that begin with `--`, and where the rest begins. A lone `--` ends them."""
    if line.isascii():
        return _split_flags(line, start, end, escape)
    return _split_flags_of_bytes(line, start, end, escape)


def _split_flags(line: str, start: int, end: int, escape: str) -> tuple[list[FlagToken], int]:
    flags: list[FlagToken] = []
    at = start
    while True:
        while at < end and line[at] in _BYTE_SPACE:
            at += 1
        if not line.startswith("--", at, end):
            return flags, at
        text, after = _flag_text(line, at, end, escape)
        if text == "--":
            return flags, after
        flags.append(FlagToken(text, at, after))
        at = after


def _split_flags_of_bytes(
    line: str, start: int, end: int, escape: str
) -> tuple[list[FlagToken], int]:
    """BuildKit looks at bytes here, of which 0x85 and 0xa0 count as blanks wherever they stand."""
    coded = [character.encode("utf-8", "surrogateescape") for character in line[start:end]]
    places = [at for at, code in enumerate(coded, start) for _ in code] + [end]
    content = b"".join(coded).decode("latin-1")
    flags, rest = _split_flags(content, 0, len(content), escape)
    found = [
        FlagToken(_decoded(flag.text), places[flag.start], places[flag.end - 1] + 1)
        for flag in flags
    ]
    return found, places[rest]


def _decoded(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


_BYTE_SPACE = "\t\n\v\f\r \x85\xa0"
_ASCII_SPACE = "\t\n\v\f\r "


def _flag_text(line: str, at: int, end: int, escape: str) -> tuple[str, int]:
    """Return a flag without its quotes and escapes, and where it ends."""
    quote = ""
    found: list[str] = []
    while at < end:
        character = line[at]
        if character == quote:
            quote = ""
        elif not quote and character in _BYTE_SPACE:
            break
        elif not quote and character in "'\"":
            quote = character
        elif character == escape:
            at += 1
            found.append(line[at : at + 1] if at < end else "")
        else:
            found.append(character)
        at += 1
    return "".join(found), min(at, end)


class NotStringsError(ValueError):
    """A JSON array with something else than strings in it."""


def json_words(line: str, start: int, end: int) -> list[Token] | None:
    """Return the strings of a JSON array, or None where the text is not one.
    Raises NotStringsError."""
    while start < end and line[start] in GO_SPACE:
        start += 1
    if not line.startswith("[", start, end):
        return None
    text = line[start:end]
    found = _strings(text)
    if found is not None:
        return [Token(token.text, token.start + start, token.end + start) for token in found]
    if _is_json(text):
        raise NotStringsError
    return None


_JSON_BLANKS = re.compile(r"[ \t\n\r]*")


def _strings(text: str) -> list[Token] | None:
    """Return the strings of an array of nothing else, or None."""
    found: list[Token] = []
    at = _after_blanks(text, 1)
    if text.startswith("]", at):
        return found if _after_blanks(text, at + 1) == len(text) else None
    while text.startswith('"', at):
        try:
            content, after = scanstring(text, at + 1, True)
        except ValueError:
            return None
        found.append(Token(content, at, after))
        at = _after_blanks(text, after)
        if text.startswith("]", at):
            return found if _after_blanks(text, at + 1) == len(text) else None
        if not text.startswith(",", at):
            return None
        at = _after_blanks(text, at + 1)
    return None


def _after_blanks(text: str, at: int) -> int:
    found = _JSON_BLANKS.match(text, at)
    return found.end() if found else at


_DEEPEST = 500


def _is_json(text: str) -> bool:
    """Whether Go's decoder takes the text. It refuses NaN, and numbers beyond a float64."""
    if text.count("[") + text.count("{") > _DEEPEST:
        return False
    try:
        json.loads(text, parse_constant=_refuse, parse_float=_number, parse_int=_number)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _number(word: str) -> float:
    value = float(word)
    if value in (float("inf"), float("-inf")):
        raise ValueError(word)
    return value


def first_word(line: str, start: int, end: int) -> tuple[int, int]:
    """Return where the first word ends, and where what follows it begins (HEALTHCHECK)."""
    at = start
    while at < end and line[at] not in _ASCII_SPACE:
        at += 1
    after = at
    while after < end and line[after] in _ASCII_SPACE:
        after += 1
    return at, after
