"""Config, annotations, names, formats and SBOMs of images, and what `gotare build` tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gotare.oci.archive import OciArchive
from gotare.oci.docker_archive import DockerArchive
from gotare.oci.layout import Layout
from gotare.oci.types import DOCKER_INDEX, DOCKER_MANIFEST, OCI_MANIFEST
from gotare.plan import Plan
from gotare.records import from_json
from tests.build.commits import TITLE, commit
from tests.build.projects import MAIN, many, tiny, write
from tests.build.run import HOST, build, check, gotare, result
from tests.golang.sources import git

pytestmark = pytest.mark.usefixtures("go")

AMD64 = "linux/amd64"


# config and annotations


def test_flags_for_the_config(tmp_path: Path) -> None:
    flags = ["--label=a.b=c=d", "--annotation=x.y=z", "--port=9090/udp", "--port=80"]
    flags += ["--volume=/data", "--stop-signal=SIGINT", "--user=1000", "--workdir=/w"]
    flags += ["--env=A=", "--env=B=x=y", "--arg=serve", "--arg=-v"]
    platforms = "--platform=linux/amd64,linux/arm64"
    image = build(tiny(tmp_path / "tiny"), tmp_path, *flags, platforms)
    run = image.run(AMD64)
    assert run["Labels"]["a.b"] == "c=d"
    assert run["ExposedPorts"] == {"80/tcp": {}, "9090/udp": {}}
    assert run["Volumes"] == {"/data": {}}
    assert run["StopSignal"] == "SIGINT"
    assert run["User"] == "1000"
    assert run["WorkingDir"] == "/w"
    assert {"A=", "B=x=y"} <= set(run["Env"])
    assert run["Cmd"] == ["serve", "-v"]
    assert image.manifest(AMD64)["annotations"]["x.y"] == "z"
    with image.source.fetch(image.root) as stream:
        assert json.load(stream)["annotations"]["x.y"] == "z"


def test_healthcheck_none(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny", {"gotare.yaml": "healthcheck: none\n"}), tmp_path)
    assert image.run()["Healthcheck"] == {"Test": ["NONE"]}


def test_without_git_and_date_it_is_1970(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path)
    assert image.config()["created"] == "1970-01-01T00:00:00Z"
    assert TITLE + "revision" not in image.manifest()["annotations"]


def test_created_is_the_time_of_the_commit(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    revision = commit(project)
    git(project, "tag", "v1.2.3")
    git(project, "remote", "add", "origin", "https://me:secret@git.example.com/me/tiny.git")
    image = build(project, tmp_path)
    assert image.config()["created"] == "2024-01-02T03:04:05Z"
    assert {entry["created"] for entry in image.config()["history"]} == {"2024-01-02T03:04:05Z"}
    expected = {
        TITLE + "created": "2024-01-02T03:04:05Z",
        TITLE + "revision": revision,
        TITLE + "source": "https://git.example.com/me/tiny",
        TITLE + "title": "tiny",
        TITLE + "version": "v1.2.3",
    }
    assert image.manifest()["annotations"] == expected
    del expected[TITLE + "created"]
    assert image.run()["Labels"] == expected
    assert b"v1.2.3" in image.content("usr/local/bin/tiny")  # -X main.version


def test_created_is_source_date_epoch(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    commit(project)
    image = build(project, tmp_path, SOURCE_DATE_EPOCH="1700000000")
    assert image.config()["created"] == "2023-11-14T22:13:20Z"
    assert image.manifest()["annotations"][TITLE + "created"] == "2023-11-14T22:13:20Z"


def test_an_edited_input_makes_it_dirty_and_another_file_does_not(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    revision = commit(project)
    (project / "notes.txt").write_text("not read by the build")
    assert build(project, tmp_path).manifest()["annotations"][TITLE + "revision"] == revision
    (project / "main.go").write_text(MAIN + "\n// edited\n")
    dirty = build(project, tmp_path).manifest()["annotations"][TITLE + "revision"]
    assert dirty == f"{revision}-dirty"


def test_version_and_revision_from_flags(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    commit(project)
    image = build(project, tmp_path, "--version=2.0", "--revision=abc")
    assert image.manifest()["annotations"][TITLE + "version"] == "2.0"
    assert image.manifest()["annotations"][TITLE + "revision"] == "abc"
    assert b"2.0" in image.content("usr/local/bin/tiny")


# names


def test_tags_with_placeholders(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    revision = commit(project)
    tags = ["-t", "ghcr.io/me/{name}:{version}", "-t", "ghcr.io/me/{name}:{revision}"]
    document = result(project, tmp_path / "cache", "--version=1.4.0", *tags)
    assert [image["tags"] for image in document["images"]] == [
        [f"ghcr.io/me/{name}:1.4.0", f"ghcr.io/me/{name}:{revision}"] for name in ("one", "two")
    ]
    store = Layout(project / "dist")
    for image in document["images"]:
        for tag in image["tags"]:
            assert check(store, store.resolve(tag)).root.digest == image["digest"]


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ghcr.io/me/{nmae}:1", ["unknown placeholder {nmae}", "hint: {name}, {version}"]),
        ("ghcr.io/me/{name}:{version}", ["there is no version", "hint: give --version"]),
        ("ghcr.io/Me/{name}:1", ["Me"]),
        ("ghcr.io/me/x@sha256:" + "0" * 64, ["cannot hold a digest"]),
    ],
)
def test_tags_that_are_wrong(tmp_path: Path, tag: str, words: list[str]) -> None:
    project = tiny(tmp_path / "tiny")
    gotare("build", "-C", project, "-t", tag, cache=tmp_path / "cache").failed(2, *words)
    assert not (project / "dist").exists()


def test_one_tag_for_two_images(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    done = gotare("build", "-C", project, "-t", "me/app:1", cache=tmp_path / "cache")
    done.failed(2, "the images one and two would both be", "hint: put {name} into the tag")


# formats


def test_docker_media_types(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    image = build(project, tmp_path, "--media-types=docker")
    assert image.root.media_type == DOCKER_MANIFEST
    assert {layer["mediaType"] for layer in image.manifest()["layers"]} == {
        "application/vnd.docker.image.rootfs.diff.tar.gzip"
    }
    platforms = "--platform=linux/amd64,linux/arm64"
    index = build(project, tmp_path, "--media-types=docker", platforms)
    assert index.root.media_type == DOCKER_INDEX


def test_docker_media_types_over_an_oci_base(tmp_path: Path, base_rootfs: Path) -> None:
    base = f"--base=oci:{base_rootfs}:base:1"
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--media-types=docker", base)
    assert len({layer["mediaType"] for layer in image.manifest()["layers"]}) == 1


@pytest.mark.parametrize("compression", ["zstd", "zstd:9", "none", "gzip:9"])
def test_compression(tmp_path: Path, compression: str) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path, f"--compression={compression}")
    algorithm = compression.partition(":")[0]
    suffix = "" if algorithm == "none" else f"+{algorithm}"
    kinds = {layer["mediaType"] for layer in image.manifest()["layers"]}
    assert kinds == {f"application/vnd.oci.image.layer.v1.tar{suffix}"}


def test_the_compression_does_not_change_the_files(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    first = build(project, tmp_path).config()["rootfs"]
    assert build(project, tmp_path, "--compression=zstd").config()["rootfs"] == first


def test_zstd_is_not_in_dockers_format(tmp_path: Path) -> None:
    project, flags = tiny(tmp_path / "tiny"), ["--compression=zstd", "--media-types=docker"]
    done = gotare("build", "-C", project, *flags, cache=tmp_path / "cache")
    done.failed(2, "zstd")
    assert done.hint


def test_symbols(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    plain = build(project, tmp_path).content("usr/local/bin/tiny")
    symbols = build(project, tmp_path, "--symbols").content("usr/local/bin/tiny")
    assert b".symtab" in symbols
    assert b".symtab" not in plain
    assert len(symbols) > len(plain)


# SBOMs


@pytest.mark.parametrize(
    ("form", "artifact_type"),
    [("spdx", "application/spdx+json"), ("cyclonedx", "application/vnd.cyclonedx+json")],
)
def test_sbom_of_each_platform(tmp_path: Path, form: str, artifact_type: str) -> None:
    platforms = "--platform=linux/amd64,linux/arm64"
    image = build(tiny(tmp_path / "tiny"), tmp_path, f"--sbom={form}", platforms)
    documents = [image.referrers(platform) for platform in image.manifests]
    assert [list(found) for found in documents] == [[artifact_type], [artifact_type]]
    assert documents[0] != documents[1]
    text = documents[0][artifact_type].decode()
    for word in ("example.com/tiny", "stdlib", "certifi", "tzdata"):
        assert word in text
    assert json.loads(text)


def test_sbom_tells_of_the_base(tmp_path: Path, base_rootfs: Path) -> None:
    base = f"--base=oci:{base_rootfs}:base:1"
    image = build(tiny(tmp_path / "tiny"), tmp_path, base)
    text = image.referrers()["application/spdx+json"].decode()
    assert "debian" in text.lower()
    assert "certifi" not in text


def test_no_sbom(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--sbom=none")
    assert image.referrers() == {}


def test_sbom_does_not_change_the_image(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    found = {
        build(project, tmp_path, f"--sbom={form}").root.digest
        for form in ("none", "spdx", "cyclonedx")
    }
    assert len(found) == 1


# where it goes, what is told


def test_all_places_get_the_same_image(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    places = ["--oci-layout=layout", "--oci-archive=a.tar", "--docker-archive=d.tar"]
    document = result(project, tmp_path / "cache", *places, "-t", "me/app:1")
    (told,) = document["images"]
    name = "me/app:1"
    layout = Layout(project / "layout")
    image = check(layout, layout.resolve(name))
    assert image.root.digest == told["digest"]
    with OciArchive(project / "a.tar") as archive:
        assert check(archive, archive.resolve(name)).root.digest == told["digest"]
        assert check(archive, archive.resolve(name)).referrers().keys() == image.referrers().keys()
    with DockerArchive.open(project / "d.tar") as docker:
        assert check(docker, docker.resolve("me/app:1")).members().keys() == image.members().keys()
    assert not (project / "dist").exists()
    assert len(document["outputs"]) == 3


def test_an_archive_for_each_image(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    result(project, tmp_path / "cache", "--docker-archive={name}.tar")
    for name in ("one", "two"):
        with DockerArchive.open(project / f"{name}.tar") as archive:
            check(archive, archive.resolve(""))


def test_the_platform_that_fits_goes_into_a_docker_archive(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    flags = ["--docker-archive=d.tar", "--platform=linux/amd64,linux/arm64,linux/s390x"]
    done = gotare("build", "-C", project, *flags, cache=tmp_path / "cache")
    assert done.code == 0
    assert f"warning: tiny: of 3 platforms only {HOST} fits there" in done.err
    with DockerArchive.open(project / "d.tar") as archive:
        assert list(check(archive, archive.resolve("")).manifests) == [str(HOST)]


def test_no_platform_fits_into_a_docker_archive(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    flags = ["--docker-archive=d.tar", "--platform=linux/ppc64le,linux/s390x"]
    done = gotare("build", "-C", project, *flags, cache=tmp_path / "cache")
    done.failed(2, "none is this machine's", "hint: choose one with --platform")
    assert not (project / "d.tar").exists()


def test_builds_merge_into_a_layout(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    first = result(project, tmp_path / "cache", "-t", "me/app:1")["images"][0]["digest"]
    write(project, {"main.go": MAIN + "// two\nvar _ = 2\n"})
    second = result(project, tmp_path / "cache", "-t", "me/app:2", "--version=2")
    store = Layout(project / "dist")
    assert check(store, store.resolve("me/app:1")).root.digest == first
    assert check(store, store.resolve("me/app:2")).root.digest == second["images"][0]["digest"]


def test_json_is_the_contract(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    document = result(project, tmp_path / "cache", "--platform=linux/amd64,linux/arm64")
    assert {"images", "timings"} <= document.keys()
    assert all(isinstance(seconds, float) for seconds in document["timings"].values())
    for image in document["images"]:
        assert {"package", "name", "tags", "digest", "platforms", "cached"} <= image.keys()
        assert image["cached"] is False
        store = Layout(project / "dist")
        assert store.resolve(image["name"]).digest == image["digest"]
        for platform in image["platforms"]:
            _check_platform(store, platform)
    again = result(project, tmp_path / "cache", "--platform=linux/amd64,linux/arm64")
    assert [image["cached"] for image in again["images"]] == [True, True]
    assert again["outputs"] == document["outputs"]


def _check_platform(store: Layout, told: dict[str, Any]) -> None:
    assert {"platform", "digest", "size", "compressed_size", "layers"} <= told.keys()
    manifest = json.loads(store.blobs.path(told["digest"]).read_bytes())
    assert manifest["mediaType"] == OCI_MANIFEST
    assert [layer["digest"] for layer in told["layers"]] == [
        layer["digest"] for layer in manifest["layers"]
    ]
    for key in ("size", "compressed_size"):
        assert told[key] == sum(layer[key] for layer in told["layers"])
    for layer in told["layers"]:
        blob = store.blobs.path(layer["digest"])
        assert layer["compressed_size"] == blob.stat().st_size
        assert layer["kind"] in ("users", "tmp", "zones", "certificates", "binary")


def test_the_table(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    assert done.code == 0
    assert done.out.startswith("IMAGE")
    assert f"tiny   {HOST}" in done.out
    assert f"-> oci:{project}/dist:tiny" in done.out
    assert f"compile {HOST}" in done.err
    quiet = gotare("build", "-C", project, "-q", "--no-cache", cache=tmp_path / "cache")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_dry_run_builds_nothing(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    done = gotare("build", "-C", project, "--dry-run", cache=tmp_path / "cache")
    assert done.code == 0
    assert "base: static      why: pure Go" in done.out
    assert not (project / "dist").exists()
    told = gotare("build", "-C", project, "--dry-run", "--json", cache=tmp_path / "cache").json
    assert from_json(Plan, told).platforms == (HOST,)
    assert told["images"][0]["name"] == "tiny"
    assert told["images"][0]["run"]["entrypoint"] == ["/usr/local/bin/tiny"]
    assert {reason["decision"] for reason in told["reasons"]} >= {"base", "user", "created"}
