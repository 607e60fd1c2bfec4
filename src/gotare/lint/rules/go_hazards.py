"""What rules ask of the hazards in Go code: those of a kind that stand in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.go_source import Part, parts_of, span_of
from gotare.lint.subjects import TextSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Hazard


class Placed(NamedTuple):
    """A hazard, where it stands, and the program that it is part of."""

    hazard: Hazard
    span: Span
    part: Part


def of_kind(subject: TextSubject, *kinds: str) -> Iterator[Placed]:
    """Yield the hazards of some kinds in the file, each place once."""
    seen: set[Span] = set()
    for part in parts_of(subject):
        for one in part.facts.hazards:
            span = span_of(subject, one.at) if one.kind in kinds else None
            if span and span not in seen:
                seen.add(span)
                yield Placed(one, span, part)
