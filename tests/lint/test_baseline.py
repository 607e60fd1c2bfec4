"""Fingerprints that stay when lines move, and the file that holds them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import ConfigError
from gotare.findings import Finding, Location, Severity
from gotare.lint.baseline import baseline_text, fingerprints, new_findings, read_baseline

TEXT = "FROM a\nRUN b\nRUN b\n"


def at(line: int, rule: str = "r", path: str = "f") -> Finding:
    return Finding(rule, Severity.WARNING, "m", Location(path, line, 1, line, 2))


def marks(findings: list[Finding], text: str = TEXT) -> list[str]:
    return fingerprints(findings, lambda path: text)


def test_equal_lines_are_counted() -> None:
    assert len(set(marks([at(2), at(3)]))) == 2


def test_rule_path_and_words_count() -> None:
    assert len(set(marks([at(1), at(2), at(1, "s"), at(1, path="g")]))) == 4


@given(st.integers(0, 5))
def test_lines_may_move(lines: int) -> None:
    moved = "# more\n" * lines + TEXT.replace("RUN b", "  RUN   b ")
    assert marks([at(2), at(3)]) == marks([at(2 + lines), at(3 + lines)], moved)


def test_what_is_in_the_file_is_left_out() -> None:
    content = baseline_text([at(2), at(1)], lambda path: TEXT)
    known = read_baseline(content, "b.json")
    fresh, gone = new_findings([at(1), at(2), at(3)], lambda path: TEXT, known)
    assert (fresh, gone) == ([at(3)], 0)
    fresh, gone = new_findings([at(2)], lambda path: TEXT, known)
    assert (fresh, gone) == ([], 1)


def test_the_file_is_sorted_and_readable() -> None:
    document = json.loads(baseline_text([at(2, "z"), at(1, "a")], lambda path: TEXT))
    assert [entry["rule"] for entry in document["findings"]] == ["a", "z"]
    assert document["version"] == 1


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "findings": [1]}', "[" * 9999],
)
def test_another_file_is_an_error(content: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_baseline(content, "b.json")
    assert caught.value.message.startswith("b.json: ")
    assert "--write-baseline" in str(caught.value.hint)


def test_a_line_that_is_not_there_has_a_fingerprint() -> None:
    assert len(marks([at(99)], "")) == 1
