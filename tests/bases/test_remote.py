"""Base images: chosen from an index, read once, pinned, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotare.bases.remote import CachedSource, RemoteBase
from gotare.errors import BaseError, CorruptError, NotFoundError, RegistryError
from gotare.oci.blobs import BlobStore
from gotare.oci.store import read_all
from gotare.oci.types import MAX_MANIFEST, Descriptor, Platform
from tests.oci.images import Memory, index_of, manifest_of, tiny_image, tiny_index

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


class Listener:
    """Keeps warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        """Drop it."""

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Drop it."""

    def warn(self, message: str) -> None:
        """Keep it."""
        self.warnings.append(message)


class Unreachable(Memory):
    """A registry that answers with a status, or 0 for not at all."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def resolve(self, name: str) -> Descriptor:
        """Fail."""
        raise RegistryError("no answer", status=self.status)


def base_of(source: Memory, tmp_path: Path, listener: Listener | None = None) -> RemoteBase:
    """Open base:1."""
    blobs = BlobStore(tmp_path / "blobs")
    heard = listener or Listener()
    return RemoteBase("example.com/base:1", source, "base:1", blobs, tmp_path / "memory", heard)


@pytest.mark.parametrize(
    ("there", "wanted", "chosen"),
    [
        (["linux/amd64", "linux/arm64"], "linux/arm64", "linux/arm64"),
        (["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7", "linux/arm/v7"),
        (["linux/arm/v6", "linux/arm/v5"], "linux/arm/v7", "linux/arm/v6"),
        (["linux/amd64", "linux/amd64/v2"], "linux/amd64/v3", "linux/amd64/v2"),
        (["linux/arm64/v8", "linux/amd64"], "linux/arm64", "linux/arm64"),
    ],
)
def test_the_best_platform_is_chosen(
    tmp_path: Path, there: list[str], wanted: str, chosen: str
) -> None:
    source = Memory()
    index = tiny_index(source, there, name="base:1")
    image = base_of(source, tmp_path).image(Platform.parse(wanted))
    assert image.digest == index.digest
    assert str(image.manifest.platform and image.manifest.platform.normal) == chosen
    assert len(image.layers) == len(image.config["rootfs"]["diff_ids"])


def test_no_platform_fits(tmp_path: Path) -> None:
    source = Memory()
    tiny_index(source, ["linux/amd64", "linux/arm/v7"], name="base:1")
    base = base_of(source, tmp_path)
    for wanted in ("linux/s390x", "linux/arm/v6"):
        with pytest.raises(BaseError, match=f"no image for {wanted}") as error:
            base.image(Platform.parse(wanted))
        assert error.value.hint == "it has: linux/amd64, linux/arm/v7"


def test_one_image_for_one_platform(tmp_path: Path) -> None:
    source = Memory()
    manifest = tiny_image(source, name="base:1")
    base = base_of(source, tmp_path)
    assert base.image(AMD64).digest == manifest.digest
    with pytest.raises(BaseError, match="is for linux/amd64, not linux/arm64"):
        base.image(ARM64)


def test_an_index_of_indexes(tmp_path: Path) -> None:
    source = Memory()
    inner = tiny_index(source)
    index_of(source, [inner], name="base:1")
    image = base_of(source, tmp_path).image(ARM64)
    assert image.config["architecture"] == "arm64"


def test_everything_is_read_once(tmp_path: Path) -> None:
    source = Memory()
    tiny_index(source, name="base:1")
    first = base_of(source, tmp_path).image(AMD64)
    asked = len(source.log)
    assert base_of(source, tmp_path).image(AMD64) == first
    assert len(source.log) == asked


def test_what_the_cache_has_damaged_is_fetched_again(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="base:1")
    first = base_of(source, tmp_path).image(AMD64)
    for path in (tmp_path / "blobs" / "sha256").iterdir():
        path.write_bytes(bytes(path.stat().st_size))
    assert base_of(source, tmp_path).image(AMD64) == first


def test_a_layer_comes_through_the_cache(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source, name="base:1")
    layer = Descriptor.from_json(manifest_of(source, image)["layers"][0])
    cached = CachedSource(BlobStore(tmp_path), source)
    assert read_all(cached, layer) == source.blobs[layer.digest]
    source.blobs.clear()
    assert len(read_all(cached, layer)) == layer.size
    assert cached.referrers(image) == ()


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_out_of_reach_it_is_the_last_known(tmp_path: Path, status: int) -> None:
    source, listener = Memory(), Listener()
    index = tiny_index(source, name="base:1")
    base_of(source, tmp_path).image(AMD64)
    base = base_of(Unreachable(status), tmp_path, listener)
    assert base.descriptor.digest == index.digest
    assert base.image(AMD64).config["architecture"] == "amd64"
    (warning,) = listener.warnings
    assert index.digest in warning and "cannot be reached" in warning


@pytest.mark.parametrize("status", [401, 403, 400])
def test_a_refusal_is_not_passed_over(tmp_path: Path, status: int) -> None:
    source = Memory()
    tiny_index(source, name="base:1")
    base_of(source, tmp_path)
    with pytest.raises(RegistryError):
        base_of(Unreachable(status), tmp_path)


def test_out_of_reach_and_never_seen(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no answer"):
        base_of(Unreachable(0), tmp_path)


def test_a_memory_that_is_damaged_is_none(tmp_path: Path) -> None:
    source = Memory()
    tiny_index(source, name="base:1")
    base_of(source, tmp_path)
    (memory,) = (tmp_path / "memory").iterdir()
    for content in (b"", b"{", b"[]", b'{"digest": 1}'):
        memory.write_bytes(content)
        with pytest.raises(RegistryError, match="no answer"):
            base_of(Unreachable(0), tmp_path)


def test_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"no base image example\.com/base:1"):
        base_of(Memory(), tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": None}, "the manifest of example.com/base:1 is damaged"),
        ({"config": 5}, "is damaged"),
        ({"layers": [5]}, "is damaged"),
        ({"layers": 5}, "is damaged"),
        ({"layers": []}, "has 0 layers but 1 diff IDs"),
    ],
)
def test_manifests_that_are_none(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    from gotare.oci.types import OCI_MANIFEST, describe, encode

    source = Memory()
    document = {**manifest_of(source, tiny_image(source)), **changes}
    content = encode(document)
    descriptor = describe(content, OCI_MANIFEST)
    source.blobs[descriptor.digest] = content
    source.names["base:1"] = descriptor
    with pytest.raises(BaseError, match=message):
        base_of(source, tmp_path).image(AMD64)


def test_a_manifest_that_is_too_large(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source)
    source.names["base:1"] = Descriptor(image.media_type, image.digest, MAX_MANIFEST + 1)
    with pytest.raises(CorruptError, match="larger than"):
        base_of(source, tmp_path).image(AMD64)


def test_a_blob_that_is_gone(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source, name="base:1")
    del source.blobs[image.digest]
    with pytest.raises(NotFoundError):
        base_of(source, tmp_path).image(AMD64)


def test_what_is_no_image(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source)
    source.names["base:1"] = Descriptor("application/vnd.example", image.digest, image.size)
    with pytest.raises(BaseError, match=r"not an image but application/vnd\.example"):
        base_of(source, tmp_path).image(AMD64)
