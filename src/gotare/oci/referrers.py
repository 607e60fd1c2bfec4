"""What refers to an image in a registry? The referrers API, and the tag that stands in for it.

Source: distribution-spec v1.1, "Listing Referrers" and "Referrers Tag Schema".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gotare.errors import CorruptError, RegistryError
from gotare.oci.types import OCI_INDEX, Descriptor, decode, encode

FETCH_LIMIT = 100
"""Pages of referrers, and of tags, that are read at most."""


def fallback_tag(digest: str) -> str:
    """Return the tag under which the referrers of `digest` are listed without the API."""
    return digest.replace(":", "-", 1)


def referrer_descriptor(descriptor: Descriptor, manifest: dict[str, Any]) -> Descriptor:
    """Return the descriptor that a list of referrers holds for a manifest with a subject.

    Its artifact type is the manifest's, else the media type of its config.
    """
    config = manifest.get("config")
    inherited = config.get("mediaType") if isinstance(config, dict) else ""
    annotations = manifest.get("annotations")
    return Descriptor(
        descriptor.media_type,
        descriptor.digest,
        descriptor.size,
        annotations=dict(annotations) if isinstance(annotations, dict) else {},
        artifact_type=str(manifest.get("artifactType") or inherited or ""),
    )


def subject_of(manifest: dict[str, Any]) -> Descriptor | None:
    """Return the descriptor in a manifest's `subject`, None when it has none."""
    subject = manifest.get("subject")
    return Descriptor.from_json(subject) if subject else None


def read_referrers(content: bytes, where: str) -> tuple[Descriptor, ...]:
    """Read a list of referrers; raise RegistryError when it is not an index."""
    return tuple(map(Descriptor.from_json, _index(content, where)["manifests"]))


def add_referrer(index: bytes | None, referrer: Descriptor, where: str) -> bytes | None:
    """Return an index with `referrer` added, None when it is in there already.

    `index` is the present one, if any; its other fields and entries are kept. Raises RegistryError
    when it is something else than an index, which then is not overwritten.
    """
    document = _index(index, where) if index else new_index()
    manifests = document["manifests"]
    if any(isinstance(one, dict) and one.get("digest") == referrer.digest for one in manifests):
        return None
    return encode(document | {"manifests": [*manifests, referrer.json()]})


def new_index() -> dict[str, Any]:
    """Return an index without entries."""
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}


def record_referrer(
    referrer: Descriptor,
    subject: Descriptor,
    read: Callable[[str], bytes | None],
    write: Callable[[str, bytes], None],
) -> None:
    """List `referrer` under the fallback tag of `subject`.

    `read` returns the index at a tag or None, `write` replaces it. Two programs that do this at
    the same moment may lose one entry: the specification has no remedy for that.
    """
    tag = fallback_tag(subject.digest)
    if content := add_referrer(read(tag), referrer, f"the tag {tag}"):
        write(tag, content)


def _index(content: bytes, where: str) -> dict[str, Any]:
    try:
        document = decode(content, where)
    except CorruptError as error:
        raise RegistryError(
            f"{error.message}, where a list of referrers should be", "is it a registry?"
        ) from None
    if document.get("mediaType", OCI_INDEX) != OCI_INDEX or not isinstance(
        document.get("manifests") or [], list
    ):
        raise RegistryError(
            f"{where} is not an image index, where a list of referrers should be",
            "something else was pushed there; delete that tag",
        )
    return document | {"manifests": document.get("manifests") or []}
