"""Keeps what was read of Go files between runs, by the digest of their content.

One file per project: a header that names the version of the readers and seals the rest, then the
entries as `marshal` writes them. A file that is damaged, or that other readers wrote, counts as
none; one that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from gotare import __version__
from gotare.golang.facts.plain import Plain, file_of, plain_of
from gotare.golang.syntax.file import File

LIMIT: Final = 64 << 20
"""Bytes that one project's store may take; the entries least recently added go first."""

_MAGIC: Final = b"gotare sources 1\n"


class Store:
    """The entries of one project. Without a path it only lasts for this run."""

    def __init__(self, path: Path | None, limit: int = LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._old = _load(path) if path else {}
        self._used: dict[bytes, bytes] = {}
        self._changed = False

    def file(self, key: bytes) -> File | None:
        """Return the file kept under a key, or None."""
        try:
            plain = self.plain(key)
            return file_of(plain) if plain is not None else None
        except (ValueError, TypeError):
            return None

    def has(self, key: bytes) -> bool:
        """Whether something is kept under a key; it then stays."""
        entry = self._used.get(key) or self._old.get(key)
        if entry is not None:
            self._used[key] = entry
        return entry is not None

    def plain(self, key: bytes) -> Plain | None:
        """Return the tuple kept under a key, or None."""
        entry = self._used.get(key) or self._old.get(key)
        if entry is None:
            return None
        self._used[key] = entry
        try:
            found = marshal.loads(entry)  # noqa: S302 - sealed, and from the user's own cache
        except (ValueError, TypeError, EOFError):
            return None
        return found if isinstance(found, tuple) else None

    def keep_file(self, key: bytes, file: File) -> None:
        """Keep a file, if it can be written at all."""
        self.keep(key, plain_of(file))

    def keep(self, key: bytes, plain: Plain) -> None:
        """Keep a tuple of tuples, strings and numbers."""
        with suppress(ValueError):  # nested deeper than marshal goes
            self._used[key] = marshal.dumps(plain)
            self._changed = True

    def save(self) -> None:
        """Write the entries if there are new ones, those of this run last."""
        if not self._changed or not self._path:
            return
        rest = {key: entry for key, entry in self._old.items() if key not in self._used}
        entries = _within(rest | self._used, self._limit)
        content = marshal.dumps(entries)
        with suppress(OSError):
            _write(self._path, _header(content) + content)
            self._changed = False


def _within(entries: dict[bytes, bytes], limit: int) -> dict[bytes, bytes]:
    """Return the last entries that fit."""
    size, kept = 0, []
    for key in reversed(entries):
        size += len(entries[key])
        if size > limit:
            break
        kept.append(key)
    return {key: entries[key] for key in reversed(kept)}


def _load(path: Path) -> dict[bytes, bytes]:
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    length = len(_header(b""))
    if content[:length] != _header(body := content[length:]):
        return {}
    entries = marshal.loads(body)  # noqa: S302 - sealed, and from the user's own cache
    return entries if isinstance(entries, dict) else {}


def _header(content: bytes) -> bytes:
    seal = hashlib.sha256(_readers() + content).hexdigest()
    return _MAGIC + seal.encode() + b"\n"


@cache
def _readers() -> bytes:
    """Return what decides how files are read and facts found: our code, the grammar, and the
    interpreter."""
    here = Path(__file__).parent
    spec = find_spec("tree_sitter_go")
    files = sorted([*(here.parent / "syntax").glob("*.py"), *here.glob("*.py")])
    files += [Path(spec.origin)] if spec and spec.origin else []
    states = [(path.name, (status := path.stat()).st_size, status.st_mtime_ns) for path in files]
    return repr((__version__, sys.version, marshal.version, states)).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
