"""Edits change one line, and every time to what it never was; containers are made strict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.base import without_program
from benchmarks.containers import harden
from benchmarks.figures import image_size, manifest_of
from benchmarks.measure import FailedError
from benchmarks.projects import with_edit, with_line
from benchmarks.services import free_port, start_registry
from benchmarks.workshop import open_workshop
from tests.conftest import need

SOURCE = "package main\n\nfunc main() {\n\trun()\n}\n"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_edit_changes_one_line_and_only_that(first: int, second: int) -> None:
    source = with_line(SOURCE, "func main() {")
    one, other = (with_edit(source, number).splitlines() for number in (first, second))
    assert [line for line in one if not line.startswith("\tmeasured")] == [
        line for line in other if not line.startswith("\tmeasured")
    ]
    assert (one == other) == (first == second)
    assert with_edit("\n".join(one), second).splitlines() == other


def test_what_cannot_be_edited_is_said() -> None:
    with pytest.raises(ValueError, match="func other"):
        with_line(SOURCE, "func other")
    with pytest.raises(ValueError, match="no line"):
        with_edit(SOURCE, 1)


def test_a_container_is_strict(tmp_path: Path) -> None:
    config = {
        "process": {"args": ["/app"], "user": {"uid": 65532, "gid": 65532}, "capabilities": {}},
        "root": {"path": "rootfs"},
        "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}]},
        "mounts": [],
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert harden(tmp_path, ["serve"], ["/tmp"]) == (65532, 65532)
    found = json.loads((tmp_path / "config.json").read_text())
    assert found["process"]["args"] == ["/app", "serve"]
    assert set(map(str, found["process"]["capabilities"].values())) == {"[]"}
    assert found["root"]["readonly"] and found["process"]["noNewPrivileges"]
    assert found["linux"]["namespaces"] == [{"type": "pid"}]
    assert [mount["destination"] for mount in found["mounts"]] == ["/tmp"]


def test_a_base_is_an_image_without_its_last_layer(tmp_path: Path) -> None:
    from gotare.oci.layout import Layout
    from gotare.oci.validate import validate
    from tests.oci.images import tiny_image

    place = tmp_path / "layout"
    files = [{"etc/base": b"base"}, {"usr/local/bin/app": b"program"}]
    tiny_image(Layout(place, create=True), layers=files, name="base:1")
    before = image_size(place)
    without_program(place)
    assert len(manifest_of(place)[1]["layers"]) == 1
    assert image_size(place) < before
    layout = Layout(place)
    assert not validate(layout, layout.resolve("base:1")).findings


def test_requests_to_a_registry_are_counted(tmp_path: Path) -> None:
    import urllib.request

    need("docker-registry")
    with start_registry(tmp_path) as registry, registry.counted() as found:
        for _ in range(2):
            with urllib.request.urlopen(f"http://{registry.host}/v2/", timeout=10) as answer:
                assert answer.status == 200
    assert found == ["GET /v2/"] * 2


def test_a_free_port_is_free() -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


def test_two_runs_do_not_share_a_workshop(tmp_path: Path, go: Path) -> None:
    with open_workshop(tmp_path / "shop") as workshop:
        assert workshop.go == go
        with (
            pytest.raises(FailedError, match="another run"),
            open_workshop(tmp_path / "shop"),
        ):
            pass
    with open_workshop(tmp_path / "shop") as workshop:
        assert workshop.env()["GOCACHE"].startswith(str(tmp_path))
