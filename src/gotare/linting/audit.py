"""The score card: the lists of good practice for Go images, each line with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gotare.frozen import dataclass
from gotare.lint.files import Target, paths_below
from gotare.linting.audit_evidence import Evidence, Verdict
from gotare.linting.audit_items import ITEMS

if TYPE_CHECKING:
    from gotare.linting.session import Session


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the card."""

    section: str
    title: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Card:
    """The score card."""

    lines: tuple[Line, ...]

    def counts(self, section: str = "") -> tuple[int, int]:
        """Return how many lines are met, of how many that apply; of all sections by default."""
        states = [l.verdict.state for l in self.lines if section in ("", l.section)]  # noqa: E741
        return states.count("met"), len(states) - states.count("not applicable")

    @property
    def score(self) -> int:
        """Percent of the lines that apply which are met, rounded down; 100 where none applies."""
        done, applicable = self.counts()
        return done * 100 // applicable if applicable else 100

    @property
    def sections(self) -> list[str]:
        """The sections, in order."""
        return list(dict.fromkeys(line.section for line in self.lines))

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "score": self.score,
            "sections": {section: self._section(section) for section in self.sections},
            "lines": [_line(line) for line in self.lines],
        }

    def _section(self, section: str) -> Mapping[str, int]:
        done, applicable = self.counts(section)
        return {"met": done, "applicable": applicable}


def _line(line: Line) -> dict[str, str]:
    verdict = line.verdict
    return {
        "section": line.section,
        "title": line.title,
        "state": verdict.state,
        "evidence": verdict.evidence,
        "at": verdict.at,
    }


def audit(session: Session) -> Card:
    """Lint the files of a session, and hold them to the lists."""
    directory = session.request.directory
    result = session.linted()
    here = Target(".", directory / "Dockerfile", "dockerfile")
    plan = session.around.project_of(here).plan
    evidence = Evidence(result.files, plan, paths_below(directory, session.env))
    return card_of(evidence)


def card_of(evidence: Evidence) -> Card:
    """Answer every line of the lists."""
    lines = [Line(item.section, item.title, item.answer(evidence)) for item in ITEMS]
    return Card(tuple(lines))


def card_lines(card: Card) -> Iterator[str]:
    """Yield the card as text."""
    width = max(len(line.title) for line in card.lines)
    for section in card.sections:
        done, applicable = card.counts(section)
        yield f"{section}  {done} of {applicable}" if applicable else f"{section}  does not apply"
        yield from _section_lines([line for line in card.lines if line.section == section], width)
        yield ""
    done, applicable = card.counts()
    yield f"score  {card.score} % ({done} of {applicable} that apply)"


_MARKS = {"met": "met", "not met": "NOT MET", "not applicable": "-"}


def _section_lines(lines: Sequence[Line], width: int) -> Iterator[str]:
    for line in lines:
        verdict = line.verdict
        place = f"{verdict.at}: " if verdict.at else ""
        yield f"  {_MARKS[verdict.state]:<8} {line.title:<{width}}  {place}{verdict.evidence}"
