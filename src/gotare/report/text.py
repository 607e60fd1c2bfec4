"""Findings for people: a line for each, with the lines of the file that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from gotare.findings import Finding, Severity
from gotare.report import TextOf
from gotare.report.excerpt import excerpt, visible

_Paint = Callable[[str, str], str]
_STYLES: Final = {Severity.ERROR: "31;1", Severity.WARNING: "33", Severity.INFO: "36"}
_DIM: Final = "2"
_FIX: Final = "32"


def text_report(findings: Iterable[Finding], text_of: TextOf, colored: bool = False) -> str:
    """Return the findings as text, "" for none."""
    paint = _paint if colored else _plain
    return "\n".join("\n".join(_finding(f, text_of, paint)) for f in findings)


def _plain(text: str, style: str) -> str:
    return text


def _paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _finding(finding: Finding, text_of: TextOf, paint: _Paint) -> Iterator[str]:
    at = finding.at
    place = f"{visible(at.path)}:{at.line}:{at.column}"
    level = paint(f"{finding.severity!s:<7}", _STYLES[finding.severity])
    yield f"{place}  {level}  {paint(finding.rule, '1')}  {visible(finding.message)}"
    shown = list(excerpt(text_of(at.path), at))
    width = max([4, *(len(number) for number, _ in shown)])
    for number, line in shown:
        yield f"{paint(f'{number:>{width}} |', _DIM)} {line}".rstrip()
    yield from _below(finding, width, paint)


def _below(finding: Finding, width: int, paint: _Paint) -> Iterator[str]:
    fix = finding.fix
    mark = f"[fix: {'safe' if fix.safe else 'unsafe'}]" if fix else ""
    if finding.hint or mark:
        hint = f"hint: {visible(finding.hint)}" if finding.hint else ""
        line = f"{hint:<78} {paint(mark, _FIX)}" if mark and hint else hint or paint(mark, _FIX)
        yield f"{paint(' ' * width + ' |', _DIM)} {line}".rstrip()


def summary(findings: Sequence[Finding], files: int) -> str:
    """Return the last line: how many findings of each severity, and how many can be repaired."""
    looked = _count(files, "file")
    if not findings:
        return f"no findings in {looked}"
    counts = Counter(finding.severity for finding in findings)
    levels = [
        _count(counts[level], str(level)) if level != Severity.INFO else f"{counts[level]} info"
        for level in sorted(counts, reverse=True)
    ]
    return f"{', '.join(levels)} in {looked}{_fixable(findings)}"


def _fixable(findings: Sequence[Finding]) -> str:
    fixes = [finding.fix for finding in findings if finding.fix]
    safe = sum(1 for fix in fixes if fix.safe)
    said = []
    if safe:
        said.append(f"--fix repairs {safe}")
    if len(fixes) > safe:
        said.append(f"--fix --unsafe {len(fixes) - safe} more")
    return f"; {', '.join(said)}" if said else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
