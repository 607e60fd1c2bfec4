"""What rules for Go code have in common: hazards of a kind, and saying a thing once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, NamedTuple

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.go_source import Part, parts_of, span_of
from gotare.lint.rule import Found
from gotare.lint.subjects import TextSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Hazard


class Placed(NamedTuple):
    """A hazard, where it stands, and the program that it is part of."""

    hazard: Hazard
    span: Span
    part: Part


Check = Callable[[TextSubject], Iterator[Found]]


def once(check: Check) -> Check:
    """Let a check say what it says of a place once, though several programs share it."""

    @wraps(check)
    def checked(subject: TextSubject) -> Iterator[Found]:
        seen: set[Span] = set()
        for found in check(subject):
            if found.span not in seen:
                seen.add(found.span)
                yield found

    return checked


def of_kind(subject: TextSubject, kind: str) -> Iterator[Placed]:
    """Yield the hazards of a kind in the file."""
    for part in parts_of(subject):
        for one in part.facts.hazards:
            span = span_of(subject, one.at) if one.kind == kind else None
            if span:
                yield Placed(one, span, part)


def written(subject: TextSubject, span: Span) -> str:
    """Return what stands at a place."""
    return subject.text[span.start : span.end]
