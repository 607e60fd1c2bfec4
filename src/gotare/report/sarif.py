"""Findings as SARIF 2.1.0, which code scanning takes (OASIS standard, 27 March 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from gotare import __version__
from gotare.findings import Edit, Finding, Fix, Severity
from gotare.report import Described, TextOf

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WORDS: Final = {"error": "error", "warning": "warning", "info": "note"}
_SECURITY: Final = {"error": "7.0", "warning": "5.0", "info": "2.0"}
"""What code scanning sorts security findings by: a CVSS score (7.0 and above is high)."""


def sarif_report(
    findings: Sequence[Finding],
    fingerprints: Sequence[str],
    rules: Sequence[Described],
    text_of: TextOf,
    failures: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the document. `rules` describe at least those of the findings."""
    places = {rule.id: number for number, rule in enumerate(rules)}
    lines = _Places(text_of)
    driver = {
        "name": "gotare",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "where gotare lint was run"}}},
        "invocations": [_invocation(failures)],
        "results": [
            _result(finding, mark, places, lines)
            for finding, mark in zip(findings, fingerprints, strict=True)
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(failures: Sequence[str]) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": failure}} for failure in failures]
    said = {"toolExecutionNotifications": notes} if notes else {}
    return {"executionSuccessful": not failures, **said}


def _rule(rule: Described) -> dict[str, Any]:
    others = [f"{tool}/{other}" for tool, ids in rule.equivalents.items() for other in ids]
    properties: dict[str, Any] = {"tags": [*rule.tags, *others]}
    if "security" in rule.tags:
        properties["security-severity"] = _SECURITY[rule.level]
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.title},
        "help": {"text": rule.page or rule.title, "markdown": rule.page or rule.title},
        "defaultConfiguration": {"level": _WORDS[rule.level]},
        "properties": properties,
    }


def _result(
    finding: Finding, fingerprint: str, places: Mapping[str, int], lines: _Places
) -> dict[str, Any]:
    message = finding.message + (f"\nHint: {finding.hint}" if finding.hint else "")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.at.path),
                    "region": _region(finding),
                }
            }
        ],
        "partialFingerprints": {"gotare/v1": fingerprint},
    }
    if finding.fix:
        result["fixes"] = [_fix(finding.fix, finding.at.path, lines)]
    return result


def _region(finding: Finding) -> dict[str, int]:
    at = finding.at
    region = {"startLine": at.line, "startColumn": at.column}
    if at.end_line:
        region |= {"endLine": at.end_line, "endColumn": max(at.end_column, 1)}
    return region


def _artifact(path: str) -> dict[str, str]:
    plain = path.replace("\\", "/").removeprefix("./")
    return {"uri": quote(plain, errors="replace"), "uriBaseId": "ROOT"}


class _Places:
    """Where offsets lie in files, as lines and columns."""

    def __init__(self, text_of: TextOf) -> None:
        self._text_of = text_of

    def region(self, path: str, edit: Edit) -> dict[str, int]:
        """Return the region that an edit replaces."""
        text = self._text_of(path)
        (line, column), (end_line, end_column) = (_place(text, o) for o in (edit.start, edit.end))
        return {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        }


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _fix(fix: Fix, path: str, lines: _Places) -> dict[str, Any]:
    file = fix.path or path
    safe = "safe" if fix.safe else "unsafe: look at it first"
    replacements = [
        {"deletedRegion": lines.region(file, edit), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    return {
        "description": {"text": f"{fix.title or 'repair'} ({safe})"},
        "artifactChanges": [{"artifactLocation": _artifact(file), "replacements": replacements}],
    }
