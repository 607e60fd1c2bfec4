"""OCI archives: an OCI layout in one tar file, as a source and as a sink.

What an image is called in it, and where its referrers are, is as in a layout (`layout.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.closing import Closing
from gotare.oci.layout import Layout
from gotare.oci.staging import Staging, TarWriter
from gotare.oci.store import VerifyingReader
from gotare.oci.tarindex import TarIndex
from gotare.oci.types import Descriptor, check_digest, decode


class OciArchive(Closing, Layout):
    """An OCI archive that can be read; it is a layout whose files are members of a tar.

    Compressed archives (gzip, zstd) are expanded into a temporary file first. Close it after use.
    """

    def __init__(self, path: Path) -> None:
        """Raises NotFoundError, StoreError, or CorruptError when it is not an OCI archive."""
        self._documents = {}
        self.path = path
        self._tar = TarIndex(path)
        if "index.json" not in self._tar.members:
            self._tar.close()
            is_docker = "manifest.json" in self._tar.members
            raise CorruptError(
                f"{path} is not an OCI archive: it has no index.json",
                f"it is a Docker archive: docker-archive:{path}" if is_docker else None,
            )

    def _read_index(self) -> dict[str, Any]:
        index = decode(self._tar.read("index.json"), f"index.json in {self.path}")
        if not isinstance(index.get("manifests"), list):
            raise CorruptError(f"index.json in {self.path} has no list of manifests")
        return index

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a blob. Raises NotFoundError; the reader raises CorruptError."""
        name = _member(descriptor)
        if self._tar.is_link(name):
            raise CorruptError(f"{self.path}: the blob {descriptor.digest} is a link")
        if name not in self._tar.members:
            raise NotFoundError(f"{self.path} has no blob {descriptor.digest}")
        member = self._tar.members[name]
        if member.size != descriptor.size:
            raise CorruptError(
                f"{descriptor.digest} in {self.path} has {member.size} bytes"
                f" instead of {descriptor.size}"
            )
        with self._tar.open(member) as stream:
            yield cast(BinaryIO, VerifyingReader(stream, descriptor, str(self.path)))

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the archive has the blob."""
        member = self._tar.members.get(_member(descriptor))
        return member is not None and member.size == descriptor.size

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Refuse: an archive is written as a whole."""
        raise self._refusal()

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Refuse: an archive is written as a whole."""
        raise self._refusal()

    def _refusal(self) -> StoreError:
        return StoreError(f"{self.path} was opened for reading", "write a new archive")

    def close(self) -> None:
        """Close the file."""
        self._tar.close()


def _member(descriptor: Descriptor) -> str:
    return "blobs/" + check_digest(descriptor.digest).replace(":", "/", 1)


class OciArchiveWriter:
    """A sink that becomes an OCI archive when its block ends without an error.

    An archive that was there is replaced. The same images give the same bytes, in whatever order
    they came: members are sorted, with no times and no owners. Two copies of the content are on
    disk for a moment, in a hidden folder beside the archive.
    """

    def __init__(self, path: Path) -> None:
        """Raises StoreError when nothing can be written there."""
        self.path = path
        self._staging = Staging(path)
        self._layout = Layout(self._staging.path / "layout", create=True)

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content was pushed already."""
        return self._layout.exists(descriptor)

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Keep the content for the archive. Raises StoreError, CorruptError."""
        with self._staging.naming():
            self._layout.push(descriptor, content)

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Name the image in the archive."""
        with self._staging.naming():
            self._layout.tag(descriptor, manifest, name)

    def close(self) -> None:
        """Write the archive and give it its name. Raises StoreError."""
        if not (self._layout.path / "index.json").exists():
            raise StoreError(f"there is no image to write to {self.path}", "name the image")
        self._staging.publish(self._write)

    def _write(self, file: BinaryIO) -> None:
        tar = TarWriter(file.write)
        root = self._layout.path
        names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        for name in sorted(names, key=_order):
            with (root / name).open("rb", buffering=0) as stream:
                tar.add(name, (root / name).stat().st_size, cast(BinaryIO, stream))
        tar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._staging:
            if error is None:
                self.close()


def _order(name: str) -> tuple[bool, str]:
    """The two files that tell what it is come first, so that a stream can be recognised early."""
    return name.startswith("blobs/"), name
