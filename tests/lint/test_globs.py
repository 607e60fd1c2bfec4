"""Globs of `per-path`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.globs import matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("Dockerfile", "Dockerfile", True),
        ("Dockerfile", "a/b/Dockerfile", True),
        ("./a/Dockerfile", "a/Dockerfile", True),
        ("/Dockerfile", "Dockerfile", True),
        ("Dockerfile.*", "a/Dockerfile.dev", True),
        ("deploy/", "deploy/a/b.yaml", True),
        ("deploy/**", "deploy/a/b.yaml", True),
        ("deploy/*", "deploy/a.yaml", True),
        ("deploy/*.yaml", "deploy/a/b.yaml", False),
        ("deploy/**/b.yaml", "deploy/b.yaml", True),
        ("**/dev/**", "x/dev/y", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].yaml", "b.yaml", True),
        ("[!ab].yaml", "b.yaml", False),
        ("a.c", "abc", False),
        ("[", "[", True),
    ],
)
def test_globs(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_glob_is_an_error(glob: str, path: str) -> None:
    assert matches(glob, path) in (True, False)
