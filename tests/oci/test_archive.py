"""OCI archives: round trips, the same bytes for the same images, hostile and unfinished ones."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci import tarindex
from gotare.oci.archive import OciArchive, OciArchiveWriter
from gotare.oci.copy import copy
from gotare.oci.layout import Layout
from gotare.oci.store import read_all
from gotare.oci.tarindex import TarIndex
from gotare.oci.types import REF_NAME, Descriptor, describe
from tests.oci.engines import need
from tests.oci.images import (
    Memory,
    manifest_of,
    push_bytes,
    tiny_image,
    tiny_index,
    tiny_referrer,
)

Raw = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Raw:
    """Return a member of a tar that is written by hand."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


def write_tar(path: Path, members: Iterable[Raw]) -> Path:
    """Write a tar with exactly those members."""
    with tarfile.open(path, "w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def write_archive(path: Path, source: Memory, names: Sequence[str]) -> Path:
    """Write the named images of a store into an archive."""
    with OciArchiveWriter(path) as sink:
        for name in names:
            copy(source, source.names[name], sink, [name])
    return path


def assert_nothing_left(folder: Path, *but: str) -> None:
    """No file is in the folder, hidden or not, but those."""
    assert sorted(path.name for path in folder.iterdir()) == sorted(but)


def test_an_index_with_referrers_comes_back(tmp_path: Path) -> None:
    source, back = Memory(), Memory()
    index = tiny_index(source, name="app:1")
    tiny_referrer(source, Descriptor.from_json(manifest_of(source, index)["manifests"][0]))
    tiny_referrer(source, index)
    path = write_archive(tmp_path / "app.tar", source, ["app:1"])
    with OciArchive(path) as archive:
        root = archive.resolve("")
        assert root.digest == index.digest == archive.resolve("app:1").digest
        copy(archive, root, back, ["app:1"])
    assert back.blobs == source.blobs
    assert_nothing_left(tmp_path, "app.tar")


def test_the_same_images_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="app:1", layers=[{"a": b"1"}, {"b": b"2"}])
    tiny_index(source, name="app:2")
    one = write_archive(tmp_path / "one.tar", source, ["app:1", "app:2"])
    umask = os.umask(0o077)
    try:
        other = write_archive(tmp_path / "two.tar", source, ["app:2", "app:1"])
    finally:
        os.umask(umask)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        members = archive.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
        (0, 0, 0, "", "", 0o644)
    }
    names = [m.name for m in members]
    assert names[:2] == ["index.json", "oci-layout"]
    assert names[2:] == sorted(names[2:])


def test_others_read_what_we_write_and_we_what_they_write(tmp_path: Path) -> None:
    need("skopeo")
    source, back = Memory(), Memory()
    image = tiny_image(source, name="app")
    ours = write_archive(tmp_path / "ours.tar", source, ["app"])
    shown = subprocess.run(
        ["skopeo", "inspect", f"oci-archive:{ours}:app"], capture_output=True, check=True
    )
    assert json.loads(shown.stdout)["Digest"] == image.digest
    theirs = tmp_path / "theirs.tar"
    command = ["skopeo", "copy", "-q", "--insecure-policy"]
    subprocess.run([*command, f"oci-archive:{ours}:app", f"oci-archive:{theirs}:b"], check=True)
    with OciArchive(theirs) as archive:
        assert archive.resolve("b").digest == image.digest
        copy(archive, archive.resolve("b"), back)
    assert back.blobs == source.blobs


def test_compressed_archives_are_read(tmp_path: Path) -> None:
    import zstandard

    source = Memory()
    image = tiny_image(source, name="app")
    plain = write_archive(tmp_path / "app.tar", source, ["app"]).read_bytes()
    for name, content in (
        ("app.tar.gz", gzip.compress(plain)),
        ("app.tar.zst", zstandard.ZstdCompressor().compress(plain)),
    ):
        (tmp_path / name).write_bytes(content)
        with OciArchive(tmp_path / name) as archive:
            back = Memory()
            copy(archive, archive.resolve("app"), back)
        assert back.blobs == source.blobs
        assert image.digest in back.blobs


def test_an_archive_that_was_there_is_replaced(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="old", layers=[{"old": b"1"}])
    new = tiny_image(source, name="new")
    path = write_archive(tmp_path / "app.tar", source, ["old"])
    write_archive(path, source, ["new"])
    with OciArchive(path) as archive:
        assert [entry.annotations[REF_NAME] for entry in archive.entries()] == ["new"]
        assert archive.resolve("").digest == new.digest


def test_it_is_read_only_once_written(tmp_path: Path) -> None:
    source = Memory()
    image = tiny_image(source, name="app")
    path = write_archive(tmp_path / "app.tar", source, ["app"])
    with OciArchive(path) as archive:
        assert archive.exists(image)
        assert not archive.exists(replace(image, size=1))
        with pytest.raises(StoreError, match="opened for reading"):
            archive.push(image, io.BytesIO())
        with pytest.raises(StoreError, match="opened for reading"):
            archive.tag(image, b"", "app")


# failures while writing


def test_a_failed_copy_leaves_the_old_archive(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="old")
    path = write_archive(tmp_path / "app.tar", source, ["old"])
    before = path.read_bytes()
    image = tiny_image(source, name="new", layers=[{"new": b"1"}])
    del source.blobs[manifest_of(source, image)["layers"][0]["digest"]]
    with pytest.raises(NotFoundError):
        write_archive(path, source, ["new"])
    assert path.read_bytes() == before
    assert_nothing_left(tmp_path, "app.tar")


def test_an_archive_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no image to write"), OciArchiveWriter(tmp_path / "a.tar"):
        pass
    assert_nothing_left(tmp_path)


def test_an_output_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a file"):
        OciArchiveWriter(tmp_path)
    with pytest.raises(StoreError, match="there is no folder") as caught:
        OciArchiveWriter(tmp_path / "no/such/app.tar")
    assert "mkdir -p" in str(caught.value.hint)


def test_a_file_size_limit_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit stands for a full disk: every write may fail at any time."""
    source = Memory()
    tiny_image(source, name="app", layers=[{"noise": os.urandom(200_000)}])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(StoreError, match=r"app\.tar: File too large") as caught:
            write_archive(tmp_path / "app.tar", source, ["app"])
        assert caught.value.hint
        # enough for each blob, not for the whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (201_500, hard))
        with pytest.raises(StoreError, match=r"app\.tar: File too large"):
            write_archive(tmp_path / "app.tar", source, ["app"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert_nothing_left(tmp_path)


@pytest.mark.root
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        source = Memory()
        tiny_image(source, name="app", layers=[{"noise": os.urandom(200_000)}])
        with pytest.raises(StoreError, match="No space left") as caught:
            write_archive(tmp_path / "app.tar", source, ["app"])
        assert "free some space" in str(caught.value.hint)
        assert_nothing_left(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


_STUCK = """
import io, sys, time
from pathlib import Path
from gotare.oci.archive import OciArchiveWriter
from gotare.oci.types import describe
with OciArchiveWriter(Path(sys.argv[1])) as sink:
    sink.push(describe(b"blob", "text/plain"), io.BytesIO(b"blob"))
    print("pushed", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_nothing_that_the_next_does_not_remove(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    with subprocess.Popen(
        [sys.executable, "-c", _STUCK, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"pushed\n"
        source = Memory()
        tiny_image(source, name="app")
        write_archive(path, source, ["app"])
        assert len(list(tmp_path.iterdir())) == 2, "what a living process prepares must stay"
        process.kill()
    assert len(list(tmp_path.iterdir())) == 2
    write_archive(path, source, ["app"])
    assert_nothing_left(tmp_path, "app.tar")
    with OciArchive(path) as archive:
        assert archive.resolve("app")


def test_two_processes_may_write_the_same_archive(tmp_path: Path) -> None:
    source, path = Memory(), tmp_path / "app.tar"
    image = tiny_image(source, name="app")
    with OciArchiveWriter(path) as first, OciArchiveWriter(path) as second:
        copy(source, image, first, ["first"])
        copy(source, image, second, ["second"])
    with OciArchive(path) as archive:
        assert archive.resolve("first")
    assert_nothing_left(tmp_path, "app.tar")


# hostile archives


INDEX = member("index.json", b'{"schemaVersion":2,"manifests":[]}')


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (member("/etc/passwd", b"x"), "climbs out"),
        (member("blobs/../../x", b"x"), "climbs out"),
        (INDEX, "two members"),
        (member("./index.json", b"{}"), "two members"),
        (member("device", kind=tarfile.CHRTYPE), "device"),
        (member("pipe", kind=tarfile.FIFOTYPE), "fifo"),
    ],
)
def test_hostile_members_are_refused(tmp_path: Path, bad: Raw, message: str) -> None:
    path = write_tar(tmp_path / "bad.tar", [INDEX, bad])
    with pytest.raises(CorruptError, match=message) as caught:
        OciArchive(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_blob_that_is_a_link_is_refused(tmp_path: Path, kind: bytes) -> None:
    blob = describe(b"secret", "text/plain")
    link = member("blobs/" + blob.digest.replace(":", "/"), kind=kind, link="/etc/passwd")
    path = write_tar(tmp_path / "bad.tar", [INDEX, link])
    with (
        OciArchive(path) as archive,
        pytest.raises(CorruptError, match="is a link"),
        archive.fetch(blob),
    ):
        pass


def test_wrong_blobs_are_found(tmp_path: Path) -> None:
    blob = describe(b"right", "text/plain")
    name = "blobs/" + blob.digest.replace(":", "/")
    path = write_tar(tmp_path / "a.tar", [INDEX, member(name, b"wrong")])
    with OciArchive(path) as archive:
        with pytest.raises(CorruptError, match="has the digest"):
            read_all(archive, blob)
        with pytest.raises(CorruptError, match="5 bytes instead of 6"):
            read_all(archive, replace(blob, size=6))
        with pytest.raises(NotFoundError, match="has no blob"):
            read_all(archive, describe(b"other", "text/plain"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no index.json"),
        (b"not a tar" * 1000, "checksum|malformed|header"),
        (b"\x1f\x8bnot gzip", "gzip"),
        (b"\x28\xb5\x2f\xfdnot zstd", "zstd"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.tar"
    path.write_bytes(content)
    with pytest.raises(CorruptError, match=message):
        OciArchive(path)


def test_an_absent_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        OciArchive(tmp_path / "absent.tar")
    with pytest.raises(StoreError, match="Is a directory"):
        OciArchive(tmp_path)


def test_a_docker_archive_is_pointed_to(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "docker.tar", [member("manifest.json", b"[]")])
    with pytest.raises(CorruptError, match=r"no index\.json") as caught:
        OciArchive(path)
    assert caught.value.hint == f"it is a Docker archive: docker-archive:{path}"


@pytest.mark.parametrize("index", [b"[]", b"{", b'{"manifests":{}}', b'{"manifests":[1]}'])
def test_a_broken_index_is_refused(tmp_path: Path, index: bytes) -> None:
    path = write_tar(tmp_path / "bad.tar", [member("index.json", index)])
    with OciArchive(path) as archive, pytest.raises(CorruptError):
        archive.resolve("app")


def test_bombs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    monkeypatch.setattr(tarindex, "MAX_EXPANDED", 1_000_000)
    with pytest.raises(CorruptError, match="more than 1000000 bytes"):
        OciArchive(path)
    many = write_tar(tmp_path / "many.tar", [INDEX, *(member(f"f{i}") for i in range(20))])
    monkeypatch.setattr(tarindex, "MAX_MEMBERS", 10)
    with pytest.raises(CorruptError, match="more than 10 members"):
        OciArchive(many)


def test_a_truncated_archive_never_gives_wrong_content(tmp_path: Path) -> None:
    source = Memory()
    tiny_image(source, name="app")
    whole = write_archive(tmp_path / "app.tar", source, ["app"]).read_bytes()
    cut = tmp_path / "cut.tar"
    for length in range(0, len(whole) - 1024, 256):
        cut.write_bytes(whole[:length])
        with pytest.raises(StoreError), OciArchive(cut) as archive:
            copy(archive, archive.resolve("app"), Memory())


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)


@given(st.dictionaries(_NAMES, st.binary(max_size=2000), max_size=5), st.sampled_from([0, 1, 2]))
def test_every_member_of_any_tar_is_found(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], form: int
) -> None:
    """Python's tarfile writes, in each of its formats, and the index reads."""
    files = {
        name: content
        for name, content in files.items()
        if not name.startswith(("/", "./")) and ".." not in name and not name.endswith("/")
    }
    path = tmp_path_factory.mktemp("tar") / "any.tar"
    try:
        with tarfile.open(path, "w", format=form) as archive:
            for name, content in files.items():
                archive.addfile(*map_member(name, content))
    except ValueError:  # USTAR has no room for the name
        return
    with TarIndex(path) as index:
        assert {name: index.read(name) for name in index.members} == files


def map_member(name: str, content: bytes) -> tuple[tarfile.TarInfo, io.BytesIO]:
    """Return a member and its content, as tarfile wants them."""
    info, raw = member(name, content)
    return info, io.BytesIO(raw)


def test_layout_to_archive_and_back(tmp_path: Path) -> None:
    first = Layout(tmp_path / "first", create=True)
    second = Layout(tmp_path / "second", create=True)
    tiny_referrer(first, tiny_image(first, name="app:1"))
    with OciArchiveWriter(tmp_path / "app.tar") as sink:
        copy(first, first.resolve("app:1"), sink, ["app:1"])
    with OciArchive(tmp_path / "app.tar") as archive:
        copy(archive, archive.resolve("app:1"), second, ["app:1"])
    for path in (tmp_path / "first").rglob("*"):
        if path.is_file():
            assert (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes() == (
                path.read_bytes()
            )


def test_push_refuses_wrong_content(tmp_path: Path) -> None:
    with pytest.raises(CorruptError), OciArchiveWriter(tmp_path / "app.tar") as sink:
        assert not sink.exists(describe(b"right", "text/plain"))
        push_bytes(sink, b"fine", "text/plain")
        sink.push(describe(b"right", "text/plain"), io.BytesIO(b"wrong"))
    assert_nothing_left(tmp_path)
