"""How long `gotare lint` takes for real Dockerfiles, beside hadolint and tally."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.lint_corpus import FILES, MANIFEST, ROOT
from benchmarks.measure import Contender, FailedError, Series, Step, peak_memory, race, run
from benchmarks.report import Aim, Section, at_most, median_of, ratio_to, table, times
from benchmarks.workshop import Workshop

COUNT: Final = 400
GOTARE: Final = "gotare lint"
PROJECT: Final = "gotare lint, with the Go project"
HADOLINT: Final = "hadolint"
TALLY: Final = "tally"
FIX: Final = "gotare lint --fix --diff-only"
FIX_UNSAFE: Final = "gotare lint --fix --unsafe --diff-only"
_FOUND: Final = frozenset({0, 1})
"""Exit codes: 1 says that something was found, or would change."""
_MB: Final = 1_000_000

_TEXT = """{count} Dockerfiles of the corpus that `make lint-corpus` collects: those that BuildKit
reads, the ones that name Go first. They lie in a Go project, examples/hello, which gotare reads in
one of its runs and not in the others. Every run is a new process that prints all it finds as text.
tally runs without its checks that need a registry."""

_ONE = """The Dockerfile in the middle by size: {lines} lines. What is measured is how fast a
program starts."""

_FIX = """All repairs of the same {count} files, in rounds until nothing changes, printed as a diff
and not written. Neither of the others shows what it would change."""


@dataclass(frozen=True, slots=True)
class Lints:
    """The programs, and the folder with the project and the files, each relative to it."""

    workshop: Workshop
    gotare: Path
    hadolint: Path
    tally: Path
    folder: Path
    files: tuple[str, ...]

    def steps(self, files: tuple[str, ...]) -> dict[str, Step]:
        """Return everybody's command for some of the files."""
        return {
            GOTARE: self._step(self.gotare, "lint", "--no-project", *files),
            PROJECT: self._step(self.gotare, "lint", *files),
            HADOLINT: self._step(self.hadolint, "--no-color", *files),
            TALLY: self._step(self.tally, "lint", "--no-config", "--slow-checks=off", *files),
        }

    def fixing(self, *options: str) -> Step:
        """Return the command that shows the repairs of all files."""
        options = ("--no-project", "--fix", "--diff-only", *options)
        return self._step(self.gotare, "lint", *options, *self.files)

    def _step(self, *args: object) -> Step:
        return self.workshop.step(*args, cwd=self.folder, codes=_FOUND)


def chosen() -> list[Path]:
    """Return the files of the corpus that are linted. Raises FailedError where it is absent."""
    from gotare.lint.dockerfile.parse import decode_dockerfile, parse_dockerfile

    if not MANIFEST.exists():
        raise FailedError("no .cache/lint-corpus: run make lint-corpus")
    entries = json.loads(MANIFEST.read_text())
    entries.sort(key=lambda one: (not one["go"], one["sha256"]))
    found = []
    for one in entries:
        path = FILES / one["repository"] / one["path"]
        if not parse_dockerfile(decode_dockerfile(path.read_bytes())).errors:
            found.append(path)
        if len(found) == COUNT:
            return found
    raise FailedError(f"the corpus has {len(found)} files that can be read, not {COUNT}")


def lay_out(workshop: Workshop) -> tuple[Path, tuple[str, ...]]:
    """Put the files into a Go project that is a repository of its own; return its folder, and their
    paths in it."""
    folder = workshop.emptied("projects/lint")
    run(workshop.step("git", "init", "--quiet", cwd=folder))
    example = ROOT / "examples" / "hello"
    for path in (*example.glob("*.go"), example / "go.mod", example / "gotare.yaml"):
        shutil.copy(path, folder)
    names = []
    for number, path in enumerate(chosen()):
        name = f"images/{number:03}/Dockerfile"
        (folder / name).parent.mkdir(parents=True)
        shutil.copyfile(path, folder / name)
        names.append(name)
    return folder, tuple(names)


def all_files(lints: Lints, rounds: int, slow: int) -> Section:
    """Lint all files at once."""
    series = _raced(lints.steps(lints.files), rounds, slow)
    aims = [
        _aim(f"lint, {COUNT} files: faster than hadolint", series, HADOLINT),
        _aim(f"lint, {COUNT} files: faster than tally", series, TALLY),
    ]
    return Section(f"Lint: {COUNT} files", _TEXT.format(count=COUNT), times(series), aims)


def one_file(lints: Lints, rounds: int) -> Section:
    """Lint one file alone."""
    by_size = sorted(lints.files, key=lambda name: (lints.folder / name).stat().st_size)
    middle = by_size[len(by_size) // 2]
    series = _raced(lints.steps((middle,)), rounds, rounds)
    took = median_of(series, GOTARE)
    aims = [at_most("lint, one file: under 300 ms", 300, took and took * 1000, "ms")]
    lines = len((lints.folder / middle).read_text(errors="replace").splitlines())
    return Section("Lint: one file", _ONE.format(lines=lines), times(series), aims)


def repairs(lints: Lints, rounds: int) -> Section:
    """Show the repairs of all files."""
    steps = {FIX: lints.fixing(), FIX_UNSAFE: lints.fixing("--unsafe")}
    entries = [Contender(name, step, name) for name, step in steps.items()]
    return Section("Lint: repairs", _FIX.format(count=COUNT), times(race(entries, rounds)))


def memory(lints: Lints) -> Section:
    """Weigh everybody's process."""
    rows = [
        (name, f"{peak_memory(step) / _MB:.0f} MB")
        for name, step in {**lints.steps(lints.files), FIX: lints.fixing()}.items()
    ]
    text = f"The most that a process holds (VmHWM) for the same {COUNT} files."
    return Section("Lint: peak memory", text, table(("", "peak"), rows))


def _raced(steps: dict[str, Step], rounds: int, slow: int) -> list[Series]:
    entry = partial(Contender, equal=GOTARE)
    entries = [
        entry(name, step, rounds=slow if name == TALLY and slow < rounds else None)
        for name, step in steps.items()
    ]
    return race(entries, rounds)


def _aim(text: str, series: list[Series], other: str) -> Aim:
    return at_most(text, 1.0, ratio_to(series, other, GOTARE))
