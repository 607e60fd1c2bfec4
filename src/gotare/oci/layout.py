"""An OCI image layout on disk, as a source and a sink (image-spec `image-layout.md`).

A name is the `org.opencontainers.image.ref.name` annotation of an entry in `index.json`; entries
without one are referrers (SBOMs, signatures), found through their subject.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.blobs import BlobStore, storing, write_atomically
from gotare.oci.store import chunks, read_all
from gotare.oci.types import MAX_MANIFEST, OCI_INDEX, REF_NAME, Descriptor, decode, encode

_SMALL: Final = 1 << 16
_LAYOUT_FILE: Final = b'{"imageLayoutVersion":"1.0.0"}'
_EMPTY_INDEX: Final[dict[str, Any]] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
# containerd's name of the whole reference, where ref.name holds the tag alone
_CONTAINERD_NAME: Final = "io.containerd.image.name"


class Layout:
    """An OCI image layout. `create` makes it when it is first written."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the layout; raises NotFoundError when it is none and `create` is false."""
        self.path = path
        self.blobs = BlobStore(path / "blobs")
        self._documents: dict[str, dict[str, Any]] = {}
        if create:
            self._check_writable()
        elif not (path / "index.json").is_file():
            raise NotFoundError(
                f"{path} is not an OCI layout: it has no index.json",
                "`gotare build` writes one into ./dist",
            )

    def _check_writable(self) -> None:
        """Refuse a folder that holds something else, before anything is written."""
        with storing(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError(f"{self.path} is a file, not a folder", "choose another output")
            if (self.path / "oci-layout").exists() or not self.path.exists():
                return
            # What another process is writing at this moment may be there already.
            ours = re.compile(r"blobs|index\.json|oci-layout|\.(index\.json|oci-layout)\..*")
            found = (path.name for path in self.path.iterdir())
            names = sorted(name for name in found if not ours.fullmatch(name))
        if names:
            raise StoreError(
                f"{self.path} is not an OCI layout and not empty: it holds {', '.join(names[:3])}",
                "choose another folder with --oci-layout DIR",
            )

    # reading

    def entries(self) -> tuple[Descriptor, ...]:
        """Return the descriptors in `index.json`. Raises CorruptError, StoreError."""
        return tuple(Descriptor.from_json(entry) for entry in self._read_index()["manifests"])

    def _read_index(self) -> dict[str, Any]:
        path = self.path / "index.json"
        with storing(path):
            if path.stat().st_size > MAX_MANIFEST:
                raise CorruptError(f"{path} is larger than {MAX_MANIFEST} bytes")
            content = path.read_bytes()
        index = decode(content, str(path))
        if not isinstance(index.get("manifests"), list):
            raise CorruptError(f"{path} has no list of manifests")
        try:
            for entry in index["manifests"]:
                Descriptor.from_json(entry)
        except CorruptError as error:
            raise CorruptError(f"{path}: {error.message}") from error
        return index

    def resolve(self, name: str) -> Descriptor:
        """Return the entry with that ref.name, digest or tag; "" means the only image.

        Raises NotFoundError that lists the names there are.
        """
        entries = self.entries()
        for matches in (_named, _digested, _tagged):
            found = [entry for entry in entries if matches(entry, name)]
            if len({entry.digest for entry in found}) == 1:
                return found[0]
        names = sorted(filter(None, (entry.annotations.get(REF_NAME) for entry in entries)))
        listing = ", ".join(names[:10]) or "none"
        what = f"no image {name!r}" if name else f"{len(names)} images"
        hint = f"name one of: {listing}" if names else "it is empty"
        raise NotFoundError(f"{self.path} holds {what}", hint)

    def fetch(self, descriptor: Descriptor) -> AbstractContextManager[BinaryIO]:
        """Open a blob; see `BlobStore.fetch`."""
        return self.blobs.fetch(descriptor)

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the manifests in the index whose subject is `descriptor`."""
        found = (e for e in self.entries() if e.is_manifest and self.exists(e))
        return tuple(
            entry for entry in found if _subject_digest(self._document(entry)) == descriptor.digest
        )

    # writing

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the blob is there."""
        return self.blobs.exists(descriptor)

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Store a blob; a manifest with a subject is also listed in the index."""
        with storing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        self.blobs.push(descriptor, content)
        if descriptor.is_manifest:
            manifest = decode(read_all(self, descriptor), descriptor.digest)
            if manifest.get("subject"):
                self._list_referrer(descriptor, manifest)

    def _list_referrer(self, descriptor: Descriptor, manifest: dict[str, Any]) -> None:
        entry = replace(
            descriptor,
            artifact_type=str(manifest.get("artifactType") or ""),
            annotations=dict(manifest.get("annotations") or {}),
            platform=None,
        )
        self._update(
            lambda entries: [
                *(other for other in entries if other.digest != descriptor.digest),
                entry,
            ]
        )

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Make `name` point to the image; blobs that only the image it named before needs go."""
        if not self.exists(descriptor):
            self.blobs.add(manifest)
        entry = replace(descriptor, annotations={**descriptor.annotations, REF_NAME: name})

        def merge(entries: list[Descriptor]) -> list[Descriptor]:
            others = [e for e in entries if e.annotations.get(REF_NAME) != name]
            nameless = (entry.digest, None)
            return [
                *(e for e in others if (e.digest, e.annotations.get(REF_NAME)) != nameless),
                entry,
            ]

        self._update(merge)

    def _update(self, change: Callable[[list[Descriptor]], list[Descriptor]]) -> None:
        """Rewrite `index.json` under a lock; unknown fields stay, replaced images go."""
        with self._locked():
            document = self._read_index() if (self.path / "index.json").exists() else _EMPTY_INDEX
            before = [Descriptor.from_json(entry) for entry in document["manifests"]]
            wanted = change(before)
            lost = self._lost(before, wanted)
            kept = (entry for entry in wanted if not lost or self._subject_of(entry) not in lost)
            after = sorted(kept, key=_order)
            if after == before:
                return
            manifests = [entry.json() for entry in after]
            self._write_layout_file()
            write_atomically(self.path / "index.json", encode({**document, "manifests": manifests}))
            for digest in self._lost(before, after):
                self.blobs.remove(digest)

    def _write_layout_file(self) -> None:
        if not (self.path / "oci-layout").exists():
            write_atomically(self.path / "oci-layout", _LAYOUT_FILE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with storing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(descriptor)

    def mend(self, entry: Descriptor, is_trusted: Callable[[Path], bool]) -> bool:
        """Remove what is damaged of an image, and manifests above what is missing.

        Return whether it was whole; if not, a copy brings what it lacks. Files that `is_trusted`
        says are as they were need not be read.
        """
        path = self.blobs.path(entry.digest)
        whole = self.exists(entry) and (is_trusted(path) or self._is_right(entry))
        if whole and (entry.is_index or entry.is_manifest):
            for child in children(decode(read_all(self, entry), entry.digest)):
                whole &= self.mend(child, is_trusted)
        if not whole:
            self.blobs.remove(entry.digest)
        return whole

    def _is_right(self, entry: Descriptor) -> bool:
        try:
            with self.fetch(entry) as stream:
                return sum(map(len, chunks(stream))) == entry.size
        except StoreError:
            return False

    # what a replaced image leaves behind

    def _lost(self, before: list[Descriptor], after: list[Descriptor]) -> set[str]:
        """Return what nothing in the index leads to any more; SBOMs of it go as well."""
        kept = {entry.digest for entry in after}
        gone = [entry for entry in before if entry.digest not in kept]
        return self.reachable(gone) - self.reachable(after) if gone else set()

    def _subject_of(self, entry: Descriptor) -> str | None:
        if REF_NAME in entry.annotations or not entry.is_manifest:
            return None
        with suppress(StoreError):
            return _subject_digest(self._document(entry))
        return None

    def _document(self, entry: Descriptor) -> dict[str, Any]:
        """Return a manifest or index. Its digest names its content, so it is read only once."""
        document = self._documents.get(entry.digest)
        if document is None:
            document = decode(read_all(self, entry), entry.digest)
            if entry.size < _SMALL:
                self._documents[entry.digest] = document
        return document

    def reachable(self, entries: Iterable[Descriptor]) -> set[str]:
        """Return the digests of everything below `entries`; what cannot be read is passed over."""
        found: set[str] = set()
        queue = list(entries)
        while queue:
            entry = queue.pop()
            if entry.digest in found:
                continue
            found.add(entry.digest)
            if entry.is_index or entry.is_manifest:
                with suppress(StoreError):
                    queue += children(self._document(entry))
        return found


def children(document: dict[str, Any]) -> list[Descriptor]:
    """Return the descriptors that a manifest or index points down to (not its subject)."""
    below = [document.get("config"), *_list(document, "manifests"), *_list(document, "layers")]
    return [Descriptor.from_json(child) for child in below if child is not None]


def _list(document: dict[str, Any], key: str) -> list[Any]:
    value = document.get(key) or []
    if not isinstance(value, list):
        raise CorruptError(f"{key!r} is not a list")
    return value


def _order(entry: Descriptor) -> tuple[bool, str, str]:
    """Images by name first, then referrers: the index does not depend on the order of writing."""
    name = entry.annotations.get(REF_NAME, "")
    return (not name, name, entry.digest)


def _named(entry: Descriptor, name: str) -> bool:
    names = (entry.annotations.get(REF_NAME), entry.annotations.get(_CONTAINERD_NAME))
    return name in names if name else not entry.artifact_type


def _digested(entry: Descriptor, name: str) -> bool:
    return entry.digest == name


def _tagged(entry: Descriptor, name: str) -> bool:
    return bool(name) and entry.annotations.get(REF_NAME, "").endswith((":" + name, "/" + name))


def _subject_digest(manifest: dict[str, Any]) -> str | None:
    subject = manifest.get("subject")
    return str(subject.get("digest")) if isinstance(subject, dict) else None
