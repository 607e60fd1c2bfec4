"""Reads the Go files of a project, each once, and keeps what they say in a store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gotare.golang.constraints import Context, file_included
from gotare.golang.content_key import digest_of
from gotare.golang.facts.store import Store
from gotare.golang.syntax.file import File, read_file

_HEAD_ONLY: Final = re.compile(r"(?<!_grpc)\.pb\.go$|^zz_generated\.|_string\.go$|^bindata\.go$")
"""Names of generated files of which only the imports matter: messages, copies, tables."""

_GENERATED: Final = re.compile(rb"^// Code generated .* DO NOT EDIT\.\r?$", re.MULTILINE)
_DECLARATION: Final = re.compile(rb"^(?:func|var|type|const)\b", re.MULTILINE)


class Reader:
    """Reads files by absolute path. A file that cannot be read is empty and unreadable."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.unreadable: set[str] = set()
        self._contents: dict[str, bytes] = {}
        self._files: dict[str, File] = {}

    def content(self, path: str) -> bytes:
        """Return the content of a file."""
        known = self._contents.get(path)
        if known is None:
            known = self._contents[path] = self._read(path)
        return known

    def parsed(self, path: str) -> bytes:
        """Return what of a file is parsed."""
        return parsed_part(path, self.content(path))

    def file(self, path: str) -> File:
        """Return what a Go file says."""
        known = self._files.get(path)
        if known is None:
            content = self.parsed(path)
            key = digest_of(content)
            known = self.store.file(key)
            if known is None:
                known = read_file(content)
                self.store.keep_file(key, known)
            self._files[path] = known
        return known

    def _read(self, path: str) -> bytes:
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - thousands of files
                return file.read()
        except OSError:
            self.unreadable.add(path)
            return b""


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
            for statement in reader.file(path).imports:
                found = _folder_of(statement.path, modules)
                if found and found not in seen:
                    seen.add(found)
                    waiting.append(found)
            yield


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
