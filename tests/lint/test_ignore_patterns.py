"""The expression of a pattern matches what a plain translation does, and never takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gotare.lint import ignore_patterns
from gotare.lint.ignore_patterns import LONGEST, NOTHING, compiled

WORDS = st.sampled_from(["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[^a]", "a/", r"\*"])
MEANINGS = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]", r"\*": r"\*"}


def plain(pattern: str) -> re.Pattern[str]:
    """Translate each token by itself, as the documentation has it."""
    tokens = list(ignore_patterns._tokens(pattern))
    return re.compile("".join(MEANINGS.get(token, token) for token in tokens), re.DOTALL)


@settings(max_examples=1000)
@given(st.lists(WORDS, min_size=1, max_size=8).map("".join), st.text("ab/*", max_size=10))
def test_it_matches_what_a_plain_translation_does(pattern: str, path: str) -> None:
    made = compiled(pattern)
    assume(made is not NOTHING)
    assert bool(made.fullmatch(path)) == bool(plain(pattern).fullmatch(path))


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*a" * 12 + "*b", "a" * 250, False),
        ("*a" * 12 + "*b", "a" * 250 + "b", True),
        ("**/a/" * 40 + "b", "a/" * 250, False),
        ("**/" * 60_000 + "a", "x/" * 100 + "a", True),
        ("**a" * 30, "a" * 250 + "b", False),
        ("*?" * 200 + "b", "a" * 250, False),
    ],
    ids=lambda value: str(value)[:12],
)
def test_stars_do_not_try_everything(pattern: str, path: str, matches: bool) -> None:
    assert (compiled(pattern).fullmatch(path) is not None) is matches


@pytest.mark.parametrize("pattern", ["a*" * 100_000, "a" * (LONGEST + 1), "[a-z]" * 40_000])
def test_a_pattern_longer_than_any_path_matches_nothing(pattern: str) -> None:
    assert compiled(pattern) is NOTHING


def test_a_pattern_that_would_try_too_much_matches_nothing() -> None:
    assert compiled("**a*b" * 3 + "*c") is not NOTHING
    assert compiled("**a*b" * 8 + "*c") is NOTHING
