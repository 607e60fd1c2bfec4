"""Findings as text: lines of the file, marks below, and nothing that a terminal obeys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit, Finding, Fix, Location, Severity
from gotare.report.excerpt import excerpt, visible
from gotare.report.text import summary, text_report


def finding(at: Location, hint: str = "", safe: bool | None = None) -> Finding:
    fix = None if safe is None else Fix((Edit(0, 0, "x"),), safe)
    return Finding("some-rule", Severity.ERROR, "is bad", at, hint, fix=fix)


def report(text: str, at: Location, **more: object) -> str:
    return text_report([finding(at, **more)], lambda path: text)  # type: ignore[arg-type]


def test_a_whole_line_is_not_underlined() -> None:
    text = "FROM a\nRUN go build -o app .\n"
    hint = "CGO_ENABLED=0"
    assert report(text, Location("Dockerfile", 2, 1, 2, 22), hint=hint, safe=True) == (
        "Dockerfile:2:1  error    some-rule  is bad\n"
        "   2 | RUN go build -o app .\n"
        f"     | hint: CGO_ENABLED=0{' ' * 60}[fix: safe]"
    )


def test_a_part_of_a_line_is_underlined() -> None:
    assert report("FROM a:b AS c\n", Location("f", 1, 6, 1, 9)).split("\n")[1:] == [
        "   1 | FROM a:b AS c",
        "     |      ^^^",
    ]


def test_wide_characters_and_tabs_keep_the_mark_in_place() -> None:
    lines = report("\t世界 x y\n", Location("f", 1, 5, 1, 6)).split("\n")
    assert lines[1:] == ["   1 |     世界 x y", "     |          ^"]


def test_several_lines_are_cut() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 10))
    lines = report(text, Location("f", 2, 1, 8, 5)).split("\n")
    assert lines[1:] == ["   2 | line 2", "   3 | line 3", "   4 | line 4", "     | … 4 more"]
    assert report(text, Location("f", 2, 1, 4, 5)).count("\n") == 3


def test_long_lines_are_cut() -> None:
    lines = report("x" * 10_000, Location("f", 1, 9000, 1, 9010)).split("\n")
    assert [len(line) < 200 for line in lines] == [True, True]


def test_without_the_text_the_line_alone_is_shown() -> None:
    assert report("", Location("f", 3, 1)) == "f:3:1  error    some-rule  is bad"
    assert report("a\n", Location("f", 9, 1)) == "f:9:1  error    some-rule  is bad"


def test_an_unsafe_fix_says_so() -> None:
    assert report("", Location("f"), safe=False).endswith("     | [fix: unsafe]")


def test_colours_are_for_terminals() -> None:
    at = Location("f", 1, 1, 1, 2)
    assert "\x1b[31;1merror" in text_report([finding(at)], lambda path: "", colored=True)
    assert "\x1b" not in text_report([finding(at)], lambda path: "")


@given(st.text(), st.integers(1, 5), st.integers(1, 9), st.integers(1, 5), st.integers(1, 9))
def test_no_text_is_obeyed_by_a_terminal(
    text: str, line: int, column: int, end_line: int, end_column: int
) -> None:
    at = Location(text, line, column, end_line, end_column)
    shown = text_report([Finding(text, Severity.INFO, text, at, text)], lambda path: text)
    assert not [c for c in shown.replace(text, "") if ord(c) < 32 and c != "\n"]


@given(st.text())
def test_what_is_visible_has_no_control_characters(text: str) -> None:
    assert not [c for c in visible(text) if ord(c) < 32 or 0x7F <= ord(c) < 0xA0]
    assert "\u202e" not in visible(text)


def test_an_excerpt_names_its_lines() -> None:
    assert list(excerpt("a\r\nb\r\n", Location("f", 2, 1, 2, 2))) == [("2", "b")]


@pytest.mark.parametrize(
    ("levels", "fixes", "expected"),
    [
        ("", (), "no findings in 2 files"),
        ("e", (None,), "1 error in 2 files"),
        (
            "eewi",
            (None, None, True, None),
            "2 errors, 1 warning, 1 info in 2 files; --fix repairs 1",
        ),
        ("w", (False,), "1 warning in 2 files; --fix --unsafe 1 more"),
    ],
)
def test_summaries(levels: str, fixes: tuple[bool | None, ...], expected: str) -> None:
    words = {"e": Severity.ERROR, "w": Severity.WARNING, "i": Severity.INFO}
    found = [
        Finding("r", words[level], "m", Location("f"), fix=finding(Location("f"), safe=fix).fix)
        for level, fix in zip(levels, fixes, strict=True)
    ]
    assert summary(found, 2) == expected
