"""The cache folder: what it holds, how it stays bounded, and that it may vanish at any moment.

    blobs/     compressed layers, configs, manifests and SBOMs by digest
    members/   where in a layer's blob the compressed pieces of a binary are
    parts/     which layer a composed part became
    sources/   what the Go files of each project say
    builds/    what a build read and what came of it
    bin/       where `go build` writes, so that it can skip linking
    bases/     the digest a base's name had last time

Nothing in it is needed: whatever is missing or damaged is made again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from gotare.errors import CorruptError, UsageError
from gotare.frozen import dataclass

if TYPE_CHECKING:
    from gotare.cache_blobs import CacheBlobs

DEFAULT_LIMIT: Final = 4 << 30
"""Bytes the cache may hold before the least recently used files go."""

_KEEP_SECONDS: Final = 3600
_PRUNE_EVERY_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache folder. All paths are below `root`."""

    root: Path
    limit: int = DEFAULT_LIMIT

    @property
    def blobs(self) -> CacheBlobs:
        """The blobs."""
        from gotare.cache_blobs import CacheBlobs

        return CacheBlobs(self.root / "blobs")

    def folder(self, name: str) -> Path:
        """Return one of the folders, made if it is missing."""
        from gotare.oci.blobs import storing

        path = self.root / name
        with storing(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    def prune(self, now: float) -> int:
        """Delete the least recently used files until the rest fits; return the bytes freed.

        Files used within the last hour stay: another process may be about to read them. Runs at
        most every ten minutes and never in two processes at once.
        """
        stamp = self.root / "pruned"
        with suppress(OSError):
            if now - stamp.stat().st_mtime < _PRUNE_EVERY_SECONDS:
                return 0
        with suppress(OSError), _sole_owner(stamp) as alone:
            if alone:
                os.utime(stamp, (now, now))
                return self._prune(now)
        return 0

    def _prune(self, now: float) -> int:
        files = sorted(_files(self.root))
        excess = sum(size for _, size, _ in files) - self.limit
        freed = 0
        for used, size, path in files:
            if freed >= excess or used > now - _KEEP_SECONDS:
                break
            with suppress(OSError):
                path.unlink()
                freed += size
        return freed


def _files(root: Path) -> Iterator[tuple[float, int, Path]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            with suppress(OSError):
                status = path.stat()
                yield max(status.st_mtime, status.st_atime), status.st_size, path


@contextmanager
def _sole_owner(path: Path) -> Iterator[bool]:
    with path.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file that `read_sealed` believes. Raises StoreError."""
    from gotare.oci.blobs import write_atomically

    write_atomically(path, sha256(content).hexdigest().encode() + b"\n" + content)


def read_sealed(path: Path) -> bytes:
    """Return what `write_sealed` wrote. Raises OSError, or CorruptError when a byte differs."""
    seal, _, content = path.read_bytes().partition(b"\n")
    if seal != sha256(content).hexdigest().encode():
        raise CorruptError(f"{path} is damaged")
    return content


_held: dict[Path, IO[bytes]] = {}


def hold(path: Path) -> bool:
    """Lock a file without waiting, for a later `locked` of this process to take over."""
    try:
        stream = path.open("ab")
    except OSError:
        return False
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return False
    _held[path] = stream
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a lock, waiting for it if another process has it."""
    with _held.pop(path, None) or path.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def release_all() -> None:
    """Give up what was held and not taken over."""
    while _held:
        _held.popitem()[1].close()


def cache_root(env: Mapping[str, str], home: Path) -> Path:
    """Return where the cache is: GOTARE_CACHE, else the XDG cache folder."""
    if chosen := env.get("GOTARE_CACHE"):
        return Path(chosen)
    return Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "gotare"


def cache_limit(env: Mapping[str, str]) -> int:
    """Return GOTARE_CACHE_SIZE (such as 500M or 4G) in bytes, or the default."""
    text = env.get("GOTARE_CACHE_SIZE", "").strip().upper().removesuffix("B")
    if not text:
        return DEFAULT_LIMIT
    scale = {"K": 10, "M": 20, "G": 30, "T": 40}.get(text[-1], 0)
    number = text[:-1] if scale else text
    if not number.isdecimal():
        raise UsageError(f"GOTARE_CACHE_SIZE is not a size: {text!r}", "for example 500M or 4G")
    return int(number) << scale


@contextmanager
def open_cache(env: Mapping[str, str], home: Path) -> Iterator[tuple[Cache, str | None]]:
    """Open the cache; where it cannot be written, one for this run only, and a warning."""
    root, limit = cache_root(env, home), cache_limit(env)
    try:
        root.mkdir(parents=True, exist_ok=True)
        writable = os.access(root, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if writable:
        yield Cache(root, limit), None
        return
    import shutil
    import tempfile

    passing = Path(tempfile.mkdtemp(prefix="gotare-"))
    try:
        yield Cache(passing, limit), f"{root} cannot be written: nothing is kept for the next build"
    finally:
        shutil.rmtree(passing, ignore_errors=True)
