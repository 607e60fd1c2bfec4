"""Which findings were there before? A file of fingerprints, for adopting the linter step by step.

A fingerprint is made of the rule, the file and the words of the line, not of its number: it stays
when lines move. Equal findings on equal lines are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gotare.errors import ConfigError
from gotare.findings import Finding
from gotare.lint.places import Lines

FILE_NAME: Final = ".gotare-lint.json"
_VERSION: Final = 1


def fingerprints(findings: Sequence[Finding], text_of: Callable[[str], str]) -> list[str]:
    """Return the fingerprint of each finding: 16 hexadecimal digits and a count."""
    from hashlib import sha256

    lines: dict[str, Lines] = {}
    seen: Counter[str] = Counter()
    made = []
    for finding in findings:
        path = finding.at.path
        if path not in lines:
            lines[path] = Lines(text_of(path))
        words = " ".join(lines[path].line(finding.at.line).split())
        content = "\0".join((finding.rule, path.replace("\\", "/"), words))
        digest = sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        seen[digest] += 1
        made.append(f"{digest}:{seen[digest]}")
    return made


def baseline_text(findings: Sequence[Finding], text_of: Callable[[str], str]) -> str:
    """Return the content of a baseline file that holds these findings."""
    entries = [
        {"rule": f.rule, "path": f.at.path, "fingerprint": mark}
        for f, mark in zip(findings, fingerprints(findings, text_of), strict=True)
    ]
    entries.sort(key=lambda entry: (entry["path"], entry["rule"], entry["fingerprint"]))
    return json.dumps({"version": _VERSION, "findings": entries}, indent=2) + "\n"


def read_baseline(content: str, path: str) -> frozenset[str]:
    """Read the fingerprints of a baseline file. Raises ConfigError."""
    hint = "write it anew: gotare lint --write-baseline"
    try:
        document = json.loads(content)
        if document["version"] != _VERSION:
            raise ConfigError(f"{path}: of another version of gotare", hint)
        return frozenset(str(entry["fingerprint"]) for entry in document["findings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError(f"{path}: not a baseline of gotare lint", hint) from None


def new_findings(
    findings: Sequence[Finding], text_of: Callable[[str], str], known: Iterable[str]
) -> tuple[list[Finding], int]:
    """Return the findings that the baseline does not know, and how many of its own are gone."""
    before = set(known)
    marks = fingerprints(findings, text_of)
    fresh = [f for f, mark in zip(findings, marks, strict=True) if mark not in before]
    return fresh, len(before - set(marks))
