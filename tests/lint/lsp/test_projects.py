"""Projects are read in the background: once, and again when something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from gotare.lint.around import Known
from gotare.lint.lsp.projects import Projects, changes_projects

ROOT = Path("/shop")


class Later(Executor):
    """Runs what it is given when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


class Loader:
    """Gives what it holds, and counts."""

    def __init__(self) -> None:
        self.known = Known(project=object())  # type: ignore[arg-type]
        self.count = 0
        self.error: Exception | None = None

    def __call__(self, root: Path) -> Known:
        self.count += 1
        if self.error:
            raise self.error
        return self.known


Parts = tuple[Projects, Loader, Later, list[Path]]


@pytest.fixture
def parts() -> Iterator[Parts]:
    loader, later, told = Loader(), Later(), list[Path]()
    yield Projects(loader, later, told.append), loader, later, told


def test_nothing_is_known_until_it_was_read(parts: Parts) -> None:
    projects, loader, later, told = parts
    assert projects(ROOT) == Known()
    assert projects(ROOT) == Known()
    assert told == []
    later.run()
    assert told == [ROOT]
    assert projects(ROOT) is loader.known
    assert loader.count == 1


def test_a_change_reads_it_again_and_keeps_what_is_known(parts: Parts) -> None:
    projects, loader, later, told = parts
    projects(ROOT)
    later.run()
    before, loader.known = loader.known, Known(project=object())  # type: ignore[arg-type]
    projects.refresh(ROOT / "internal" / "web.go")
    assert projects(ROOT) is before
    later.run()
    assert projects(ROOT) is loader.known
    assert told == [ROOT, ROOT]


def test_changes_while_it_is_read_make_one_more_reading(parts: Parts) -> None:
    projects, loader, later, _ = parts
    projects(ROOT)
    for _ in range(5):
        projects.refresh(ROOT / "main.go")
    later.run()
    assert loader.count == 1
    later.run()
    assert loader.count == 2
    assert later.waiting == []


def test_changes_elsewhere_are_nothing(parts: Parts) -> None:
    projects, _, later, _ = parts
    projects(ROOT)
    later.run()
    projects.refresh(Path("/shopping/main.go"))
    projects.refresh(Path("/main.go"))
    assert later.waiting == []


def test_a_project_that_breaks_keeps_its_facts(parts: Parts) -> None:
    projects, loader, later, _ = parts
    projects(ROOT)
    later.run()
    before, loader.known = loader.known, Known(problem="does not parse")
    projects.refresh(ROOT / "main.go")
    later.run()
    assert projects(ROOT) is before


def test_a_loader_that_fails_is_a_problem_and_no_end(parts: Parts) -> None:
    projects, loader, later, told = parts
    loader.error = RuntimeError("no memory")
    projects(ROOT)
    later.run()
    assert projects(ROOT).problem == "RuntimeError: no memory"
    assert told == [ROOT]


@pytest.mark.parametrize(
    ("name", "changes"),
    [("main.go", True), ("go.mod", True), ("go.work", True), ("gotare.yaml", True),
     ("Dockerfile", False), ("README.md", False)],
)  # fmt: skip
def test_what_changes_projects(name: str, changes: bool) -> None:
    assert changes_projects(name) is changes
