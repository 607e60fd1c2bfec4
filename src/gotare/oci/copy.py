"""Moves images between stores: pull, push, save and load are this, with other arguments.

Children come before parents and referrers before their subjects, so that what a store has is
whole, and whatever it has already need not be looked into. The tag comes last. The shape follows
oras-go `copy.go`; limits are against sources that lie.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Final, Protocol, TypeVar, cast, runtime_checkable

from gotare.errors import CorruptError, NotFoundError, StoreError, UsageError
from gotare.frozen import dataclass
from gotare.oci.select import select, select_one
from gotare.oci.store import Sink, Source, read_all
from gotare.oci.types import INDEX_TYPES, MANIFEST_TYPES, REF_NAME, Descriptor, Platform, decode
from gotare.progress import SILENT, Progress

MAX_DEPTH: Final = 8
"""Levels of indexes and referrers that are followed."""

MAX_MANIFESTS: Final = 2000
"""Manifests, indexes and referrers in one copy."""

MAX_CHAIN: Final = 64
"""Manifests of which each must be there before the next."""

MAX_HELD: Final = 64 << 20
"""Bytes of manifests in memory during one copy."""

ARTIFACT_MANIFEST: Final = "application/vnd.oci.artifact.manifest.v1+json"
"""A manifest of the release candidates of image-spec 1.1, which some registries still hold."""

_SCHEMA_1: Final = "application/vnd.docker.distribution.manifest.v1+"
_FOREIGN: Final = ("application/vnd.docker.image.rootfs.foreign.", "nondistributable")
# How the entry of a layout is called there says nothing about what it is called elsewhere.
_LOCAL_NAMES: Final = frozenset({REF_NAME, "io.containerd.image.name"})

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@runtime_checkable
class OneImage(Protocol):
    """A sink that holds one image for one platform: a Docker archive, an engine."""

    def expect(self, manifest: bytes) -> None:
        """Learn which image comes, before its first blob."""


@runtime_checkable
class _Resolver(Protocol):
    def resolve(self, name: str) -> Descriptor:
        """As in Source."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """What a copy did. `descriptor` is the image in the sink; `copied` was moved, `reused` not."""

    descriptor: Descriptor
    copied: tuple[Descriptor, ...]
    reused: tuple[Descriptor, ...]
    names: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """The size of what was moved."""
        return sum(descriptor.size for descriptor in self.copied)


def up_to_date(sink: Sink, descriptor: Descriptor, name: str) -> bool:
    """Whether `name` in the sink is that image already, so that nothing need be copied."""
    if not name or not isinstance(sink, _Resolver):
        return False
    try:
        return sink.resolve(name).digest == descriptor.digest
    except NotFoundError:
        return False


def copy(
    source: Source,
    descriptor: Descriptor,
    sink: Sink,
    names: Sequence[str] = (),
    *,
    platforms: Collection[Platform] | None = None,
    jobs: int = 4,
    referrers: bool = True,
    recheck: bool = False,
    progress: Progress = SILENT,
) -> CopyResult:
    """Copy an image, or an index with its images, and give it `names` in the sink.

    `platforms` copies a part of an index (see `select`: the digest changes when several of more
    are chosen). Layers that may not be distributed and have URLs are left where they are.
    An image that the sink has is taken as whole and only named; `recheck` looks at its referrers
    nevertheless, for those that were attached later. The first failure stops the other transfers
    and is raised as it is; nothing is named then.

    Raises CorruptError, NotFoundError and StoreError for the source's faults, UsageError when
    several images are to go where one fits, and what source and sink raise.
    """
    single = isinstance(sink, OneImage)
    selection = (select_one if single else select)(source, descriptor, platforms)
    mover = _Mover(source, sink, jobs, referrers and not single, recheck, progress)
    root = _anonymous(selection.descriptor)
    if selection.content is not None:
        mover.made[root.digest] = selection.content
    if isinstance(sink, OneImage):
        _check_one_image(root)
        sink.expect(mover.read(root))
    return mover.move(root, names)


def _anonymous(root: Descriptor) -> Descriptor:
    annotations = {k: v for k, v in root.annotations.items() if k not in _LOCAL_NAMES}
    return replace(root, annotations=annotations)


def _check_one_image(root: Descriptor) -> None:
    if not root.is_manifest:
        raise UsageError(f"{root.digest} is not an image but {root.media_type!r}")


@dataclass(frozen=True, slots=True)
class _Node:
    """A manifest or index, and what must be in the sink before it."""

    descriptor: Descriptor
    present: bool
    content: bytes = b""
    before: tuple[Descriptor, ...] = ()
    blobs: tuple[Descriptor, ...] = ()


class _Mover:
    """One copy: walk the manifests, move the blobs, then the manifests from the leaves up."""

    def __init__(
        self,
        source: Source,
        sink: Sink,
        jobs: int,
        referrers: bool,
        recheck: bool,
        progress: Progress,
    ) -> None:
        self._source = source
        self._sink = sink
        self._referrers = referrers
        self._recheck = recheck
        self._progress = progress
        self._crew = _Crew(jobs)
        self.made: dict[str, bytes] = {}

    def move(self, root: Descriptor, names: Sequence[str]) -> CopyResult:
        nodes = self._walk(root)
        blobs = _unique(
            blob for node in nodes.values() for blob in node.blobs if blob.digest not in nodes
        )
        moved = self._crew.each(self._move_blob, blobs)
        inner = [nodes[digest] for digest in nodes if digest != root.digest]
        for level in _levels(inner, nodes):
            self._crew.each(self._push_manifest, level)
        self._finish(nodes[root.digest], names)
        manifests = [node.descriptor for node in nodes.values() if not node.present]
        present = [node.descriptor for node in nodes.values() if node.present]
        copied = [blob for blob, was_moved in zip(blobs, moved, strict=True) if was_moved]
        reused = [blob for blob, was_moved in zip(blobs, moved, strict=True) if not was_moved]
        return CopyResult(
            root, (*copied, *manifests), (*reused, *present), tuple(dict.fromkeys(names))
        )

    def read(self, descriptor: Descriptor) -> bytes:
        """Return the content of a manifest, from the source or as it was made here."""
        made = self.made.get(descriptor.digest)
        if made is None:
            made = self.made[descriptor.digest] = read_all(self._source, descriptor)
        return made

    # walking

    def _walk(self, root: Descriptor) -> dict[str, _Node]:
        """Return the manifests from `root` down, by digest, level by level."""
        nodes: dict[str, _Node] = {}
        level = [root]
        for _ in range(MAX_DEPTH + 1):
            for node in self._crew.each(self._examine, level):
                nodes[node.descriptor.digest] = node
            below = (child for d in level for child in nodes[d.digest].before)
            level = [child for child in _unique(below) if child.digest not in nodes]
            _check_bounds(root, nodes, len(level))
            if not level:
                return nodes
        raise CorruptError(f"{root.digest} is nested more than {MAX_DEPTH} levels deep")

    def _examine(self, descriptor: Descriptor) -> _Node:
        present = self._sink.exists(descriptor)
        if present and not self._recheck:
            return _Node(descriptor, present)
        content = self.read(descriptor)
        children = _children(descriptor, content)
        manifests = tuple(child for child in children if _is_parent(child))
        blobs = tuple(child for child in children if not _is_parent(child))
        about = self._source.referrers(descriptor) if self._referrers else ()
        about = tuple(manifest for manifest in about if _is_parent(manifest))
        return _Node(descriptor, present, content, manifests + about, () if present else blobs)

    # moving

    def _move_blob(self, blob: Descriptor) -> bool:
        """Move a blob unless the sink has it; return whether it was moved."""
        subject = _short(blob)
        if self._sink.exists(blob):
            self._progress.end("copy", subject, "reused")
            return False
        self._progress.step("copy", subject, 0, blob.size)
        with self._source.fetch(blob) as stream:
            metered = _Metered(stream, blob, self._progress, self._crew.stop)
            self._sink.push(blob, cast(BinaryIO, metered))
        self._progress.end("copy", subject)
        return True

    def _push_manifest(self, node: _Node) -> None:
        if not node.present:
            self._sink.push(node.descriptor, io.BytesIO(node.content))

    def _finish(self, root: _Node, names: Sequence[str]) -> None:
        """Name the root, which stores it; without names store it alone."""
        if not names:
            self._push_manifest(root)
        content = root.content or (self.read(root.descriptor) if names else b"")
        for name in dict.fromkeys(names):
            self._sink.tag(root.descriptor, content, name)


def _check_bounds(root: Descriptor, nodes: dict[str, _Node], more: int) -> None:
    if len(nodes) + more > MAX_MANIFESTS:
        raise CorruptError(f"{root.digest} leads to more than {MAX_MANIFESTS} manifests")
    if sum(len(node.content) for node in nodes.values()) > MAX_HELD:
        raise CorruptError(f"the manifests below {root.digest} are larger than {MAX_HELD} bytes")


def _levels(inner: Iterable[_Node], nodes: dict[str, _Node]) -> list[list[_Node]]:
    """Group manifests so that each comes after all that must be there before it."""
    heights: dict[str, int] = {}
    levels: list[list[_Node]] = []
    for node in inner:
        height = _height(node.descriptor.digest, nodes, heights, ())
        levels += [[] for _ in range(height + 1 - len(levels))]
        levels[height].append(node)
    return levels


def _height(
    digest: str, nodes: dict[str, _Node], heights: dict[str, int], above: tuple[str, ...]
) -> int:
    """Return how many levels are below a manifest; `above` is the way to it."""
    if digest in above:
        raise CorruptError(f"{digest} is said to contain or describe itself")
    if len(above) > MAX_CHAIN:
        raise CorruptError(f"{above[0]} is above more than {MAX_CHAIN} levels of manifests")
    if digest not in heights:
        below = [child.digest for child in nodes[digest].before]
        found = (_height(child, nodes, heights, (*above, digest)) for child in below)
        heights[digest] = 1 + max(found, default=-1)
    return heights[digest]


def _is_parent(descriptor: Descriptor) -> bool:
    media_type = descriptor.media_type
    if media_type.startswith(_SCHEMA_1):
        raise StoreError(
            f"{descriptor.digest} is an image of Docker's schema 1, which no one can verify",
            "pull it and push it again with a current tool",
        )
    return media_type in INDEX_TYPES | MANIFEST_TYPES | {ARTIFACT_MANIFEST}


def _children(descriptor: Descriptor, content: bytes) -> list[Descriptor]:
    """Return what a manifest or index points down to.

    Raises CorruptError when it could be taken for the other kind (CVE-2021-41190).
    """
    document = decode(content, descriptor.digest)
    stated = document.get("mediaType")
    if stated not in (None, descriptor.media_type):
        raise CorruptError(f"{descriptor.digest} is {descriptor.media_type} and says {stated!r}")
    index_keys, image_keys = {"manifests"}, {"config", "layers", "blobs"}
    if (image_keys if descriptor.is_index else index_keys) & document.keys():
        raise CorruptError(f"{descriptor.digest} could be an image and an index")
    keys = index_keys if descriptor.is_index else image_keys
    return [child for key in sorted(keys) for child in _listed(document, key)]


def _listed(document: dict[str, Any], key: str) -> list[Descriptor]:
    value = document.get(key)
    if value is None:
        return []
    entries = [value] if key == "config" else value
    if not isinstance(entries, list):
        raise CorruptError(f"the {key!r} of a manifest is not a list")
    found = (Descriptor.from_json(entry) for entry in entries)
    return [child for child in found if not _is_elsewhere(child)]


def _is_elsewhere(layer: Descriptor) -> bool:
    """Whether a layer may not be distributed and says where else it is (image-spec `layer.md`)."""
    foreign = layer.media_type.startswith(_FOREIGN[0]) or _FOREIGN[1] in layer.media_type
    return foreign and bool(layer.extra.get("urls"))


def _unique(descriptors: Iterable[Descriptor]) -> list[Descriptor]:
    return list({descriptor.digest: descriptor for descriptor in descriptors}.values())


def _short(descriptor: Descriptor) -> str:
    algorithm, _, value = descriptor.digest.partition(":")
    return f"{algorithm}:{value[:12]}"


class _Stopped(StoreError):
    """Another transfer failed. Never seen outside: that other failure is raised."""


class _Metered:
    """A reader that tells how far it is, and stops when another transfer failed."""

    def __init__(
        self, stream: BinaryIO, blob: Descriptor, progress: Progress, stop: threading.Event
    ) -> None:
        self._stream = stream
        self._blob = blob
        self._progress = progress
        self._stop = stop
        self._done = 0

    def read(self, size: int = -1) -> bytes:
        """Read like a file."""
        if self._stop.is_set():
            raise _Stopped("another transfer failed")
        chunk = self._stream.read(size)
        self._done += len(chunk)
        self._progress.step("copy", _short(self._blob), self._done, self._blob.size)
        return chunk

    def rewind(self) -> bool:
        """Begin anew, for an upload that was lost; return whether the source can."""
        rewind = getattr(self._stream, "rewind", None)
        self._done = 0
        return bool(rewind and rewind())


class _Crew:
    """A few threads; the first failure stops them all and is raised as it is."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self.stop = threading.Event()

    def each(self, function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
        """Return the results of function for every item, in their order."""
        workers = min(self._jobs, len(items))
        if workers <= 1:
            return [function(item) for item in items]
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        with ThreadPoolExecutor(workers, "copy") as pool:
            futures = [pool.submit(self._guarded, function, item) for item in items]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            except BaseException:  # the user interrupted: running transfers stop at their next read
                self.stop.set()
                raise
            finally:
                for future in futures:
                    future.cancel()
        if self._failure:
            raise self._failure
        return [future.result() for future in futures]

    def _guarded(self, function: Callable[[_Item], _Result], item: _Item) -> _Result:
        try:
            return function(item)
        except BaseException as error:
            with self._lock:
                self._failure = self._failure or error
            self.stop.set()
            raise
