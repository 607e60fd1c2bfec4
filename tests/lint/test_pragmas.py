"""Comments that wave findings through."""

from __future__ import annotations

import pytest

from gotare.lint.policy import Flags, Policy, make_policy
from gotare.lint.rule import Kind
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from gotare.settings import LintSettings

pytestmark = pytest.mark.usefixtures("fake_rules")

NAMES = ("untagged", "maintainer", "unused-ignore", "unknown-ignore")


def only() -> Policy:
    return make_policy(LintSettings(), Flags(select=NAMES))


def found(text: str, kind: Kind = "dockerfile", policy: Policy | None = None) -> list[str]:
    linted = lint_text(Source("Dockerfile", kind, text), Surroundings(), policy or only())
    assert linted.failures == ()
    return [f"{finding.at.line} {finding.rule}" for finding in linted.findings]


@pytest.mark.parametrize(
    "comment",
    [
        "# gotare: ignore=untagged because",
        "#gotare:ignore=untagged",
        "# gotare: ignore=untagged, maintainer why",
        "# gotare: ignore=*",
        "# gotare: ignore=security",
        "# gotare: ignore=DL3006",
        "# hadolint ignore=DL3006,DL9999",
        "# hadolint ignore=DL9999, DL3006",
        "# trivy:ignore:AVD-DS-0001",
        "#trivy:ignore:DS001",
    ],
)
def test_the_next_instruction_is_waved_through(comment: str) -> None:
    ours = "gotare" in comment
    text = f"{comment}\n\n# more\nFROM a\nFROM b\n"
    left = found(text)
    assert "4 untagged" not in left
    assert "5 untagged" in left
    unused = [line for line in left if "unused" in line]
    assert bool(unused) == (ours and "maintainer" in comment)


@pytest.mark.parametrize(
    "comment",
    [
        "# gotare: ignore-file=untagged generated",
        "# gotare: ignore-file generated",
        "# gotare: ignore-file",
        "# hadolint global ignore=DL3007, DL3006",
        "# checkov:skip=CKV_DOCKER_7:we know",
    ],
)
def test_the_whole_file_is_waved_through(comment: str) -> None:
    assert found(f"FROM a\nFROM b\n{comment}\nFROM c\n") == []


def test_a_directive_of_buildkit_skips_checks() -> None:
    assert found("# check=skip=MaintainerDeprecated;error=true\nFROM a:1\nMAINTAINER b\n") == []
    assert found("# check=skip=all\nFROM a:1\nMAINTAINER b\n") == []
    assert found("# check=error=true\nFROM a:1\nMAINTAINER b\n") == ["3 maintainer"]
    assert found("FROM a:1\n# check=skip=all\nMAINTAINER b\n") == ["3 maintainer"]


def test_a_comment_inside_an_instruction_counts_for_it() -> None:
    assert found("FROM a:1\nMAINTAINER b \\\n# gotare: ignore=maintainer x\n c\n") == []


@pytest.mark.parametrize(
    "comment",
    [
        "# see gotare: ignore=untagged",
        "# gotare ignore=untagged",
        "# not hadolint ignore=DL3006",
        "# hadolint ignore=DL9999",
        "# checkov:skip=CKV_DOCKER_99",
        "# trivy:ignore:DS999",
    ],
)
def test_other_comments_wave_nothing_through(comment: str) -> None:
    assert found(f"{comment}\nFROM a\n") == ["2 untagged"]


def test_words_in_a_heredoc_or_command_are_no_comments() -> None:
    text = "FROM a:1\nRUN <<EOF\n# gotare: ignore=untagged\nEOF\nFROM b\n"
    assert found(text) == ["5 untagged"]
    assert found("FROM a:1\nRUN x # gotare: ignore-file\nFROM b\n") == ["3 untagged"]


def test_an_idle_ignore_is_told_once_for_each_name() -> None:
    text = "# gotare: ignore=maintainer,untagged x\nFROM a:1\n"
    assert found(text) == ["1 unused-ignore", "1 unused-ignore"]
    assert found("FROM a:1\n# gotare: ignore=untagged\n") == ["2 unused-ignore"]
    assert found("# hadolint ignore=DL3006\nFROM a:1\n") == []


def test_an_ignore_of_a_rule_that_is_not_selected_is_not_idle() -> None:
    policy = make_policy(LintSettings(), Flags(ignore=("untagged",)))
    text = "# gotare: ignore=untagged\nFROM a:1\n"
    assert "1 unused-ignore" not in found(text, policy=policy)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    source = Source("Dockerfile", "dockerfile", "# gotare: ignore=untaged\nFROM a\n")
    findings = lint_text(source, Surroundings(), only()).findings
    assert [finding.rule for finding in findings] == ["unknown-ignore", "untagged"]
    assert findings[0].hint == "did you mean untagged?"


def test_an_idle_ignore_can_itself_be_ignored_by_policy_only() -> None:
    text = "# gotare: ignore-file\n# gotare: ignore=untagged\nFROM a:1\n"
    assert found(text) == ["2 unused-ignore"]


def test_the_file_waved_through_whole_says_nothing_of_its_syntax() -> None:
    text = "# gotare: ignore-file not ours\nFORM a\n"
    assert [line for line in found(text, policy=Policy()) if "syntax" in line] == []
