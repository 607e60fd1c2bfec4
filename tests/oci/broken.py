"""Makes images that are wrong in one way: from tar members up, every step can be changed."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gotare.oci.types import (
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    describe,
    encode,
)
from tests.oci.images import Memory, compress, finish, push_bytes

Document = dict[str, Any]
END = bytes(1024)
PROGRAM = "usr/bin/app"


def member(
    name: str,
    content: bytes = b"",
    *,
    kind: bytes = tarfile.REGTYPE,
    mode: int = 0o644,
    link: str = "",
    pax: dict[str, str] | None = None,
) -> bytes:
    """Return the bytes of one tar member, however wrong."""
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, len(content), link
    info.pax_headers = pax or {}
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return header + content + bytes(-len(content) % 512)


def program(mode: int = 0o755) -> bytes:
    """Return the member that the config's entrypoint names."""
    return member(PROGRAM, b"\x7fELF", mode=mode)


def tar(*members: bytes) -> bytes:
    """Return a tar of the members and the program."""
    return b"".join(members) + program() + END


def nothing(document: Document) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Broken:
    """How an image is made. The functions change documents before they are stored."""

    layers: Sequence[bytes] = (tar(),)
    media_type: str = OCI_LAYER_GZIP
    compression: str = "gzip"
    compressed: Callable[[bytes], bytes] = lambda content: content
    config: Callable[[Document], None] = nothing
    config_type: str = OCI_CONFIG
    manifest: Callable[[Document], None] = nothing
    manifest_type: str = OCI_MANIFEST
    platform: Platform | None = None
    encoded: Callable[[bytes], bytes] = lambda content: content

    def make(self, store: Memory) -> Descriptor:
        """Store the image; return its manifest's descriptor."""
        blobs = [self.compressed(compress(layer, self.compression)) for layer in self.layers]
        layers = [push_bytes(store, blob, self.media_type).json() for blob in blobs]
        config = self.config_document()
        self.config(config)
        document: Document = {
            "schemaVersion": 2,
            "mediaType": self.manifest_type,
            "config": push_bytes(store, encode(config), self.config_type).json(),
            "layers": layers,
        }
        self.manifest(document)
        content = self.encoded(encode(document))
        descriptor = describe(content, self.manifest_type, platform=self.platform)
        return finish(store, descriptor, content, "")

    def config_document(self) -> Document:
        """Return the config of the layers, still right."""
        ids = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in self.layers]
        return {
            "architecture": "amd64",
            "os": "linux",
            "config": {"User": "65532:65532", "Entrypoint": ["/" + PROGRAM]},
            "rootfs": {"type": "layers", "diff_ids": ids},
            "history": [{"created_by": "a layer"} for _ in ids],
        }
