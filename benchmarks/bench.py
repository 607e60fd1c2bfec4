"""Measures gotare beside plain `go build`, ko and `docker build`, all in one run, in turns; and
`gotare lint` beside hadolint and tally.

    benchmarks/bench.py              full: some ten minutes on two cores
    benchmarks/bench.py --quick      fewer rounds, small programs only
    benchmarks/bench.py --write      put the report into docs/benchmarks.md
    benchmarks/bench.py --only lint  only the linters; with --write the other parts stay as they are

The first run also installs ko, and downloads and compiles what it is made of. It is a report: the
exit code is 0 whatever was reached.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import figures, linters, linting, planning, projects, scenarios
from benchmarks.base import push_base
from benchmarks.builder import import_builder
from benchmarks.contenders import Field
from benchmarks.linting import Lints
from benchmarks.machine import describe_machine, version_of
from benchmarks.measure import FailedError
from benchmarks.projects import Project
from benchmarks.report import Section, aims_table, document, merged, section_lines
from benchmarks.services import Engine, Registry, start_engine, start_registry
from benchmarks.workshop import (
    GO_FLAGS,
    ROOT,
    Workshop,
    go_env,
    install_gotare,
    install_program,
    open_workshop,
)

T = TypeVar("T")
KO = "github.com/google/ko@v0.19.1"
OPENING = """Written by `make bench ARGS=--write`. Everything runs on one machine in one run, in
turns (A B C … C B A), so that what disturbs one disturbs all. Each contender ran once untimed
beforehand. The last column is the ratio of the medians, with the quartiles of the ratios of the
single rounds."""


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="less than three minutes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--only", help="only the parts whose name contains this")
    options = parser.parse_args()
    with ExitStack() as stack:
        workshop = stack.enter_context(open_workshop(ROOT / ".cache" / "bench"))
        text = Bench(workshop, stack, options.quick, options.only or "").report()
    if options.write:
        target = ROOT / "docs" / "benchmarks.md"
        target.write_text(merged(target.read_text(), text) if options.only else text)
        print(f"written: {target.relative_to(ROOT)}")


class Bench:
    """One run: what was set up, what is missing, and the sections so far."""

    def __init__(self, workshop: Workshop, stack: ExitStack, quick: bool, only: str) -> None:
        self._shop = workshop
        self._stack = stack
        self._quick = quick
        self._only = only
        self._effort = scenarios.QUICK if quick else scenarios.FULL
        self._missing: list[str] = []
        self._field: Field | None = None
        self._lints: Lints | None = None

    def report(self) -> str:
        """Measure everything and return the report; each section is printed when it is done."""
        say("setting up")
        self._gotare = install_gotare(self._shop)
        sections = []
        for name, question in self._asked():
            say(name)
            answer = self._ask(name, question)
            if answer:
                sections.append(answer)
                print("\n".join(section_lines(answer)), flush=True)
        print("\n".join(aims_table(sections)), flush=True)
        return document(OPENING, self._machine(), sections, [*self._missing, *self._notes()])

    # setting up

    def _set_up(self) -> Field:
        field = Field(self._shop, self._gotare)
        ko = self._try("ko", lambda: install_program(self._shop, KO))
        registry = self._try("registry", self._registry)
        self._large: Project | None = None
        if not self._quick:
            self._large = self._try("large program", lambda: projects.large(self._shop, KO))
        engine = self._try("docker build", self._engine)
        base = ""
        if ko and registry:
            base = push_base(self._shop, field.gotare, self._hello, registry)
        return replace(
            field, ko=ko if base else None, ko_base=base, registry=registry, engine=engine
        )

    def _registry(self) -> Registry:
        return self._stack.enter_context(start_registry(self._shop.emptied("registry")))

    def _engine(self) -> Engine:
        engine = self._stack.enter_context(start_engine())
        wanted = [project for project in (self._hello, self._large) if project]
        import_builder(self._shop, engine, wanted)
        return engine

    def _try(self, name: str, make: Callable[[], T]) -> T | None:
        """Set something up; what cannot be is noted, and its rows are left out."""
        try:
            return make()
        except FailedError as error:
            self._missing.append(f"Without {name}: {error}")
            say(self._missing[-1])
            return None

    def _linters(self) -> Lints:
        program = linters.tally(self._shop.folder)
        folder, names = linting.lay_out(self._shop)
        return Lints(self._shop, self._gotare, linters.hadolint(), program, folder, names)

    # measuring

    def _asked(self) -> Iterator[tuple[str, Callable[[], Section]]]:
        """Yield the questions that were asked for; what only the others need is not set up."""
        if not self._only.startswith("lint"):
            self._hello = projects.hello(self._shop)
            self._field = self._set_up()
            yield from (each for each in self._questions() if self._only in each[0])
        if not self._only or "lint" in self._only:
            lints = self._try("lint", self._linters)
            found = self._lint_questions(lints) if lints else iter(())
            yield from (each for each in found if self._only in each[0])

    def _lint_questions(self, lints: Lints) -> Iterator[tuple[str, Callable[[], Section]]]:
        self._lints = lints
        effort = self._effort
        yield "lint all", partial(linting.all_files, lints, effort.lint, effort.first)
        yield "lint one", partial(linting.one_file, lints, effort.noop)
        yield "lint repairs", partial(linting.repairs, lints, effort.first)
        yield "lint memory", partial(linting.memory, lints)

    def _questions(self) -> Iterator[tuple[str, Callable[[], Section]]]:
        field, effort, hello, large = self._field, self._effort, self._hello, self._large
        assert field
        small, big = "hello", "large"
        yield "no-op hello", partial(scenarios.noop, field, hello, small, effort.noop)
        if large:
            yield "no-op large", partial(scenarios.noop, field, large, big, effort.noop)
        yield "edit hello", partial(scenarios.one_line, field, hello, small, effort.edit, 0)
        if large:
            yield (
                "edit large",
                partial(scenarios.one_line, field, large, big, effort.edit, effort.slow),
            )
        yield "first hello", partial(scenarios.first, field, hello, small, effort.first)
        yield "ten", lambda: scenarios.ten_mains(field, projects.ten(self._shop), effort.ten)
        yield "plan", lambda: planning.plan(field, planning.wide(self._shop), effort.noop)
        yield "memory", lambda: figures.memory(field, projects.heavy(self._shop))
        yield "sizes", partial(figures.sizes, field, hello)
        if field.registry:
            yield "requests", partial(figures.requests, field, hello)

    def _ask(self, name: str, question: Callable[[], Section]) -> Section | None:
        try:
            return question()
        except FailedError as error:
            self._missing.append(f"Without {name}: {error}")
            say(self._missing[-1])
            return None

    # describing

    def _machine(self) -> dict[str, str]:
        found = describe_machine() | {
            "Go": go_env(self._shop, "GOVERSION")[0],
            "gotare": version_of((self._gotare, "--version")),
        }
        if self._field:
            found["ko"] = version_of((self._field.ko, "version")) if self._field.ko else "absent"
        if self._field and self._field.engine:
            found["docker"] = self._field.engine.docker(
                "version", "--format", "client {{.Client.Version}}, engine {{.Server.Version}}"
            ).strip()
        if self._lints:
            found["hadolint"] = version_of((self._lints.hadolint, "--version")).split()[-1]
            found["tally"] = linters.version(linters.TALLY)
        return found

    def _notes(self) -> Iterator[str]:
        if not self._field:
            return
        flags = " ".join(f"'{flag}'" if " " in flag else flag for flag in GO_FLAGS)
        yield f"Everybody compiles with `CGO_ENABLED=0 GOFLAGS=-buildvcs=false` and `{flags}`."
        yield (
            "The images of `docker build` hold the program alone, those of gotare and ko also "
            "certificates, time zones and users, and an SBOM. ko's base, with these, is in the "
            "registry on loopback."
        )
        yield f"hello is examples/hello, {self._packages(self._hello)} packages."
        if self._large:
            yield f"large is ko's own source ({KO}), {self._packages(self._large)} packages."

    def _packages(self, project: Project) -> int:
        return projects.packages_of(self._shop, project)


def say(text: str) -> None:
    """Tell how far it is, on stderr."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except FailedError as error:
        sys.exit(f"bench: {error}")
