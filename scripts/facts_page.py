"""Makes docs/facts.md: how well gotare finds facts, against the truth in tests/golang/truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.golang.truth.measure import read_floors
from tests.golang.truth.score import Score, projects, read_truth

FACTS_PAGE = Path(__file__).resolve().parent.parent / "docs" / "facts.md"

_HEAD = """# Facts

Written by `scripts/write_docs.py` from what was measured.

`gotare plan` reads facts from the sources: it runs nothing of them, and says of each fact the line
that shows it. What it cannot know it calls unknown. How often is it right? `tests/golang/truth`
has {count} projects as teams write them, each with its facts written down by hand, and a test
compares. *Precision* is the part of what gotare finds that is true, *recall* the part of the truth
that it finds.
"""

_PROJECTS_HEAD = """
## The projects

| project | what is in it |
|---|---|
"""

_KINDS_HEAD = """
## Per kind of fact

| kind | true | found of them | false | precision | recall |
|---|---:|---:|---:|---:|---:|
"""


def facts_page() -> str:
    """Return the page."""
    floors = read_floors()
    parts = [_HEAD.format(count=len(projects())), _KINDS_HEAD]
    parts += [_row(kind, score) for kind, score in floors.items()]
    whole = Score()
    for score in floors.values():
        whole.add(Score(score.right, list(score.missed), list(score.false)))
    parts.append(_row("**all**", whole))
    parts.append("".join(_known(floors)))
    parts.append(_PROJECTS_HEAD)
    parts += [f"| {name} | {read_truth(name)['about']} |\n" for name in projects()]
    parts.append(_published())
    return "".join(parts)


def _published() -> str:
    """Return the section at the end that `make facts` writes, as it stands."""
    text = FACTS_PAGE.read_text() if FACTS_PAGE.exists() else ""
    start = text.find("\n## Published programs\n")
    return text[start:] if start >= 0 else ""


def _row(kind: str, score: Score) -> str:
    true = score.right + len(score.missed)
    ratios = f"{score.precision:.2f} | {score.recall:.2f}"
    return f"| {kind} | {true} | {score.right} | {len(score.false)} | {ratios} |\n"


def _known(floors: Mapping[str, Score]) -> Iterator[str]:
    """Yield the list of what is wrong, if anything is."""
    wrong = {kind: score for kind, score in floors.items() if score.missed or score.false}
    if not wrong:
        return
    yield "\n## What is known to be wrong\n\n"
    for kind, score in wrong.items():
        yield from (f"- {kind}, missed: {text}\n" for text in score.missed)
        yield from (f"- {kind}, false: {text}\n" for text in score.false)
