"""Every rule finds what is bad, is silent about what is good, and repairs what it says it can."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from gotare.lint.explain import page_of
from gotare.lint.files import Target, find_targets
from gotare.lint.own import OWN
from gotare.lint.policy import Policy
from gotare.lint.reading import bytes_of, read_text
from gotare.lint.rule import Rule
from gotare.lint.rules import all_rules
from gotare.lint.run import Linted, lint_target
from gotare.linting.fixing import Fixing
from tests.lint.cases import (
    RULES,
    Case,
    case_env,
    cases,
    facts_of,
    lines_of,
    lint_case,
    look_in,
    only,
)

WRITE = "GOTARE_WRITE_EXPECTED" in os.environ
SECTIONS = ["Why", "Bad", "Good", "Sources"]
IDS = {
    "hadolint": r"(DL|SC)\d{4}",
    "buildkit": r"[A-Z][A-Za-z0-9]+",
    "trivy": r"(DS|KSV|KCV)-?\d{3,4}",
    "checkov": r"CKV2?_[A-Z0-9]+_\d+",
    "dockle": r"(CIS-DI|DKL-DI|DKL-LI)-\d{4}",
    "kube-linter": r"[a-z0-9-]+",
    "kube-score": r"[a-z0-9-]+",
    "kubescape": r"C-\d{4}",
    "polaris": r"[A-Za-z]+",
    "zizmor": r"[a-z-]+",
    "actionlint": r"[a-z-]+",
    "gosec": r"G\d{3}",
    "staticcheck": r"(SA|ST|S|QF)\d{4}",
    "tally": r"tally/[a-z/-]+",
    "semgrep": r"[A-Za-z0-9._-]+",
    "kics": r"[0-9a-f-]{36}",
}


def names(found: list[Case]) -> list[str]:
    return [f"{case.rule}{case.word}" for case in found]


BAD, GOOD = cases("bad"), cases("good")


@pytest.mark.parametrize("case", BAD, ids=names(BAD))
def test_what_is_bad_is_found(case: Case, tmp_path: Path) -> None:
    result = lint_case(case.lay_out(tmp_path / "case"), case, only(case.rule))
    assert result.failures == ()
    assert result.findings, f"{case.rule} finds nothing in {case.folder.name}"
    assert {finding.rule for finding in result.findings} == {case.rule}
    lines = lines_of(result.findings)
    if WRITE:
        case.expected.write_text(lines)
    if case.expected.exists():
        assert lines == case.expected.read_text()


@pytest.mark.parametrize("case", GOOD, ids=names(GOOD))
def test_what_is_good_is_not(case: Case, tmp_path: Path) -> None:
    result = lint_case(case.lay_out(tmp_path / "case"), case, only(case.rule))
    assert result.failures == ()
    assert lines_of(result.findings) == ""
    assert result.files, f"{case.folder}: no file to lint"


FIXABLE = [case for case in BAD if case.fixed.exists() or WRITE]


@pytest.mark.parametrize("case", FIXABLE, ids=names(FIXABLE))
def test_what_is_repaired_is_as_expected_and_stays(case: Case, tmp_path: Path) -> None:
    rule = all_rules()[case.rule]
    if not rule.fixes:
        assert not case.fixed.exists(), "the rule says that it repairs nothing"
        return
    place = case.lay_out(tmp_path / "case")
    changed = fix(place, case)
    if WRITE and changed:
        write_fixed(case, changed)
    assert changed == texts_in(case.fixed)
    for path, text in changed.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(bytes_of(text))
    assert fix(place, case) == {}
    left = lint_case(place, case, only(case.rule)).findings
    assert [finding for finding in left if finding.fix] == []


def fix(place: Path, case: Case) -> dict[str, str]:
    """Return the texts that repairing changes, by their paths."""
    around, policy = look_in(place, case), only(case.rule)

    def lint_one(target: Target, text: str) -> Linted:
        return lint_target(target, around.look, policy, place, text)

    fixing = Fixing(place, around, lint_one, unsafe=True)
    told: list[str] = []
    fixing.repair(find_targets(place, [], case_env(place)), told.append)
    assert told == [], "a fix that undoes another"
    return fixing.desk.changed()


def write_fixed(case: Case, changed: dict[str, str]) -> None:
    shutil.rmtree(case.fixed, ignore_errors=True)
    for path, text in changed.items():
        target = case.fixed / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bytes_of(text))


def texts_in(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): read_text(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


RULE_LIST = sorted(all_rules().values(), key=lambda rule: rule.id)


@pytest.mark.parametrize("rule", RULE_LIST, ids=lambda rule: rule.id)
def test_every_rule_is_whole(rule: Rule) -> None:
    """It has cases, a page, a title, ids of other tools that can be ids, and says if it repairs."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert re.fullmatch(r"[A-Z`$].*\.", rule.title), "the title is a sentence"
    words = {case.rule for case in BAD} & {case.rule for case in GOOD}
    assert rule.id in words, f"tests/lint/rules/{rule.id} needs bad and good: see the README there"
    repaired = any(case.fixed.exists() for case in BAD if case.rule == rule.id)
    assert bool(rule.fixes) == repaired, "`fixes` says one thing, the folder fixed another"
    assert re.findall(r"^## (.*)$", page_of(rule.id), re.MULTILINE) == SECTIONS
    for tool, ids in rule.equivalents.items():
        assert tool in IDS, f"{tool}: add its form of ids to this test"
        assert all(re.fullmatch(IDS[tool], other) for other in ids), (tool, ids)


def test_every_folder_is_of_a_rule() -> None:
    assert {path.name for path in RULES.iterdir()} <= set(all_rules())


def test_every_file_in_a_folder_is_used() -> None:
    pattern = re.compile(r"((bad|good|fixed|project)(-[\w-]+)?|bad(-[\w-]+)?\.txt)")
    for folder in RULES.iterdir():
        words = {path.name for path in folder.iterdir()}
        assert {word for word in words if not pattern.fullmatch(word)} == set(), folder
        for word in words:
            if word.startswith("fixed") or word.endswith(".txt"):
                bad = word.replace("fixed", "bad").removesuffix(".txt")
                assert bad in words, f"{folder.name}: {word} without {bad}"


@pytest.mark.parametrize("own", sorted(OWN))
def test_what_the_linter_says_itself_has_a_page(own: str) -> None:
    assert re.findall(r"^## (.*)$", page_of(own), re.MULTILINE)[:1] == ["Why"]


def test_no_id_is_both_a_rule_and_the_linters_own() -> None:
    assert set(OWN) & set(all_rules()) == set()


@pytest.mark.parametrize("case", BAD + GOOD, ids=names(BAD) + names(GOOD))
def test_no_rule_fails_on_the_cases_of_another(case: Case, tmp_path: Path) -> None:
    result = lint_case(case.lay_out(tmp_path / "case"), case, Policy())
    assert result.failures == ()
    if case.project:
        assert facts_of(case.project).plan is not None
