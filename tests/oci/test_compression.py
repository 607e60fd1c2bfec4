"""Compressed layers: what any reader gets back, and the same bytes every time."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import UsageError
from gotare.oci.compression import MEMBER, Compression, regroup
from gotare.oci.types import (
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
)

DATA = (b"The weight of the empty container. " * 40_000 + os.urandom(300_000)) * 3


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def _undo(content: bytes, algorithm: str) -> bytes:
    if algorithm == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return gzip.decompress(content) if algorithm == "gzip" else content


@pytest.mark.parametrize("text", ["gzip", "gzip:1", "gzip:12", "zstd", "zstd:9", "none"])
@pytest.mark.parametrize("content", [b"", b"x", DATA])
def test_round_trip(text: str, content: bytes) -> None:
    compression = Compression.parse(text)
    packed = b"".join(compression.compress(_pieces(content, 70_001)))
    assert _undo(packed, compression.algorithm) == content


@pytest.mark.parametrize("text", ["gzip", "zstd"])
def test_the_bytes_depend_on_the_content_alone(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compression = Compression.parse(text)
    one = b"".join(compression.compress([DATA]))
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    other = b"".join(compression.compress(_pieces(DATA, 3)))
    assert one == other


def test_the_tools_of_others_read_all_members() -> None:
    packed = b"".join(Compression().compress([DATA]))
    assert len(DATA) > 3 * MEMBER
    assert subprocess.run(["gunzip"], input=packed, stdout=-1, check=True).stdout == DATA


def test_no_time_and_no_name_in_the_header() -> None:
    packed = b"".join(Compression().compress([b"x"]))
    assert packed[3] == 0
    assert packed[4:8] == bytes(4)


@given(st.lists(st.binary(max_size=50)), st.integers(1, 20))
def test_regroup_keeps_the_content(chunks: list[bytes], size: int) -> None:
    pieces = list(regroup(chunks, size))
    assert b"".join(pieces) == b"".join(chunks)
    assert all(len(piece) == size for piece in pieces[:-1])
    assert 0 <= len(pieces[-1]) <= size


@pytest.mark.parametrize("text", ["gzip:0", "gzip:13", "zstd:20", "xz", "gzip:-1", "none:1", ""])
def test_unknown_compressions_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a compression"):
        Compression.parse(text)


def test_media_types() -> None:
    table = {
        ("gzip", False): OCI_LAYER_GZIP,
        ("zstd", False): OCI_LAYER_ZSTD,
        ("none", False): OCI_LAYER,
        ("gzip", True): DOCKER_LAYER_GZIP,
        ("none", True): DOCKER_LAYER,
    }
    for (algorithm, docker), media_type in table.items():
        assert Compression.parse(algorithm).media_type(docker) == media_type
    with pytest.raises(UsageError, match="no zstd"):
        Compression.parse("zstd").media_type(True)
