"""The real parts that the other tests rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from gotare.oci.layout import Layout
from gotare.oci.validate import validate
from tests import engine as engines
from tests.engine import Engine


def test_the_base_image_is_valid(base_rootfs: Path, official_schemas: Path) -> None:
    layout = Layout(base_rootfs)
    report = validate(layout, layout.resolve("base:1"), schema_directory=official_schemas)
    assert report.findings == ()
    assert (report.manifests, report.blobs) == (3, 3)


def test_the_base_image_is_in_the_registry(base_image: str, registry: str) -> None:
    with urllib.request.urlopen(f"http://{registry}/v2/base/tags/list") as answer:
        assert json.load(answer) == {"name": "base", "tags": ["1"]}
    assert base_image == f"{registry}/base:1"


def test_the_engine_runs_containers(engine: Engine) -> None:
    assert engines.answers(engine.socket)
    assert engine.docker("info", "--format", "{{.OSType}}").strip() == "linux"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start dockerd")
def test_an_engine_of_our_own(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "DEFAULT_SOCKET", tmp_path / "none.sock")
    try:
        own = engines.find_or_start(tmp_path)
        assert own.socket != engine.socket
        assert engines.find_or_start(tmp_path) == own
        assert own.docker("info", "--format", "{{.OSType}}").strip() == "linux"
        folder = own.socket.parent
    finally:
        engines.stop(tmp_path)
    assert not engines.answers(own.socket)
    assert not folder.exists()
    engines.stop(tmp_path)


def test_podman_answers(podman_socket: Path) -> None:
    assert engines.answers(podman_socket)


@pytest.mark.parametrize(
    ("reason", "required", "outcome"),
    [
        ("no docker here", "", "skipped"),
        ("no docker here", "0", "skipped"),
        ("no docker here", "1", "failed"),
        ("not in the repository: the schemas", "1", "skipped"),
    ],
)
def test_a_missing_part_is_seen(tmp_path: Path, reason: str, required: str, outcome: str) -> None:
    (tmp_path / "test_it.py").write_text(
        f"import pytest\ndef test_it():\n    pytest.skip({reason!r})\n"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q"],
        cwd=tmp_path,
        env={**os.environ, "GOTARE_REQUIRE_ALL": required, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert f"1 {outcome}" in done.stdout, done.stdout
