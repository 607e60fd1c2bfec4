"""Tables and aims: what was not measured is said, and what was missed is not hidden."""

from __future__ import annotations

from benchmarks.measure import Series
from benchmarks.programs import PROGRAMS
from benchmarks.realworld import Built, Row, document
from benchmarks.report import (
    Section,
    aims_table,
    at_most,
    median_of,
    merged,
    ratio_to,
    table,
    times,
)
from benchmarks.report import document as benchmark_document
from benchmarks.workshop import ROOT


def test_a_table_is_aligned() -> None:
    assert table(("a", "b"), [("long", "1"), ("x", "200")]) == [
        "| a    |   b |",
        "| ---- | --: |",
        "| long |   1 |",
        "| x    | 200 |",
    ]


def test_times_compare_each_with_its_equal() -> None:
    rows = times([Series("gotare", "gotare", {0: 0.1}), Series("ko", "gotare", {0: 0.4})])
    assert "0.25 (0.25 - 0.25)" in rows[3]
    assert rows[2].rstrip("| ").endswith("1")


def test_a_failure_stands_in_the_table() -> None:
    rows = times([Series("gotare", "gotare", {0: 1.5}), Series("ko", "gotare", failure="no base")])
    assert "no base" in rows[3]
    assert "1.50 s" in rows[2]


def test_aims_are_met_missed_or_not_measured() -> None:
    aims = [at_most("a", 1, 1.0), at_most("b", 1, 1.01), at_most("c", 1, None)]
    marks = [line.split("|")[3].strip() for line in aims_table([Section("", "", [], aims)])[2:]]
    assert marks == ["yes", "NO", "?"]


def test_ratios_of_what_did_not_run_are_none() -> None:
    ran = [Series("gotare", "gotare", {0: 1.0}), Series("go", "gotare", failure="x")]
    assert ratio_to(ran, "go") is None
    assert ratio_to(ran, "absent") is None
    assert median_of(ran) == 1.0
    assert median_of(ran, "go") is None


def _image(size: int) -> Built:
    from pathlib import Path

    return Built(Path("x"), "prog", 5_000_000, size, ("tmp",), 1.0)


def test_a_program_that_fails_is_shown_and_counted() -> None:
    images = (_image(2_000_000), _image(1_900_000))
    good = Row("example.com/prog@v1.0.0", "a test", images, "`prog`: exit code 0")
    bad = Row("example.com/bad@v1.0.0", "a test", images, "", "on static: exit code 1: a | b")
    text = document({"cores": "2"}, [good, bad, Row("example.com/not@v1", "", failure="no main")])
    assert "1 built and started, 0 refused as they should be, 2 failed" in text
    assert "**failed**: on static: exit code 1: a \\| b" in text
    assert "**failed**: no main" in text
    assert "| 5.0 MB |" in text


def test_programs_are_pinned_and_told_apart() -> None:
    queries = [query for program in PROGRAMS for query in program.queries]
    assert len(set(queries)) == len(queries) >= 10
    assert all(query.partition("@")[2][1:2].isdigit() for query in queries)
    assert all(program.refused or len(program.starts) == len(program.queries)
               for program in PROGRAMS)  # fmt: skip


def report(*sections: Section, **machine: str) -> str:
    return benchmark_document("Opening.", machine, sections, ["a note"])


def test_a_part_is_put_into_the_report_that_stands() -> None:
    old = report(
        Section("One", "first", ["| a |"], [at_most("x", 1, 2.0)]),
        Section("Two", "stays", ["| b |"], [at_most("y", 1, 0.5)]),
        cores="2",
    )
    new = report(
        Section("One", "again", ["| c |"], [at_most("x", 1, 0.5)]),
        Section("Three", "more", ["| d |"], [at_most("z is long", 1, 3.0)]),
        cores="4",
        tally="1.0",
    )
    page = merged(old, new)
    assert page == report(
        Section("One", "again", ["| c |"], [at_most("x", 1, 0.5)]),
        Section("Two", "stays", ["| b |"], [at_most("y", 1, 0.5)]),
        Section("Three", "more", ["| d |"], [at_most("z is long", 1, 3.0)]),
        cores="4",
        tally="1.0",
    )
    assert merged(page, new) == page


def test_the_report_in_the_documentation_can_take_a_part() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    assert merged(page, page) == page
