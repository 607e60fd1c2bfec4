"""Makes tiny, valid images in any sink, for the tests; and a store in memory.

store = Memory()
image = tiny_image(store, name="app:1")
index = tiny_index(store, ["linux/amd64", "linux/arm64"], name="app:2")
sbom = tiny_referrer(store, image)
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast

from gotare.errors import NotFoundError
from gotare.oci.store import Sink, Source, VerifyingReader, read_all
from gotare.oci.types import (
    DOCKER_CONFIG,
    DOCKER_INDEX,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_EMPTY,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    decode,
    describe,
    digest_of,
    encode,
)

FILES: Mapping[str, bytes] = {"etc/hello": b"hello\n"}
AMD64 = Platform("linux", "amd64")

_OCI_LAYERS = {"gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD, "none": OCI_LAYER}
_DOCKER_LAYERS = {"gzip": DOCKER_LAYER_GZIP, "none": DOCKER_LAYER}


class Memory:
    """A store in memory: a source and a sink that remembers the order of what it was told."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.names: dict[str, Descriptor] = {}
        self.log: list[str] = []

    def resolve(self, name: str) -> Descriptor:
        """Return what the name points to; "" for the only image."""
        if not name and len(self.names) == 1:
            return next(iter(self.names.values()))
        if name not in self.names:
            raise NotFoundError(f"no image {name!r}")
        return self.names[name]

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open the content; the reader checks it."""
        self.log.append(f"fetch {descriptor.digest}")
        if descriptor.digest not in self.blobs:
            raise NotFoundError(f"no blob {descriptor.digest}")
        stream = io.BytesIO(self.blobs[descriptor.digest])
        yield cast(BinaryIO, VerifyingReader(stream, descriptor, "memory"))

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the manifests whose subject is the descriptor."""
        self.log.append(f"referrers {descriptor.digest}")
        found = []
        for content in list(self.blobs.values()):
            if b'"subject"' in content and content.startswith(b"{"):
                document = decode(content, "a manifest")
                if document.get("subject", {}).get("digest") == descriptor.digest:
                    kind = str(document.get("artifactType") or "")
                    found.append(describe(content, document["mediaType"], artifact_type=kind))
        return tuple(sorted(found, key=lambda found: found.digest))

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there."""
        self.log.append(f"exists {descriptor.digest}")
        return descriptor.digest in self.blobs

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Store the content, when it is right."""
        self.log.append(f"push {descriptor.digest}")
        whole = content.read()
        assert (digest_of(whole), len(whole)) == (descriptor.digest, descriptor.size)
        self.blobs[descriptor.digest] = whole

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Name the manifest, and store it."""
        self.log.append(f"tag {name} {descriptor.digest}")
        assert digest_of(manifest) == descriptor.digest
        self.blobs[descriptor.digest] = manifest
        self.names[name] = descriptor


def tiny_tar(files: Mapping[str, bytes]) -> bytes:
    """Return a deterministic tar of the files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def compress(content: bytes, compression: str) -> bytes:
    """Return content compressed by "gzip", "zstd" or "none"."""
    if compression == "zstd":
        import zstandard

        return zstandard.ZstdCompressor().compress(content)
    return gzip.compress(content, mtime=0) if compression == "gzip" else content


def push_bytes(sink: Sink, content: bytes, media_type: str, **fields: Any) -> Descriptor:
    """Store content, unless it is there, and return its descriptor."""
    descriptor = describe(content, media_type, **fields)
    if not sink.exists(descriptor):
        sink.push(descriptor, io.BytesIO(content))
    return descriptor


def finish(sink: Sink, descriptor: Descriptor, content: bytes, name: str) -> Descriptor:
    """Store a manifest or index, and name it when it has a name."""
    if not sink.exists(descriptor):
        sink.push(descriptor, io.BytesIO(content))
    if name:
        sink.tag(descriptor, content, name)
    return descriptor


def tiny_config(diff_ids: Iterable[str], platform: Platform = AMD64) -> bytes:
    """Return an image config that runs /etc/hello as user 65532, with a field nobody knows."""
    layers = list(diff_ids)
    return encode(
        {
            "created": "2024-02-29T12:00:00Z",
            "architecture": platform.architecture,
            **({"variant": platform.variant} if platform.variant else {}),
            "os": platform.os,
            "config": {"User": "65532:65532", "Entrypoint": ["/etc/hello"], "X-Unknown": True},
            "rootfs": {"type": "layers", "diff_ids": layers},
            "history": [{"created": "2024-02-29T12:00:00Z", "created_by": "tiny"} for _ in layers],
        }
    )


def tiny_image(
    sink: Sink,
    *,
    name: str = "",
    layers: Sequence[Mapping[str, bytes]] = (FILES,),
    compression: str = "gzip",
    platform: Platform = AMD64,
    docker: bool = False,
    annotations: Mapping[str, str] | None = None,
) -> Descriptor:
    """Make an image with one layer per mapping of paths to contents; return its manifest."""
    tars = [tiny_tar(files) for files in layers]
    kind = (_DOCKER_LAYERS if docker else _OCI_LAYERS)[compression]
    blobs = [push_bytes(sink, compress(tar, compression), kind) for tar in tars]
    config = push_bytes(
        sink,
        tiny_config(("sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars), platform),
        DOCKER_CONFIG if docker else OCI_CONFIG,
    )
    media_type = DOCKER_MANIFEST if docker else OCI_MANIFEST
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": config.json(),
            "layers": [blob.json() for blob in blobs],
            **({"annotations": dict(annotations)} if annotations else {}),
        }
    )
    return finish(sink, describe(manifest, media_type, platform=platform), manifest, name)


def tiny_index(
    sink: Sink,
    platforms: Iterable[str] = ("linux/amd64", "linux/arm64"),
    *,
    name: str = "",
    docker: bool = False,
) -> Descriptor:
    """Make an index of one tiny image per platform; their layers differ."""
    entries = [
        tiny_image(
            sink,
            platform=Platform.parse(platform),
            layers=[FILES, {"etc/platform": platform.encode()}],
            docker=docker,
        )
        for platform in platforms
    ]
    return index_of(sink, entries, name=name, docker=docker)


def index_of(
    sink: Sink, entries: Iterable[Descriptor], *, name: str = "", docker: bool = False
) -> Descriptor:
    """Make an index of the entries."""
    media_type = DOCKER_INDEX if docker else OCI_INDEX
    manifests = [entry.json() for entry in entries]
    content = encode({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests})
    return finish(sink, describe(content, media_type), content, name)


def tiny_referrer(
    sink: Sink,
    subject: Descriptor,
    content: bytes = b'{"spdxVersion":"SPDX-2.3"}',
    artifact_type: str = "application/spdx+json",
) -> Descriptor:
    """Attach content to an image, as an SBOM is attached (image-spec `manifest.md`, guidelines)."""
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": push_bytes(sink, b"{}", OCI_EMPTY).json(),
            "layers": [push_bytes(sink, content, artifact_type).json()],
            "subject": replace(subject, platform=None, annotations={}).json(),
        }
    )
    descriptor = describe(manifest, OCI_MANIFEST, artifact_type=artifact_type)
    return finish(sink, descriptor, manifest, "")


def manifest_of(source: Source, descriptor: Descriptor) -> dict[str, Any]:
    """Return the manifest or index as a document."""
    return decode(read_all(source, descriptor), descriptor.digest)


def config_of(source: Source, manifest: Descriptor) -> bytes:
    """Return the bytes of an image's config."""
    return read_all(source, Descriptor.from_json(manifest_of(source, manifest)["config"]))


def contents_of(source: Source, manifest: Descriptor) -> list[bytes]:
    """Return the uncompressed tars of an image's layers."""
    return [
        _decompress(read_all(source, layer, 1 << 30))
        for layer in map(Descriptor.from_json, manifest_of(source, manifest)["layers"])
    ]


def _decompress(content: bytes) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return content
