"""What is in the images that `gotare build` makes of whole projects."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gotare.oci.archive import OciArchive
from gotare.oci.docker_archive import DockerArchive
from gotare.oci.layout import Layout
from gotare.oci.types import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.build.projects import MAIN, example, many, tiny, write
from tests.build.run import HOST, build, check, gotare, images_of, result
from tests.golang.sources import git

pytestmark = pytest.mark.usefixtures("go")

AMD64 = "linux/amd64"
BASE_NAME, BASE_DIGEST = (
    "org.opencontainers.image.base.name",
    "org.opencontainers.image.base.digest",
)
TIME = 1704164645  # of the commits that tests.golang.sources.git makes
TITLE = "org.opencontainers.image."


def commit(project: Path) -> str:
    """Make the project a repository with one commit; return its revision."""
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    return git(project, "rev-parse", "HEAD")


# the examples


def test_hello(tmp_path: Path) -> None:
    image = build(example("hello", tmp_path / "hello"), tmp_path)
    run = image.run()
    assert run["Entrypoint"] == ["/usr/local/bin/hello"]
    assert "Cmd" not in run
    assert run["User"] == "65532:65532"
    assert run["WorkingDir"] == "/home/nonroot"
    assert run["ExposedPorts"] == {"8080/tcp": {}}
    assert "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" in run["Env"]
    assert run["Healthcheck"] == {
        "Test": ["CMD", "/usr/local/bin/hello", "healthcheck"],
        "Interval": 30_000_000_000,
        "Timeout": 5_000_000_000,
        "StartPeriod": 2_000_000_000,
    }
    assert run["Labels"] == {
        TITLE + "title": "hello",
        TITLE + "description": "A small HTTP service",
    }


def test_the_static_base_holds_what_go_reads(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path)
    members = image.members()
    assert members["tmp"].mode == 0o1777
    home = members["home/nonroot"]
    assert (home.mode, home.uid, home.gid) == (0o700, 65532, 65532)
    assert b"nonroot:x:65532:65532:" in image.content("etc/passwd")
    assert image.content("etc/ssl/certs/ca-certificates.crt").count(b"BEGIN CERTIFICATE") > 50
    assert image.content("usr/share/zoneinfo/Europe/Berlin").startswith(b"TZif")
    binary = members["usr/local/bin/tiny"]
    assert (binary.mode, binary.uid, binary.gid, binary.mtime) == (0o755, 0, 0, 0)
    assert image.content("usr/local/bin/tiny").startswith(b"\x7fELF")
    assert not [name for name in members if name.endswith(("/sh", "/bash", "/busybox"))]


def test_layers_are_by_rate_of_change(tmp_path: Path) -> None:
    document = result(example("assets", tmp_path / "assets"), tmp_path / "cache")
    (platform,) = document["images"][0]["platforms"]
    kinds = [layer["kind"] for layer in platform["layers"]]
    assert kinds == ["users", "tmp", "zones", "certificates", "assets", "binary"]


def test_assets(tmp_path: Path) -> None:
    image = build(example("assets", tmp_path / "assets"), tmp_path)
    run, members = image.run(), image.members()
    assert run["WorkingDir"] == "/srv"
    assert run["Volumes"] == {"/tmp": {}}
    assert run["StopSignal"] == "SIGTERM"
    assert "TEMPLATES=/srv/templates" in run["Env"]
    assert image.manifest()["annotations"][TITLE + "title"] == "assets"
    assert members["srv/templates/index.html"].mode == 0o644
    assert members["srv/migrations/001_create.sql"].mode == 0o444
    assert not [name for name in members if "style.css" in name]  # it is in the binary


def test_workspace_makes_an_image_of_each_main(tmp_path: Path) -> None:
    project = example("workspace", tmp_path / "workspace")
    document = result(project, tmp_path / "cache")
    images = images_of(project, document)
    assert sorted(images) == ["api", "slug", "worker"]
    for name, image in images.items():
        assert image.run()["Entrypoint"] == [f"/usr/local/bin/{name}"]
    assert images["slug"].run().get("ExposedPorts") != images["api"].run().get("ExposedPorts")


def test_images_share_the_layers_below(tmp_path: Path) -> None:
    document = result(many(tmp_path / "many", "one", "two"), tmp_path / "cache")
    one, two = (
        [layer["digest"] for layer in image["platforms"][0]["layers"]]
        for image in document["images"]
    )
    assert one[:-1] == two[:-1]
    assert one[-1] != two[-1]


def test_a_package_by_its_folder(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    document = result(project, tmp_path / "cache", "./cmd/two")
    assert [image["name"] for image in document["images"]] == ["two"]
    assert document["images"][0]["package"] == "example.com/many/cmd/two"


# platforms


def test_two_platforms_make_an_index(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    image = build(project, tmp_path, "--platform", "linux/amd64,linux/arm/v7")
    assert image.root.media_type == OCI_INDEX
    assert sorted(image.manifests) == ["linux/amd64", "linux/arm/v7"]
    arm = image.config("linux/arm/v7")
    assert (arm["architecture"], arm["variant"]) == ("arm", "v7")
    assert image.content("usr/local/bin/tiny", "linux/arm/v7")[18] == 40  # EM_ARM
    assert image.content("usr/local/bin/tiny", "linux/amd64")[18] == 62  # EM_X86_64
    (entry,) = Layout(project / "dist").entries()[:1]
    assert entry.annotations["org.opencontainers.image.ref.name"] == "tiny"


def test_a_level_of_the_processor(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--platform=linux/amd64/v3")
    assert image.config()["variant"] == "v3"
    assert b"GOAMD64=v3" in image.content("usr/local/bin/tiny")


# bases


def test_scratch_holds_the_binary_alone_when_it_needs_nothing(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--base=scratch")
    assert sorted(image.members()) == ["usr", "usr/local", "usr/local/bin", "usr/local/bin/tiny"]
    assert image.run()["WorkingDir"] == "/"


def test_scratch_holds_what_the_binary_needs(tmp_path: Path) -> None:
    image = build(example("assets", tmp_path / "assets"), tmp_path, "--base=scratch")
    members = image.members()
    assert "etc/ssl/certs/ca-certificates.crt" in members
    assert "usr/share/zoneinfo/Europe/Berlin" in members
    assert members["tmp"].mode == 0o1777


def test_scratch_with_what_is_asked_for(tmp_path: Path) -> None:
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--base=scratch", "--add=certificates")
    assert "etc/ssl/certs/ca-certificates.crt" in image.members()
    assert "etc/passwd" not in image.members()
    assert "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" in image.run()["Env"]


def inherits(run: dict[str, Any]) -> None:
    """Check that the config is the base's, changed as `FROM` and instructions would."""
    assert "BASE=yes" in run["Env"]
    assert "PATH=/usr/local/bin:/bin" in run["Env"]
    assert "OWN=1" in run["Env"]
    assert run["Labels"]["base.label"] == "kept"
    assert run["Labels"][TITLE + "title"] == "tiny"
    assert run["User"] == "65532:65532"
    assert "Cmd" not in run


def test_base_from_a_registry(tmp_path: Path, base_image: str, base_rootfs: Path) -> None:
    platforms = "--platform=linux/amd64,linux/arm64"
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--base", base_image, "--env=OWN=1", platforms)
    index = Layout(base_rootfs).resolve("base:1")
    for platform in ("linux/amd64", "linux/arm64"):
        inherits(image.run(platform))
        assert image.manifest(platform)["annotations"][BASE_NAME] == base_image
        assert image.manifest(platform)["annotations"][BASE_DIGEST] == index.digest
        assert "bin/busybox" in image.members(platform)
        created = [entry["created_by"] for entry in image.config(platform)["history"]]
        assert created == ["the root file system", "gotare: /usr/local/bin/tiny"]


def test_base_by_digest(tmp_path: Path, base_image: str, base_rootfs: Path) -> None:
    digest = Layout(base_rootfs).resolve("base:1").digest
    pinned = f"{base_image.rpartition(':')[0]}@{digest}"
    image = build(tiny(tmp_path / "tiny"), tmp_path, "--base", pinned)
    assert image.manifest()["annotations"][BASE_DIGEST] == digest


def test_base_of_a_layout(tmp_path: Path, base_rootfs: Path) -> None:
    project = tiny(tmp_path / "tiny")
    image = build(project, tmp_path, f"--base=oci:{base_rootfs}:base:1", "--env=OWN=1")
    inherits(run := image.run())
    assert image.manifest()["annotations"][BASE_DIGEST].startswith("sha256:")
    shutil.copytree(base_rootfs, project / "base")
    again = build(project, tmp_path, "--base=oci:base:base:1", "--env=OWN=1")
    assert again.run() == run
    assert again.manifest()["annotations"][BASE_NAME] == "oci:base:base:1"


def test_base_is_added_to_when_asked(tmp_path: Path, base_rootfs: Path) -> None:
    image = build(
        tiny(tmp_path / "tiny"), tmp_path, f"--base=oci:{base_rootfs}:base:1", "--add=zones"
    )
    assert "usr/share/zoneinfo/Europe/Berlin" in image.members()
    assert "bin/busybox" in image.members()


def test_base_has_not_the_platform(tmp_path: Path, base_rootfs: Path) -> None:
    project = tiny(tmp_path / "tiny")
    arguments = ["--platform=linux/s390x", f"--base=oci:{base_rootfs}:base:1"]
    done = gotare("build", "-C", project, *arguments, cache=tmp_path / "cache")
    done.failed(3, "no image for linux/s390x", "hint: it has: linux/amd64, linux/arm64")
    assert not (project / "dist").exists()


# several binaries, files


def test_several_binaries_in_one_image(tmp_path: Path) -> None:
    settings = """
images:
  tools:
    packages: [./cmd/one, example.com/many/cmd/two]
    args: [--help]
    user: nobody
  three:
    package: ./cmd/three
    base: scratch
"""
    project = write(many(tmp_path / "many", "one", "two", "three"), {"gotare.yaml": settings})
    document = result(project, tmp_path / "cache")
    images = images_of(project, document)
    assert list(images) == ["tools", "three"]
    members = images["tools"].members()
    assert {"usr/local/bin/one", "usr/local/bin/two"} <= set(members)
    assert "usr/local/bin/three" not in members
    assert images["tools"].run()["Entrypoint"] == ["/usr/local/bin/one"]
    assert images["tools"].run()["Cmd"] == ["--help"]
    assert images["tools"].run()["User"] == "65534:65534"
    packages = [f"example.com/many/cmd/{name}" for name in ("one", "two")]
    assert document["images"][0]["packages"] == packages
    assert "etc/passwd" not in images["three"].members()


FILES = """
files:
  - {source: conf, destination: /etc/app}
  - {source: run.sh, destination: /opt/}
  - {source: secret, destination: data/secret, mode: "0400", owner: "65532:100"}
workdir: /srv
"""


def test_files(tmp_path: Path) -> None:
    files = {
        "gotare.yaml": FILES,
        "conf/a.txt": "a",
        "conf/deep/b.txt": "b",
        "run.sh": "#!/bin/sh\n",
        "secret": "s",
    }
    project = tiny(tmp_path / "tiny", files)
    (project / "conf" / "link").symlink_to("deep/b.txt")
    (project / "run.sh").chmod(0o700)
    (project / "conf" / "a.txt").chmod(0o600)
    image = build(project, tmp_path)
    members = image.members()
    assert members["etc/app/a.txt"].mode == 0o644
    assert members["opt/run.sh"].mode == 0o755
    assert (members["etc/app/link"].issym(), members["etc/app/link"].linkname) == (
        True,
        "deep/b.txt",
    )
    secret = members["srv/data/secret"]
    assert (secret.mode, secret.uid, secret.gid) == (0o400, 65532, 100)
    assert image.content("etc/app/deep/b.txt") == b"b"
    assert {member.mtime for member in members.values()} == {0}
    assert {(member.uname, member.gname) for member in members.values()} == {("", "")}


@pytest.mark.parametrize(
    ("source", "link"),
    [("../outside", ""), ("inside", "../outside"), ("folder", "../../outside")],
    ids=["a path", "a link itself", "a link below"],
)
def test_files_outside_are_refused_unless_allowed(tmp_path: Path, source: str, link: str) -> None:
    mapping = f"files: [{{source: {source}, destination: /etc/x}}]\n"
    project = tiny(tmp_path / "tiny", {"gotare.yaml": mapping})
    (tmp_path / "outside").write_text("secret")
    if link:
        place = project / source / "link" if source == "folder" else project / source
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(link)
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    done.failed(3, "is outside the project", "hint: list the folder under allow:")
    assert not (project / "dist").exists()
    write(project, {"gotare.yaml": mapping + "allow: [..]\n"})
    assert build(project, tmp_path).members()["etc/x" + ("/link" if source == "folder" else "")]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": "files: [{source: a, destination: /a}]\n"})
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    done.failed(3, "files: a does not exist", f"hint: looked in {project}")


def test_files_over_the_binary_are_replaced_not_doubled(tmp_path: Path) -> None:
    mapping = "files: [{source: main.go, destination: /usr/local/bin/tiny}]\n"
    image = build(tiny(tmp_path / "tiny", {"gotare.yaml": mapping}), tmp_path)
    assert image.content("usr/local/bin/tiny").startswith(b"\x7fELF")  # the binary lies above


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
    assert "static  (the default" in done.out
    assert not (project / "dist").exists()
    told = gotare("build", "-C", project, "--dry-run", "--json", cache=tmp_path / "cache").json
    assert told["platforms"] == [str(HOST)]
    assert told["images"][0]["name"] == "tiny"
    assert told["images"][0]["run"]["entrypoint"] == ["/usr/local/bin/tiny"]
    assert {reason["decision"] for reason in told["reasons"]} >= {"base", "user", "created"}
