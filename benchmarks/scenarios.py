"""The questions: what is raced, how often, and which aim the answer decides."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import contenders as who
from benchmarks.builder import compiled_std
from benchmarks.contenders import Field, editing, from_nothing, limited
from benchmarks.measure import Contender, Series, race
from benchmarks.projects import Project
from benchmarks.report import Aim, Section, at_most, median_of, ratio_to, times


@dataclass(frozen=True, slots=True)
class Effort:
    """How many rounds each race has."""

    noop: int
    edit: int
    first: int
    ten: int
    slow: int
    """Rounds in which `docker build` without cache mounts compiles a large program anew."""
    lint: int


QUICK = Effort(noop=7, edit=5, first=1, ten=3, slow=1, lint=3)
FULL = Effort(noop=15, edit=7, first=5, ten=7, slow=2, lint=7)


def noop(field: Field, project: Project, size: str, rounds: int) -> Section:
    """Nothing has changed since the last build."""
    series = race(field.contenders(project), rounds)
    ours = median_of(series)
    aims = [
        at_most(f"no-op, {size}: under 100 ms", 100, ours and ours * 1000, "ms"),
        _docker_aim(f"no-op, {size}: under 0.7 of BuildKit's", 0.7, series),
        at_most(f"no-op, {size}: under 0.25 of ko's", 0.25, ratio_to(series, who.KO)),
        at_most(
            f"no-op, {size}, to a registry: under 0.25 of ko's",
            0.25,
            ratio_to(series, who.KO_PUSH, who.GOTARE_PUSH),
        ),
    ]
    text = "The sources, and what the last build wrote, are as that left them."
    return Section(f"No-op: {size}", text, times(series), aims)


def _docker_aim(text: str, limit: float, series: list[Series]) -> Aim:
    """Compare with the faster of the two."""
    found = [ratio_to(series, name) for name in (who.DOCKER, who.DOCKER_MOUNTS)]
    return at_most(text, limit, max((value for value in found if value), default=None))


def one_line(field: Field, project: Project, size: str, rounds: int, slow: int) -> Section:
    """A line in the body of a function becomes one that it never was."""
    entries = editing(field.contenders(project), project)
    if slow:
        entries = limited(entries, {who.DOCKER: slow})
    series = race(entries, rounds)
    aims = [
        at_most(f"one-line edit, {size}: at most 1.10 of go build", 1.10, ratio_to(series, who.GO))
    ]
    return Section(f"One-line edit to image: {size}", _EDIT, times(series), aims)


_EDIT = """Ahead of each run, of everybody, one line in a function's body changes: its constant is
one that it never was, and it has more or less code than before, so that addresses move in the whole
program. The layer that `docker build` keeps is not compressed; gotare's and ko's are."""


def first(field: Field, project: Project, size: str, rounds: int) -> Section:
    """The first build on a machine that has compiled Go programs before."""
    std = compiled_std(field.workshop)
    wanted = _without_pushing(field.contenders(project))
    if field.engine and not field.engine.own:
        wanted = [one for one in wanted if not one.name.startswith(who.DOCKER)]
    series = race(from_nothing(field, wanted, std), rounds, warm_up=False)
    return Section(f"First build: {size}", _FIRST, times(series))


_PUSHING = (who.GOTARE_PUSH, who.KO_PUSH)
_FIRST = """The caches of gotare, ko and BuildKit are empty and no output exists. Everybody has the
compiled standard library and nothing else compiled: gotare, ko and `go build` in GOCACHE, `docker
build` in the builder image (official images of Go have none, so this is in its favour). The base
image of `docker build` is in the engine already."""


def ten_mains(field: Field, project: Project, rounds: int) -> Section:
    """A package that ten programs share changes; each becomes an image."""
    wanted = _without_pushing(field.contenders(project))
    series = race(editing(wanted, project), rounds)
    aims = [at_most("ten mains: at most 1.2 of one go build", 1.2, ratio_to(series, who.GO))]
    text = "A line changes in the package that all ten share: ten programs are linked, and ten \
images made."
    return Section("Ten mains in one module", text, times(series), aims)


def _without_pushing(entries: list[Contender]) -> list[Contender]:
    return [one for one in entries if one.name not in _PUSHING]
