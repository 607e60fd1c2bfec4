"""The ids of other linters that rules claim are reported by those, on a bad case of the rule."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gotare.lint.rule import Rule
from gotare.lint.rules import rules_of
from tests.generate.bases import compile_buildkit
from tests.lint.others import Answers, BadFiles, ask_buildkit, ask_hadolint, lay_out_bad_files

RETIRED = {"DL3005", "DL3017", "DL3031", "DL3039"}
"""Ids for upgrades that hadolint had once: files still name them in ignores."""

NEEDS_CONTEXT = {"CopyIgnoredFile"}
"""What BuildKit's linter says only where it is given the .dockerignore."""


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> BadFiles:
    """The Dockerfiles of all bad cases."""
    found = lay_out_bad_files(tmp_path_factory.mktemp("bad"))
    assert len(found.files) > 250
    return found


@pytest.fixture(scope="module")
def hadolint(bad_files: BadFiles) -> Answers:
    """What hadolint says, with the rules that must be switched on."""
    beside = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    program = beside or shutil.which("hadolint")
    if not program:
        pytest.skip("no hadolint here; the development dependencies bring it")
    return ask_hadolint(Path(program), bad_files.paths)


@pytest.fixture(scope="module")
def buildkit(bad_files: BadFiles, go: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What BuildKit's linter says."""
    program = tmp_path_factory.mktemp("lint") / "lint"
    program.write_bytes(compile_buildkit(go, "lint"))
    program.chmod(0o755)
    return ask_buildkit(program, bad_files.paths)


def claimants(tool: str) -> list[Rule]:
    found = [rule for rule in rules_of("dockerfile") if tool in rule.equivalents]
    assert len(found) > 20
    return found


def said(answers: Answers, bad_files: BadFiles, rule: Rule) -> set[str]:
    return {each.id for file in bad_files.of(rule.id) for each in answers[file.path]}


def test_hadolint_reports_what_rules_claim(bad_files: BadFiles, hadolint: Answers) -> None:
    false = {
        rule.id: claimed
        for rule in claimants("hadolint")
        if (claimed := {*rule.equivalents["hadolint"]} - RETIRED - said(hadolint, bad_files, rule))
    }
    assert false == {}


def test_what_is_retired_is_reported_nowhere(hadolint: Answers) -> None:
    assert {each.id for found in hadolint.values() for each in found} & RETIRED == set()


def test_buildkit_reports_what_rules_claim(bad_files: BadFiles, buildkit: Answers) -> None:
    false = {
        rule.id: claimed
        for rule in claimants("buildkit")
        if (
            claimed := {*rule.equivalents["buildkit"]}
            - NEEDS_CONTEXT
            - said(buildkit, bad_files, rule)
        )
    }
    assert false == {}
