"""Draws warnings and errors of real files at random, for people to judge, and counts the verdicts.

    benchmarks/lint_precision.py find SET [WORD...] [--mirror DIR]  lint, and keep what is found
    benchmarks/lint_precision.py sample SET --seed N                draw findings at random
    benchmarks/lint_precision.py table [--write]                    count; write docs/lint.md

SET is `dockerfiles`: the corpus of benchmarks/lint_corpus.py that names Go, each file alone; or
`repositories`: whole checkouts of the same repositories, with all their files and facts.
Modules of a hundred repositories are tens of gigabytes: with GOPROXY=off in the environment, those
that are not there already are linted without the facts of the project.
benchmarks/lint_precision.tsv holds the verdicts. The exit code is 1 when something was not read.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TextIO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts_report import with_section
from benchmarks.lint_checkout import check_out
from benchmarks.lint_corpus import (
    CORPUS,
    FILES,
    MANIFEST,
    ROOT,
    Repository,
    UnreadError,
    fetched,
    listed,
)

PAGE: Final = ROOT / "docs" / "lint.md"
VERDICTS: Final = Path(__file__).with_suffix(".tsv")
FOUND: Final = ROOT / ".cache" / "lint-precision"
SETS: Final = {
    "dockerfiles": "Dockerfiles that name Go, each alone",
    "repositories": "whole repositories, with their facts",
}

MOST_OF_A_KIND: Final = 5
"""How many findings of one rule in one repository can be drawn: no repository is the sample."""

CONFIDENCE: Final = 1.96
"""Standard deviations of the interval: 95 %."""

TITLE: Final = "How often the linter is right"

OPENING: Final = f"""Written by `benchmarks/lint_precision.py table --write`. Warnings and errors
in the repositories of `benchmarks/lint_corpus.txt` are drawn at random, at most {MOST_OF_A_KIND} of
one rule in one repository, and judged by hand with the file and its repository open: right when a
maintainer who reads it would agree that the statement is true of this file and matters as its page
says. `benchmarks/lint_precision.tsv` has each verdict with its reason. Rounds are drawn one after
the other, and rules are mended between them; the last round of a set is the one that counts. What
was judged before and is found still keeps its verdict, but for the second round of Dockerfiles,
which left it out. *New ones* are those that no earlier round had drawn. All rounds are of the same
repositories: no figure is of files that the rules were not mended with."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finding, with what somebody thinks of it: right, wrong, or nothing yet."""

    set: str
    round: str
    repository: str
    path: str
    line: str
    rule: str
    severity: str
    verdict: str
    reason: str

    @property
    def place(self) -> tuple[str, ...]:
        """Return what the finding is known by."""
        return (self.set, self.repository, self.path, self.line, self.rule)


COLUMNS: Final = [field.name for field in fields(Drawn)]


# find


def lint(folder: Path, paths: Sequence[str], *more: str) -> list[dict[str, object]]:
    """Return the warnings and errors of files. Raises UnreadError when the linter did not work."""
    gotare = str(Path(sys.executable).with_name("gotare"))
    command = [gotare, "lint", "--format", "json", "--no-baseline", *more, "--", *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True)
    if done.returncode not in (0, 1):
        raise UnreadError(done.stderr.decode(errors="replace").strip()[-300:])
    found: list[dict[str, object]] = json.loads(done.stdout)["findings"]
    return [one for one in found if one["severity"] != "info"]


def drawn(set_: str, repository: str, path: str, one: dict[str, object]) -> Drawn:
    """Return a finding that waits for a verdict; the reason is its message until then."""
    line, rule, severity = str(one["line"]), str(one["rule"]), str(one["severity"])
    return Drawn(set_, "", repository, path, line, rule, severity, "", str(one["message"]))


def of_dockerfiles() -> list[Drawn]:
    """Lint the Dockerfiles of the corpus, without the rest of their repositories: as users do, not
    what lies below vendor and testdata. Raises UnreadError."""
    taken = [one for one in json.loads(MANIFEST.read_text()) if one["go"]]
    names = sorted({one["repository"] for one in taken})
    return [each for name in names for each in _alone(name, taken)]


def _alone(repository: str, taken: Sequence[dict[str, str]]) -> list[Drawn]:
    paths = {one["path"] for one in taken if one["repository"] == repository}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "repository")
        shutil.copytree(FILES / repository, folder)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        found = lint(folder, ["."], "--no-project")
    return [
        drawn("dockerfiles", repository, path, one)
        for one in found
        if (path := str(one["path"])) in paths
    ]


def of_repository(one: Repository, mirror: Path | None) -> list[Drawn]:
    """Lint a checkout of a repository. Raises UnreadError, OSError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if absent := check_out(fetched(one, mirror), one.commit, folder):
            print(f"{one.name}: {absent} files are absent", file=sys.stderr)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        found = lint(folder, ["."])
    return [drawn("repositories", one.name, str(f["path"]), f) for f in found]


def find(set_: str, words: Sequence[str], mirror: Path | None) -> int:
    """Lint a set and keep what is found. Return the exit code."""
    folder = FOUND / set_
    folder.mkdir(parents=True, exist_ok=True)
    if set_ == "dockerfiles":
        write(folder / "all.tsv", of_dockerfiles())
    failed = 0
    for one in listed(words) if set_ == "repositories" else []:
        try:
            found = of_repository(one, mirror)
        except (UnreadError, OSError) as error:
            failed += 1
            print(f"{one.name}: {error}", file=sys.stderr)
            continue
        print(f"{one.name}: {len(found)}", file=sys.stderr)
        write(folder / f"{one.name.replace('/', '+')}.tsv", found)
    print(f"{len(kept(set_))} warnings and errors", file=sys.stderr)
    return 1 if failed else 0


def kept(set_: str) -> list[Drawn]:
    """Return what the last runs found."""
    return [one for path in sorted((FOUND / set_).glob("*.tsv")) for one in read(path)]


# sample


def read(path: Path) -> list[Drawn]:
    """Return the findings of a file of them."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [Drawn(**row) for row in csv.DictReader(file, delimiter="\t")]


def write(path: Path, found: Iterable[Drawn]) -> None:
    """Write a file of findings."""
    with path.open("w", newline="") as file:
        show(file, found)


def show(file: TextIO, found: Iterable[Drawn]) -> None:
    """Write findings as lines with tabs between the columns."""
    rows = csv.writer(file, delimiter="\t", lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in found:
        rows.writerow([" ".join(getattr(one, column).split()) for column in COLUMNS])


def sample(set_: str, seed: int, count: int) -> list[Drawn]:
    """Return findings at random. One that was judged in an earlier round has its verdict still."""
    judged = {one.place: one for one in read(VERDICTS)}
    chance = random.Random(seed)
    found = kept(set_)
    chance.shuffle(found)
    seen: Counter[tuple[str, str]] = Counter()
    few = []
    for one in found:
        seen[one.repository, one.rule] += 1
        if seen[one.repository, one.rule] <= MOST_OF_A_KIND:
            few.append(judged.get(one.place, one))
    return sorted(few[:count], key=lambda one: (one.rule, one.repository, one.path))


# table


def interval(right: int, of: int) -> tuple[float, float]:
    """Return the bounds of a share by Wilson's formula (JASA 22, 1927)."""
    share, square = right / of, CONFIDENCE**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    half /= 1 + square / of
    return max(0.0, middle - half), min(1.0, middle + half)


def section(verdicts: Sequence[Drawn]) -> str:
    """Return the section of the page."""
    rounds = sorted({(one.set, one.round) for one in verdicts})
    lines = [f"## {TITLE}", "", OPENING, ""]
    lines += [
        "| what | round | findings | repositories | right | precision (95 % interval) | new ones |",
        "|---|---|---|---|---|---|---|",
    ]
    seen: set[tuple[str, ...]] = set()
    for set_, number in rounds:
        here = [one for one in verdicts if (one.set, one.round) == (set_, number)]
        right = sum(one.verdict == "right" for one in here)
        low, high = interval(right, len(here))
        shares = f"{right / len(here):.1%} ({low:.1%} to {high:.1%})"
        repositories = len({one.repository for one in here})
        new = [one for one in here if one.place not in seen]
        seen |= {one.place for one in here}
        fresh = f"{sum(one.verdict == 'right' for one in new)} of {len(new)}"
        cells = (SETS[set_], number, len(here), repositories, right, shares, fresh)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    last = dict(rounds)
    of_last = [one for one in verdicts if one.round == last[one.set]]
    return "\n".join([*lines, "", *by_rule(of_last), ""])


def by_rule(verdicts: Sequence[Drawn]) -> list[str]:
    """Return the table of rules of the last rounds, and what was wrong in them."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        counts[one.rule][one.verdict] += 1
    lines = ["By rule, in the last rounds:", "", "| rule | right | wrong |", "|---|---|---|"]
    for rule, count in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])):
        lines.append(f"| {rule} | {count['right']} | {count['wrong'] or ''} |")
    wrong = [one for one in verdicts if one.verdict == "wrong"]
    if wrong:
        lines += ["", "Wrong:", ""]
        lines += [f"- {o.rule}, {o.repository} {o.path}:{o.line}: {o.reason}" for o in wrong]
    return lines


def table(write_: bool) -> int:
    """Print the section of the page, and perhaps write it. Return the exit code."""
    verdicts = read(VERDICTS)
    open_ = [one for one in verdicts if one.verdict not in ("right", "wrong") or not one.reason]
    for one in open_:
        print(f"no verdict: {' '.join(one.place)}")
    if open_ or not verdicts:
        return 1
    print(section(verdicts))
    if write_:
        PAGE.write_text(with_section(PAGE.read_text(), section(verdicts)))
    return 0


def main() -> int:
    """Do what the words say. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("action", choices=("find", "sample", "table"))
    parser.add_argument("set", nargs="?", choices=tuple(SETS), default="dockerfiles")
    parser.add_argument("words", nargs="*", help="parts of names of repositories")
    parser.add_argument("--mirror", type=Path, help="a folder with copies of the repositories")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/lint.md")
    options = parser.parse_args()
    if options.action == "table":
        return table(options.write)
    if not CORPUS.exists():
        print("no corpus: run benchmarks/lint_corpus.py")
        return 1
    if options.action == "sample":
        show(sys.stdout, sample(options.set, options.seed, options.count))
        return 0
    return find(options.set, options.words, options.mirror)


if __name__ == "__main__":
    sys.exit(main())
