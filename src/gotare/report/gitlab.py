"""Findings as GitLab's code quality report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gotare.findings import Finding, Severity

_LEVELS: Final = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def gitlab_report(findings: Sequence[Finding], fingerprints: Sequence[str]) -> list[dict[str, Any]]:
    """Return the document; `fingerprints` tell the findings apart from one run to the next."""
    return [
        {
            "description": finding.message + (f" ({finding.hint})" if finding.hint else ""),
            "check_name": finding.rule,
            "fingerprint": fingerprint,
            "severity": _LEVELS[finding.severity],
            "location": {
                "path": finding.at.path.removeprefix("./"),
                "lines": {
                    "begin": finding.at.line,
                    "end": max(finding.at.end_line, finding.at.line),
                },
            },
        }
        for finding, fingerprint in zip(findings, fingerprints, strict=True)
    ]
