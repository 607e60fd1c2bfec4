"""Descriptors and platforms: what is read survives, what is wrong is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import CorruptError, PlatformError
from gotare.oci.types import (
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    check_digest,
    decode,
    describe,
    digest_of,
    encode,
)

DIGEST = "sha256:" + "ab" * 32
WHOLE: dict[str, Any] = {
    "mediaType": OCI_MANIFEST,
    "digest": DIGEST,
    "size": 7,
    "artifactType": "a/b",
    "platform": {"architecture": "arm", "os": "linux", "variant": "v7"},
    "annotations": {"a": "1", "b": "2"},
    "urls": ["https://example.com"],
    "x-unknown": {"deep": [1]},
}


def test_every_field_survives() -> None:
    descriptor = Descriptor.from_json(WHOLE)
    assert descriptor.json() == WHOLE
    assert descriptor.platform == Platform("linux", "arm", "v7")
    assert descriptor.is_manifest
    assert not descriptor.is_index
    assert Descriptor(OCI_INDEX, DIGEST, 1).is_index


@pytest.mark.parametrize(
    "change",
    [
        *({"size": -1}, {"size": "7"}, {"size": True}, {"size": 1.5}, {"size": None}),
        *({"digest": "sha256:AB"}, {"digest": "md5:" + "a" * 32}, {"digest": None}),
        *({"digest": "sha256:../../x"}, {"mediaType": None}, {"mediaType": 1}),
    ],
)
def test_wrong_descriptors_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CorruptError):
        Descriptor.from_json(WHOLE | change)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    )
)
def test_any_json_is_a_descriptor_or_refused(document: Any) -> None:
    with pytest.raises(CorruptError):
        Descriptor.from_json(document)


def test_digests() -> None:
    assert check_digest(digest_of(b"x")) == digest_of(b"x")
    assert check_digest("sha512:" + "0" * 128)
    assert describe(b"xyz", "a/b") == Descriptor("a/b", digest_of(b"xyz"), 3)


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"{", b"\xff", b'"x"', b"[" * 100_000])
def test_documents_that_are_none(content: bytes) -> None:
    with pytest.raises(CorruptError, match="a thing is not"):
        decode(content, "a thing")


def test_encoding_is_compact_and_keeps_the_order() -> None:
    assert encode({"b": 1, "a": "ü"}) == '{"b":1,"a":"ü"}'.encode()


@pytest.mark.parametrize(
    ("text", "platform", "shown"),
    [
        ("linux/amd64", Platform("linux", "amd64"), "linux/amd64"),
        ("linux/x86_64", Platform("linux", "amd64"), "linux/amd64"),
        ("Linux/AMD64/v3", Platform("linux", "amd64", "v3"), "linux/amd64/v3"),
        ("linux/amd64/v1", Platform("linux", "amd64"), "linux/amd64"),
        ("linux/arm64/v8", Platform("linux", "arm64"), "linux/arm64"),
        ("linux/aarch64", Platform("linux", "arm64"), "linux/arm64"),
        ("linux/arm", Platform("linux", "arm", "v7"), "linux/arm/v7"),
        ("linux/arm/6", Platform("linux", "arm", "v6"), "linux/arm/v6"),
        ("linux/armel", Platform("linux", "arm", "v6"), "linux/arm/v6"),
        ("linux/386", Platform("linux", "386"), "linux/386"),
        (" linux/s390x ", Platform("linux", "s390x"), "linux/s390x"),
    ],
)
def test_platforms_are_read(text: str, platform: Platform, shown: str) -> None:
    assert Platform.parse(text) == platform
    assert str(platform) == shown
    assert Platform.from_json(platform.json()) == platform


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/a b", "l/æ"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(PlatformError, match="not a platform"):
        Platform.parse(text)


@pytest.mark.parametrize(
    ("wanted", "offered", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/amd64/v3", "linux/amd64", True),
        ("linux/amd64/v3", "linux/amd64/v2", True),
        ("linux/amd64", "linux/amd64/v2", False),
        ("linux/arm/v7", "linux/arm/v6", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm64", "linux/arm64/v8", True),
    ],
)
def test_an_image_runs_where_the_level_is_not_above(wanted: str, offered: str, fits: bool) -> None:
    assert Platform.parse(wanted).satisfied_by(Platform.parse(offered)) is fits
