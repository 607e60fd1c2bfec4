"""The few files that are wanted from the layers of an image, as a container would see them.

Layers are streams of tar, lowest first. Whiteouts: OCI image-spec `layer.md`, "Whiteouts". Nothing
is unpacked, and what is kept is bounded, whatever the layers hold.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol, Self

from gotare.errors import CorruptError
from gotare.oci.store import CHUNK

FILE_LIMIT: Final = 32 << 20
"""Bytes of one file."""
TOTAL_LIMIT: Final = 64 << 20
"""Bytes kept of one image."""
ENTRY_LIMIT: Final = 2_000_000
"""Entries of one layer."""
_EXTENDED_LIMIT: Final = 1 << 20
_EXTENDED: Final = frozenset({b"x", b"g", b"X", b"L", b"K"})
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_HINT: Final = "the base image is damaged or hostile: use another one, or --sbom none"


class Reader(Protocol):
    """A stream of one layer's tar, uncompressed."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Wanted(Protocol):
    """Says which paths are kept; they have no leading slash."""

    def __call__(self, path: str, /) -> bool:
        """Whether the file is kept."""


def read_files(layers: Iterable[Reader], wanted: Wanted) -> dict[str, bytes]:
    """Return the wanted regular files by path. Each layer is read to its end.

    Raises CorruptError when a layer is not a tar, or a limit is passed.
    """
    files: dict[str, bytes] = {}
    for layer in layers:
        folders = {folder for name in files for folder in _parents(name)}
        added: dict[str, bytes] = {}
        for path, content in _changes(layer, wanted):
            if content is not None:
                added[path] = content
            elif path in files or path in folders:
                _remove(files, path)
        files |= added
        _check(sum(map(len, files.values())) <= TOTAL_LIMIT, "the package lists are too large")
    return files


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts))]


def _remove(files: dict[str, bytes], path: str) -> None:
    for name in [name for name in files if name == path or _is_below(name, path)]:
        del files[name]


def _is_below(name: str, folder: str) -> bool:
    return folder == "" or name.startswith(folder + "/")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise CorruptError(message, _HINT)


class _Member(tarfile.TarInfo):
    """A member whose extended headers are bounded; tarfile would read any size into memory."""

    @classmethod
    def frombuf(cls, *args: Any, **options: Any) -> Self:
        member = super().frombuf(*args, **options)
        if member.type in _EXTENDED and member.size > _EXTENDED_LIMIT:
            raise CorruptError(f"a tar extended header has {member.size} bytes", _HINT)
        return member


def _changes(layer: Reader, wanted: Wanted) -> Iterator[tuple[str, bytes | None]]:
    """Yield the wanted files of a layer, and None for each path that it takes from those below."""
    try:
        with tarfile.open(fileobj=layer, mode="r|", tarinfo=_Member, bufsize=CHUNK) as tar:  # type: ignore[call-overload]
            yield from _members(tar, wanted)
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise CorruptError(f"a layer is not a tar: {error}", _HINT) from error
    while layer.read(CHUNK):
        pass  # the reader checks the digest at the end


def _members(tar: tarfile.TarFile, wanted: Wanted) -> Iterator[tuple[str, bytes | None]]:
    count, left = 0, TOTAL_LIMIT
    while (member := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]  # it would keep them all
        count += 1
        _check(count <= ENTRY_LIMIT, f"a layer has more than {ENTRY_LIMIT} entries")
        path = posixpath.normpath("/" + member.name).lstrip("/")
        if not member.isdir():
            yield _taken(path), None
        if member.isreg() and wanted(path):
            left -= member.size
            _check(member.size <= FILE_LIMIT and left >= 0, f"{path} is too large to be read")
            yield path, _content(tar, member)


def _taken(path: str) -> str:
    """Return what an entry takes from the layers below: itself, or what its whiteout names."""
    folder, name = posixpath.split(path)
    if name == _OPAQUE:
        return folder
    return posixpath.join(folder, name.removeprefix(_WHITEOUT))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    assert stream is not None
    return stream.read(member.size)
