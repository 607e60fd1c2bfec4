"""Reads the Go files of a project, each once, and keeps what they say in a store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from gotare.golang.constraints import Context, file_included
from gotare.golang.content_key import digest_of
from gotare.golang.facts.store import Store
from gotare.golang.shape import shape_of, with_key
from gotare.golang.syntax.file import File, read_file

_HEAD_ONLY: Final = re.compile(r"(?<!_grpc)\.pb\.go$|^zz_generated\.|_string\.go$|^bindata\.go$")
"""Names of generated files of which only the imports matter: messages, copies, tables."""

_GENERATED: Final = re.compile(rb"^// Code generated .* DO NOT EDIT\.\r?$", re.MULTILINE)
_DECLARATION: Final = re.compile(rb"^(?:func|var|type|const)\b", re.MULTILINE)
_QUOTED: Final = re.compile(rb'"([^"\n]+)"')


class Reader:
    """Reads files by absolute path. A file that cannot be read is empty and unreadable."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.unreadable: set[str] = set()
        self._contents: dict[str, bytes] = {}
        self._keys: dict[str, bytes] = {}
        self._files: dict[str, File] = {}

    def content(self, path: str) -> bytes:
        """Return the content of a file."""
        known = self._contents.get(path)
        if known is None:
            known = self._contents[path] = self._read(path)
        return known

    def key(self, path: str) -> bytes:
        """Return the key of what is read of a file for facts."""
        known = self._keys.get(path)
        if known is None:
            known = self._keys[path] = digest_of(parsed_part(path, self.content(path)))
        return known

    def file(self, path: str) -> File:
        """Return what a Go file says."""
        known = self._files.get(path)
        if known is None:
            known = self.store.file(self.key(path))
            if known is None:
                known = read_file(parsed_part(path, self.content(path)))
                self.store.keep_file(self.key(path), known)
            self._files[path] = known
        return known

    def prepare(self, path: str) -> None:
        """Read a file, and parse it unless the store knows what it says."""
        if not self.store.has(self.key(path)):
            self.file(path)

    def shape(self, path: str) -> str:
        """Return the shape of a Go file with its key behind it, "" when it cannot be read."""
        content = self.content(path)
        if not content:
            return ""
        name = b"shape " + digest_of(content)
        known = self.store.plain(name)
        if known is None:
            known = (shape_of(content),)
            self.store.keep(name, known)
        return with_key(str(known[0]), self.key(path))

    def _read(self, path: str) -> bytes:
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - thousands of files
                return file.read()
        except OSError:
            self.unreadable.add(path)
            return b""


def reader_for(root: Path, folder: Path | None) -> Reader:
    """Return a reader that keeps what it reads of a project in a folder of stores."""
    name = sha256(str(root).encode()).hexdigest()[:32]
    return Reader(Store(folder / name if folder else None))


def parsed_part(path: str, content: bytes) -> bytes:
    """Return what of a file is parsed: all, but of some generated files only the head."""
    name = os.path.basename(path)  # noqa: PTH119
    if _HEAD_ONLY.search(name) and _GENERATED.search(content[: 64 << 10]):
        end = _DECLARATION.search(content)
        return content[: end.start()] if end else content
    return content


def read_ahead(
    reader: Reader,
    folders: Iterable[str],
    modules: Mapping[str, Path],
    contexts: Sequence[Context],
) -> Iterator[None]:
    """Read the packages in folders and what they import of the modules (import path to folder),
    a file at each step, while somebody else finds out what exactly the packages are."""
    waiting = list(folders)
    seen = set(waiting)
    for folder in waiting:  # grows while it is walked
        for name in _source_names(folder):
            path = f"{folder}/{name}"
            content = reader.content(path)
            if not any(file_included(name, content, context) for context in contexts):
                continue
            reader.prepare(path)
            for imported in _quoted(content):
                found = _folder_of(imported, modules)
                if found and found not in seen:
                    seen.add(found)
                    waiting.append(found)
            yield


def _quoted(content: bytes) -> list[str]:
    """Return what stands in quotes before the first declaration: the imports, and maybe more."""
    end = _DECLARATION.search(content)
    head = content[: end.start()] if end else content
    return [word.decode("utf-8", "replace") for word in _QUOTED.findall(head)]


def _source_names(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - hundreds of folders
    except OSError:
        return []
    return sorted(n for n in names if n.endswith(".go") and not n.endswith("_test.go"))


def _folder_of(import_path: str, modules: Mapping[str, Path]) -> str | None:
    """Return the folder of a package of one of the modules, the longest path first."""
    path, rest = import_path, ""
    while path:
        if path in modules:
            return f"{modules[path]}{rest}"
        path, _, last = path.rpartition("/")
        rest = f"/{last}{rest}"
    return None
