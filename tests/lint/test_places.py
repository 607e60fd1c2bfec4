"""Lines and columns of offsets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.places import Lines

TEXTS = st.text("ab \r\n", max_size=40)


@given(TEXTS, st.data())
def test_lines_and_columns_lead_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    lines = Lines(text)
    assert lines.start(lines.number(offset)) + lines.column(offset) - 1 == offset
    assert "\n" not in lines.line(lines.number(offset))


@given(TEXTS, st.integers(-5, 60), st.integers(-5, 60))
def test_every_span_has_a_place(text: str, start: int, end: int) -> None:
    at = Lines(text).locate(Span(start, end), "f")
    assert 1 <= at.line <= at.end_line <= text.count("\n") + 1
    assert at.column >= 1 and at.end_column >= 1


def test_the_end_of_a_line_is_not_part_of_a_place() -> None:
    at = Lines("FROM a\nRUN b \\\n  c  \n").locate(Span(7, 21), "f")
    assert (at.line, at.column, at.end_line, at.end_column) == (2, 1, 3, 4)
