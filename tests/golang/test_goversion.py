"""Go versions are ordered as the go command orders them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.goversion import is_older, version_key

ORDERED = [
    "devel",
    "1.9",
    "1.20rc1",
    "1.20",
    "1.20.1",
    "1.21",
    "1.21rc1",
    "1.21rc2",
    "1.21.0",
    "1.21.9",
    "1.21.10",
    "1.22",
    "1.24beta1",
    "1.24rc1",
    "1.24.0",
    "2.0.0",
]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ORDERED)))
def test_order(older: str, newer: str) -> None:
    assert is_older(older, newer)
    assert not is_older(newer, older)


def test_prefix_and_suffix_do_not_count() -> None:
    assert version_key("go1.22.1") == version_key("1.22.1") == version_key("1.22.1-custom")


@given(st.text())
def test_any_text_has_a_key(text: str) -> None:
    assert len(version_key(text)) == 4
    assert not is_older(text, text)
