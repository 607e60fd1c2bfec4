"""Words for what was measured: one text for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measure import Ratio, Series, ratio


@dataclass(frozen=True, slots=True)
class Aim:
    """What was to be reached and what was; `met` is None where it could not be measured."""

    text: str
    reached: str
    met: bool | None


@dataclass(slots=True)
class Section:
    """One question with its answer: a table, and the aims it decides."""

    title: str
    text: str
    table: list[str] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)


def at_most(text: str, limit: float, value: float | None, unit: str = "") -> Aim:
    """Return an aim that holds when the value is at most the limit."""
    if value is None:
        return Aim(text, "not measured", None)
    shown = f"{value:.2f}" if not unit else f"{value:.0f} {unit}"
    return Aim(text, shown, value <= limit)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table whose first column is left and the rest right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [_line(line, widths) for line in (lines[0], rule, *lines[1:])]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cells[0].ljust(widths[0])]
    padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return "| " + " | ".join(padded) + " |"


def times(series: Sequence[Series]) -> list[str]:
    """Return the table of one race."""
    by_name = {one.name: one for one in series}
    header = ("", "median", "fastest - slowest", "runs", "gotare takes, of it")
    return table(header, (_times_row(one, by_name) for one in series))


def _times_row(one: Series, by_name: Mapping[str, Series]) -> tuple[str, ...]:
    if not one.seconds:
        return one.name, one.failure or "not run", "", "0", ""
    low, high = one.spread
    spread = f"{seconds(low)} - {seconds(high)}"
    ours = by_name.get(one.equal)
    share = ratio(ours, one) if ours and ours.seconds and ours is not one else None
    return one.name, seconds(one.median), spread, str(len(one.seconds)), _share(share)


def _share(share: Ratio | None) -> str:
    if share is None:
        return ""
    return f"{share.value:.2f} ({share.low:.2f} - {share.high:.2f})"


def seconds(value: float) -> str:
    """Return a time as a person reads it."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def ratio_to(series: Sequence[Series], name: str, ours: str = "gotare") -> float | None:
    """Return our median as a share of another's; None when one of them is missing."""
    by_name = {one.name: one for one in series}
    if name not in by_name or ours not in by_name or not by_name[ours].seconds:
        return None
    found = ratio(by_name[ours], by_name[name])
    return found.value if found else None


def median_of(series: Sequence[Series], name: str = "gotare") -> float | None:
    """Return a contender's median in seconds; None when it did not run."""
    found = (one.median for one in series if one.name == name and one.seconds)
    return next(found, None)


def section_lines(section: Section) -> list[str]:
    """Return one section."""
    return [f"## {section.title}", "", section.text, "", *section.table, ""]


def aims_table(sections: Iterable[Section]) -> list[str]:
    """Return the table of all aims and what was reached."""
    marks = {True: "yes", False: "NO", None: "?"}
    rows = [(aim.text, aim.reached, marks[aim.met]) for part in sections for aim in part.aims]
    return table(("aim", "reached", "met"), rows)


def merged(page: str, new: str) -> str:
    """Return a report with what another one has measured put in the place of the same, or at its
    end: sections by their titles, rows of the first table and of the aims by their first cells."""
    old_head, *old = _parts(page)
    new_head, *more = _parts(new)
    sections = {_title(part): part for part in old}
    aims = _title(more[0])
    sections[aims] = _with_rows(sections[aims], more[0])
    sections |= {_title(part): part for part in more[1:]}
    parts = [_with_rows(old_head, new_head), *sections.values()]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _parts(page: str) -> list[str]:
    """Return what stands before the first section, and the sections."""
    return re.split(r"^(?=## )", page, flags=re.MULTILINE)


def _title(part: str) -> str:
    return part.partition("\n")[0]


def _with_rows(old: str, new: str) -> str:
    """Put the rows of one table into another's text."""
    (header, *before), (_, *after) = _rows(old), _rows(new)
    rows = {row[0]: row for row in (*before, *after)}
    lines = old.rstrip("\n").split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    last = first + len(before) + 2
    return "\n".join([*lines[:first], *table(header, rows.values()), *lines[last:]])


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if not set("".join(row)) <= set("-: ") or not any(row)]


def document(
    opening: str, machine: Mapping[str, str], sections: Sequence[Section], notes: Sequence[str]
) -> str:
    """Return the whole report."""
    lines = ["# Benchmarks", "", opening, ""]
    lines += table(("", ""), machine.items())
    lines += ["", *(f"- {note}" for note in notes), *([""] if notes else [])]
    lines += ["## Aims", "", *aims_table(sections), ""]
    for section in sections:
        lines += section_lines(section)
    return "\n".join(lines).rstrip() + "\n"
