"""Which images of an index are meant: by platform, or the only one there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from gotare.errors import CorruptError, NotFoundError, UsageError
from gotare.frozen import dataclass
from gotare.oci.store import Source, read_all
from gotare.oci.types import Descriptor, Platform, decode, describe, encode

# BuildKit's provenance and SBOMs stand in an index beside the image that they are about.
_ATTESTED: Final = "vnd.docker.reference.digest"


@dataclass(frozen=True, slots=True)
class Selection:
    """What to copy. `content` is the new index when one had to be made, which no store holds."""

    descriptor: Descriptor
    content: bytes | None = None


def select(source: Source, root: Descriptor, platforms: Collection[Platform] | None) -> Selection:
    """Return the part of `root` that is for `platforms`; None means all of it.

    One platform selects its manifest, whose digest is the one it has in the index. Several make a
    new index with fewer entries, and so with another digest, unless they are all there are.
    Raises NotFoundError, listing what there is, when a platform is absent.
    """
    if not platforms:
        return Selection(root)
    if not root.is_index:
        _require(source, root, platforms)
        return Selection(root)
    document = _read_index(source, root)
    entries = _entries(document)
    chosen = [best_match(platform, entries, root) for platform in platforms]
    if len({entry.digest for entry in chosen}) == 1:
        return Selection(chosen[0])
    return _smaller_index(root, document, {entry.digest for entry in chosen})


def select_one(
    source: Source, root: Descriptor, platforms: Collection[Platform] | None
) -> Selection:
    """Return the one image of `root` that is for `platforms`, for stores that hold only one.

    Raises UsageError when there are several to choose from, NotFoundError when there is none.
    """
    selection = select(source, root, platforms)
    if not selection.descriptor.is_index:
        return selection
    content = selection.content or read_all(source, selection.descriptor)
    entries = _images(_entries(decode(content, selection.descriptor.digest)))
    if len(entries) != 1:
        listing = _listing(entries)
        raise UsageError(
            f"{selection.descriptor.digest} holds {len(entries)} images, the destination takes one",
            f"choose one with --platform: {listing}" if entries else None,
        )
    return Selection(entries[0])


def best_match(wanted: Platform, entries: Iterable[Descriptor], root: Descriptor) -> Descriptor:
    """Return the entry for exactly that platform, or else the best that runs on it.

    Raises NotFoundError.
    """
    images = _images(entries)
    exact = [entry for entry in images if _platform(entry).normal == wanted.normal]
    usable = [entry for entry in images if wanted.satisfied_by(_platform(entry))]
    if exact or usable:
        return exact[0] if exact else _highest(usable)
    raise NotFoundError(
        f"{root.digest} has no image for {wanted}", f"it has: {_listing(images) or 'no images'}"
    )


def _highest(usable: Sequence[Descriptor]) -> Descriptor:
    best = usable[0]
    for entry in usable[1:]:
        if not _platform(best).satisfied_by(_platform(entry)):
            best = entry
    return best


def _platform(entry: Descriptor) -> Platform:
    return entry.platform or Platform("unknown", "unknown")


def _images(entries: Iterable[Descriptor]) -> list[Descriptor]:
    """Leave out attestations and artifacts, which are for no platform."""
    return [
        entry
        for entry in entries
        if entry.is_manifest and not entry.artifact_type and _ATTESTED not in entry.annotations
    ]


def _listing(entries: Iterable[Descriptor]) -> str:
    return ", ".join(sorted({str(_platform(entry)) for entry in entries}))


def _read_index(source: Source, root: Descriptor) -> dict[str, Any]:
    return decode(read_all(source, root), root.digest)


def _entries(document: dict[str, Any]) -> list[Descriptor]:
    manifests = document.get("manifests")
    if not isinstance(manifests, list):
        raise CorruptError("an index has no list of manifests")
    return [Descriptor.from_json(entry) for entry in manifests]


def _smaller_index(root: Descriptor, document: dict[str, Any], chosen: set[str]) -> Selection:
    """Keep the chosen entries, and the attestations of them, as they are written."""
    kept = [
        raw
        for raw, entry in zip(document["manifests"], _entries(document), strict=True)
        if entry.digest in chosen or entry.annotations.get(_ATTESTED) in chosen
    ]
    if len(kept) == len(document["manifests"]):
        return Selection(root)
    content = encode({**document, "manifests": kept})
    return Selection(describe(content, root.media_type), content)


def _require(source: Source, root: Descriptor, platforms: Collection[Platform]) -> None:
    """Check that an image without an index is for the platforms that were asked for."""
    manifest = decode(read_all(source, root), root.digest)
    config = read_all(source, Descriptor.from_json(manifest.get("config")))
    actual = Platform.from_json(decode(config, "an image config"))
    for wanted in platforms:
        if not wanted.satisfied_by(actual):
            raise NotFoundError(f"{root.digest} is for {actual}, not for {wanted}")
