"""A bill of material as an OCI artifact that refers to its image.

Source: OCI image-spec v1.1 `manifest.md`, "Guidelines for Artifact Usage".
"""

from __future__ import annotations

import io
from typing import Final

from gotare.oci.store import BlobSink
from gotare.oci.types import OCI_EMPTY, OCI_MANIFEST, Descriptor, describe, encode
from gotare.sbom.model import timestamp

_EMPTY: Final = b"{}"
_CREATED: Final = "org.opencontainers.image.created"


def artifact(
    subject: Descriptor, document: bytes, media_type: str, created: int
) -> tuple[Descriptor, bytes]:
    """Return the artifact's descriptor and manifest; `media_type` is also the artifact type.

    `created` is in seconds since the epoch.
    """
    annotations = {_CREATED: timestamp(created).strftime("%Y-%m-%dT%H:%M:%SZ")}
    target = Descriptor(subject.media_type, subject.digest, subject.size)
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": media_type,
            "config": describe(_EMPTY, OCI_EMPTY).json(),
            "layers": [describe(document, media_type).json()],
            "subject": target.json(),
            "annotations": annotations,
        }
    )
    descriptor = describe(manifest, OCI_MANIFEST, artifact_type=media_type, annotations=annotations)
    return descriptor, manifest


def attach(
    subject: Descriptor, document: bytes, media_type: str, sink: BlobSink, created: int
) -> Descriptor:
    """Store the document and an artifact manifest that refers to `subject`; return the latter.

    What the sink has is not sent again. Raises what the sink raises.
    """
    descriptor, manifest = artifact(subject, document, media_type, created)
    parts = (  # also where the manifest is there: a cache may have lost one of them
        (describe(_EMPTY, OCI_EMPTY), _EMPTY),
        (describe(document, media_type), document),
    )
    for part, content in parts:
        if not sink.exists(part):
            sink.push(part, io.BytesIO(content))
    if not sink.exists(descriptor):
        sink.push(descriptor, io.BytesIO(manifest))
    return descriptor
