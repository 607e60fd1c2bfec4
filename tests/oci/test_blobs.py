"""Blob stores: whole or absent, verified, and honest about a full disk."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.blobs import BlobStore, write_atomically
from gotare.oci.store import read_all
from gotare.oci.types import Descriptor, describe

CONTENT = b"a layer" * 1000
DESCRIPTOR = describe(CONTENT, "application/octet-stream")


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_is_pushed_can_be_fetched(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    assert not store.exists(DESCRIPTOR)
    store.push(DESCRIPTOR, io.BytesIO(CONTENT))
    assert store.exists(DESCRIPTOR)
    assert read_all(store, DESCRIPTOR) == CONTENT
    assert _files(tmp_path) == [DESCRIPTOR.digest.replace(":", "/")]


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x", b"A" + CONTENT[1:], b""])
def test_wrong_content_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CorruptError, match="sha256:"):
        BlobStore(tmp_path).push(DESCRIPTOR, io.BytesIO(content))
    assert _files(tmp_path) == []


def test_an_empty_blob_is_checked_too(tmp_path: Path) -> None:
    empty = describe(b"", "text/plain")
    BlobStore(tmp_path).push(empty, io.BytesIO(b""))
    assert read_all(BlobStore(tmp_path), empty) == b""
    with pytest.raises(CorruptError, match="longer than 0 bytes"):
        BlobStore(tmp_path / "other").push(empty, io.BytesIO(b"x"))


def test_other_digests_have_folders_of_their_own(tmp_path: Path) -> None:
    digest = "sha512:" + hashlib.sha512(CONTENT).hexdigest()
    other = Descriptor("a/b", digest, len(CONTENT))
    store = BlobStore(tmp_path)
    store.push(other, io.BytesIO(CONTENT))
    assert store.exists(other)
    assert read_all(store, other) == CONTENT
    assert _files(tmp_path) == [digest.replace(":", "/")]


def test_damage_is_found_when_reading(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    store.push(DESCRIPTOR, io.BytesIO(CONTENT))
    path = store.path(DESCRIPTOR.digest)
    path.write_bytes(b"X" + CONTENT[1:])
    with pytest.raises(CorruptError, match="has the digest"):
        read_all(store, DESCRIPTOR)
    path.write_bytes(CONTENT[:10])
    assert not store.exists(DESCRIPTOR)
    with pytest.raises(CorruptError, match="10 bytes instead of 7000"):
        read_all(store, DESCRIPTOR)
    store.push(DESCRIPTOR, io.BytesIO(CONTENT))
    assert read_all(store, DESCRIPTOR) == CONTENT


def test_a_missing_blob_has_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no blob"):
        read_all(BlobStore(tmp_path), DESCRIPTOR)


def test_a_digest_cannot_climb_out(tmp_path: Path) -> None:
    with pytest.raises(CorruptError, match="not a sha256"):
        BlobStore(tmp_path).path("sha256:../../etc/passwd")


def test_without_tmpfile_a_named_file_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
    store = BlobStore(tmp_path)
    store.push(DESCRIPTOR, io.BytesIO(CONTENT))
    assert read_all(store, DESCRIPTOR) == CONTENT
    with pytest.raises(CorruptError):
        store.push(describe(b"y", ""), io.BytesIO(b"z"))
    assert _files(tmp_path) == [DESCRIPTOR.digest.replace(":", "/")]


def test_many_writers_of_one_blob(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    workers = [
        threading.Thread(target=lambda: store.push(DESCRIPTOR, io.BytesIO(CONTENT)))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert read_all(store, DESCRIPTOR) == CONTENT


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes write(2) fail with EFBIG, as a full disk does with ENOSPC."""
    program = f"""
import io, sys
from pathlib import Path
from gotare.errors import StoreError
from gotare.oci.blobs import BlobStore
from gotare.oci.types import Descriptor, describe
content = bytes(100_000)
try:
    BlobStore(Path({str(tmp_path)!r})).push(describe(content, ""), io.BytesIO(content))
except StoreError as error:
    print(error.message, "|", error.hint)
"""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        preexec_fn=limited,
        check=True,
    )
    assert "File too large" in done.stdout
    assert "ulimit" in done.stdout
    assert _files(tmp_path) == []


@pytest.mark.root
def test_a_full_file_system_is_said(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a tiny file system needs root")
    mount = tmp_path / "tiny"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], check=True)
    try:
        content = os.urandom(200_000)
        with pytest.raises(StoreError, match="No space left") as caught:
            BlobStore(mount).push(describe(content, ""), io.BytesIO(content))
        assert "free some space" in str(caught.value.hint)
        assert _files(mount) == []
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_killed_writer_leaves_nothing(tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from gotare.oci.blobs import BlobStore
writer = BlobStore(Path({str(tmp_path)!r})).writer()
writer.write(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert _files(tmp_path) == []


def test_small_files_change_at_once(tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert _files(tmp_path) == ["index.json"]
    with pytest.raises(StoreError, match="No such file"):
        write_atomically(tmp_path / "nowhere" / "x", b"")
