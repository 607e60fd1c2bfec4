"""Counts which of our rules' defects other linters find, on the bad Dockerfiles of the tests.

    benchmarks/lint_others.py            print the table, and where claims and answers differ
    benchmarks/lint_others.py --write    put the table into docs/lint.md

hadolint and BuildKit's linter are asked as tests/lint/test_equivalents.py does; tally and Checkov
are installed below .cache/lint-others. What cannot be had is left out, visibly. The exit code is 1
where a rule claims an id that its tool does not report.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import linters
from benchmarks.facts_report import with_section
from benchmarks.lint_agreement import PAGE
from benchmarks.machine import version_of
from benchmarks.measure import FailedError
from benchmarks.report import table
from benchmarks.workshop import ROOT
from gotare.lint.rule import Family, Rule
from gotare.lint.rules import rules_of
from tests.lint.others import Answers, BadFiles, ask_buildkit, ask_hadolint, lay_out_bad_files
from tests.lint.test_equivalents import NEEDS_CONTEXT, RETIRED

CACHE: Final = ROOT / ".cache" / "lint-others"
TITLE: Final = "What others find"
OPENING: Final = """Written by `make lint-others ARGS=--write`. Each rule for Dockerfiles has bad
cases, which its tests hold it to. Other linters look at the same {files} files. A rule's defect
counts as found by one that reports, on a bad case of the rule, an id which the rule names as the
same defect; a line that is reported for another reason does not count. hadolint has the rules
switched on that it leaves off, BuildKit is the linter of `docker build --check`, tally runs without
what needs a registry. The cases are ours, so the table says what gotare adds to a linter, not how
good that is at its own rules; what is held against the Go project, no linter of Dockerfiles has."""

_KNOWN: Final = {
    "hadolint": ("hadolint",),
    "BuildKit": ("buildkit",),
    "tally": ("tally", "hadolint", "buildkit"),
    "Checkov": ("checkov",),
}
"""Whose ids each linter reports."""


@dataclass
class Comparison:
    """What the linters say of the bad files, their versions, and why some could not be asked."""

    bad: BadFiles
    answers: dict[str, Answers] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def said(self, linter: str, rule: Rule) -> frozenset[str]:
        """Return the ids that a linter reports on the bad cases of a rule."""
        answers = self.answers[linter]
        files = self.bad.of(rule.id)
        return frozenset(said.id for file in files for said in answers.get(file.path, ()))

    def finds(self, linter: str, rule: Rule) -> bool:
        """Whether a linter finds the defect of a rule."""
        return bool(claimed(rule, linter) & self.said(linter, rule))

    def unshown(self, linter: str, rule: Rule) -> frozenset[str]:
        """Return the ids that a rule claims of a linter itself and that it does not report."""
        own = frozenset(rule.equivalents.get(_KNOWN[linter][0], ()))
        return own - self.said(linter, rule) - RETIRED - NEEDS_CONTEXT

    def beside(self, linter: str, rule: Rule) -> frozenset[str]:
        """Return the ids that a linter reports in the rule's lines and that the rule does not
        claim: they may be the same defect."""
        return frozenset(
            said.id
            for file in self.bad.of(rule.id)
            for said in self.answers[linter].get(file.path, ())
            if said.line in file.lines and said.id not in claimed(rule, linter)
        )


def claimed(rule: Rule, linter: str) -> frozenset[str]:
    """Return the ids that a linter reports for the defect of a rule, as the rule says."""
    return frozenset(id for tool in _KNOWN[linter] for id in rule.equivalents.get(tool, ()))


# asking


def compare(folder: Path) -> Comparison:
    """Lay the bad files out below a folder, and ask everybody who can be had."""
    found = Comparison(lay_out_bad_files(folder))
    for name, ask in _LINTERS.items():
        print(f"asking {name}", file=sys.stderr, flush=True)
        try:
            found.answers[name], found.versions[name] = ask(found.bad)
        except FailedError as error:
            found.missing.append(f"Without {name}: {error}")
    found.missing.append("Trivy is not asked: it is published as Go sources alone.")
    return found


def _hadolint(bad: BadFiles) -> tuple[Answers, str]:
    program = linters.hadolint()
    return ask_hadolint(program, bad.paths), version_of((program, "--version")).split()[-1]


def _buildkit(bad: BadFiles) -> tuple[Answers, str]:
    sources, program = ROOT / "tests" / "generate" / "buildkit", CACHE / "buildkit-lint"
    go = shutil.which("go")
    if not go:
        raise FailedError("there is no go here")
    CACHE.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    words = [go, "build", "-o", str(program), "./lint"]
    done = subprocess.run(words, cwd=sources, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(done.stderr.strip()[-300:])
    required = (sources / "go.mod").read_text().split()
    version = required[required.index("github.com/moby/buildkit") + 1]
    return ask_buildkit(program, bad.paths), version


def _tally(bad: BadFiles) -> tuple[Answers, str]:
    program = linters.tally(CACHE)
    return linters.ask_tally(program, bad.paths), linters.version(linters.TALLY)


def _checkov(bad: BadFiles) -> tuple[Answers, str]:
    program = linters.from_pypi(CACHE, linters.CHECKOV) / "bin" / "checkov"
    return linters.ask_checkov(program, bad.paths), linters.version(linters.CHECKOV)


_LINTERS: Final[Mapping[str, Callable[[BadFiles], tuple[Answers, str]]]] = {
    "hadolint": _hadolint,
    "BuildKit": _buildkit,
    "tally": _tally,
    "Checkov": _checkov,
}


# telling


def section(found: Comparison) -> str:
    """Return the section of the page."""
    names = list(found.answers)
    header = ("family", "rules", *(f"{name} {found.versions[name]}" for name in names), "no other")
    rules = rules_of("dockerfile")
    families: list[Family] = list(dict.fromkeys(rule.family for rule in rules))
    rows = [_row(found, family, [r for r in rules if r.family == family]) for family in families]
    rows.append(_row(found, "all", list(rules)))
    lines = [f"## {TITLE}", "", OPENING.format(files=len(found.bad.files)), ""]
    lines += table(header, rows)
    lines += ["", *(f"- {note}" for note in found.missing)]
    return "\n".join([*lines, ""])


def _row(found: Comparison, title: str, rules: list[Rule]) -> tuple[str, ...]:
    by_linter = [[rule for rule in rules if found.finds(name, rule)] for name in found.answers]
    seen = {rule.id for each in by_linter for rule in each}
    counts = [len(rules), *map(len, by_linter), len(rules) - len(seen)]
    return (title, *map(str, counts))


def differences(found: Comparison) -> Iterator[str]:
    """Yield the claims that were not shown."""
    for name in found.answers:
        for rule in rules_of("dockerfile"):
            if unshown := found.unshown(name, rule):
                yield f"{rule.id} claims {' '.join(sorted(unshown))}, and {name} does not report it"


def others(found: Comparison) -> Iterator[str]:
    """Yield what is reported beside the rules' findings, to be looked at."""
    for name in found.answers:
        for rule in rules_of("dockerfile"):
            if beside := found.beside(name, rule):
                yield f"{rule.id}: {name} reports {' '.join(sorted(beside))} in its lines"


def main() -> int:
    """Compare, print and perhaps write. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/lint.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder).resolve())
    print("\n".join(others(found)))
    wrong = list(differences(found))
    print("\n".join(wrong))
    print(section(found))
    if options.write:
        PAGE.write_text(with_section(PAGE.read_text(), section(found)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
