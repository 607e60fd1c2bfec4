"""Rules that stay as they are, for tests of what is around rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import get_args

import pytest

from gotare.lint import rules
from gotare.lint.rule import Kind
from tests.lint import fakes


@pytest.fixture
def fake_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the rules of `fakes.py` in place of all others."""
    monkeypatch.setitem(sys.modules, "gotare.lint.rules.fake", fakes.module())
    monkeypatch.setattr(rules, "MODULES", dict.fromkeys(get_args(Kind), ("fake",)))
    caches = (rules.rules_of, rules.all_rules)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()
