"""The nearest gotare.yaml governs a file, and flags stand above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.cli.main import run
from gotare.errors import ConfigError
from gotare.findings import Severity
from gotare.lint.policy import Flags
from gotare.linting.policies import Policies


def settle(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gotare.yaml").write_text("\n".join(("lint:", *lines, "")))
    return folder


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with settings at its top and in one of its services."""
    (tmp_path / ".git").mkdir()
    settle(tmp_path, "  ignore: [latest-tag]", "  fail-on: error")
    settle(tmp_path / "services" / "a", "  severity: {latest-tag: error}")
    (tmp_path / "services" / "b").mkdir()
    return tmp_path


def level(policies: Policies, place: Path) -> Severity | None:
    return policies.of(place).policy.level("latest-tag", Severity.WARNING, "")


def test_the_nearest_governs_and_nothing_is_taken_over(top: Path) -> None:
    policies = Policies(top, Flags())
    assert level(policies, top / "Dockerfile") is None
    assert level(policies, top / "services" / "b" / "Dockerfile") is None
    assert level(policies, top / "services" / "a" / "deploy" / "Dockerfile") == Severity.ERROR
    inside = policies.of(top / "services" / "a" / "Dockerfile")
    assert inside.root == top / "services" / "a"
    assert inside.policy.fail_on == Severity.WARNING
    assert policies.of(None).policy.fail_on == Severity.ERROR


def test_the_folder_that_is_linted_does_not_matter(top: Path) -> None:
    policies = Policies(top / "services" / "a", Flags())
    assert level(policies, top / "services" / "a" / "Dockerfile") == Severity.ERROR
    assert level(policies, top / "services" / "b" / "Dockerfile") is None


def test_a_repository_inside_is_its_own(top: Path) -> None:
    (top / "services" / "b" / ".git").write_text("gitdir: elsewhere\n")
    assert level(Policies(top, Flags()), top / "services" / "b" / "Dockerfile") == Severity.WARNING


def test_flags_stand_above_all(top: Path) -> None:
    policies = Policies(top, Flags(severity=("latest-tag=info",), fail_on="never"))
    assert level(policies, top / "services" / "a" / "Dockerfile") == Severity.INFO
    assert policies.of(top / "services" / "a" / "Dockerfile").policy.fail_on is None


def test_what_is_wrong_is_told_with_its_path(top: Path) -> None:
    settle(top / "services" / "b", "  ignore: [latest-tga]")
    with pytest.raises(ConfigError, match=r"services/b/gotare\.yaml:2:12: no rule is called"):
        Policies(top, Flags()).of(top / "services" / "b" / "Dockerfile")


def test_every_rule_counts_where_that_is_asked_for(top: Path) -> None:
    policies = Policies(top, Flags(), every_rule=True)
    assert level(policies, top / "services" / "b" / "Dockerfile") == Severity.WARNING


@pytest.mark.parametrize(
    ("flags", "code", "found"),
    [
        ((), 1, {"services/a/Dockerfile"}),
        (("--fail-on", "never"), 0, {"services/a/Dockerfile"}),
        (("--severity-of", "latest-tag=info"), 0, {"services/a/Dockerfile"}),
        (("--select", "latest-tag"), 1, {"services/a/Dockerfile", "services/b/Dockerfile"}),
    ],
)
def test_a_run_obeys_each(
    top: Path,
    capsys: pytest.CaptureFixture[str],
    flags: tuple[str, ...],
    code: int,
    found: set[str],
) -> None:
    for name in "ab":
        text = "FROM alpine:latest\nUSER 1000\n"
        (top / "services" / name / "Dockerfile").write_text(text)
    chosen = flags if "--select" in flags else ("--ignore", "unpinned-base", *flags)
    assert run(["lint", "-C", str(top), "--no-project", *chosen]) == code
    printed = capsys.readouterr().out.splitlines()
    assert {line.partition(":")[0] for line in printed if "latest-tag" in line} == found


def test_registries_are_those_of_the_nearest(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settle(top / "services" / "a", "  allow-registries: [example.test]")
    for name in "ab":
        (top / "services" / name / "Dockerfile").write_text("FROM alpine:3.23\nUSER 1000\n")
    run(["lint", "-C", str(top), "--no-project", "--select", "DL3026"])
    printed = capsys.readouterr().out
    assert "services/a/Dockerfile:1" in printed and "services/b" not in printed
