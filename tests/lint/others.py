"""What other linters say of the files that our rules find bad."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotare.lint.kinds import kind_of_name
from gotare.lint.rules import rules_of
from tests.lint.cases import Case, cases


@dataclass(frozen=True)
class Said:
    """An id that a linter reports in a line of a file; 0 is the whole file."""

    id: str
    line: int


Answers = dict[Path, list[Said]]
"""What one linter says, by file."""


@dataclass(frozen=True)
class BadFile:
    """A Dockerfile of a bad case, and the lines in which the rule finds something; () where the
    case does not say."""

    case: Case
    path: Path
    lines: tuple[int, ...] = ()


@dataclass
class BadFiles:
    """The Dockerfiles of all bad cases of the rules for Dockerfiles, laid out below a folder."""

    folder: Path
    files: list[BadFile] = field(default_factory=list)

    def of(self, rule: str) -> list[BadFile]:
        """Return those of one rule."""
        return [each for each in self.files if each.case.rule == rule]

    @property
    def paths(self) -> list[Path]:
        """Their paths."""
        return [each.path for each in self.files]


def lay_out_bad_files(folder: Path) -> BadFiles:
    """Write the Dockerfiles of all bad cases, each case in a folder of its own."""
    found = BadFiles(folder)
    known = {rule.id for rule in rules_of("dockerfile")}
    for case in cases("bad"):
        if case.rule in known:
            place = case.lay_out(folder / f"{case.rule}{case.word}")
            found.files += _dockerfiles(case, place)
    return found


def _dockerfiles(case: Case, place: Path) -> Iterator[BadFile]:
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.is_file() and kind_of_name(name) == "dockerfile":
            yield BadFile(case, path, tuple(_lines_in(case, name)))


def _lines_in(case: Case, name: str) -> Iterator[int]:
    if case.expected.exists():
        for line in case.expected.read_text().splitlines():
            place, number, *_ = line.split(":")
            if place == name:
                yield int(number)


# who is asked


def ask_hadolint(program: Path, paths: Sequence[Path]) -> Answers:
    """Ask hadolint, with the two rules switched on that are off until they are asked for."""
    asked = ("--info", "DL3057", "--trusted-registry", "ghcr.io/trusted")
    words = [program, "--no-fail", *asked, "--format", "json", *paths]
    found: Answers = {path: [] for path in paths}
    for each in _json(words):
        found[Path(each["file"])].append(Said(each["code"], each["line"]))
    return found


def ask_buildkit(program: Path, paths: Sequence[Path]) -> Answers:
    """Ask BuildKit's own linter: the program of tests/generate/buildkit/lint. Errors, which end a
    build, have the id "error"."""
    found: Answers = {path: [] for path in paths}
    done = subprocess.run([program, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    for line in done.stdout.splitlines():
        each = json.loads(line)
        found[Path(each["Path"])].append(Said(each["Rule"], each["Line"]))
    return found


def _json(words: Iterable[object]) -> Any:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-500:]
    return json.loads(done.stdout or "[]")
