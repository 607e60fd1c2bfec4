"""What gotare finds in projects of many kinds is what their authors wrote down.

A fact that is missed, or found though it is none, is in floors.yaml, or this fails. docs/facts.md
shows the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.golang.project import Project
from gotare.golang.toolchain import Go
from scripts.facts_page import FACTS_PAGE, facts_page
from tests.golang.truth.measure import load_all, read_floors, total
from tests.golang.truth.score import KINDS, TRUTH, Score, evidence, projects, read_truth, root_of

SECTIONS = {kind.section for kind in KINDS} - {"cgo", "versions"}
SOURCES = {"generators", "private", "embedded", "outside", "errors"}
VALUES = {value for kind in KINDS for value in (*kind.values, kind.among)} - {"missing"}


@pytest.fixture(scope="module")
def loaded(gocmd: Go) -> dict[str, Project]:
    return load_all(gocmd)


@pytest.fixture(scope="module")
def scores(loaded: dict[str, Project]) -> dict[str, Score]:
    return total(loaded)


@pytest.mark.parametrize("name", projects())
def test_the_truth_is_well_formed(name: str) -> None:
    truth = read_truth(name)
    assert truth.keys() <= {"about", "project", "programs", "sources", "cgo", "versions"}
    assert truth["about"] and truth["programs"]
    assert truth.get("sources", {}).keys() <= SOURCES
    for program in truth["programs"].values():
        assert program.keys() <= SECTIONS - SOURCES
        items = [item for value in program.values() if isinstance(value, list) for item in value]
        for item in (*items, program.get("shutdown", {})):
            if isinstance(item, dict):
                assert item.keys() <= VALUES | {"maybe"}, item


def test_there_are_many_projects() -> None:
    assert len(projects()) >= 14
    folders = {path.name for path in TRUTH.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders == set(projects())


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_nothing_more_is_missed_or_false(scores: dict[str, Score], kind: str) -> None:
    floor, measured = read_floors()[kind], scores[kind]
    assert set(measured.missed) <= set(floor.missed)
    assert set(measured.false) <= set(floor.false)
    assert measured.right >= floor.right
    assert measured.right > 0, "no project has such a fact: it is not tested"


def test_evidence_is_a_line_that_exists(loaded: dict[str, Project]) -> None:
    count = 0
    for name, project in loaded.items():
        for one in evidence(project):
            assert one.path or one.chain, one
            if one.path:
                count += 1
                lines = (root_of(name) / one.path).read_bytes().splitlines()
                assert 0 <= one.line <= len(lines), f"{name}: {one}"
    assert count > 100


def test_the_page_shows_the_floors() -> None:
    assert FACTS_PAGE.read_text() == facts_page(), "run .venv/bin/python scripts/write_docs.py"


def test_the_page_names_every_project_and_miss() -> None:
    text = Path(FACTS_PAGE).read_text()
    assert [name for name in projects() if f"| {name} |" not in text] == []
    wrong = [w for floor in read_floors().values() for w in (*floor.missed, *floor.false)]
    assert [line for line in wrong if line not in text] == []
