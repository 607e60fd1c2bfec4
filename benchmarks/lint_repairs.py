"""Repairs copies of real Dockerfiles, and holds what comes of it to BuildKit's parser.

    benchmarks/lint_repairs.py            print what is wrong, and the figures
    benchmarks/lint_repairs.py --write    put the figures into docs/lint.md

The files are those of `.cache/lint-corpus` and `.cache/lint-gold`: lint_corpus.py and lint_gold.py
fetch them. The exit code is 1 when a rule fails, BuildKit refuses a file that it took before, or a
second run changes anything. Files with more warnings and errors than before are named.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import lint_corpus, lint_gold
from benchmarks.facts_report import with_section
from benchmarks.report import table
from tests.lint.dockerfile.buildkit import NoOracleError, Oracle, compiled_oracle

SETS: Final = {"corpus": lint_corpus.FILES, "experts": lint_gold.FILES}
REPAIR: Final = ("--fix", "--unsafe")

TITLE: Final = "Repairs of real files"
OPENING: Final = """Written by `make lint-repairs ARGS=--write`. Copies of the files of the two sets
above are repaired with `gotare lint --fix --unsafe --no-project`, then once more, and read by
BuildKit's own parser. *More* are files that have more warnings and errors than before: a repair
lets another rule see its case."""


class UnlintedError(Exception):
    """The linter did not work."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the files of a set, by path; `failures` say which rules failed."""

    files: int
    before: int
    """Warnings and errors that were there."""
    after: int
    changed: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    """Files that the second run changes."""
    refused: tuple[str, ...] = ()
    """Files that BuildKit took before, and takes no more."""
    more: tuple[str, ...] = ()
    """Files that have more warnings and errors than before."""
    failures: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """Return what must not be, a line each."""
        return [
            *(f"failed: {failure}" for failure in self.failures),
            *(f"refused: {path}" for path in self.refused),
            *(f"changed again: {path}" for path in self.again),
        ]


def repair(source: Path, oracle: Oracle, place: Path) -> Outcome:
    """Repair a copy of a folder's files twice. Raises UnlintedError."""
    shutil.copytree(source, place)
    paths = sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
    old, found = contents(place, paths), lint(place, paths)
    lint(place, paths, *REPAIR)
    new, left = contents(place, paths), lint(place, paths)
    again = lint(place, paths, *REPAIR)
    return Outcome(
        len(paths),
        counts(found).total(),
        counts(left).total(),
        differing(old, new),
        differing(new, contents(place, paths)),
        tuple(refused(oracle, old, new)),
        tuple(sorted(counts(left) - counts(found))),
        tuple(str(f) for report in (found, left, again) for f in report["failures"]),
    )


def lint(folder: Path, paths: Sequence[str], *more: str) -> Any:
    """Return the linter's report on files. Raises UnlintedError."""
    gotare = str(Path(sys.executable).with_name("gotare"))
    flags = ("--no-project", "--no-baseline", "--fail-on", "never", "--format", "json", *more)
    command = [gotare, "lint", *flags, "--", *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        raise UnlintedError(done.stderr[-500:])
    return json.loads(done.stdout)


def contents(folder: Path, paths: Sequence[str]) -> dict[str, bytes]:
    """Return what is in files, by path."""
    return {path: (folder / path).read_bytes() for path in paths}


def differing(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the paths whose content is another."""
    return tuple(path for path in old if old[path] != new[path])


def refused(oracle: Oracle, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[str]:
    """Return what BuildKit says of files that it refuses, and took before."""
    answers = zip(old, oracle.files(old.values()), oracle.files(new.values()), strict=True)
    return [
        f"{path}: {after['Error']}"
        for path, before, after in answers
        if after["Error"] and not before["Error"]
    ]


def counts(report: Any) -> Counter[str]:
    """Return how many warnings and errors there are in each file that has any."""
    return Counter(f["path"] for f in report["findings"] if f["severity"] != "info")


def section(outcomes: Mapping[str, Outcome]) -> str:
    """Return the section of the page."""
    rows = [
        (
            name,
            str(one.files),
            str(len(one.changed)),
            f"{one.before} → {one.after}",
            str(len(one.refused)),
            str(len(one.again)),
            str(len(one.more)),
        )
        for name, one in outcomes.items()
    ]
    header = ("set", "files", "repaired", "warnings and errors", "refused by BuildKit",
              "changed again", "more")  # fmt: skip
    return "\n".join([f"## {TITLE}", "", OPENING, "", *table(header, rows), ""])


def main() -> int:
    """Repair, print and perhaps write. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the figures into docs/lint.md")
    options = parser.parse_args()
    go = shutil.which("go")
    missing = [name for name, folder in SETS.items() if not folder.is_dir()]
    if missing or not go:
        print("make lint-corpus lint-gold comes first" if missing else "no go on PATH")
        return 1
    try:
        outcomes = repaired(compiled_oracle(Path(go)))
    except (NoOracleError, UnlintedError) as error:
        print(error)
        return 1
    faults = [line for one in outcomes.values() for line in one.faults]
    seen = (f"more: {path}" for one in outcomes.values() for path in one.more)
    print(*faults, *seen, section(outcomes), sep="\n")
    if options.write:
        page = lint_gold.PAGE
        page.write_text(with_section(page.read_text(), section(outcomes)))
    return 1 if faults else 0


def repaired(oracle: Oracle) -> dict[str, Outcome]:
    """Repair copies of all sets. Raises UnlintedError."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: repair(source, oracle, Path(folder) / name) for name, source in SETS.items()}


if __name__ == "__main__":
    sys.exit(main())
