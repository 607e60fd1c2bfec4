"""Makes layers: from a list of files to a deterministic, compressed tar in a blob store.

Every field that could differ between machines is normalised: entries sorted by path, owners and
modes as given, one modification time, no names of users, PAX headers only where USTAR has no room
(image-spec `layer.md`; POSIX pax).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from gotare.errors import ProjectError, StoreError
from gotare.frozen import dataclass
from gotare.oci.blobs import BlobStore, write_atomically
from gotare.oci.compression import Compression
from gotare.oci.store import CHUNK
from gotare.oci.types import Descriptor

if TYPE_CHECKING:
    import tarfile

_BLOCK = 512
_RECORD = 20 * _BLOCK


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link in a layer.

    `path` is absolute inside the image. `content` is a file to read on this machine, or the bytes
    themselves; None for folders and links. `link` is a symlink's target, or for `kind` "hardlink"
    the absolute path of the other name.
    """

    path: str
    kind: str = "file"
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    content: Path | bytes | None = None
    link: str = ""

    @property
    def name(self) -> str:
        """The member's name in the tar: no leading slash, and a trailing one on folders."""
        name = self.path.strip("/")
        return name + "/" if self.kind == "directory" else name


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in a blob store. Sizes are bytes; `kind` and `created_by` say what it is for."""

    descriptor: Descriptor
    diff_id: str
    size: int
    kind: str
    created_by: str
    reused: bool = False


def directory(path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
    """Return a folder."""
    return Entry(path, "directory", mode, uid, gid)


def with_parents(entries: Iterable[Entry]) -> list[Entry]:
    """Add the folders above the entries that are not among them, owned by root, mode 0755."""
    known = {entry.path.rstrip("/"): entry for entry in entries}
    for path in list(known):
        for parent in PurePosixPath(path).parents:
            if str(parent) != "/":
                known.setdefault(str(parent), directory(str(parent)))
    return sorted(known.values(), key=_order)


def _order(entry: Entry) -> tuple[bool, str]:
    """Hard links last, because a tar must hold their targets first; else by path."""
    return entry.kind == "hardlink", entry.name


def check_paths(entries: Iterable[Entry]) -> None:
    """Raise ProjectError for a path that climbs out, or stands twice with other content."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        path = entry.path
        if not path.startswith("/") or path == "/" or "\0" in path:
            raise ProjectError(f"not an absolute path in the image: {path!r}")
        if any(part in ("..", ".") for part in path.split("/")):
            raise ProjectError(f"a path in the image may not hold '..': {path!r}")
        other = seen.setdefault(path.rstrip("/"), entry)
        if other != entry:
            raise ProjectError(
                f"two things have the path {path} in the image", "give one another destination"
            )


def tar_chunks(entries: Iterable[Entry], epoch: int) -> Iterator[bytes]:
    """Yield the tar. Raises ProjectError when a file cannot be read or changes meanwhile."""
    ordered = sorted(entries, key=_order)
    check_paths(ordered)
    written = 0
    for entry in ordered:
        for chunk in _member(entry, epoch):
            written += len(chunk)
            yield chunk
    yield bytes(2 * _BLOCK + -(written + 2 * _BLOCK) % _RECORD)


def _member(entry: Entry, epoch: int) -> Iterator[bytes]:
    import tarfile

    with _opened(entry) as (size, pieces):
        info = tarfile.TarInfo(entry.name)
        info.size, info.mtime = size, epoch
        info.mode, info.uid, info.gid = entry.mode, entry.uid, entry.gid
        info.type = _tar_type(tarfile, entry.kind)
        info.linkname = entry.link.lstrip("/") if entry.kind == "hardlink" else entry.link
        yield _header(info)
        left = size
        for piece in pieces:
            left -= len(piece)
            yield piece
        if left:
            raise ProjectError(f"{entry.path} changed while it was read", "run gotare again")
    if padding := -size % _BLOCK:
        yield bytes(padding)


def _header(info: tarfile.TarInfo) -> bytes:
    """Return a USTAR header, or a PAX one where a name or size has no room or is not ASCII."""
    import tarfile

    if info.name.isascii() and info.linkname.isascii():
        with suppress(ValueError):
            return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _tar_type(tarfile: object, kind: str) -> bytes:
    types = {"file": "REGTYPE", "directory": "DIRTYPE", "symlink": "SYMTYPE", "hardlink": "LNKTYPE"}
    value: bytes = getattr(tarfile, types[kind])
    return value


@contextmanager
def _opened(entry: Entry) -> Iterator[tuple[int, Iterator[bytes]]]:
    if entry.kind != "file":
        yield 0, iter(())
    elif isinstance(entry.content, Path):
        try:
            descriptor = os.open(entry.content, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ProjectError(f"cannot read {entry.content}: {error.strerror}") from error
        try:
            size = os.fstat(descriptor).st_size
            yield size, _read(descriptor, size)
        finally:
            os.close(descriptor)
    else:
        content = entry.content or b""
        yield len(content), iter((content,) if content else ())


def _read(descriptor: int, size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := os.read(descriptor, min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


def make_layer(
    entries: Iterable[Entry],
    *,
    kind: str,
    created_by: str,
    epoch: int,
    compression: Compression,
    docker: bool,
    store: BlobStore,
    memo: MemberMemo | None = None,
) -> Layer:
    """Write the layer into the store; `memo` spares compressing what an earlier one held.

    Raises ProjectError for files that cannot be read, StoreError when the store cannot be written.
    """
    diff, size = hashlib.sha256(), 0

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for chunk in tar_chunks(entries, epoch):
            diff.update(chunk)
            size += len(chunk)
            yield chunk

    with store.writer() as writer:
        if memo is None or compression.algorithm != "gzip":
            for piece in compression.compress(hashed()):
                writer.write(piece)
        else:
            for key, member in compression.members(hashed(), memo.recall):
                memo.note(key, writer.size, member)
                writer.write(member)
        descriptor = Descriptor(compression.media_type(docker), writer.digest, writer.size)
        reused = store.exists(descriptor)
        if not reused:
            writer.commit()
    if memo is not None:
        memo.save(descriptor.digest)
    return Layer(descriptor, f"sha256:{diff.hexdigest()}", size, kind, created_by, reused)


class MemberMemo:
    """Finds the gzip members of the last layer made in the same slot.

    An edit that moves nothing, such as another constant, leaves most of a binary's mebibytes as
    they were, and other labels or another base all of them. A member is taken from the blob of the
    earlier layer, and only if its own digest is right; whatever is damaged or gone is a miss.
    """

    def __init__(self, folder: Path, slot: str, store: BlobStore) -> None:
        """`slot` names what the layer is of, and everything else that decides its bytes."""
        self._path = folder / hashlib.sha256(slot.encode()).hexdigest()
        self._store = store
        self._blob: Path | None = None
        self._before: dict[str, list[Any]] = {}
        self._now: dict[str, list[Any]] = {}
        with suppress(OSError, ValueError, StoreError, KeyError, TypeError):
            document = json.loads(self._path.read_bytes())
            self._before = dict(document["members"])
            self._blob = store.path(document["blob"])

    def recall(self, key: str) -> bytes | None:
        """Return the member whose input has this digest, if the earlier layer had it."""
        with suppress(OSError, ValueError, TypeError):
            if self._blob is None or key not in self._before:
                return None
            offset, length, digest = self._before[key]
            with self._blob.open("rb") as stream:
                stream.seek(offset)
                member = stream.read(length)
            return member if hashlib.sha256(member).hexdigest() == digest else None
        return None

    def note(self, key: str, offset: int, member: bytes) -> None:
        """Remember where a member is in the new layer."""
        digest = hashlib.sha256(member).hexdigest()
        self._now[key] = [offset, len(member), digest]

    def save(self, blob: str) -> None:
        """Write what was noted, for the layer in `blob`; a cache that cannot be written is fine."""
        content = json.dumps({"blob": blob, "members": self._now}).encode()
        with suppress(OSError, StoreError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._now != self._before:
                write_atomically(self._path, content)


def scan_tree(root: Path, destination: str, mode: int | None, uid: int, gid: int) -> list[Entry]:
    """Return the entries for a file or folder of this machine at `destination` in the image.

    Symlinks are kept as they are. Modes are normalised to 0644 and 0755 (executable or folder),
    because a umask must not reach the image; `mode` replaces that of files.
    """
    return list(_scan(root, destination.rstrip("/"), mode, uid, gid))


def _scan(path: Path, destination: str, mode: int | None, uid: int, gid: int) -> Iterator[Entry]:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            yield Entry(destination, "symlink", 0o777, uid, gid, None, str(path.readlink()))
        elif stat.S_ISDIR(status.st_mode):
            yield directory(destination, 0o755, uid, gid)
            for child in sorted(path.iterdir()):
                yield from _scan(child, f"{destination}/{child.name}", mode, uid, gid)
        elif stat.S_ISREG(status.st_mode):
            usual = 0o755 if status.st_mode & 0o100 else 0o644
            yield Entry(destination, "file", usual if mode is None else mode, uid, gid, path)
        else:
            raise ProjectError(f"{path} is not a file, folder or symlink", "leave it out of files:")
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror}") from error
