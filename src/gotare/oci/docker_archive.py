"""Docker archives, as `docker save` writes and `docker load` reads them: as a source and a sink.

`manifest.json` lists images: their config, their tags and the files of their layers (moby
`image/spec/v1.2.md`). There is no image manifest; a source makes one (OCI media types).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from gotare.errors import CorruptError, NotFoundError, StoreError, UsageError
from gotare.oci.blobs import BlobStore, storing
from gotare.oci.closing import Closing
from gotare.oci.compression import Compression
from gotare.oci.docker_image import DockerImage, familiar, file_name, listing
from gotare.oci.staging import Staging, TarWriter
from gotare.oci.store import VerifyingReader, chunks
from gotare.oci.tarindex import Member, TarIndex, Window, compression_of, expand_limited
from gotare.oci.types import (
    MAX_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Descriptor,
    check_digest,
    decode,
    describe,
    encode,
)

_UNCOMPRESSED: Final = Compression("none", 0)
_Place = tuple[BinaryIO, Member]
_TYPES: Final = {"none": OCI_LAYER, "gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}


@dataclass(frozen=True, slots=True)
class _Image:
    """An entry of manifest.json."""

    config: str
    names: tuple[str, ...]
    layers: tuple[str, ...]

    @classmethod
    def from_json(cls, document: object) -> _Image:
        """Raises CorruptError."""
        if not isinstance(document, dict):
            raise CorruptError("manifest.json lists something that is not an image")
        config, layers = document.get("Config"), document.get("Layers") or []
        names = document.get("RepoTags") or []
        if not isinstance(config, str) or not _are_strings(layers) or not _are_strings(names):
            raise CorruptError("manifest.json has a field of the wrong type")
        return cls(config, tuple(names), tuple(layers))


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


class DockerArchive(Closing):
    """A Docker archive that can be read, plain or compressed. Close it after use.

    Layers stand there uncompressed as a rule, and are exposed so: their digest is then their
    diffID, which depends on the archive alone, and nothing needs to be computed. For a destination
    that keeps what it gets, a registry or a layout, `compression` is better: the layers are
    compressed into an unnamed temporary file when the image is resolved. Layers that are compressed
    in the archive are exposed as they are.
    """

    def __init__(self, tar: TarIndex, compression: Compression | None = None) -> None:
        """Take over an open tar. Raises CorruptError when it is not a Docker archive."""
        self._tar = tar
        self._compression = compression or _UNCOMPRESSED
        self._made: dict[str, bytes] = {}
        self._found: dict[str, _Place] = {}
        self._layers: dict[tuple[Member, str], Descriptor] = {}
        self._spool: BinaryIO | None = None
        try:
            self._images = self._read_images()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, path: Path, compression: Compression | None = None) -> DockerArchive:
        """Open a file. Raises NotFoundError, StoreError, CorruptError."""
        return cls(TarIndex(path), compression)

    def _read_images(self) -> list[_Image]:
        members = self._tar.members
        if "manifest.json" not in members:
            is_oci = "index.json" in members
            raise CorruptError(
                f"{self._tar.origin} is not a Docker archive: it has no manifest.json",
                f"it is an OCI archive: oci-archive:{self._tar.origin}" if is_oci else None,
            )
        try:
            document = json.loads(self._tar.read("manifest.json"))
        except (ValueError, RecursionError) as error:
            raise CorruptError(f"{self._tar.origin}: manifest.json is not JSON: {error}") from None
        if not isinstance(document, list):
            raise CorruptError(f"{self._tar.origin}: manifest.json is not a list")
        return [_Image.from_json(entry) for entry in document]

    def resolve(self, name: str) -> Descriptor:
        """Return the manifest that is made for an image.

        `name` is one of its tags, its ID (the config's digest), `@N` for the Nth image from 0, or
        "" for the only one. Raises NotFoundError that lists the names there are, CorruptError.
        """
        content = encode(self._manifest(self._choose(name)))
        descriptor = describe(content, OCI_MANIFEST)
        self._made[descriptor.digest] = content
        return descriptor

    def _choose(self, name: str) -> _Image:
        images = self._images
        if name.startswith("@") and name[1:].isdecimal():
            images = images[int(name[1:]) :][:1]
        elif name.startswith("sha256:"):
            images = [image for image in images if self._id(image) == name]
        elif name:
            images = [i for i in images if _same(name) in map(_same, i.names)]
        if len(images) == 1:
            return images[0]
        names = [tag for image in self._images for tag in image.names]
        what = f"no image {name!r}" if name else f"{len(self._images)} images"
        hint = f"name one of: {', '.join(sorted(names)[:10])}" if names else "try @0"
        raise NotFoundError(f"{self._tar.origin} holds {what}", hint)

    def _id(self, image: _Image) -> str:
        return "sha256:" + hashlib.sha256(self._tar.read(image.config)).hexdigest()

    def _manifest(self, image: _Image) -> dict[str, Any]:
        content = self._tar.read(image.config)
        config = describe(content, OCI_CONFIG)
        self._made[config.digest] = content
        diff_ids = self._diff_ids(content)
        if len(diff_ids) != len(image.layers):
            raise CorruptError(
                f"{self._tar.origin}: manifest.json lists {len(image.layers)} layers,"
                f" {image.config} has {len(diff_ids)}"
            )
        layers = [self._layer(*pair) for pair in zip(image.layers, diff_ids, strict=True)]
        return {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config.json(),
            "layers": [layer.json() for layer in layers],
        }

    def _diff_ids(self, config: bytes) -> list[str]:
        rootfs = decode(config, f"an image config in {self._tar.origin}").get("rootfs")
        diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
        if diff_ids is not None and not isinstance(diff_ids, list):
            raise CorruptError(f"{self._tar.origin}: the diff_ids of a config are not a list")
        return [check_digest(diff_id) for diff_id in diff_ids or []]

    def _layer(self, name: str, diff_id: str) -> Descriptor:
        member = self._tar.locate(name)
        if (member, diff_id) not in self._layers:
            descriptor, where = self._expose(member, diff_id)
            self._layers[member, diff_id] = descriptor
            self._found[descriptor.digest] = where
        return self._layers[member, diff_id]

    def _expose(self, member: Member, diff_id: str) -> tuple[Descriptor, _Place]:
        with self._tar.open(member) as stream:
            algorithm = compression_of(stream.read(4))
        place = (self._tar.file, member)
        if algorithm != "none":
            return Descriptor(_TYPES[algorithm], self._digest(member), member.size), place
        if self._compression.algorithm == "none":
            return Descriptor(OCI_LAYER, diff_id, member.size), place
        return self._compress(member, diff_id)

    def _digest(self, member: Member) -> str:
        digest = hashlib.sha256()
        with self._tar.open(member) as stream:
            for chunk in chunks(stream):
                digest.update(chunk)
        return f"sha256:{digest.hexdigest()}"

    def _compress(self, member: Member, diff_id: str) -> tuple[Descriptor, _Place]:
        """Compress a layer to the end of the temporary file."""
        digest, spool = hashlib.sha256(), self._temporary()
        layer = Descriptor(OCI_LAYER, diff_id, member.size)
        with storing(Path(self._tar.origin)), self._tar.open(member) as stream:
            start = spool.seek(0, os.SEEK_END)
            checked = cast(BinaryIO, VerifyingReader(stream, layer, self._tar.origin))
            for piece in self._compression.compress(chunks(checked)):
                digest.update(piece)
                spool.write(piece)
            spool.flush()
            size = spool.tell() - start
        media_type = self._compression.media_type(docker=False)
        descriptor = Descriptor(media_type, f"sha256:{digest.hexdigest()}", size)
        return descriptor, (spool, Member(start, size))

    def _temporary(self) -> BinaryIO:
        import tempfile

        if self._spool is None:
            self._spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed in close()
        return self._spool

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a part of an image that was resolved. Raises NotFoundError.

        The reader raises CorruptError, also when a layer is not what its diffID says.
        """
        origin, digest = self._tar.origin, descriptor.digest
        if digest in self._made:
            stream: BinaryIO = io.BytesIO(self._made[digest])
        elif digest in self._found:
            stream = cast(BinaryIO, Window(*self._found[digest]))
        else:
            raise NotFoundError(f"{origin} has no {digest}")
        with stream:
            yield cast(BinaryIO, VerifyingReader(stream, descriptor, origin))

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return nothing: Docker archives have none."""
        return ()

    def close(self) -> None:
        """Close the file."""
        self._tar.close()
        if self._spool is not None:
            self._spool.close()


def _same(name: str) -> str:
    """Return the form of a name by which two spellings are compared."""
    try:
        return familiar(name)
    except UsageError:
        return name


def read_verified(content: BinaryIO, descriptor: Descriptor) -> bytes:
    """Return a manifest that is pushed. Raises CorruptError."""
    if descriptor.size > MAX_MANIFEST:
        raise CorruptError(f"{descriptor.digest} is larger than {MAX_MANIFEST} bytes")
    reader = VerifyingReader(content, descriptor, "the source")
    return b"".join(chunks(cast(BinaryIO, reader)))


class DockerArchiveWriter:
    """A sink that becomes a Docker archive when its block ends without an error.

    An archive that was there is replaced. Several images may be copied into one; a layer that
    several of them use is there once. Layers stay compressed by gzip, which engines since Docker
    1.10 and podman load; those compressed by zstd are expanded, because Docker before 23 cannot
    read them. The same images give the same bytes.
    """

    def __init__(self, path: Path) -> None:
        """Raises StoreError when nothing can be written there."""
        self.path = path
        self._staging = Staging(path)
        self._blobs = BlobStore(self._staging.path / "blobs")
        self._images: dict[str, DockerImage] = {}
        self._expanded: dict[str, Descriptor] = {}

    def expect(self, manifest: bytes) -> None:
        """Raise StoreError when the image is none that an engine can load."""
        DockerImage.from_manifest(manifest)

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content was pushed already."""
        return descriptor.digest in self._expanded or self._blobs.exists(descriptor)

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Keep the content for the archive. Raises StoreError, CorruptError."""
        with self._staging.naming():
            if descriptor.is_manifest:
                self._add_image(descriptor, read_verified(content, descriptor))
            elif descriptor.media_type == OCI_LAYER_ZSTD:
                self._expanded[descriptor.digest] = self._expand(descriptor, content)
            else:
                self._blobs.push(descriptor, content)

    def _expand(self, descriptor: Descriptor, content: BinaryIO) -> Descriptor:
        reader = VerifyingReader(content, descriptor, "the source")
        with self._blobs.writer() as writer:
            for piece in expand_limited(reader, "zstd"):
                writer.write(piece)
            writer.commit()
            return Descriptor(OCI_LAYER, writer.digest, writer.size)

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Name the image in the archive. Raises ReferenceError_, UsageError for a digest."""
        self._add_image(descriptor, manifest, familiar(name))

    def _add_image(self, descriptor: Descriptor, manifest: bytes, *names: str) -> None:
        image = self._images.get(descriptor.digest) or DockerImage.from_manifest(manifest)
        self._images[descriptor.digest] = image.named(names)

    def close(self) -> None:
        """Write the archive and give it its name. Raises StoreError."""
        if not self._images:
            raise StoreError(f"there is no image to write to {self.path}")
        self._staging.publish(self._write)

    def _write(self, file: BinaryIO) -> None:
        images = [self._stored(image) for image in self._images.values()]
        parts = {file_name(part): part for image in images for part in image.parts}
        tar = TarWriter(file.write)
        for name, part in sorted(parts.items()):
            with self._blobs.fetch(part) as stream:
                tar.add(name, part.size, stream)
        tar.add_bytes("manifest.json", listing(images))
        tar.close()

    def _stored(self, image: DockerImage) -> DockerImage:
        """The image with its layers as they are kept."""
        stored = image.with_layers(self._expanded)
        missing = [part for part in stored.parts if not self._blobs.exists(part)]
        if missing:
            raise StoreError(
                f"{self.path} would lack {missing[0].media_type} {missing[0].digest}",
                "layers that may not be distributed cannot be saved",
            )
        return stored

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._staging:
            if error is None:
                self.close()
