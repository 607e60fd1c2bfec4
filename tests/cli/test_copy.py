"""`gotare copy`: what it prints, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gotare.cli.host import host_platform
from gotare.cli.main import run
from gotare.oci.archive import OciArchive
from gotare.oci.layout import Layout
from gotare.oci.types import Descriptor
from tests.oci.images import manifest_of, tiny_image, tiny_index, tiny_referrer


@pytest.fixture
def dist(tmp_path: Path) -> Layout:
    """A layout with an index, `app:1`, and an SBOM of it."""
    layout = Layout(tmp_path / "dist", create=True)
    tiny_referrer(layout, tiny_index(layout, name="app:1"))
    return layout


def test_json_tells_what_moved(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["copy", "-C", str(tmp_path), "--json", "oci:dist", "oci-archive:app.tar:app:2"]
    assert run(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    index = dist.resolve("app:1")
    assert printed["digest"] == index.digest
    assert printed["source"] == "oci:dist"
    assert printed["destination"] == "oci-archive:app.tar:app:2"
    assert printed["names"] == ["app:2"]
    assert printed["bytes"] == sum(blob["size"] for blob in printed["copied"])
    assert printed["reused"] == []
    with OciArchive(tmp_path / "app.tar") as archive:
        assert archive.resolve("app:2").digest == index.digest
        assert len(archive.referrers(index)) == 1


def test_the_second_time_nothing_moves(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in (True, False):
        assert run(["copy", "-C", str(tmp_path), "--json", "oci:dist", "oci:other"]) == 0
        assert bool(json.loads(capsys.readouterr().out)["copied"]) == expected
    assert Layout(tmp_path / "other").resolve("latest").digest == dist.resolve("app:1").digest


def test_a_line_tells_the_digest(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["copy", "-C", str(tmp_path), "oci:dist:app:1", "oci:other:app:2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"oci:other:app:2@{dist.resolve('app:1').digest}: ")
    assert out.rstrip().endswith("0 reused")


def test_one_platform_and_no_referrers(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["copy", "-q", "-C", str(tmp_path), "--no-referrers"]
    arguments += ["--platform", "linux/arm64", "oci:dist", "oci:other:arm"]
    assert run(arguments) == 0
    assert capsys.readouterr().out == ""
    arm = Descriptor.from_json(manifest_of(dist, dist.resolve("app:1"))["manifests"][1])
    other = Layout(tmp_path / "other")
    assert [entry.digest for entry in other.entries()] == [arm.digest]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["oci:dist", "docker-archive:app.tar", "--platform=linux/amd64,linux/arm64"],
            2,
            ["2 images", "--platform"],
        ),
        (["oci:dist", "oci-archve:app.tar"], 2, ["not a transport", "oci-archive:app.tar"]),
        (["oci:dist:absent", "oci:other"], 3, ["no image 'absent'", "app:1"]),
        (["oci:absent", "oci:other"], 3, ["not an OCI layout", "hint:"]),
        (["oci:dist", "oci:other", "--platform", "linux"], 2, ["not a platform", "os/arch"]),
        (["oci:dist", "oci:other", "--platform", "linux/mips"], 3, ["no image for", "it has"]),
        (["oci:dist"], 2, ["DESTINATION"]),
    ],
)
def test_failures_have_codes_and_hints(
    dist: Layout,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: list[str],
) -> None:
    assert run(["copy", "-C", str(tmp_path), *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    for word in words:
        assert word in captured.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist"]


def test_a_docker_archive_takes_the_platform_of_this_machine(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["copy", "-C", str(tmp_path), "oci:dist", "docker-archive:app.tar:app:1"]) == 0
    entries = manifest_of(dist, dist.resolve("app:1"))["manifests"]
    captured = capsys.readouterr()
    platforms = [entry["platform"]["architecture"] for entry in entries]
    assert entries[platforms.index(host_platform().architecture)]["digest"] in captured.out
    assert "holds one platform: taking linux/" in captured.err


def test_one_of_several_platforms_fits_a_docker_archive(
    dist: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["copy", "-C", str(tmp_path), "--json", "--platform=linux/amd64"]
    assert run([*arguments, "oci:dist", "docker-archive:app.tar:app:1"]) == 0
    entries = manifest_of(dist, dist.resolve("app:1"))["manifests"]
    assert json.loads(capsys.readouterr().out)["digest"] == entries[0]["digest"]


def test_two_platforms_make_a_smaller_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path / "dist", create=True)
    tiny_index(layout, ["linux/amd64", "linux/arm64", "linux/s390x"], name="app:1")
    tiny_image(layout, name="app:2")
    arguments = ["copy", "-C", str(tmp_path), "--platform=linux/amd64,linux/s390x", "--json"]
    assert run([*arguments, "oci:dist:app:1", "oci:other:app:1"]) == 0
    digest = json.loads(capsys.readouterr().out)["digest"]
    assert digest != layout.resolve("app:1").digest
    other = Layout(tmp_path / "other")
    assert len(manifest_of(other, other.resolve("app:1"))["manifests"]) == 2
