"""Parts of an index: by platform, with their attestations, or the only image there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotare.errors import NotFoundError, UsageError
from gotare.oci.copy import copy
from gotare.oci.types import Platform, digest_of
from tests.oci.images import (
    Memory,
    index_of,
    manifest_of,
    tiny_image,
    tiny_index,
    tiny_referrer,
)

ARM64, AMD64 = Platform("linux", "arm64"), Platform("linux", "amd64")


class OneImageMemory(Memory):
    """A sink that takes one image."""

    expected: bytes = b""

    def expect(self, manifest: bytes) -> None:
        """Remember the manifest."""
        self.expected = manifest


def test_one_platform_is_the_image_itself() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    result = copy(source, index, sink, ["app"], platforms=[ARM64])
    assert result.descriptor.digest == manifest_of(source, index)["manifests"][1]["digest"]
    assert index.digest not in sink.blobs


def test_two_platforms_of_three_make_a_smaller_index() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source, ["linux/amd64", "linux/arm64", "linux/s390x"])
    result = copy(source, index, sink, ["app"], platforms=[ARM64, AMD64])
    assert result.descriptor.digest != index.digest
    entries = manifest_of(source, index)["manifests"]
    assert manifest_of(sink, result.descriptor)["manifests"] == entries[:2]
    assert entries[2]["digest"] not in sink.blobs
    assert result.descriptor.digest not in source.blobs


def test_all_platforms_are_the_index_itself() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    assert copy(source, index, sink, platforms=[ARM64, AMD64]).descriptor == index


def test_the_best_variant_that_runs_is_taken() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source, ["linux/amd64", "linux/amd64/v3", "linux/amd64/v2"])
    wanted = [Platform.parse("linux/amd64/v4")]
    result = copy(source, index, sink, platforms=wanted)
    assert result.descriptor.platform == Platform("linux", "amd64", "v3")


def test_attestations_follow_their_image() -> None:
    source, sink = Memory(), Memory()
    images = [tiny_image(source, platform=p, layers=[{str(p): b""}]) for p in (AMD64, ARM64)]
    images.append(tiny_image(source, platform=Platform("linux", "s390x"), layers=[{"s": b""}]))
    nowhere = Platform("unknown", "unknown")
    attested = [
        replace(
            tiny_image(source, platform=nowhere, layers=[{"about": image.digest.encode()}]),
            annotations={"vnd.docker.reference.digest": image.digest},
        )
        for image in images
    ]
    index = index_of(source, images + attested)
    result = copy(source, index, sink, platforms=[AMD64, ARM64])
    kept = [entry["digest"] for entry in manifest_of(sink, result.descriptor)["manifests"]]
    assert kept == [d.digest for d in (*images[:2], *attested[:2])]


def test_an_absent_platform_is_refused_with_what_there_is() -> None:
    source = Memory()
    index = tiny_index(source)
    with pytest.raises(NotFoundError, match="no image for linux/riscv64") as caught:
        copy(source, index, Memory(), platforms=[Platform("linux", "riscv64")])
    assert caught.value.hint == "it has: linux/amd64, linux/arm64"


def test_an_image_of_another_platform_is_refused() -> None:
    source = Memory()
    image = tiny_image(source)
    assert copy(source, image, Memory(), platforms=[AMD64]).descriptor == image
    with pytest.raises(NotFoundError, match="is for linux/amd64, not for linux/arm64"):
        copy(source, image, Memory(), platforms=[ARM64])


def test_a_sink_for_one_image_needs_one_platform() -> None:
    source, sink = Memory(), OneImageMemory()
    index = tiny_index(source)
    with pytest.raises(UsageError, match="holds 2 images") as caught:
        copy(source, index, sink, ["app"])
    assert caught.value.hint == "choose one with --platform: linux/amd64, linux/arm64"
    assert sink.log == []
    with pytest.raises(UsageError, match="holds 2 images"):
        copy(source, index, sink, ["app"], platforms=[AMD64, ARM64])
    result = copy(source, index, sink, ["app"], platforms=[ARM64])
    assert digest_of(sink.expected) == result.descriptor.digest


def test_a_sink_for_one_image_takes_the_only_one_without_referrers() -> None:
    source, sink = Memory(), OneImageMemory()
    image = tiny_image(source)
    sbom = tiny_referrer(source, image)
    copy(source, index_of(source, [image]), sink, ["app"])
    assert sink.names["app"].digest == image.digest
    assert sbom.digest not in sink.blobs


def test_an_index_of_no_images_does_not_fit_one_image() -> None:
    source = Memory()
    with pytest.raises(UsageError, match="holds 0 images"):
        copy(source, index_of(source, []), OneImageMemory())
