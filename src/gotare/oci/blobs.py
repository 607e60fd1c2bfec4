"""A folder of blobs named by their digests: `<algorithm>/<hex>` (image-spec `image-layout.md`).

A blob appears only when it is whole: it is written to a file without a name (O_TMPFILE), which the
kernel discards if the process dies, and linked when its digest is known.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.store import CHUNK, VerifyingReader
from gotare.oci.types import Descriptor, check_digest

_HINTS = {
    errno.ENOSPC: "the disk is full: free some space, or choose another output",
    errno.EDQUOT: "the disk quota is used up: free some space, or choose another output",
    errno.EACCES: "you may not write there: choose another output, or change its owner",
    errno.EPERM: "you may not write there: choose another output, or change its owner",
    errno.EROFS: "the file system is read-only: choose another output",
    errno.EEXIST: "a file is in the way of a folder: delete it, or choose another place",
    errno.ENOTDIR: "a file is in the way of a folder: delete it, or choose another place",
    errno.EFBIG: "the file is larger than this process may write (see `ulimit -f`)",
}


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the operating system's errors about `path` into StoreError with a hint."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        raise StoreError(f"{path}: {what}", _HINTS.get(error.errno or 0)) from error


class BlobWriter:
    """Writes one blob whose digest is known only at the end; `commit` makes it visible."""

    def __init__(self, directory: Path, algorithm: str = "sha256") -> None:
        self._directory = directory
        self._hash = hashlib.new(algorithm)
        self._name: str | None = None
        self.size = 0
        with storing(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._file = self._open()

    def _open(self) -> BinaryIO:
        try:
            descriptor = os.open(self._directory, os.O_TMPFILE | os.O_WRONLY, 0o644)
        except (OSError, AttributeError) as error:  # not Linux, or a file system without it
            if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS):
                raise
            self._name = str(self._directory / f".{os.urandom(8).hex()}.tmp")
            descriptor = os.open(self._name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        return cast(BinaryIO, os.fdopen(descriptor, "wb", buffering=0))

    def write(self, content: bytes) -> None:
        """Append content."""
        with storing(self._directory):
            view = memoryview(content)
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(content)
        self.size += len(content)

    @property
    def digest(self) -> str:
        """The digest of what was written so far."""
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def commit(self) -> None:
        """Give the blob its name."""
        path = self._directory / self._hash.hexdigest()
        with storing(path):
            os.fchmod(self._file.fileno(), 0o644)
            if self._name:
                Path(self._name).replace(path)
                self._name = None
            else:
                self._link(path)

    def _link(self, path: Path) -> None:
        source = f"/proc/self/fd/{self._file.fileno()}"
        # With a directory descriptor Python calls linkat(2), the only one that follows the link.
        here = os.open(self._directory, os.O_RDONLY)
        try:
            if path.exists() and path.stat().st_size != self.size:
                path.unlink()
            with suppress(FileExistsError):
                os.link(source, path, src_dir_fd=here, follow_symlinks=True)
        finally:
            os.close(here)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._name:
            Path(self._name).unlink(missing_ok=True)


def _check(writer: BlobWriter, descriptor: Descriptor) -> None:
    """Raise CorruptError when what was written is not what the descriptor says."""
    what = f"{descriptor.digest} in the source"
    if writer.size > descriptor.size:
        raise CorruptError(f"{what} is longer than {descriptor.size} bytes")
    if writer.size < descriptor.size:
        raise CorruptError(f"{what} is truncated: {descriptor.size - writer.size} bytes missing")
    if writer.digest != descriptor.digest:
        raise CorruptError(f"{what} has the digest {writer.digest}")


class BlobStore:
    """A folder of blobs. Safe for concurrent readers and writers, in and between processes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, digest: str) -> Path:
        """Return where the blob is, if it is there."""
        algorithm, _, value = check_digest(digest).partition(":")
        return self.directory / algorithm / value

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether a blob of that digest and size is there; the content is checked when read."""
        try:
            return self.path(descriptor.digest).stat().st_size == descriptor.size
        except OSError:
            return False

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a blob for reading. Raises NotFoundError; the reader raises CorruptError."""
        path = self.path(descriptor.digest)
        try:
            stream = path.open("rb", buffering=0)
        except FileNotFoundError:
            raise NotFoundError(f"{self.directory} has no blob {descriptor.digest}") from None
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error
        with stream:
            size = os.fstat(stream.fileno()).st_size
            if size != descriptor.size:
                raise CorruptError(f"{path} has {size} bytes instead of {descriptor.size}")
            yield cast(BinaryIO, VerifyingReader(cast(BinaryIO, stream), descriptor, str(path)))

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Store content; raises CorruptError when it is not what the descriptor says."""
        if self.exists(descriptor):
            return
        algorithm = descriptor.digest.partition(":")[0]
        with BlobWriter(self.directory / algorithm, algorithm) as writer:
            while chunk := content.read(CHUNK):
                writer.write(chunk)
                if writer.size > descriptor.size:
                    break
            _check(writer, descriptor)
            writer.commit()

    def writer(self) -> BlobWriter:
        """Return a writer for a blob whose digest is not known yet."""
        return BlobWriter(self.directory / "sha256")

    def add(self, content: bytes) -> None:
        """Store content under its own digest."""
        with self.writer() as writer:
            writer.write(content)
            writer.commit()

    def remove(self, digest: str) -> None:
        """Delete a blob, if it is there."""
        with storing(self.directory):
            self.path(digest).unlink(missing_ok=True)

    def remove_damaged(self) -> None:
        """Read every blob, and delete those that are not what their name says."""
        for path in (self.directory / "sha256").glob("[0-9a-f]" * 64):
            with suppress(OSError):
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                if digest != path.name:
                    path.unlink()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file so that readers see the old content or the new, never a part.

    Raises StoreError.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    with storing(path):
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
