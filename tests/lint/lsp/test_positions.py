"""Offsets and positions say the same, whatever the characters and line ends are."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position

from gotare.findings import Location
from gotare.lint.lsp.positions import Encoding, Positions, units
from gotare.lint.places import Lines

TEXTS = st.text(st.sampled_from("ab \t\r\n\u2028\x0cß€🚢\ufeff"), max_size=60)
ENCODINGS = st.sampled_from(get_args(Encoding))


def inside_line_end(text: str, offset: int) -> bool:
    return text[offset - 1 : offset + 1] == "\r\n" and offset > 0


@given(TEXTS, ENCODINGS, st.data())
def test_an_offset_comes_back(text: str, encoding: Encoding, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    positions = Positions(text, encoding)
    back = positions.offset(positions.position(offset))
    assert back == (offset - 1 if inside_line_end(text, offset) else offset)


@given(TEXTS, ENCODINGS, st.integers(0, 9), st.integers(0, 99))
def test_every_position_is_somewhere(text: str, encoding: Encoding, line: int, unit: int) -> None:
    positions = Positions(text, encoding)
    offset = positions.offset(Position(line, unit))
    assert 0 <= offset <= len(text)
    found = positions.position(offset)
    assert (found.line, found.character) <= (line, unit)


@pytest.mark.parametrize(("encoding", "count"), [("utf-8", 8), ("utf-16", 4), ("utf-32", 3)])
def test_units(encoding: Encoding, count: int) -> None:
    assert units("€a🚢", encoding) == count
    assert Positions("x\r\n€a🚢", encoding).position(6) == Position(1, count)


def test_the_middle_of_a_character_is_its_beginning() -> None:
    assert Positions("a🚢b").offset(Position(0, 2)) == 1
    assert Positions("a🚢b").offset(Position(0, 3)) == 2


def test_half_a_character_is_one_unit() -> None:
    assert units("\ud83d", "utf-16") == 1


def test_an_empty_place_is_shown_as_one_character() -> None:
    text = "FROM a\nRUN b\n"
    found = Positions(text).range_of(Location("Dockerfile", 2, 1, 2, 1), Lines(text))
    assert (found.start, found.end) == (Position(1, 0), Position(1, 1))


def test_a_place_over_several_lines() -> None:
    text = "FROM a\nRUN b \\\n  c\n"
    found = Positions(text).range_of(Location("Dockerfile", 2, 1, 3, 4), Lines(text))
    assert (found.start, found.end) == (Position(1, 0), Position(2, 3))
