"""Lints the Dockerfiles of Docker's official images, and holds what is found to verdicts by hand.

    benchmarks/lint_gold.py                 fetch, lint, print what nobody examined, and the figures
    benchmarks/lint_gold.py --mirror DIR    from a copy: DIR/OWNER+NAME/repo is a git directory
    benchmarks/lint_gold.py --write         put the figures into docs/lint.md

The files are the gold set of the study "Learning from, Understanding, and Supporting DevOps
Artifacts for Docker" (ICSE 2020), without doubles; git ignores the copy in .cache/lint-gold.
`lint_gold.tsv` has the verdicts. The exit code is 1 when a finding was not examined, when a rule
fails, or when there are more than a warning or error for three files.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts_report import with_section
from benchmarks.lint_corpus import LARGEST, ROOT, Repository, UnreadError, git
from benchmarks.report import table
from gotare.findings import Severity
from gotare.lint.own import OWN
from gotare.lint.rules import all_rules
from gotare.linting.session import LintRequest, Session

GOLD: Final = Repository("jjhenkel/binnacle-icse2020", "00a8fb5220377211b059b35539be4594b703d106")
ARCHIVE: Final = "datasets/0b-deduplicated-dockerfile-sources/gold.tar.xz"
CACHE: Final = ROOT / ".cache" / "lint-gold"
FILES: Final = CACHE / "files"
VERDICTS: Final = Path(__file__).with_suffix(".tsv")
PAGE: Final = ROOT / "docs" / "lint.md"

MOST: Final = 1 / 3
"""Warnings and errors of general rules for each file, at most."""
GO_FAMILIES: Final = frozenset({"go-build", "linking", "go-source"})
"""Families of rules that are about Go. The others are general."""
OF_AGE: Final = frozenset({"base-end-of-life", "go-end-of-life"})
"""Rules that only tell that years went by: the files are of 2014 to 2019."""
WORDS: Final = ("true", "opinion", "false")
COLUMNS: Final = ("file", "line", "rule", "verdict", "reason")

TITLE: Final = "Files written by experts"
OPENING: Final = f"""Written by `make lint-gold ARGS=--write`. The Dockerfiles of Docker's official
images as the study of `{GOLD.name}` chose them in 2019, without doubles, each linted alone. All
warnings and errors were examined by hand; `benchmarks/lint_gold.tsv` has each verdict with its
reason. *True*: the maker has mended it since, or says so beside it, or it is a defect by a
published guide. *Opinion*: the statement holds, but the image is made so on purpose. *False*: it
does not hold. *About Go* and *of age* are not counted in the first sum: rules for Go say nothing of
such files in general, and that a release of 2019 is no longer repaired was not so when its makers
named it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a finding is known by: the name of its file, its line and its rule."""

    file: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody who read the file thinks of a finding."""

    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in how many files; `failures` say which rules failed."""

    files: int
    found: tuple[Place, ...]
    failures: tuple[str, ...] = ()


# fetching


def fetch(mirror: Path | None) -> int:
    """Put the files of the set into the cache; return how many. Raises UnreadError."""
    packed = git(_repository(mirror), "cat-file", "blob", f"{GOLD.commit}:{ARCHIVE}")
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir(parents=True)
    count = 0
    for name, content in _unpacked(packed):
        (FILES / name).write_bytes(content)
        count += 1
    return count


def _repository(mirror: Path | None) -> Path:
    """Return a git directory that has the commit; of its files, only those that are asked for."""
    if mirror:
        return mirror / GOLD.name.replace("/", "+") / "repo"
    folder = CACHE / "repository.git"
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--bare", "--quiet")
        git(folder, "remote", "add", "origin", f"https://github.com/{GOLD.name}")
    try:
        git(folder, "cat-file", "-e", f"{GOLD.commit}^{{tree}}")
    except UnreadError:
        partly = ("--depth=1", "--filter=blob:none")
        git(folder, "fetch", "--quiet", *partly, "origin", GOLD.commit)
    return folder


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and member.size <= LARGEST:
                yield PurePosixPath(member.name).name, content.read()


# linting


def lint() -> Outcome:
    """Lint each file of the cache as `gotare lint FILE --no-project` does."""
    names = sorted(path.name for path in FILES.iterdir())
    session = Session(LintRequest(FILES, tuple(names), bare=True, project=False), {})
    outcome = session.lint()
    bad = [f for f in outcome.findings if f.severity >= Severity.WARNING]
    found = [Place(f.at.path, f.at.line, f.rule) for f in bad]
    return Outcome(len(outcome.files), tuple(sorted(found)), outcome.failures)


def counted_as(rule: str) -> str:
    """Return "" for general rules, else why a rule is none of them."""
    if rule in OF_AGE:
        return "of age"
    return "about Go" if rule not in OWN and all_rules()[rule].family in GO_FAMILIES else ""


def general(outcome: Outcome) -> list[Place]:
    """Return what general rules have found."""
    return [place for place in outcome.found if not counted_as(place.rule)]


# verdicts


def read_verdicts() -> dict[Place, Verdict]:
    """Return the verdicts by what they are about. Raises ValueError for a line that is none."""
    found = {}
    for row in csv.DictReader(io.StringIO(VERDICTS.read_text()), delimiter="\t"):
        if row["verdict"] not in WORDS or not row["reason"]:
            raise ValueError(f"{VERDICTS.name}: no verdict: {row}")
        place = Place(row["file"], int(row["line"]), row["rule"])
        found[place] = Verdict(row["verdict"], row["reason"])
    return found


def unexamined(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> list[Place]:
    """Return the findings that nobody has judged."""
    return [place for place in outcome.found if place not in verdicts]


def share(outcome: Outcome) -> float:
    """Return the warnings and errors of general rules for each file."""
    return len(general(outcome)) / max(outcome.files, 1)


# the page


def section(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> str:
    """Return the section of the page."""
    lines = [f"## {TITLE}", "", OPENING, "", _summary(outcome, verdicts), ""]
    header = ("rule", "findings", *WORDS, "findings a file")
    lines += [*table(header, _rows(outcome, verdicts)), ""]
    return "\n".join([*lines, *_reasons(outcome, verdicts), ""])


def _summary(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> str:
    counts = _counts(general(outcome), verdicts)
    alarms = counts["opinion"] + counts["false"]
    return (
        f"{outcome.files} files. General rules: {len(general(outcome))} warnings and errors, "
        f"{share(outcome):.2f} a file; {counts['true']} true, {counts['opinion']} opinion, "
        f"{counts['false']} false: {alarms / max(outcome.files, 1):.2f} false alarms a file, "
        f"opinions among them. All rules: {len(outcome.found)}, "
        f"{len(outcome.found) / max(outcome.files, 1):.2f} a file."
    )


def _counts(places: Iterable[Place], verdicts: Mapping[Place, Verdict]) -> Counter[str]:
    return Counter(verdicts[place].word for place in places if place in verdicts)


def _by_rule(outcome: Outcome) -> list[tuple[str, list[Place]]]:
    """Return the findings of each rule, the most first."""
    rules = Counter(place.rule for place in outcome.found)
    order = sorted(rules, key=lambda rule: (counted_as(rule), -rules[rule], rule))
    return [(rule, [p for p in outcome.found if p.rule == rule]) for rule in order]


def _rows(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> Iterator[tuple[str, ...]]:
    for rule, places in _by_rule(outcome):
        words = _counts(places, verdicts)
        why = counted_as(rule)
        figures = (str(len(places)), *(str(words[word]) for word in WORDS))
        named = f"`{rule}` ({why})" if why else f"`{rule}`"
        yield named, *figures, f"{len(places) / outcome.files:.3f}"


def _reasons(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> Iterator[str]:
    for rule, places in _by_rule(outcome):
        for verdict, count in Counter(verdicts[p] for p in places if p in verdicts).items():
            yield f"- `{rule}`, {verdict.word} ({count}): {verdict.reason}."


def told(outcome: Outcome, verdicts: Mapping[Place, Verdict]) -> list[str]:
    """Return what is wrong, a line each; what was not examined as `lint_gold.tsv` wants it."""
    lines = [f"failed: {failure}" for failure in outcome.failures]
    lines += [f"{p.file}\t{p.line}\t{p.rule}\t?\t?" for p in unexamined(outcome, verdicts)]
    if share(outcome) > MOST:
        lines.append(f"{share(outcome):.2f} warnings and errors a file are too many")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch, lint, compare, print and perhaps write. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--mirror", type=Path, help="a folder with copies of repositories")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/lint.md")
    options = parser.parse_args(arguments)
    try:
        fetch(options.mirror)
    except UnreadError as error:
        print(f"{GOLD.name}: not read: {error}")
        return 1
    outcome, verdicts = lint(), read_verdicts()
    wrong = told(outcome, verdicts)
    idle = sorted(verdicts.keys() - set(outcome.found))
    print(*wrong, *(f"found no more: {p.file}:{p.line} {p.rule}" for p in idle), sep="\n")
    print(section(outcome, verdicts))
    if options.write and not wrong:
        PAGE.write_text(with_section(PAGE.read_text(), section(outcome, verdicts)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
