"""A Go file as rules see it: the programs that it is part of, and where a fact stands in it.

Facts are found by `golang/facts`, each with the file, the line and what stands there; the columns
are found here. A fact belongs to the file that it stands in, so that a comment there can wave it
through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.places import Lines
from gotare.lint.subjects import Surroundings, TextSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Evidence, Listener, ProgramFacts
    from gotare.golang.project import Project
    from gotare.plan import ImagePlan

_GENERATED: Final = re.compile(r"^// Code generated .* DO NOT EDIT\.\r?$", re.MULTILINE)
_NO_PRODUCT: Final = frozenset({
    "test", "tests", "testing", "testutil", "testutils", "testdata", "e2e", "example", "examples",
    "_examples", "mock", "mocks", "vendor", "third_party",
})  # fmt: skip
"""Folders of programs that nobody ships, and of code that others wrote."""

_NEAR: Final = 200
"""Lines around the one of a fact in which it is looked for: it moves when a comment is written
above it, which changes no fact."""


@dataclass(frozen=True, slots=True)
class GoFile:
    """A Go file. `here` is its path in the project; `lines` are those of its text. `counts`: it is
    written by hand, and part of what is shipped."""

    here: str
    lines: Lines
    counts: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A program that the file may be part of: what is known of it, and the image it goes into."""

    facts: ProgramFacts
    image: ImagePlan | None
    project: Project

    @property
    def name(self) -> str:
        """What people call the program."""
        return self.facts.name or self.facts.package.rpartition("/")[2]

    @property
    def is_service(self) -> bool:
        """Whether it runs until somebody stops it."""
        kind = self.image.workload.kind if self.image else ""
        return bool(self.served) or (kind in ("service", "worker") and bool(self.facts.loops))

    @property
    def served(self) -> list[Listener]:
        """The listeners of its own service whose address is known: code that several programs
        share may listen for one of them only."""
        found = [one for one in self.facts.listeners if not one.role]
        return [one for one in found if one.port is not None or one.variable or one.flag]


def go_source(path: str, text: str, around: Surroundings) -> TextSubject:
    """Make a subject of a Go file."""
    here = around.here or path
    counts = is_product(here) and not _GENERATED.search(text)
    return TextSubject(path, text, GoFile(here, Lines(text), counts), around)


def is_product(path: str) -> bool:
    """Tell whether a Go file of the project may be part of what is shipped."""
    return not path.endswith("_test.go") and _NO_PRODUCT.isdisjoint(path.split("/")[:-1])


def parts_of(subject: TextSubject) -> Iterator[Part]:
    """Yield the programs of the project around a Go file; none for a file that does not count, and
    where the project cannot be read."""
    project = subject.around.project if subject.document.counts else None
    if project is None:
        return
    plan = subject.around.plan
    for facts in project.facts.programs:
        images = plan.images if plan else ()
        image = next((i for i in images if facts.package in i.packages), None)
        yield Part(facts, image, project)


def span_of(subject: TextSubject, at: Evidence) -> Span | None:
    """Return where a fact stands in the file; None where it stands in another."""
    file: GoFile = subject.document
    if at.path != file.here:
        return None
    pattern = _pattern(at.what)
    for number in _numbers(file.lines, at.line) if pattern else ():
        match = pattern.search(file.lines.line(number)) if pattern else None
        if match:
            start = file.lines.start(number)
            return Span(start + match.start(1), start + match.end(1))
    return _whole_line(file.lines, at.line)


def _pattern(what: str) -> re.Pattern[str] | None:
    """Return what to look for: the last part of a name, with what it is selected of before it."""
    word = what.split(" ")[0]
    if not word:
        return None
    if "/" in word:
        return re.compile(f'("{re.escape(word)}[^"]*")')
    name = re.escape(word.rpartition(".")[2])
    return re.compile(rf"((?:\w+\.)*(?<!\w){name}(?!\w))")


def _numbers(lines: Lines, number: int) -> Iterator[int]:
    """Yield the numbers of lines, the nearest to one first."""
    yield number
    for distance in range(1, _NEAR):
        for other in (number + distance, number - distance):
            if 0 < other <= len(lines):
                yield other


def _whole_line(lines: Lines, number: int) -> Span:
    number = min(max(number, 1), len(lines))
    line = lines.line(number)
    start = lines.start(number) + len(line) - len(line.lstrip())
    return Span(start, lines.start(number) + len(line.rstrip()))
