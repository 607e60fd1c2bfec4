"""Findings as workflow commands, which GitHub shows as annotations of the changed lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gotare.findings import Finding, Severity

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github_report(findings: Iterable[Finding]) -> str:
    """Return a line for each finding: `::error file=…,line=…::message`."""
    return "\n".join(_lines(findings))


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        at = finding.at
        properties = {
            "file": at.path,
            "line": at.line,
            "endLine": max(at.end_line, at.line),
            "title": finding.rule,
        }
        if at.end_line in (0, at.line):  # columns count only within one line
            properties["col"] = at.column
            properties["endColumn"] = max(at.end_column, at.column)
        said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
        message = finding.message + (f"\nhint: {finding.hint}" if finding.hint else "")
        yield f"::{_LEVELS[finding.severity]} {said}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
