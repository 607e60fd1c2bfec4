"""What counts: settings, flags, and words that name rules."""

from __future__ import annotations

import pytest

from gotare.config import parse_config
from gotare.errors import ConfigError, UsageError
from gotare.findings import Severity
from gotare.lint.policy import Flags, Policy, ids_of, make_policy, normal

pytestmark = pytest.mark.usefixtures("fake_rules")

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741


def policy(text: str = "", **flags: object) -> Policy:
    return make_policy(parse_config(text, "gotare.yaml").lint, Flags(**flags))  # type: ignore[arg-type]


def level(made: Policy, rule: str = "untagged", path: str = "Dockerfile") -> Severity | None:
    return made.level(rule, W, path)


def test_every_rule_counts_by_default() -> None:
    assert level(policy()) == W
    assert policy().fails([W]) and policy().fails([E]) and not policy().fails([I])
    assert not policy().fails([])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lint: {ignore: untagged}", None),
        ("lint: {ignore: [maintainer]}", W),
        ("lint: {select: [maintainer]}", None),
        ("lint: {select: [untagged]}", W),
        ("lint: {select: [all], ignore: [DL3007]}", None),
        ("lint: {ignore: [dockerfile]}", None),
        ("lint: {ignore: [compose]}", W),
        ("lint: {severity: {untagged: error}}", E),
        ("lint: {severity: {untagged: off}}", None),
        ("lint: {severity: {dockerfile: info, untagged: error}}", E),
        ("lint: {per-path: {'*.dev': {ignore: [untagged]}}}", W),
        ("lint: {per-path: {Dockerfile: {ignore: [untagged]}}}", None),
        ("lint: {per-path: {Dockerfile: {severity: {all: info}}}}", I),
        ("lint: {severity: {untagged: off}, per-path: {Dockerfile: {severity: {all: info}}}}", I),
        ("lint:", W),
    ],
)
def test_settings(text: str, expected: Severity | None) -> None:
    assert level(policy(text)) == expected


def test_flags_win_over_settings() -> None:
    text = "lint: {select: [maintainer], fail-on: error, severity: {untagged: info}}"
    assert level(policy(text, select=("untagged",))) == I
    assert level(policy(text, select=("untagged",), severity=("untagged=error",))) == E
    assert policy(text, fail_on="info").fails([I])
    assert not policy(text).fails([W])
    assert not policy(text, fail_on="never").fails([E])
    assert level(policy("lint: {ignore: untagged}", select=("untagged",))) == W
    assert level(policy("", ignore=("maintainer, untagged",))) is None


def test_a_file_that_cannot_be_read_counts_whatever_is_selected() -> None:
    made = policy(select=("untagged",))
    assert made.level("syntax", E, "Dockerfile") == E
    assert made.level("unused-ignore", I, "Dockerfile") is None
    assert policy(ignore=("syntax",)).level("syntax", E, "Dockerfile") is None


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("lint:\n  ignore: [untaged]\n", "gotare.yaml:2:12", "did you mean 'untagged'?"),
        ("lint:\n  severity:\n    untaggd: info\n", "gotare.yaml:3:14", "'untagged'"),
        (
            "lint:\n  per-path:\n    a: {ignore: maintaner}\n",
            "gotare.yaml:3:17",
            "'maintainer'",
        ),
        ("lint:\n  ignore: [qqqqqqqq]\n", "gotare.yaml:2:12", "gotare explain lists"),
    ],
)
def test_names_of_no_rule_are_errors_with_their_place(text: str, place: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(text)
    assert caught.value.message.startswith(f"{place}: no rule is called")
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lint: {igno: []}", "gotare.yaml:1:14: unknown key 'igno'"),
        ("lint: {fail-on: bad}", "lint.fail-on must be one of error, warning, info, never"),
        ("lint: {severity: {untagged: bad}}", "must be error, warning, info or off"),
        ("lint: [a]", "lint must be a mapping"),
        ("lint: {per-path: {a: {select: b}}}", "unknown key 'select'"),
        ("lint: {ignore: {a: b}}", "lint.ignore must be a text, not a mapping"),
    ],
)
def test_wrong_settings_are_errors(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"select": ("nothing-x",)}, "--select: no rule is called 'nothing-x'"),
        ({"ignore": ("a,b",)}, "--ignore: no rule is called 'a'"),
        ({"severity": ("untagged",)}, "--severity-of: 'untagged' has no severity"),
        ({"severity": ("x-y=error",)}, "--severity-of: no rule is called 'x-y'"),
    ],
)
def test_wrong_flags_are_errors(flags: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy("", **flags)
    assert message in caught.value.message
    assert caught.value.hint


def test_ids_of_other_tools_name_rules() -> None:
    assert ids_of("DL4000") == ids_of("dl4000") == {"maintainer"}
    assert "untagged" in ids_of("DL3007")
    assert ids_of("MaintainerDeprecated") == {"maintainer"}
    assert ids_of("DL9999") == frozenset()
    assert {"untagged", "syntax"} <= ids_of("all")


@pytest.mark.parametrize("word", ["DS001", "ds-0001", "AVD-DS-0001", "DS-1"])
def test_trivy_writes_one_id_in_several_ways(word: str) -> None:
    assert normal(word) == "ds1"


def test_ids_with_words_stay() -> None:
    assert normal("CKV_DOCKER_3") == "ckv_docker_3"
    assert normal("CIS-DI-0001") == "cis-di-0001"
