"""Words for what was found about published programs: tables, and a list of all mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.facts_programs import ALL_KINDS, Known
from benchmarks.facts_words import Tally
from benchmarks.report import seconds, table

TITLE = "Published programs"

OPENING = """Written by `make facts ARGS=--write`. Each program is downloaded as a Go module of a
pinned version and read as `gotare plan` reads a project; nothing is compiled. What is true was
written by hand before the first run, from the program's own Dockerfile, documentation and code,
into `benchmarks/truth/`, where a comment names the source of each claim. Claims that the code
refuted were corrected afterwards, and general mistakes that showed here were mended: the figures
are of programs that gotare was tried on, not of unseen ones. *Precision* is the share of what was
found that is true, *recall* the share of what is true that was found. What is true but does not
matter to a container (a port that only a setting opens, a file below /proc, a variable that the
shell owns) counts for neither. *Unknown* is what the tool itself says it cannot know: such a fact
is missing, not wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one program; `failure` says why it could not be read."""

    known: Known
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    took: float = 0.0
    failure: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it could not be read though go can load it, or the other way round."""
        refused = self.known.refused
        return refused not in self.failure if refused else bool(self.failure)

    @property
    def tally(self) -> Tally:
        """All kinds together."""
        return added(self.tallies.values())


def added(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    return sum(tallies, Tally())


def section(rows: Sequence[Row]) -> str:
    """Return the section of the page."""
    read = [row for row in rows if not row.failure]
    lines = [f"## {TITLE}", "", OPENING, "", _summary(rows), ""]
    lines += table(("kind", *_HEADER), _kind_rows(read))
    lines += ["", *table(("program", "version", "what", *_HEADER, "unknown", "read in"),
                         map(_program_row, rows))]  # fmt: skip
    lines += ["", "### Mistakes", "", *mistakes(read)]
    lines += [f"- {row.known.name}: {_not_read(row)}" for row in rows if row.failure]
    return "\n".join(lines).rstrip() + "\n"


_HEADER = ("true", "found", "missed", "false", "precision", "recall")


def _summary(rows: Sequence[Row]) -> str:
    read = [row for row in rows if not row.failure]
    whole = added(row.tally for row in read)
    return (
        f"{len(read)} programs read, {len(rows) - len(read)} not; all kinds together: "
        f"precision {share(whole.precision)}, recall {share(whole.recall)}."
    )


def _not_read(row: Row) -> str:
    why = "**not read**" if row.is_wrong else "not read, as go cannot load it either"
    return f"{why}: {row.failure}"


def _kind_rows(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    for kind in ALL_KINDS:
        tallies = [row.tallies[kind] for row in rows if kind in row.tallies]
        if tallies:
            yield kind, *cells(added(tallies))


def _program_row(row: Row) -> tuple[str, ...]:
    version = row.known.module.partition("@")[2]
    if row.failure:
        return row.known.name, version, row.known.what, *("" for _ in _HEADER), "", "not read"
    numbers = cells(row.tally)
    return row.known.name, version, row.known.what, *numbers, str(len(row.unknown)), \
        seconds(row.took)  # fmt: skip


def cells(one: Tally) -> tuple[str, ...]:
    """Return the numbers of a tally for a table."""
    true, right = len(one.right) + len(one.missed), len(one.right)
    return (
        str(true),
        str(right),
        str(len(one.missed)),
        str(len(one.wrong)),
        share(one.precision),
        share(one.recall),
    )


def share(value: float | None) -> str:
    """Return a share as a person reads it; nothing to divide by is a dash."""
    return "-" if value is None else f"{value:.0%}"


def mistakes(rows: Iterable[Row]) -> list[str]:
    """Return a line for each program and kind with a miss or a false alarm."""
    return [
        f"- {row.known.name}, {kind}: {'; '.join(_mistakes(row.tallies[kind]))}"
        for row in rows
        for kind in ALL_KINDS
        if kind in row.tallies and (row.tallies[kind].missed or row.tallies[kind].wrong)
    ]


def _mistakes(one: Tally) -> Iterator[str]:
    if one.missed:
        yield "missed " + ", ".join(f"`{word}`" for word in one.missed)
    if one.wrong:
        yield "false " + ", ".join(f"`{word}`{_at(place)}" for word, place in one.wrong)


def _at(place: str) -> str:
    return f" ({place})" if place else ""


def with_section(page: str, new: str) -> str:
    """Return a page with its section of the same title replaced, or with the section at its end.

    A section begins with a `## ` line and ends where the next one begins.
    """
    title = new.partition("\n")[0]
    start = 0 if page.startswith(f"{title}\n") else page.find(f"\n{title}\n") + 1
    if not start and not page.startswith(f"{title}\n"):
        return page.rstrip("\n") + "\n\n" + new if page.strip() else new
    end = page.find("\n## ", start)
    rest = page[end:] if end >= 0 else ""
    return page[:start] + new.rstrip("\n") + "\n" + rest
