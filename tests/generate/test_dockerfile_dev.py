"""Live reload: air itself reads the settings, and starts the program again when a file changes.

Dockerfile.dev is not built here: it downloads air. It is linted in test_dockerfile_lint.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.generate.dockerfile import dockerfiles
from gotare.generate.dockerfile_dev import air_path, air_settings
from gotare.generate.files import Choices
from gotare.generate.tools import AIR
from gotare.golang.flags import BuildFlags
from gotare.plan import Plan
from gotare.workload import SourceTree
from tests.build.projects import tiny
from tests.generate import plans
from tests.generate.go_tools import go_tool

STOPS = """package main

import (
	"os"
	"os/signal"
	"strings"
	"time"
)

const word = "first"

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	_ = os.WriteFile("told."+word, []byte(strings.Join(os.Args[1:], "|")), 0o644)
	select {
	case <-stop:
		_ = os.WriteFile("stopped."+word, nil, 0o644)
	case <-time.After(time.Minute):
	}
}
"""


def one_program() -> Plan:
    """The plan of a project whose program is in its root."""
    image = replace(plans.image("tiny"), packages=("example.com/tiny",))
    run = replace(image.run, entrypoint=("/usr/local/bin/tiny", "--a b"), args=('say "hi"',))
    sources = SourceTree(name="tiny", module="example.com/tiny", control=("go.mod",))
    return plans.plan(replace(image, run=run), sources=sources)


@contextmanager
def running(program: Path, project: Path) -> Iterator[None]:
    """Run air in a process group of its own, and end it as a container's stop does."""
    with (project / "air.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", ".air.toml"], cwd=project, stdout=log, stderr=log,
            env={**os.environ, "GOFLAGS": ""}, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def wait_for(path: Path) -> str:
    """Wait for a file; return its content."""
    deadline = time.monotonic() + 90
    while not path.exists():
        assert time.monotonic() < deadline, (path.parent / "air.log").read_text()
        time.sleep(0.05)
    return path.read_text()


def test_a_change_starts_the_program_again(go: Path, tmp_path: Path) -> None:
    program = go_tool(go, AIR)
    plan = one_program()
    project = tiny(tmp_path / "tiny", {"main.go": STOPS})
    (project / ".air.toml").write_text(air_settings(plan, plan.images[0]))
    with running(program, project):
        assert wait_for(project / "told.first") == '--a b|say "hi"'
        (project / "main.go").write_text(STOPS.replace('"first"', '"second"'))
        wait_for(project / "told.second")
        assert (project / "stopped.first").exists()
    assert not (project / "tmp").exists()


@pytest.mark.parametrize("make", [plans.api_plan, plans.workspace_plan, plans.cgo_plan])
def test_settings_are_toml_with_what_the_release_builds(make: object) -> None:
    plan: Plan = make()  # type: ignore[operator]
    for image in plan.images:
        settings = tomllib.loads(air_settings(plan, image))
        assert settings["build"]["cmd"].endswith(image.packages[0])
        assert settings["build"]["entrypoint"][0] == f"./.air/{image.binaries[0]}"
        assert ".air" in settings["build"]["exclude_dir"]


def test_tags_and_folders_are_those_of_the_release() -> None:
    plan = plans.api_plan()
    (image,) = plan.images
    tagged = replace(image, flags=BuildFlags(tags=("sqlite", "extra")))
    changed = replace(plan, images=(tagged,))
    command = tomllib.loads(air_settings(changed, tagged))["build"]["cmd"]
    assert "-tags=sqlite,extra" in command
    assert "CGO_ENABLED" not in command


def test_each_image_has_settings_of_its_own() -> None:
    plan = plans.workspace_plan()
    paths = [air_path(plan, image) for image in plan.images]
    assert paths == [".air.toml", ".air.worker.toml"]
    written = {file.path: file.content for file in dockerfiles(plan, Choices())}
    assert set(paths) <= set(written)
    assert 'CMD ["-c", ".air.toml"]\n' in written["Dockerfile.dev"]
    without = dockerfiles(plan, Choices(variants=("alpine",)))
    assert [file.path for file in without] == ["Dockerfile", "Dockerfile.alpine"]
