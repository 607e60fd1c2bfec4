"""Reads YAML text into documents, and says what is wrong with it instead of giving up.

The parser is libyaml's, asked for events, so that depth is not the stack's and aliases stay where
they are. Whatever it refuses is a problem with its place; the documents before and after it are
read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.yaml.building import Builder, TooMuchError
from gotare.lint.yaml.nodes import NOTHING, Node

if TYPE_CHECKING:
    from yaml.error import YAMLError

MAX_LENGTH: Final = 2_000_000
"""Characters of a file that is read."""

_SMALL: Final = 50_000
"""Characters of a text that is kept."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""Bytes that are not UTF-8: the reader of files keeps them so."""
_MARKER: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the text. "broken": it is no YAML; "duplicate": a key is there twice;
    "bomb": it would grow beyond all measure."""

    kind: Literal["broken", "duplicate", "bomb"]
    message: str
    span: Span
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a file holds: its documents (empty ones are left out), and what is wrong with it."""

    documents: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def first(self) -> Node:
        """The first document, or NOTHING."""
        return self.documents[0] if self.documents else NOTHING


def errors_of(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems for which a document cannot be used."""
    return tuple(problem for problem in problems if problem.kind != "duplicate")


def read(text: str) -> Stream:
    """Read all documents of a text. It never raises. What it made of small texts is kept: the
    neighbours of manifests are asked for again and again."""
    return _kept(text) if len(text) <= _SMALL else _read(text)


@lru_cache(maxsize=512)
def _kept(text: str) -> Stream:
    return _read(text)


def _read(text: str) -> Stream:
    if len(text) > MAX_LENGTH:
        message = f"the file has more than {MAX_LENGTH:,} characters"
        return Stream((), (Problem("bomb", message, Span(0, 0)),))
    documents: list[Node] = []
    problems: list[Problem] = []
    start: int | None = 1 if text.startswith("\ufeff") else 0
    while start is not None:
        builder = Builder(text, start)
        failed = _feed(builder, text, start)
        documents += builder.documents
        problems += [Problem("duplicate", m, span) for m, span in builder.duplicates]
        problems += [failed] if failed else []
        start = _next(text, start, failed)
    return Stream(tuple(documents), tuple(problems))


def _feed(builder: Builder, text: str, start: int) -> Problem | None:
    """Give the parser's events to the builder; return what ended it before the end."""
    from yaml.error import YAMLError

    try:
        for event in _events(_SURROGATES.sub("\ufffd", text[start:])):
            builder.take(event)
    except YAMLError as error:
        return _broken(error, text, start)
    except TooMuchError as error:
        return Problem("bomb", str(error), error.span)
    return None


def _events(text: str) -> Iterator[Any]:
    import yaml

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.parse(text, Loader=loader)


def _next(text: str, start: int, failed: Problem | None) -> int | None:
    """Return where to go on after a failure: at the next document; None for no more."""
    if failed is None or failed.kind != "broken":
        return None
    found = _MARKER.search(text, max(failed.span.start, start + 1))
    return found.start() if found else None


def _broken(error: YAMLError, text: str, start: int) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    offset = start + mark.index if mark else _unreadable(text, start)
    offset = min(offset, max(len(text) - 1, 0))
    end = text.find("\n", offset)
    span = Span(offset, max(offset + 1, len(text) if end < 0 else end))
    where = Span(offset, min(span.end, len(text)))
    return Problem(
        "broken", _said(error, text, offset), where, "no other rule looks at this document"
    )


def _said(error: YAMLError, text: str, offset: int) -> str:
    """Say it so that the writer of the file knows what to look for."""
    if text[offset : offset + 1] == "\t":
        return "a tab indents this line: YAML takes blanks only"
    words = [getattr(error, "context", None), getattr(error, "problem", None)]
    said = ", ".join(word for word in words if word)
    return said or "it holds a character that YAML does not allow"


_ALLOWED: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is outside of YAML 1.1, 5.1 "Character Set"."""


def _unreadable(text: str, start: int) -> int:
    found = _ALLOWED.search(text, start)
    return found.start() if found else start
