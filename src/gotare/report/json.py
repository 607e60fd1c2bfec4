"""Findings as one JSON document: the contract for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gotare.findings import Finding, Severity


def json_report(
    findings: Sequence[Finding], files: int, failures: Sequence[str] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document: findings, how many of each severity, files, rules that failed, notes."""
    counts = Counter(finding.severity for finding in findings)
    return {
        "findings": [_finding(finding) for finding in findings],
        "summary": {str(level): counts[level] for level in sorted(Severity, reverse=True)},
        "files": files,
        "failures": list(failures),
        "notes": list(notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    document = finding.json()
    document["end_column"] = finding.at.end_column or finding.at.column
    if finding.fix:
        document["fix"]["title"] = finding.fix.title
        document["fix"]["path"] = finding.fix.path or finding.at.path
    return document
