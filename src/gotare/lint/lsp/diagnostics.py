"""Findings as an editor shows them."""

from __future__ import annotations

from typing import Any, Final

from lsprotocol import types

from gotare.findings import Finding, Severity
from gotare.lint.lsp.linter import Checked
from gotare.lint.lsp.positions import Encoding, Positions
from gotare.lint.places import Lines

SOURCE: Final = "gotare"
MOST: Final = 500
"""Diagnostics of one document that are shown."""

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def diagnostics(checked: Checked, encoding: Encoding) -> list[types.Diagnostic]:
    """Return what is shown of a document's findings: the first ones, where there are too many."""
    text = checked.document.text
    positions, lines = Positions(text, encoding), Lines(text)
    own = [one for one in checked.findings if one.at.path == checked.document.shown]
    return [_diagnostic(one, positions.range_of(one.at, lines)) for one in own[:MOST]]


def _diagnostic(finding: Finding, where: types.Range) -> types.Diagnostic:
    hint = f"\n{finding.hint}" if finding.hint else ""
    data: dict[str, Any] = {"rule": finding.rule, "fix": finding.fix is not None}
    return types.Diagnostic(
        range=where,
        message=f"{finding.message}{hint}",
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source=SOURCE,
        data=data,
    )


def touching(checked: Checked, start: int, end: int) -> list[Finding]:
    """Return the findings in a document whose places touch the characters between two offsets."""
    lines = Lines(checked.document.text)
    found = []
    for one in checked.findings:
        first = lines.start(one.at.line) + one.at.column - 1
        last = (
            lines.start(one.at.end_line or one.at.line) + (one.at.end_column or one.at.column) - 1
        )
        if one.at.path == checked.document.shown and first <= end and start <= max(last, first + 1):
            found.append(one)
    return found
