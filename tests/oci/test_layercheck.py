"""Tar streams as written: against Python's tarfile where that is honest, and by hand elsewhere."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator
from typing import Literal

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.oci.expand import Algorithm, Expanded, LayerError, expand
from gotare.oci.layercheck import check_layer
from gotare.oci.tarcheck import Files, Layer, apply_layer, check_entries, find, normal
from gotare.oci.tarread import Entry, TarReader
from gotare.oci.types import digest_of
from tests.oci.broken import END, member

FORMATS: list[Literal[0, 1, 2]] = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
KINDS = {
    "file": tarfile.REGTYPE,
    "directory": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "fifo": tarfile.FIFOTYPE,
    "device": tarfile.CHRTYPE,
}


def read(content: bytes) -> list[Entry]:
    return list(TarReader(Expanded(iter([content]), 1 << 30)))


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
members = st.tuples(paths, st.sampled_from(sorted(KINDS)), st.binary(max_size=1200), paths)


@settings(deadline=None)
@given(st.lists(members, max_size=5), st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_entries_are_what_tarfile_wrote(
    wanted: list[tuple[str, str, bytes, str]], tar_format: int
) -> None:
    buffer = io.BytesIO()
    expected = []
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as archive:
        for path, kind, content, link in wanted:
            info = tarfile.TarInfo(path)
            info.type = KINDS[kind]
            info.mode = 0o751
            info.size = len(content) if kind == "file" else 0
            info.linkname = link if kind in ("symlink", "hardlink") else ""
            archive.addfile(info, io.BytesIO(content))
            name = path + "/" if kind == "directory" else path
            expected.append((name, kind, 0o751, info.size, info.linkname))
    found = read(buffer.getvalue())
    assert [(e.path, e.kind, e.mode, e.size, e.link) for e in found] == expected


@pytest.mark.parametrize("tar_format", FORMATS)
def test_long_names(tar_format: Literal[0, 1, 2]) -> None:
    path = "/".join(["folder"] * 15 + ["file"])
    info = tarfile.TarInfo(path)
    info.size = 3
    content = info.tobuf(tar_format) + b"abc" + bytes(509) + END
    assert [(e.path, e.size) for e in read(content)] == [(path, 3)]


def test_large_numbers() -> None:
    info = tarfile.TarInfo("big")
    info.size = 9 << 30  # more than 11 octal digits: base-256 in GNU tar
    with pytest.raises(LayerError, match="inside a file"):
        read(info.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(LayerError, match="inside a file"):
        read(info.tobuf(tarfile.PAX_FORMAT))


def test_global_headers_hold_for_all() -> None:
    header = tarfile.TarInfo.create_pax_global_header({"comment": "a commit", "linkpath": "b"})
    found = read(header + member("a", kind=tarfile.SYMTYPE) + member("c") + END)
    assert [(entry.path, entry.link) for entry in found] == [("a", "b"), ("c", "b")]


def test_old_sparse_files() -> None:
    header = bytearray(member("sparse", kind=b"S", content=b""))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    more = bytearray(512)
    more[504] = 1
    content = bytes(header) + bytes(more) + bytes(512) + member("next") + END
    assert [entry.path for entry in read(content)] == ["sparse", "next"]
    with pytest.raises(LayerError, match="sparse map"):
        read(bytes(header))


def test_folders_of_the_first_tar() -> None:
    assert read(member("folder/", kind=tarfile.AREGTYPE) + END)[0].kind == "directory"


def checksummed(header: bytes) -> bytes:
    blank = header[:148] + b" " * 8 + header[156:]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0" * 511, "inside a header"),
        (b"x" * 512, "checksum"),
        (member("a")[:148] + b"0000000\0" + member("a")[156:], "wrong checksum"),
        (checksummed(member("a")[:124] + b"9" * 12 + member("a")[136:]), "the size"),
        (checksummed(member("a")[:124] + b"\xff" * 12 + member("a")[136:]), "negative size"),
        (member("a" * 3000, pax={})[:1024], "extended header"),
        (member("a" * 200)[:1536][:512], "extended header"),
        (member("x", pax={"comment": "y"})[:1024], "ends after an extended header"),
        (member("x", b"7 a=b\n", kind=b"x"), "malformed"),
        (member("x", b"6 a=bc", kind=b"x"), "malformed"),
        (member("x", b"hello", kind=b"x"), "malformed"),
        (member("x", b"0 a=b\n", kind=b"x"), "malformed"),
        (member("a", pax={"size": "-1"}) + END, "has the size"),
        (member("a", pax={"size": "1e3"}) + END, "has the size"),
        (
            checksummed(member("x", kind=b"x")[:124] + b"7" * 11 + member("x", kind=b"x")[135:]),
            "8589934591",
        ),
    ],
)
def test_what_is_no_tar(content: bytes, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        read(content)


@settings(deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 2000), st.binary(min_size=1, max_size=4))
def test_damage_never_escapes(junk: bytes, place: int, damage: bytes) -> None:
    good = member("a", b"content") + member("b" * 150) + END
    for content in (junk, good[:place] + damage + good[place + len(damage) :]):
        checked = check_layer(io.BytesIO(content), "none", 1 << 20)
        rules = {problem.rule for problem in checked.problems}
        assert bool(checked.diff_id) == (not rules & {"tar-format", "layer-size"})


# expanding


def compressed(content: bytes, algorithm: Algorithm) -> bytes:
    if algorithm == "gzip":
        return gzip.compress(content, 1)
    return zstandard.ZstdCompressor().compress(content) if algorithm == "zstd" else content


def whole(content: bytes, algorithm: Algorithm) -> bytes:
    return b"".join(expand(io.BytesIO(content), algorithm))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=4), st.integers(1, 3000))
@pytest.mark.parametrize("algorithm", ["gzip", "zstd", "none"])
def test_expanding_members_one_after_the_other(
    algorithm: Algorithm, parts: list[bytes], repeat: int
) -> None:
    parts = [part * repeat for part in parts]
    blob = b"".join(compressed(part, algorithm) for part in parts)
    assert whole(blob, algorithm) == b"".join(parts)


@pytest.mark.parametrize("algorithm", ["gzip", "zstd"])
def test_every_truncation_is_seen(algorithm: Algorithm) -> None:
    blob = compressed(b"some content " * 20, algorithm)
    for end in range(len(blob)):
        with pytest.raises(LayerError):
            whole(blob[:end], algorithm)


def test_a_bomb_comes_out_in_pieces() -> None:
    bomb = compressed(bytes(512 << 20), "zstd")
    assert len(bomb) < 100_000
    content = Expanded(expand(io.BytesIO(bomb), "zstd"), 40 << 20)
    with pytest.raises(LayerError, match="more than 41943040 bytes"):
        content.drain()
    assert content.size < 80 << 20


@given(st.lists(st.binary(max_size=50)), st.lists(st.integers(0, 40)))
def test_reading_and_skipping(pieces: list[bytes], steps: list[int]) -> None:
    content, all_bytes, place = Expanded(iter(pieces), 1 << 20), b"".join(pieces), 0
    for number, step in enumerate(steps):
        expected = all_bytes[place : place + step]
        if number % 2:
            assert content.skip(step) == len(expected)
        else:
            assert content.read(step) == expected
        place += len(expected)
    assert content.drain() == bool(all_bytes[place:].strip(b"\0"))
    assert (content.size, content.digest) == (len(all_bytes), digest_of(all_bytes))


# the file system


def tree(*layers: list[Entry]) -> Files:
    files: Files = {}
    for entries in layers:
        layer = Layer()
        assert list(check_entries(entries, layer)) == []
        assert list(apply_layer(files, layer)) == []
    return files


FOLDER = Entry("a/", "directory", 0o755)


@pytest.mark.parametrize(
    ("layers", "left"),
    [
        ([[FOLDER, Entry("a/b", "file")], [Entry("a/.wh.b", "file", 0)]], {"a"}),
        ([[FOLDER, Entry("a/b", "file")], [Entry(".wh.a", "file", 0)]], set()),
        ([[FOLDER, Entry("a/b", "file")], [Entry("a/.wh..wh..opq", "file", 0)]], {"a"}),
        ([[FOLDER, Entry("a/b", "file")], [Entry("a", "file")]], {"a"}),
        ([[FOLDER, Entry("a/b", "file")], [FOLDER]], {"a", "a/b"}),
        (
            [
                [FOLDER, Entry("a/b", "file")],
                [Entry("a/.wh..wh..opq", "file"), Entry("a/c", "file")],
            ],
            {"a", "a/c"},
        ),
        ([[Entry("ab", "file"), FOLDER], [Entry(".wh.a", "file")]], {"ab"}),
        ([[FOLDER, Entry("l", "symlink", link="a")], [Entry("l/x", "file")]], {"a", "l", "a/x"}),
    ],
)
def test_layers_on_each_other(layers: list[list[Entry]], left: set[str]) -> None:
    plain = [[Entry(e.path, e.kind, e.mode, 0, e.link) for e in entries] for entries in layers]
    assert set(tree(*plain)) == left


def test_finding_through_links() -> None:
    files = tree(
        [
            Entry("usr/bin/real", "file", 0o755),
            Entry("bin", "symlink", link="usr/bin"),
            Entry("usr/bin/name", "symlink", link="/bin/./real"),
            Entry("usr/bin/up", "symlink", link="../../../usr/bin/real"),
            Entry("hard", "hardlink", link="usr/bin/real"),
            Entry("loop", "symlink", link="loop"),
        ]
    )
    for path in ("/usr/bin/real", "bin/real", "/bin/name", "/bin/up", "hard", "//bin//real"):
        found = find(files, path)
        assert found is not None and found.path == "usr/bin/real", path
    assert find(files, "/loop") is None
    assert find(files, "/bin/other") is None


@given(st.text("./a", max_size=12))
def test_normal_paths(path: str) -> None:
    result = normal(path)
    assert normal(result) == result
    assert not result.startswith("/") and "//" not in result
    assert [p for p in path.split("/") if p not in ("", ".")] == [p for p in result.split("/") if p]


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotare.oci.tarcheck._MOST_ENTRIES", 10)

    def endless() -> Iterator[Entry]:
        number = 0
        while True:
            number += 1
            yield Entry(f"f{number}", "file")

    with pytest.raises(LayerError, match="more than 10 entries"):
        list(check_entries(endless(), Layer()))
