"""`gotare explain`: pages of rules, of topics, and by the ids of other tools."""

from __future__ import annotations

import json
import re

import pytest

from gotare.cli.main import run
from gotare.errors import UsageError
from gotare.lint.explain import TOPICS, contents, explain, page_of
from gotare.lint.own import OWN
from tests.conftest import ROOT


def test_a_rule_has_a_head_and_its_page() -> None:
    text = explain("maintainer-deprecated")
    assert text.startswith("# maintainer-deprecated\n\n")
    assert "Severity: warning. Looks at: dockerfile." in text
    assert "hadolint DL4000" in text
    assert "\n## Why\n" in text and "\n## Sources\n" in text


def test_ids_of_other_tools_lead_to_the_rule() -> None:
    assert explain("DL4000") == explain("maintainer-deprecated")


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_topic_has_a_page(topic: str) -> None:
    sections = re.findall(r"^## (.*)$", page_of(topic), re.MULTILINE)
    assert sections == ["Why", "Bad", "Good", "Sources"]
    assert explain(topic).startswith(f"# {topic}\n\n{TOPICS[topic]}\n")


def test_every_topic_that_a_plan_may_note_is_explained() -> None:
    """The words are those of the calls of Note(…) in the code that decides."""
    noted = set()
    for path in (ROOT / "src/gotare").rglob("*.py"):
        noted |= set(re.findall(r'\bNote\(\s*[\w.]+,\s*"([a-z-]+)"', path.read_text()))
    assert len(noted) > 8
    assert noted == set(TOPICS)


@pytest.mark.parametrize("name", ["nothing-like-it", "../rule", "", "a/b"])
def test_what_is_no_name_is_an_error(name: str) -> None:
    with pytest.raises(UsageError):
        explain(name)
    with pytest.raises(UsageError):
        page_of(name)


def test_the_nearest_name_is_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "maintainer-depreciated"]) == 2
    assert capsys.readouterr().err == (
        "error: neither a rule nor a topic: 'maintainer-depreciated'\n"
        "hint: did you mean 'maintainer-deprecated'?\n"
    )


def test_without_a_name_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = contents()
    for name in ("maintainer-deprecated", *OWN, *TOPICS):
        assert re.search(rf"^  {name} +\S", listed, re.MULTILINE)
    assert run(["explain", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {rule["id"] for rule in document["rules"]} >= {"maintainer-deprecated"}
    assert document["topics"] == dict(TOPICS)


def test_the_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "no-sigterm"]) == 0
    assert capsys.readouterr().out == explain("no-sigterm").rstrip("\n") + "\n"
    assert run(["explain", "no-sigterm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "no-sigterm"
