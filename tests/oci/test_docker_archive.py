"""Docker archives: round trips, engines that load them, formats of others, hostile ones."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import CorruptError, NotFoundError, StoreError, UsageError
from gotare.oci.compression import Compression
from gotare.oci.copy import copy
from gotare.oci.docker_archive import DockerArchive, DockerArchiveWriter
from gotare.oci.docker_image import familiar
from gotare.oci.store import read_all
from gotare.oci.types import (
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    Descriptor,
    Platform,
    encode,
)
from tests import engine as engines
from tests.oci.engines import need, podman_command, unique_name
from tests.oci.images import (
    FILES,
    Memory,
    compress,
    config_of,
    contents_of,
    manifest_of,
    tiny_config,
    tiny_image,
    tiny_index,
    tiny_referrer,
    tiny_tar,
)
from tests.oci.test_archive import Raw, assert_nothing_left, member, write_tar

TWO = [FILES, {"etc/two": b"2\n" * 5000}]


def write_archive(path: Path, source: Memory, *names: str) -> Path:
    """Write the named images of a store into a Docker archive."""
    with DockerArchiveWriter(path) as sink:
        for name in names:
            copy(source, source.names[name], sink, [name])
    return path


def saved(
    path: Path,
    layers: list[bytes],
    *,
    names: list[str] | None = None,
    files: list[str] | None = None,
    config: bytes | None = None,
    extra: list[Raw] | None = None,
) -> Path:
    """Write an archive as `docker save` does: layers in folders, uncompressed."""
    diff_ids = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
    config = tiny_config(diff_ids) if config is None else config
    files = files or [f"layer{number}/layer.tar" for number in range(len(layers))]
    entry = {"Config": "config.json", "RepoTags": names, "Layers": files}
    members = [member("config.json", config), member("manifest.json", encode([entry]))]
    members += [member(name, content) for name, content in zip(files, layers, strict=False)]
    return write_tar(path, members + (extra or []))


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_config_and_layers_come_back(tmp_path: Path, compression: str) -> None:
    source, back = Memory(), Memory()
    image = tiny_image(source, name="app:1", layers=TWO, compression=compression)
    path = write_archive(tmp_path / "app.tar", source, "app:1")
    with DockerArchive.open(path) as archive:
        root = archive.resolve("app:1")
        copy(archive, root, back, ["app:1"])
        assert archive.referrers(root) == ()
    assert config_of(back, root) == config_of(source, image)
    assert contents_of(back, root) == contents_of(source, image)
    kept = compression != "zstd"
    assert (manifest_of(back, root)["layers"] == manifest_of(source, image)["layers"]) == kept
    assert_nothing_left(tmp_path, "app.tar")


def test_the_same_images_give_the_same_bytes_and_share_layers(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="app:1", layers=[FILES, FILES])
    tiny_image(source, name="app:2", layers=[FILES], annotations={"a": "b"})
    one = write_archive(tmp_path / "one.tar", source, "app:1", "app:2")
    two = write_archive(tmp_path / "two.tar", source, "app:2", "app:1")
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as archive:
        names = archive.getnames()
        assert {(m.mtime, m.uid, m.gid, m.mode) for m in archive} == {(0, 0, 0, 0o644)}
    assert sum(name.endswith(".tar.gz") for name in names) == 1
    assert len(names) == len(set(names)) == 4


def test_names_are_written_as_engines_show_them(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source)
    with DockerArchiveWriter(tmp_path / "app.tar") as sink:
        copy(source, image, sink, ["ghcr.io/me/app:1", "docker.io/library/app", "me/app:2"])
    with tarfile.open(tmp_path / "app.tar") as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        (entry,) = json.load(manifest)
    assert entry["RepoTags"] == ["app:latest", "ghcr.io/me/app:1", "me/app:2"]
    with DockerArchive.open(tmp_path / "app.tar") as read:
        roots = {read.resolve(name).digest for name in ("app", "docker.io/me/app:2", "@0", "")}
        assert len(roots) == 1


def test_without_a_name_it_has_no_tags(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source)
    with DockerArchiveWriter(tmp_path / "app.tar") as sink:
        copy(source, image, sink)
    with DockerArchive.open(tmp_path / "app.tar") as read:
        assert read.resolve("")
        with pytest.raises(NotFoundError, match="no image 'app'"):
            read.resolve("app")


def test_a_digest_is_no_name() -> None:
    with pytest.raises(UsageError, match="no name"):
        familiar("app@sha256:" + "0" * 64)


@given(st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}(:[A-Za-z0-9_]{1,8})?", fullmatch=True))
def test_the_familiar_name_is_a_fixed_point(name: str) -> None:
    assert familiar(familiar(name)) == familiar(name)
    assert familiar(f"docker.io/{name}") == familiar(name)


def test_one_of_an_index_needs_a_platform(tmp_path: Path) -> None:
    source = Memory()
    index = tiny_index(source, name="app")
    with pytest.raises(UsageError, match="takes one"):
        write_archive(tmp_path / "app.tar", source, "app")
    assert_nothing_left(tmp_path)
    with DockerArchiveWriter(tmp_path / "app.tar") as sink:
        copy(source, index, sink, ["app"], platforms=[Platform("linux", "arm64")])
    with DockerArchive.open(tmp_path / "app.tar") as read:
        assert json.loads(config_of(read, read.resolve("app")))["architecture"] == "arm64"


def test_an_artifact_is_refused_before_anything_moves(tmp_path: Path) -> None:
    source = Memory()
    sbom = tiny_referrer(source, tiny_image(source))
    path = tmp_path / "app.tar"
    with (
        pytest.raises(StoreError, match="not an image that an engine can load") as caught,
        DockerArchiveWriter(path) as sink,
    ):
        copy(source, sbom, sink, ["app"])
    assert caught.value.hint
    assert_nothing_left(tmp_path)


def test_a_missing_layer_is_told(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source, name="app")
    path = tmp_path / "app.tar"
    with pytest.raises(StoreError, match="would lack"), DockerArchiveWriter(path) as sink:
        sink.tag(image, read_all(source, image), "app")
    with pytest.raises(StoreError, match="no image to write"), DockerArchiveWriter(path):
        pass
    assert_nothing_left(tmp_path)


def test_broken_zstd_is_refused(tmp_path: Path) -> None:
    source = Memory()
    layer = Descriptor(OCI_LAYER_ZSTD, "sha256:" + hashlib.sha256(b"bad").hexdigest(), 3)
    with pytest.raises(CorruptError, match="zstd"), DockerArchiveWriter(tmp_path / "a.tar") as sink:
        sink.push(layer, io.BytesIO(b"bad"))
    assert source.blobs == {}
    assert_nothing_left(tmp_path)


# what others write


def test_uncompressed_layers_are_exposed_by_their_diff_id(tmp_path: Path) -> None:
    layers = [tiny_tar(files) for files in TWO]
    path = saved(tmp_path / "saved.tar", layers, names=["app:1"])
    with DockerArchive.open(path) as archive:
        root = archive.resolve("app:1")
        found = [Descriptor.from_json(layer) for layer in manifest_of(archive, root)["layers"]]
        assert [layer.media_type for layer in found] == [OCI_LAYER] * 2
        assert [read_all(archive, layer) for layer in found] == layers


def test_layers_are_compressed_for_stores_that_keep_them(tmp_path: Path) -> None:
    layers = [tiny_tar(files) for files in TWO]
    path = saved(tmp_path / "saved.tar", layers, names=["app:1"])
    digests = set()
    for _ in range(2):
        back = Memory()
        with DockerArchive.open(path, Compression()) as archive:
            root = archive.resolve("app:1")
            copy(archive, root, back)
        digests.add(root.digest)
        assert contents_of(back, root) == layers
        kinds = {layer["mediaType"] for layer in manifest_of(back, root)["layers"]}
        assert kinds == {OCI_LAYER_GZIP}
    assert len(digests) == 1


def test_compressed_layers_are_exposed_as_they_are(tmp_path: Path) -> None:
    tar = tiny_tar(FILES)
    config = tiny_config(["sha256:" + hashlib.sha256(tar).hexdigest()] * 2)
    blobs = [compress(tar, "gzip"), compress(tar, "zstd")]
    path = saved(tmp_path / "saved.tar", blobs, config=config)
    with DockerArchive.open(path, Compression()) as archive:
        layers = manifest_of(archive, archive.resolve(""))["layers"]
        assert [layer["mediaType"] for layer in layers] == [OCI_LAYER_GZIP, OCI_LAYER_ZSTD]
        assert [read_all(archive, Descriptor.from_json(layer)) for layer in layers] == blobs


@pytest.mark.parametrize(
    ("kind", "link"),
    [(tarfile.SYMTYPE, "../layer0/layer.tar"), (tarfile.LNKTYPE, "layer0/layer.tar")],
)
def test_repeated_layers_may_be_links(tmp_path: Path, kind: bytes, link: str) -> None:
    tar = tiny_tar(FILES)
    extra = [member("layer1/layer.tar", kind=kind, link=link)]
    path = saved(
        tmp_path / "saved.tar",
        [tar],
        files=["layer0/layer.tar", "layer1/layer.tar"],
        config=tiny_config(["sha256:" + hashlib.sha256(tar).hexdigest()] * 2),
        extra=extra,
    )
    with DockerArchive.open(path) as archive:
        assert contents_of(archive, archive.resolve("")) == [tar, tar]


def test_a_compressed_archive_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "saved.tar", [tiny_tar(FILES)])
    (tmp_path / "saved.tar.gz").write_bytes(gzip.compress(path.read_bytes()))
    with DockerArchive.open(path) as one, DockerArchive.open(tmp_path / "saved.tar.gz") as two:
        assert one.resolve("") == two.resolve("")


def test_one_of_several_images_must_be_named(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="app:1")
    tiny_image(source, name="app:2", layers=TWO)
    path = write_archive(tmp_path / "app.tar", source, "app:1", "app:2")
    with DockerArchive.open(path) as archive:
        with pytest.raises(NotFoundError, match="holds 2 images") as caught:
            archive.resolve("")
        assert caught.value.hint == "name one of: app:1, app:2"
        assert archive.resolve("@1") == archive.resolve("app:2")
        config = manifest_of(archive, archive.resolve("app:2"))["config"]["digest"]
        assert archive.resolve(config) == archive.resolve("app:2")
        for absent in ("@2", "app:3", "sha256:" + "0" * 64, "Not A Name"):
            with pytest.raises(NotFoundError):
                archive.resolve(absent)
        with pytest.raises(NotFoundError):
            read_all(archive, Descriptor("text/plain", "sha256:" + "0" * 64, 1))


# hostile ones


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"{}", "not a list"),
        (b"[", "not JSON"),
        (b"[1]", "not an image"),
        (b'[{"Config":1}]', "wrong type"),
        (b'[{"Config":"c","Layers":"x"}]', "wrong type"),
        (b'[{"Config":"c","RepoTags":[1]}]', "wrong type"),
    ],
)
def test_broken_listings_are_refused(tmp_path: Path, document: bytes, message: str) -> None:
    path = write_tar(tmp_path / "bad.tar", [member("manifest.json", document)])
    with pytest.raises(CorruptError, match=message):
        DockerArchive.open(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"config": b"[]"}, "not a JSON object"),
        ({"config": b'{"rootfs":{"diff_ids":{}}}'}, "not a list"),
        ({"config": b'{"rootfs":{"diff_ids":["x"]}}'}, "not a sha256"),
        ({"config": b"{}"}, "lists 1 layers, config.json has 0"),
        ({"files": ["../../etc/shadow"]}, "climbs out"),
        ({"files": ["/etc/shadow"]}, "climbs out"),
    ],
)
def test_hostile_archives_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    with (
        pytest.raises(CorruptError, match=message),
        DockerArchive.open(saved(tmp_path / "bad.tar", [tiny_tar(FILES)], **change)) as archive,
    ):
        archive.resolve("")


@pytest.mark.parametrize(
    ("link", "message"),
    [("../../../etc/shadow", "climbs out"), ("/etc/shadow", "climbs out"), ("layer.tar", "round")],
)
def test_links_that_lead_elsewhere_are_refused(tmp_path: Path, link: str, message: str) -> None:
    bad = member("a/layer.tar", kind=tarfile.SYMTYPE, link=link)
    config = tiny_config(["sha256:" + "0" * 64])
    path = saved(tmp_path / "bad.tar", [], files=["a/layer.tar"], config=config, extra=[bad])
    with DockerArchive.open(path) as archive, pytest.raises(CorruptError, match=message):
        archive.resolve("")


@pytest.mark.parametrize("algorithm", ["none", "gzip"])
def test_a_layer_that_is_not_its_diff_id_is_found(tmp_path: Path, algorithm: str) -> None:
    config = tiny_config(["sha256:" + "0" * 64])
    path = saved(tmp_path / "bad.tar", [tiny_tar(FILES)], config=config)
    with (
        DockerArchive.open(path, Compression.parse(algorithm)) as archive,
        pytest.raises(CorruptError, match="has the digest"),
    ):
        copy(archive, archive.resolve(""), Memory())


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "bad.tar", [], files=["absent"], config=tiny_config(["sha256:" + "0" * 64])
    )
    with (
        DockerArchive.open(path) as archive,
        pytest.raises(NotFoundError, match="holds no 'absent'"),
    ):
        archive.resolve("")


def test_an_oci_archive_is_pointed_to(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "oci.tar", [member("index.json", b"{}")])
    with pytest.raises(CorruptError, match=r"no manifest\.json") as caught:
        DockerArchive.open(path)
    assert caught.value.hint == f"it is an OCI archive: oci-archive:{path}"


# others read it


def test_skopeo_reads_it_and_we_read_what_skopeo_writes(tmp_path: Path) -> None:
    need("skopeo")
    source = Memory()
    image = tiny_image(source, name="app:1", layers=TWO)
    ours = write_archive(tmp_path / "ours.tar", source, "app:1")
    shown = subprocess.run(
        ["skopeo", "inspect", "--config", "--raw", f"docker-archive:{ours}:app:1"],
        capture_output=True,
        check=True,
    )
    assert shown.stdout == config_of(source, image)
    theirs = tmp_path / "theirs.tar"
    copying = ["skopeo", "copy", "-q", "--insecure-policy", f"docker-archive:{ours}:app:1"]
    subprocess.run([*copying, f"docker-archive:{theirs}:app:2"], check=True)
    with DockerArchive.open(theirs) as archive:
        root = archive.resolve("app:2")
        assert config_of(archive, root) == config_of(source, image)
        assert contents_of(archive, root) == contents_of(source, image)


@pytest.mark.engine
@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_docker_loads_it_and_we_read_what_docker_saves(
    tmp_path: Path, engine: engines.Engine, compression: str
) -> None:
    source, back = Memory(), Memory()
    # noise, so that the engine cannot have the layers from another run
    layers = [FILES, {"noise": os.urandom(2000)}, FILES]
    with engine.image(unique_name("load")) as name:
        image = tiny_image(source, name=name, layers=layers, compression=compression)
        engine.docker("load", "-i", write_archive(tmp_path / "app.tar", source, name))
        engine.docker("save", "-o", tmp_path / "saved.tar", name)
    with DockerArchive.open(tmp_path / "saved.tar") as archive:
        root = archive.resolve(name)
        copy(archive, root, back)
    assert config_of(back, root) == config_of(source, image)
    assert contents_of(back, root) == contents_of(source, image)


def test_podman_loads_it(tmp_path: Path) -> None:
    source, name = Memory(), unique_name("podman")
    image = tiny_image(source, name=name, layers=TWO)
    path = write_archive(tmp_path / "app.tar", source, name)
    with podman_command() as podman:
        subprocess.run([*podman, "load", "-i", str(path)], check=True, capture_output=True)
        inspect = [*podman, "image", "inspect", name]
        shown = subprocess.run(inspect, check=True, capture_output=True)
    config = manifest_of(source, image)["config"]["digest"]
    assert "sha256:" + json.loads(shown.stdout)[0]["Id"] == config
