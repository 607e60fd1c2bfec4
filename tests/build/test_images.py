"""What is in the images that `gotare build` makes of whole projects."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gotare.oci.layout import Layout
from gotare.oci.types import OCI_INDEX
from tests.build.commits import BASE_DIGEST, BASE_NAME, TITLE
from tests.build.projects import example, many, tiny, write
from tests.build.run import build, gotare, images_of, result

pytestmark = pytest.mark.usefixtures("go")

AMD64 = "linux/amd64"


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
    assert BASE_NAME not in again.manifest()["annotations"]
    assert again.root.digest == image.root.digest  # wherever the layout lies


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
