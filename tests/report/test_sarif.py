"""SARIF: schema, places, fixes and rules."""

from __future__ import annotations

from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit, Finding, Fix, Location, Severity
from gotare.report import Described
from gotare.report.sarif import sarif_report
from tests.report.sarif_schema import LOG

TEXT = "FROM a\nRUN é b\n"
RULES = [
    Described("one", "One.", "error", "# One", ("security", "dockerfile"), {"hadolint": ("DL1",)}),
    Described("two", "Two.", "info"),
]


def report(*findings: Finding, failures: tuple[str, ...] = ()) -> dict[str, Any]:
    marks = [f"{number:016x}:1" for number in range(len(findings))]
    document = sarif_report(findings, marks, RULES, lambda path: TEXT, failures)
    jsonschema.validate(document, LOG, jsonschema.Draft202012Validator)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_nothing_found_is_a_run_without_results() -> None:
    run = report()
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_a_result_names_its_rule_place_and_fingerprint() -> None:
    at = Location("./a b/Dockerfile", 2, 5, 2, 8)
    (result,) = report(Finding("two", Severity.INFO, "m", at, "h"))["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("two", 1, "note")
    assert result["message"]["text"] == "m\nHint: h"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/Dockerfile", "uriBaseId": "ROOT"}
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 8}
    assert result["partialFingerprints"] == {"gotare/v1": f"{0:016x}:1"}


def test_a_fix_is_a_list_of_replacements() -> None:
    fix = Fix((Edit(5, 6, "b:1"), Edit(len(TEXT), len(TEXT), "USER 1\n")), False, "say it", "other")
    (result,) = report(Finding("one", Severity.ERROR, "m", Location("f"), fix=fix))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "other"
    first, second = change["replacements"]
    assert first == {
        "deletedRegion": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 7},
        "insertedContent": {"text": "b:1"},
    }
    assert second["deletedRegion"] == {
        "startLine": 3,
        "startColumn": 1,
        "endLine": 3,
        "endColumn": 1,
    }
    assert result["fixes"][0]["description"]["text"] == "say it (unsafe: look at it first)"


def test_rules_are_described() -> None:
    one, two = report()["tool"]["driver"]["rules"]
    assert one["help"]["markdown"] == "# One"
    assert one["properties"] == {
        "tags": ["security", "dockerfile", "hadolint/DL1"],
        "security-severity": "7.0",
    }
    assert two["defaultConfiguration"] == {"level": "note"}
    assert two["help"]["text"] == "Two."


def test_rules_that_failed_are_told() -> None:
    (invocation,) = report(failures=("f: one failed",))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "f: one failed"


@given(st.text(min_size=1), st.text(min_size=1), st.integers(1, 9), st.integers(1, 9))
def test_every_path_and_message_is_valid(path: str, message: str, line: int, column: int) -> None:
    at = Location(path.lstrip("./") or "x", line, column, line, column)
    run = report(Finding("one", Severity.WARNING, message, at))
    assert run["results"][0]["message"]["text"] == message
