"""A build after an edit follows what the code says now, and asks go for nothing but compiling."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gotare.golang.fingerprint import GRANULARITY
from tests.build.desk import Desk, wrapper
from tests.build.projects import tiny, write
from tests.build.run import load

pytestmark = pytest.mark.usefixtures("still_source")

SERVER = """package main

import (
	"net/http"
	"os"
)

// main serves.
func main() {
	os.ReadDir("templates")
	http.ListenAndServe(":8081", nil)
}
"""

PAUSE = 3 * GRANULARITY / 1e9
"""Seconds after which a build can be sure that a file was written before it began."""


@pytest.fixture
def desk(tmp_path: Path, go: Path) -> Desk:
    project, calls = tiny(tmp_path / "tiny", {"main.go": SERVER}), tmp_path / "calls"
    time.sleep(PAUSE)
    return Desk(project, tmp_path / "cache", wrapper(tmp_path / "bin" / "go", go, calls), calls)


def edit(desk: Desk, content: str) -> None:
    write(desk.project, {"main.go": content})
    time.sleep(PAUSE)


def ports(desk: Desk) -> list[str]:
    return sorted(load(desk.project / "dist").run().get("ExposedPorts", {}))


def paths(desk: Desk) -> set[str]:
    return {path for path in load(desk.project / "dist").members() if "templates" in path}


def commands(desk: Desk) -> set[str]:
    return {call.split()[0] for call in desk.take_calls()} - {"env"}


def test_an_edit_that_changes_facts_changes_the_image(desk: Desk) -> None:
    desk.build()
    assert ports(desk) == ["8081/tcp"]
    assert commands(desk) == {"list", "build"}
    for number in (8082, 8083):
        edit(desk, SERVER.replace("8081", str(number)))
        desk.build()
        assert ports(desk) == [f"{number}/tcp"]
        assert commands(desk) == {"build"}


def test_an_edit_that_changes_no_facts(desk: Desk) -> None:
    desk.build()
    desk.take_calls()
    for new in ("// main serves for ever.", "// A line more.\n// main serves."):
        edit(desk, SERVER.replace("// main serves.", new))
        desk.build()
        assert (ports(desk), commands(desk)) == (["8081/tcp"], {"build"})


def test_an_edit_with_the_store_gone(desk: Desk) -> None:
    desk.build()
    desk.take_calls()
    for path in (desk.cache / "sources").iterdir():
        path.unlink()
    edit(desk, SERVER.replace("8081", "8084"))
    desk.build()
    assert (ports(desk), commands(desk)) == (["8084/tcp"], {"list", "build"})


def test_a_file_that_the_program_opens_appears(desk: Desk) -> None:
    desk.build()
    assert paths(desk) == set()
    write(desk.project, {"templates/a.html": "<p>"})
    desk.build()
    assert not desk.unchanged
    assert paths(desk) == {"app/templates", "app/templates/a.html"}
