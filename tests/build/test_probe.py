"""Images whose health check is an address: gotare's probe is in them, and asks."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from gotare.places import PROBE
from tests.build.projects import example, tiny
from tests.build.run import build, gotare, result
from tests.conftest import need
from tests.engine import Engine
from tests.oci.engines import unique_name

pytestmark = pytest.mark.usefixtures("go")
YAML = 'healthcheck: "http://127.0.0.1:{port}/health"\n'


def test_the_probe_is_beside_the_program(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": YAML.format(port=8080)})
    image = build(project, tmp_path)
    members = image.members()
    assert members["usr/local/bin/probe"].mode == 0o755
    assert members["usr/local/bin/probe"].size < 2_000_000
    check = image.config()["config"]["Healthcheck"]
    assert check["Test"] == ["CMD", PROBE, "http://127.0.0.1:8080/health"]
    assert (check["Interval"], check["Timeout"]) == (30_000_000_000, 3_000_000_000)


def test_it_says_what_it_finds(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": YAML.format(port=1)})
    root = build(project, tmp_path).extract(tmp_path / "root")
    words = [str(root) + PROBE, "http://127.0.0.1:1/health"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout) == (1, "")
    assert "127.0.0.1:1" in done.stderr


def test_nothing_changed_and_no_cache_give_the_same(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": YAML.format(port=8080)})
    first = build(project, tmp_path).root.digest
    again = result(project, tmp_path / "cache")
    assert (again["images"][0]["digest"], again["images"][0]["cached"]) == (first, True)
    assert build(project, tmp_path / "other").root.digest == first


def test_settings_for_go_do_not_reach_it(tmp_path: Path) -> None:
    files = {"gotare.yaml": YAML.format(port=8080) + "go: {flags: [-tags=x], symbols: true}\n"}
    plain = tiny(tmp_path / "plain", {"gotare.yaml": YAML.format(port=8080)})
    other = tiny(tmp_path / "other", files)
    probes = [
        build(project, tmp_path / f"{project.name}-work").extract(tmp_path / f"{project.name}-root")
        for project in (plain, other)
    ]
    first, second = (Path(str(root) + PROBE).read_bytes() for root in probes)
    assert first == second


def test_a_program_called_probe(tmp_path: Path) -> None:
    project = tiny(tmp_path / "x", {"gotare.yaml": YAML.format(port=8080)})
    (project / "go.mod").write_text("module example.com/probe\n\ngo 1.24\n")
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    assert "rename the program" in done.failed(3, "both called probe").hint
    assert not (project / "dist").exists()


def test_an_engine_finds_the_container_healthy(tmp_path: Path, engine: Engine) -> None:
    need("docker")
    project = example("hello", tmp_path / "hello")
    port = 18_000 + int(time.time() * 1000) % 2000
    yaml = YAML.format(port=port).replace("healthcheck: ", "healthcheck:\n  url: ")
    (project / "gotare.yaml").write_text(yaml + "  interval: 1s\n  start-period: 1s\n")
    with engine.image(unique_name("probe")) as name:
        archive = tmp_path / "image.tar"
        result(project, tmp_path / "cache", f"--docker-archive={archive}", "-t", name)
        engine.docker("load", "--input", archive)
        flags = ["--detach", "--network=host", "--read-only", "--cap-drop=ALL"]
        container = engine.docker("run", *flags, f"--env=ADDR=127.0.0.1:{port}", name).strip()
        try:
            assert health_of(engine, container) == "healthy"
        finally:
            engine.docker("rm", "--force", container)


def health_of(engine: Engine, container: str) -> str:
    """Wait until the engine has an opinion."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state = json.loads(engine.docker("inspect", container))[0]["State"]
        if state["Health"]["Status"] != "starting":
            return str(state["Health"]["Status"])
        time.sleep(0.2)
    raise AssertionError("the engine never said whether it is healthy")
