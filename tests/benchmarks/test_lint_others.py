"""What counts as found by another linter, and how the table counts it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.lint_others import Comparison, claimed, differences, others, section
from gotare.lint.rules import all_rules
from tests.lint.cases import Case
from tests.lint.others import Answers, BadFile, BadFiles, Said

LATEST = Path("/latest/Dockerfile")
SUDO = Path("/sudo/Dockerfile")
BAD = BadFiles(
    Path("/"),
    [
        BadFile(Case("latest-tag", "bad", ""), LATEST, (1,)),
        BadFile(Case("sudo", "bad", ""), SUDO, (2,)),
    ],
)


def compared(**answers: Answers) -> Comparison:
    return Comparison(BAD, dict(answers), dict.fromkeys(answers, "1.0"), ["Without x: y"])


def row(text: str, title: str) -> list[str]:
    (line,) = (each for each in text.splitlines() if each.startswith(f"| {title} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_defect_is_found_by_an_id_that_the_rule_claims() -> None:
    found = compared(hadolint={LATEST: [Said("DL3007", 1)], SUDO: [Said("DL3059", 2)]})
    assert found.finds("hadolint", all_rules()["latest-tag"])
    assert not found.finds("hadolint", all_rules()["sudo"])
    assert "sudo claims DL3004, and hadolint does not report it" in list(differences(found))
    assert list(others(found)) == ["sudo: hadolint reports DL3059 in its lines"]


def test_tally_is_known_by_the_ids_of_those_that_it_follows() -> None:
    assert {"DL3007"} <= claimed(all_rules()["latest-tag"], "tally")
    found = compared(tally={LATEST: [Said("DL3007", 1)]})
    assert found.finds("tally", all_rules()["latest-tag"])


def test_the_table_counts_rules_and_what_nobody_finds() -> None:
    answers = {LATEST: [Said("DL3007", 1)], SUDO: [Said("DL3004", 2)]}
    text = section(compared(hadolint=answers, tally={LATEST: [Said("DL3007", 1)]}))
    _, total, hadolint, tally, nobody = row(text, "security")
    assert (hadolint, tally, int(nobody)) == ("2", "1", int(total) - 2)
    assert row(text, "all")[2:4] == ["2", "1"]
    assert "- Without x: y" in text
    assert "the same 2 files" in " ".join(text.split())
