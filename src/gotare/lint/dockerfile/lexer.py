"""How does BuildKit read quotes, escapes and variables in a word?

Its lexer is not a shell's, and stranger in corners; heredocs and variables both go through it.
Source: `frontend/dockerfile/shell/lex.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gotare.lint.dockerfile import patterns
from gotare.lint.dockerfile.lines import GO_SPACE
from gotare.lint.dockerfile.words import Token

LONGEST = 1 << 20
"""Characters that a result may have."""

DEEPEST = 100
"""Levels of `${X:-${Y:-…}}`."""

_SPECIAL = "@*#?-$!0"


class LexError(ValueError):
    """A quote or brace without its end, an unknown operator, a bad pattern, or a bomb."""


Lookup = Callable[[str], str | None]
"""The value of a variable, None for one that is not set."""


@dataclass(eq=False, repr=False)
class _Words:
    """Words as they grow, with the places of their characters."""

    buffer: list[str]
    found: list[Token] = field(default_factory=list)
    inside: bool = False
    start: int = 0
    end: int = 0

    def add(self, text: str, start: int, end: int) -> None:
        """Add text in which blanks separate words."""
        for character in text:
            if character not in GO_SPACE:
                self.add_raw(character, start, end)
            elif self.inside and self.buffer:
                self._finish()
                self.inside = False

    def add_raw(self, text: str, start: int, end: int) -> None:
        """Add text that belongs to one word."""
        if not self.buffer:
            self.start = start
        self.buffer.append(text)
        self.end = end
        self.inside = True

    def _finish(self) -> None:
        text = "".join(self.buffer)
        self.buffer.clear()
        if text:
            self.found.append(Token(text, self.start, self.end))

    def all(self) -> list[Token]:
        """Return the words."""
        self._finish()
        return self.found


@dataclass(eq=False, repr=False)
class Lexer:
    """Reads one text once. `keep_unset`: variables that are not set stay as they are written;
    `quotes`: whether quotes mean anything (in the content of heredocs they do not)."""

    text: str
    lookup: Lookup
    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_unset: bool = False
    quotes: bool = True
    at: int = 0
    _depth: int = 0
    _size: int = 0
    _steps: patterns.Steps = field(default_factory=patterns.Steps)
    _buffer: list[str] = field(default_factory=list)

    def read(self) -> tuple[str, list[Token]]:
        """Return the whole result, and its words. Raises LexError."""
        self.at += self.text.startswith("\ufeff")
        try:
            return self._until("", self.raw_escapes, False)
        except patterns.PatternError as error:
            raise LexError(str(error)) from None

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        character = self._peek()
        self.at += len(character)
        return character

    def _until(self, stop: str, raw: bool, pattern: bool) -> tuple[str, list[Token]]:
        """Read up to a character, or to the end. `raw`: escapes stay; `pattern`: and are doubled
        within quotes, so that they survive in a pattern."""
        before, self.raw_escapes = self.raw_escapes, raw
        self._depth += 1
        if self._depth > DEEPEST:
            raise LexError("variables are nested too deeply")
        self._buffer.clear()
        words = _Words(self._buffer)
        try:
            return self._collect(stop, pattern, words)
        finally:
            self.raw_escapes = before
            self._depth -= 1

    def _collect(self, stop: str, pattern: bool, words: _Words) -> tuple[str, list[Token]]:
        found: list[str] = []
        while character := self._peek():
            start = self.at
            if character == stop:
                self.at += 1
                return "".join(found), words.all()
            text, splits = self._piece(character, pattern)
            self._grow(len(text))
            found.append(text)
            add = words.add if splits else words.add_raw
            add(text, start, self.at)
        if stop:
            raise LexError(f"the text ends before the {stop!r} that should follow")
        return "".join(found), words.all()

    def _grow(self, count: int) -> None:
        """Count characters of the result, those within quotes or braces several times."""
        self._size += count
        if self._size > LONGEST:
            raise LexError(f"the result has more than {LONGEST} characters")

    def _piece(self, character: str, pattern: bool) -> tuple[str, bool]:
        """Return what the next characters stand for, and whether blanks in it separate words."""
        if character == "$":
            return self._dollar(), True
        if character == "<":
            return self._angle(), False
        if self.quotes and character == "'":
            return self._single(pattern), False
        if self.quotes and character == '"':
            return self._double(pattern), False
        self.at += 1
        if character != self.escape:
            return character, True
        kept = self.escape if self.raw_escapes else ""
        return kept + self._next(), False

    def _angle(self) -> str:
        """`<<` and the blanks after it belong to the word that names a heredoc."""
        start = self.at
        self.at += 1
        if self._peek() == "<":
            self.at += 1
            while (character := self._peek()) and character in "\t\r ":
                self.at += 1
        return self.text[start : self.at]

    def _single(self, pattern: bool) -> str:
        start = self.at + 1
        end = self.text.find("'", start)
        if end < 0:
            self.at = len(self.text)
            raise LexError("a single quote has no end")
        self.at = end + 1
        content = self.text[start:end]
        if pattern:
            content = content.replace(self.escape, self.escape * 2)
        return f"'{content}'" if self.raw_quotes else content

    def _double(self, pattern: bool) -> str:
        self.at += 1
        quote = '"' if self.raw_quotes else ""
        found = [quote]
        while (character := self._peek()) != '"':
            if not character:
                raise LexError("a double quote has no end")
            if character == "$":
                found.append(self._dollar())
                self._grow(len(found[-1]))
            else:
                self.at += 1
                found.append(self._escaped(pattern) if character == self.escape else character)
        self.at += 1
        return "".join(found) + quote

    def _escaped(self, pattern: bool) -> str:
        """Return what an escape within double quotes stands for. The escape has been read."""
        following = self._peek()
        if not following:
            return ""
        if following in ('"', "$", self.escape):
            self.at += 1
            return (self.escape if self.raw_escapes else "") + following
        doubled = self.raw_escapes and (not self.raw_quotes or pattern)
        return self.escape * (2 if doubled else 1)

    def _dollar(self) -> str:
        self.at += 1
        if self._peek() != "{":
            name = self._name()
            if not name:
                return "$"
            value = self.lookup(name)
            return self._unset(value, f"${name}")
        self.at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise LexError("bad substitution")
        return self._braces(self._name())

    def _unset(self, value: str | None, written: str) -> str:
        if value is None:
            return written if self.keep_unset else ""
        return value

    def _name(self) -> str:
        start = self.at
        first = self._peek()
        if first.isdecimal():
            while self._peek().isdecimal():
                self.at += 1
        elif first and first in _SPECIAL:
            self.at += 1
        else:
            while (character := self._peek()) and (
                character.isalpha() or character.isdecimal() or character == "_"
            ):
                self.at += 1
        return self.text[start : self.at]

    def _braces(self, name: str) -> str:
        operator = self._next()
        if operator == "}":
            return self._unset(self.lookup(name), f"${{{name}}}")
        if operator == "/":
            return self._replace(name)
        if operator == ":":
            operator += self._next()
        if operator in ("#", "%"):
            return self._trim(name, operator)
        if operator in (":#", ":%") or operator[:1] not in ("-", "+", "?", ":"):
            raise LexError(f"unsupported modifier ({operator}) in substitution")
        word, _ = self._until("}", False, False)
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return f"${{{name}{operator}{word}}}"
        if operator[-1] not in "-+?":
            raise LexError(f"unsupported modifier ({operator}) in substitution")
        return self._choose(name, operator, word, value)

    def _choose(self, name: str, operator: str, word: str, value: str | None) -> str:
        missing = value is None or (operator[0] == ":" and not value)
        if operator[-1] == "?" and missing:
            why = "unset" if value is None else "empty"
            raise LexError(f"{name}: {word or f'is not allowed to be {why}'}")
        if operator[-1] == "+":
            return "" if missing else word
        return word if missing else value or ""

    def _trim(self, name: str, operator: str) -> str:
        word, _ = self._until("}", True, True)
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return f"${{{name}{operator}{word}}}"
        longest = word.startswith(operator)
        word = word[longest:]
        trim = patterns.without_prefix if operator == "#" else patterns.without_suffix
        return trim(value or "", word, self._steps, longest=longest)

    def _replace(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self.at += everywhere
        pattern, _ = self._until("/", True, True)
        replacement, _ = self._until("}", True, False)
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        return patterns.replaced(
            value or "", pattern, replacement, self._steps, everywhere=everywhere
        )
