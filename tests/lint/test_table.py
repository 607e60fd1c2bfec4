"""The table of rules: each id once, modules imported when their kind is looked at."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from gotare.findings import Severity
from gotare.lint import rules
from gotare.lint.rule import Found, Rule
from tests.lint import fakes


def test_the_fakes_are_in_place_of_all_others(fake_rules: None) -> None:
    assert set(rules.all_rules()) == {rule.id for rule in fakes.RULES}
    assert [rule.id for rule in rules.rules_of("makefile")] == ["flawed"]
    assert rules.rules_of("compose") == ()


def test_two_rules_of_one_name_are_an_error(
    fake_rules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = ModuleType("gotare.lint.rules.fake")
    made = Rule("twice", "go", "go-source", Severity.INFO, "Twice.", lambda subject: ())
    twice.RULES = (made, made)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, twice.__name__, twice)
    with pytest.raises(ValueError, match="two rules are called twice"):
        rules.all_rules()


def test_a_rule_yields_what_its_check_finds() -> None:
    from gotare.lint.dockerfile.syntax import Span

    found = Found("m", Span(0, 1))
    rule = Rule("r", "go", "go-source", Severity.INFO, "R.", lambda subject: [found] * subject)
    assert list(rule.findings(2)) == [found, found]


def test_every_module_of_the_table_is_there_and_every_rule_in_one() -> None:
    assert len(rules.all_rules()) > 90
