"""What guides teach wrong is found, to the line, and can be repaired; what is right is left alone.

`GOTARE_WRITE_EXPECTED=1` writes `expected.txt` anew: look at it before you commit.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gotare.lint.around import Known
from gotare.lint.policy import Policy
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.build.projects import write
from tests.lint.cases import facts_of
from tests.lint.guide_cases import (
    Guide,
    findings_in,
    fix,
    found_in,
    guides,
    is_writing,
    least_repair,
    notes,
    repair,
    short,
    written,
)

ALL = guides()
NAMES = [guide.name for guide in ALL]


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the projects lie that facts are read from: one for all with the same files."""
    return tmp_path_factory.mktemp("guide-projects")


@cache
def _known(projects: Path, files: tuple[tuple[str, str], ...]) -> Known:
    return facts_of(write(projects / str(abs(hash(files))), dict(files)))


def known_of(guide: Guide, projects: Path) -> Known:
    """Return the facts of the project that a Dockerfile is laid into."""
    return _known(projects, tuple(sorted(guide.sources.items())))


def alone(guide: Guide) -> list[str]:
    """Return what is found in a Dockerfile by itself."""
    linted = lint_text(Source("Dockerfile", "dockerfile", guide.text), Surroundings(), Policy())
    assert linted.failures == ()
    return short(linted.findings)


@pytest.mark.parametrize("guide", ALL, ids=NAMES)
def test_each_flaw_is_found_and_nothing_else(guide: Guide, projects: Path, tmp_path: Path) -> None:
    known = known_of(guide, projects)
    place = guide.lay_out(tmp_path / "harbour")
    findings = findings_in(place, known)
    found = {"alone": alone(guide), "project": short(findings), "notes": notes(findings)}
    if is_writing():
        found["repair"] = [least_repair(place, known)]
        guide.expected.write_text(written(found))
    assert found["alone"] == guide.section("alone")
    assert found["project"] == guide.section("project")
    assert found["notes"] == guide.section("notes")


@pytest.mark.parametrize("guide", ALL, ids=NAMES)
def test_it_can_be_made_to_pass(guide: Guide, projects: Path, tmp_path: Path) -> None:
    """What is repaired has no warning; once more it stays, and what a weaker repair leaves is
    told."""
    known = known_of(guide, projects)
    place = guide.lay_out(tmp_path / "harbour")
    for weaker in ("safe", "unsafe"):
        if guide.repair == weaker:
            break
        fix(place, known, unsafe=weaker == "unsafe")
        assert found_in(place, known) or guide.repair == "nothing"
    repair(place, known, guide.repair)
    assert found_in(place, known) == []
    once = {path: path.read_text() for path in place.rglob("*") if path.is_file()}
    repair(place, known, guide.repair)
    assert {path: path.read_text() for path in place.rglob("*") if path.is_file()} == once


def test_there_are_flawless_ones_and_each_kind_of_repair() -> None:
    kinds = {guide.repair for guide in ALL}
    assert kinds == {"nothing", "safe", "unsafe", "rewrite"}
    assert sum(1 for guide in ALL if not guide.section("alone")) > 8
