"""`gotare validate`, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gotare.cli.main import run
from gotare.oci.layout import Layout
from tests.oci.broken import Broken, member, tar
from tests.oci.images import Memory, finish, push_bytes, tiny_image, tiny_index


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    layout = Layout(tmp_path / "dist", create=True)
    tiny_image(layout, name="app:1")
    tiny_index(layout, name="app:2")
    return layout.path


def broken(dist: Path, name: str, image: Broken) -> None:
    """Put a broken image into a layout."""
    store, layout = Memory(), Layout(dist)
    descriptor = image.make(store)
    for content in store.blobs.values():
        push_bytes(layout, content, "application/octet-stream")
    finish(layout, descriptor, store.blobs[descriptor.digest], name)


def test_valid(dist: Path, official_schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", f"oci:{dist}:app:1", "--schemas", str(official_schemas)]) == 0
    assert capsys.readouterr().out.endswith(":app:1 is valid: 1 manifest, 2 blobs, 1 file\n")


def test_all_images_of_a_layout(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "-C", str(dist.parent), "oci:dist"]) == 0
    assert "4 manifests" in capsys.readouterr().out


def test_not_valid(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken(dist, "bad:1", Broken(layers=[tar(member("/etc/a"))]))
    assert run(["validate", f"oci:{dist}:bad:1"]) == 1
    out = capsys.readouterr().out
    assert "error: '/etc/a' is an absolute path" in out
    assert "[tar-path-absolute]" in out
    assert "is not valid" in out
    assert run(["validate", f"oci:{dist}"]) == 1


def test_warnings_are_fine(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken(dist, "odd:1", Broken(layers=[tar(member("bin/su", mode=0o4755))]))
    assert run(["validate", f"oci:{dist}:odd:1"]) == 0
    assert "warning: 'bin/su' is setuid" in capsys.readouterr().out


def test_json_is_all_there_is_on_stdout(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken(dist, "bad:1", Broken(layers=[tar(member("a/../../b"))]))
    assert run(["validate", f"oci:{dist}:bad:1", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is False
    assert [found["rule"] for found in document["findings"]] == ["tar-path-climbs"]


def test_one_platform(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = f"oci:{dist}:app:2"
    assert run(["validate", image, "--platform", "linux/arm64"]) == 0
    assert "2 manifests" in capsys.readouterr().out
    assert run(["validate", image, "--platform", "linux/s390x"]) == 3
    assert "it has: linux/amd64, linux/arm64" in capsys.readouterr().err
    assert run(["validate", image, "--platform", "linux"]) == 2


def test_from_a_registry(base_image: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", base_image]) == 0
    assert "3 manifests" in capsys.readouterr().out


def test_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", f"oci:{tmp_path}"]) == 3
    assert "is not an OCI layout" in capsys.readouterr().err
    assert run(["validate"]) == 2
    assert run(["validate", "oci:x", "--schemas", str(tmp_path / "none")]) == 2
