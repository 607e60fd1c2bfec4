"""Findings as JUnit XML: a suite for each file, a failed case for each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gotare.findings import Finding

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, section 2.2."""


def junit_report(findings: Sequence[Finding], files: Sequence[str]) -> str:
    """Return the document. A file without findings is a suite with one case that passed."""
    from xml.etree import ElementTree as xml

    paths = dict.fromkeys([*files, *(finding.at.path for finding in findings)])
    root = xml.Element("testsuites", name="gotare lint", failures=str(len(findings)))
    total = 0
    for path in paths:
        mine = [finding for finding in findings if finding.at.path == path]
        suite = xml.SubElement(
            root,
            "testsuite",
            name=_clean(path),
            tests=str(max(len(mine), 1)),
            failures=str(len(mine)),
            errors="0",
        )
        total += max(len(mine), 1)
        if not mine:
            xml.SubElement(suite, "testcase", name="gotare lint", classname=_clean(path))
        for finding in mine:
            _add_case(suite, finding)
    root.set("tests", str(total))
    xml.indent(root)
    return xml.tostring(root, "unicode", xml_declaration=True)


def _add_case(suite: Element, finding: Finding) -> None:
    from xml.etree import ElementTree as xml

    at = finding.at
    name = f"{finding.rule} {at.line}:{at.column}"
    case = xml.SubElement(
        suite,
        "testcase",
        name=name,
        classname=_clean(at.path),
        file=_clean(at.path),
        line=str(at.line),
    )
    failure = xml.SubElement(
        case, "failure", message=_clean(finding.message), type=str(finding.severity)
    )
    failure.text = _clean(
        f"{at.path}:{at.line}:{at.column}: {finding.message}"
        + (f"\nhint: {finding.hint}" if finding.hint else "")
    )


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
