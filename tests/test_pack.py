"""Layers of an image: what goes into which, in which order, and what is refused."""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.bases.composed import PARTS
from gotare.cache import Cache
from gotare.errors import ProjectError
from gotare.golang.flags import BuildFlags
from gotare.oci.compression import Compression
from gotare.oci.image import RunSettings
from gotare.oci.layer import Layer
from gotare.oci.types import Platform
from gotare.pack import Packed, Packer
from gotare.plan import ImagePlan
from gotare.settings import ADDITIONS, FileMapping
from tests.oci.images import _decompress

AMD64 = Platform("linux", "amd64")
IMAGE = ImagePlan(
    name="app",
    packages=("example.com/app",),
    binaries=("app",),
    base="static",
    add=ADDITIONS,
    run=RunSettings(("/usr/local/bin/app",)),
    files=(),
    allow=(),
    annotations={},
    tags=(),
    flags=BuildFlags(),
    go_env={},
    imports_tls=False,
)
BARE = replace(IMAGE, base="scratch", add=())


@pytest.fixture
def packer(tmp_path: Path) -> Packer:
    return Packer(Cache(tmp_path / "cache"), Compression.parse("gzip"), docker=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app").write_bytes(b"#!not an ELF file, and therefore not dynamic\n" * 1000)
    return folder


def pack(packer: Packer, image: ImagePlan, root: Path) -> Packed:
    """Pack with the one binary."""
    return packer.pack(image, AMD64, {"app": root / "app"}, root)


def names(packer: Packer, layer: Layer) -> dict[str, tarfile.TarInfo]:
    """Return the members of a layer."""
    content = _decompress(packer.cache.blobs.path(layer.descriptor.digest).read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: member for member in archive}


def assets(packer: Packer, root: Path, *files: FileMapping, allow: tuple[str, ...] = ()) -> list[str]:  # fmt: skip  # noqa: E501
    """Return what a mapping puts into the assets' layer, without folders above."""
    image = replace(BARE, base="other", files=files, allow=allow)
    (layer,) = [layer for layer in pack(packer, image, root).layers if layer.kind == "assets"]
    return sorted(names(packer, layer))


def test_the_order_is_by_rate_of_change(packer: Packer, root: Path) -> None:
    (root / "a.txt").touch()
    image = replace(IMAGE, files=(FileMapping("a.txt", "/etc/a"),))
    packed = pack(packer, image, root)
    assert [layer.kind for layer in packed.layers] == [*PARTS, "assets", "binary"]
    assert packed.parts == tuple(PARTS)


def test_what_is_empty_is_left_out(packer: Packer, root: Path) -> None:
    packed = pack(packer, BARE, root)
    assert [layer.kind for layer in packed.layers] == ["binary"]
    assert packed.layers[0].created_by == "gotare: /usr/local/bin/app"


def test_folders_above_are_listed_over_a_composed_base_only(packer: Packer, root: Path) -> None:
    (own,) = pack(packer, BARE, root).layers
    assert list(names(packer, own)) == ["usr", "usr/local", "usr/local/bin", "usr/local/bin/app"]
    (other,) = pack(packer, replace(BARE, base="debian:12"), root).layers
    assert list(names(packer, other)) == ["usr/local/bin/app"]


def test_the_second_time_all_is_reused(packer: Packer, root: Path) -> None:
    first = pack(packer, IMAGE, root)
    second = pack(packer, IMAGE, root)
    assert [layer.descriptor for layer in first.layers] == [
        layer.descriptor for layer in second.layers
    ]
    assert [layer.reused for layer in first.layers] == [False] * 5
    assert [layer.reused for layer in second.layers] == [True] * 5


def test_only_what_changed_is_made_again(packer: Packer, root: Path) -> None:
    first = pack(packer, IMAGE, root)
    (root / "app").write_bytes(b"edited")
    second = pack(packer, IMAGE, root)
    same = [a.descriptor == b.descriptor for a, b in zip(first.layers, second.layers, strict=True)]
    assert same == [True, True, True, True, False]


def test_owners_modes_and_times_are_normal(packer: Packer, root: Path) -> None:
    (root / "app").chmod(0o600)
    (layer,) = pack(packer, BARE, root).layers
    member = names(packer, layer)["usr/local/bin/app"]
    assert (member.mode, member.uid, member.gid, member.mtime) == (0o755, 0, 0, 0)


def test_a_folder_into_the_root(packer: Packer, root: Path) -> None:
    (root / "tree" / "etc").mkdir(parents=True)
    (root / "tree" / "etc" / "a").touch()
    assert assets(packer, root, FileMapping("tree", "/")) == ["etc", "etc/a"]


def test_a_later_mapping_replaces_an_earlier_one(packer: Packer, root: Path) -> None:
    for name in ("one", "two"):
        (root / name).mkdir()
        (root / name / "same").write_text(name)
        (root / name / name).touch()
    files = (FileMapping("one", "/d"), FileMapping("two", "/d"))
    assert assets(packer, root, *files) == ["d", "d/one", "d/same", "d/two"]
    image = replace(BARE, files=files)
    layer = pack(packer, image, root).layers[0]
    assert names(packer, layer)["d/same"].size == 3
    content = _decompress(packer.cache.blobs.path(layer.descriptor.digest).read_bytes())
    assert b"two" in content


def test_links_are_kept(packer: Packer, root: Path) -> None:
    (root / "d" / "deep").mkdir(parents=True)
    (root / "d" / "a").write_text("a")
    (root / "d" / "near").symlink_to("a")
    (root / "d" / "deep" / "up").symlink_to("../a")
    (root / "d" / "absolute").symlink_to("/etc/passwd")
    (root / "d" / "dangling").symlink_to("nowhere")
    image = replace(BARE, files=(FileMapping("d", "/d"),))
    found = names(packer, pack(packer, image, root).layers[0])
    links = {name: member.linkname for name, member in found.items() if member.issym()}
    assert links == {
        "d/absolute": "/etc/passwd",
        "d/dangling": "nowhere",
        "d/deep/up": "../a",
        "d/near": "a",
    }


@pytest.mark.parametrize("link", ["../outside", "x/../../outside", "../project/../outside"])
def test_links_that_climb_out_are_refused(packer: Packer, root: Path, link: str) -> None:
    (root / "d").mkdir()
    (root.parent / "outside").touch()
    (root / "d" / "link").symlink_to("../" + link)
    with pytest.raises(ProjectError, match="outside the project") as error:
        assets(packer, root, FileMapping("d", "/d"))
    assert error.value.hint and "allow" in error.value.hint
    assert assets(packer, root, FileMapping("d", "/d"), allow=("..",)) == ["d", "d/link"]


def test_what_is_no_file_is_refused(packer: Packer, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(ProjectError, match="not a file, folder or symlink"):
        assets(packer, root, FileMapping("pipe", "/pipe"))
    with pytest.raises(ProjectError, match="none does not exist"):
        assets(packer, root, FileMapping("none", "/none"))


def test_another_compression_is_another_layer_with_the_same_content(
    tmp_path: Path, root: Path
) -> None:
    cache = Cache(tmp_path / "cache")
    layers = [
        pack(Packer(cache, Compression.parse(name), docker=False), BARE, root).layers[0]
        for name in ("gzip", "gzip:9", "zstd", "none")
    ]
    assert len({layer.diff_id for layer in layers}) == 1
    assert len({layer.descriptor.digest for layer in layers}) == 4


@pytest.mark.parametrize("destination", ["", "/file"], ids=["a folder", "a file in it"])
def test_files_in_tmp_and_at_home_leave_these_folders_as_they_are(
    packer: Packer, root: Path, destination: str
) -> None:
    (root / "d").mkdir()
    (root / "d" / "file").touch()
    source = "d/file" if destination else "d"
    places = ("/tmp", "/home/nonroot")
    files = tuple(FileMapping(source, place + destination) for place in places)
    packed = pack(packer, replace(IMAGE, files=files), root)
    (layer,) = [layer for layer in packed.layers if layer.kind == "assets"]
    found = names(packer, layer)
    assert found["tmp"].mode == 0o1777
    assert (found["home/nonroot"].mode, found["home/nonroot"].uid) == (0o700, 65532)
    assert found["home"].mode == 0o755
    assert found["tmp/file"].mode == 0o644
