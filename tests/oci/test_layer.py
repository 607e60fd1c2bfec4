"""Layers: every field of the tar is decided, whatever the machine."""

from __future__ import annotations

import io
import os
import random
import stat
import tarfile
from pathlib import Path

import deflate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import ProjectError
from gotare.oci.blobs import BlobStore
from gotare.oci.compression import Compression
from gotare.oci.layer import (
    Entry,
    Layer,
    MemberMemo,
    directory,
    make_layer,
    scan_tree,
    tar_chunks,
    with_parents,
)
from gotare.oci.store import read_all


def _tar(entries: list[Entry], epoch: int = 0) -> bytes:
    return b"".join(tar_chunks(entries, epoch))


def _members(entries: list[Entry]) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(_tar(entries))) as archive:
        return archive.getmembers()


def _make(entries: list[Entry], folder: Path) -> Layer:
    return make_layer(
        entries,
        kind="binary",
        created_by="test",
        epoch=0,
        compression=Compression(),
        docker=False,
        store=BlobStore(folder / "blobs"),
        memo=MemberMemo(folder / "memo", "slot", BlobStore(folder / "blobs")),
    )


def test_every_field_is_normalised(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"ELF")
    entries = with_parents(
        [
            Entry("/usr/local/bin/app", mode=0o755, content=tmp_path / "program"),
            Entry("/etc/passwd", content=b"root"),
            Entry("/bin", "symlink", 0o777, link="usr/bin"),
            directory("/tmp", 0o1777),
            Entry("/zz", "hardlink", link="/etc/passwd"),
        ]
    )
    members = _members(entries)
    assert [member.name for member in members] == [
        *("bin", "etc", "etc/passwd", "tmp", "usr", "usr/local", "usr/local/bin"),
        *("usr/local/bin/app", "zz"),
    ]
    for member in members:
        assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (
            0,
            0,
            0,
            "",
            "",
        )
    by_name = {member.name: member for member in members}
    assert by_name["tmp"].mode == 0o1777
    assert by_name["usr/local/bin/app"].mode == 0o755
    assert by_name["bin"].linkname == "usr/bin"
    assert (by_name["zz"].type, by_name["zz"].linkname) == (tarfile.LNKTYPE, "etc/passwd")


def test_pax_headers_only_where_needed() -> None:
    assert b"PaxHeader" not in _tar([Entry("/" + "a/" * 60 + "b", content=b"")])
    long, odd = "/" + "x" * 150, "/føø"
    for name in (long, odd):
        content = _tar([Entry(name, content=b"1")])
        assert b"PaxHeader" in content
        (member,) = _members([Entry(name, content=b"1")])
        assert "/" + member.name == name


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1)
            .filter(lambda name: name not in (".", "..")),
            min_size=1,
            max_size=3,
        ).map(lambda parts: "/" + "/".join(parts)),
        st.binary(max_size=1500),
        max_size=6,
    )
)  # fmt: skip
def test_any_tar_reads_back(files: dict[str, bytes]) -> None:
    content = _tar([Entry(path, content=data) for path, data in files.items()])
    assert len(content) % 10_240 == 0
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {}
        for member in archive:
            reader = archive.extractfile(member)
            assert reader is not None
            found["/" + member.name] = reader.read()
    assert found == files
    shuffled = [Entry(path, content=data) for path, data in reversed(files.items())]
    assert _tar(shuffled) == content


@pytest.mark.parametrize("path", ["etc/passwd", "/", "/a/../b", "/a/./b", "/..", "/a\0b"])
def test_paths_that_climb_out_are_refused(path: str) -> None:
    with pytest.raises(ProjectError, match=r"path"):
        _tar([Entry(path, content=b"")])


def test_one_path_twice_is_refused() -> None:
    with pytest.raises(ProjectError, match="two things have the path /a"):
        _tar([Entry("/a", content=b"1"), directory("/a")])
    assert len(_members([Entry("/a", content=b"1")])) == 1


def test_the_same_layer_is_not_stored_again(tmp_path: Path) -> None:
    entries = [Entry("/a", content=b"x" * 5000)]
    first, second = _make(entries, tmp_path), _make(entries, tmp_path)
    assert (first.reused, second.reused) == (False, True)
    assert first.descriptor == second.descriptor
    assert first.diff_id == second.diff_id


def _binary(folder: Path, changed: int) -> list[Entry]:
    """Five mebibytes of which one byte differs."""
    content = bytearray(random.Random(1).randbytes(5 << 20))
    content[3 << 20] = changed
    (folder / "app").write_bytes(content)
    return [Entry("/app", mode=0o755, content=folder / "app")]


def test_after_an_edit_only_what_changed_is_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed = []
    original = deflate.gzip_compress

    def counting(content: bytes, level: int) -> bytearray:
        compressed.append(len(content))
        return original(content, level)

    monkeypatch.setattr(deflate, "gzip_compress", counting)
    _make(_binary(tmp_path, 1), tmp_path)
    assert len(compressed) == 6
    compressed.clear()
    edited = _make(_binary(tmp_path, 2), tmp_path)
    assert len(compressed) == 1
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert _make(_binary(tmp_path, 2), fresh).descriptor == edited.descriptor


@pytest.mark.parametrize("damage", ["memo", "memo json", "blob", "blob gone", "short blob"])
def test_a_damaged_memo_is_a_miss(tmp_path: Path, damage: str) -> None:
    layer = _make(_binary(tmp_path, 1), tmp_path)
    (memo,) = (tmp_path / "memo").iterdir()
    blob = BlobStore(tmp_path / "blobs").path(layer.descriptor.digest)
    if damage == "memo":
        memo.write_bytes(b"\xff nonsense")
    elif damage == "memo json":
        memo.write_text('{"blob": "' + layer.descriptor.digest + '", "members": {"a": 1}}')
    elif damage == "blob":
        blob.write_bytes(bytes(layer.descriptor.size))
    elif damage == "short blob":
        os.truncate(blob, 1000)
    else:
        blob.unlink()
    edited = _make(_binary(tmp_path, 2), tmp_path)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert _make(_binary(tmp_path, 2), fresh).descriptor == edited.descriptor
    read_all(BlobStore(tmp_path / "blobs"), edited.descriptor, 1 << 30)


def test_a_layer_holds_what_was_given(tmp_path: Path) -> None:
    layer = _make([Entry("/a", content=b"hello")], tmp_path)
    blob = read_all(BlobStore(tmp_path / "blobs"), layer.descriptor)
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        assert archive.getnames() == ["a"]
    assert layer.size == 10_240


def test_a_tree_is_taken_without_umask_owner_or_time(tmp_path: Path) -> None:
    root = tmp_path / "templates"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text("<p>")
    (root / "run.sh").write_text("#!")
    (root / "run.sh").chmod(0o700)
    (root / "index.html").chmod(0o600)
    (root / "sub" / "link").symlink_to("../index.html")
    entries = {entry.path: entry for entry in scan_tree(root, "/app/t/", None, 1, 2)}
    assert {path: (entry.kind, entry.mode) for path, entry in entries.items()} == {
        "/app/t": ("directory", 0o755),
        "/app/t/index.html": ("file", 0o644),
        "/app/t/run.sh": ("file", 0o755),
        "/app/t/sub": ("directory", 0o755),
        "/app/t/sub/link": ("symlink", 0o777),
    }
    assert {(entry.uid, entry.gid) for entry in entries.values()} == {(1, 2)}
    assert scan_tree(root / "run.sh", "/x", 0o600, 0, 0)[0].mode == 0o600


def test_sockets_and_unreadable_files_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProjectError, match="pipe is not a file"):
        scan_tree(tmp_path, "/x", None, 0, 0)
    with pytest.raises(ProjectError, match="cannot read"):
        _tar([Entry("/x", content=tmp_path / "missing")])


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(4 << 20))
    stream = tar_chunks([Entry("/big", content=path)], 0)
    next(stream)
    next(stream)
    os.truncate(path, 100)
    with pytest.raises(ProjectError, match="/big changed while it was read"):
        list(stream)
    assert stat.S_ISREG(path.stat().st_mode)
