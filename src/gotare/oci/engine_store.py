"""The images of an engine as a source and a sink of `copy`."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from gotare.errors import EngineError, StoreError
from gotare.oci.blobs import storing
from gotare.oci.compression import Compression
from gotare.oci.daemon import Engine, Load
from gotare.oci.docker_archive import DockerArchive, read_verified
from gotare.oci.docker_image import DockerImage, familiar, file_name, listing
from gotare.oci.staging import TarWriter
from gotare.oci.store import VerifyingReader
from gotare.oci.tarindex import TarIndex, expand_limited
from gotare.oci.types import OCI_LAYER, OCI_LAYER_ZSTD, Descriptor
from gotare.progress import SILENT, Progress


@contextmanager
def saved_image(
    engine: Engine,
    name: str,
    compression: Compression | None = None,
    progress: Progress = SILENT,
) -> Iterator[DockerArchive]:
    """Give an image of an engine as a source, through an unnamed temporary file.

    An engine has no random access to layers: they come all at once. Raises NotFoundError,
    EngineError, StoreError.
    """
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the archive closes it
    try:
        engine.save(name, file, progress)
        with storing(Path(tempfile.gettempdir())):
            file.flush()
    except BaseException:
        file.close()
        raise
    with DockerArchive(TarIndex.of(file, f"docker-daemon:{name}"), compression) as archive:
        yield archive


class EngineSink:
    """A sink that loads one image into an engine, sending it while it is copied.

    Nothing is written to disk, except layers compressed by zstd, which are expanded into an unnamed
    temporary file because a tar must tell their size first. An image that the engine has already is
    only named. The image is there when the block ends without an error.
    """

    def __init__(self, engine: Engine, progress: Progress = SILENT) -> None:
        self._engine = engine
        self._progress = progress
        self._lock = threading.Lock()
        self._load: Load | None = None
        self._image: DockerImage | None = None
        self._expanded: dict[str, Descriptor] = {}
        self._sent: set[str] = set()
        self._present = False

    def expect(self, manifest: bytes) -> None:
        """Learn which image comes, and whether the engine has it. Raises StoreError, EngineError.

        Only images are known to it by the digest of their config; where it knows them otherwise
        (Docker's containerd store), they are sent again.
        """
        if self._image is not None:
            raise StoreError("an engine takes one image at a time", "copy them one by one")
        self._image = DockerImage.from_manifest(manifest)
        digest = self._image.config.digest
        self._present = self._engine.image_id(digest) == digest

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the engine need not get the content."""
        is_part = self._image is not None and descriptor in self._image.parts
        return descriptor.digest in self._sent or (self._present and is_part)

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Send a config or a layer. Raises EngineError, CorruptError."""
        if descriptor.is_manifest:
            self._image = self._image or DockerImage.from_manifest(
                read_verified(content, descriptor)
            )
            return
        with self._lock:  # there is one stream to the engine
            if descriptor.media_type == OCI_LAYER_ZSTD:
                self._send_expanded(descriptor, content)
            else:
                self._send(descriptor, VerifyingReader(content, descriptor, "the source"))
            self._sent.add(descriptor.digest)

    def _send(self, part: Descriptor, content: VerifyingReader | BinaryIO) -> None:
        self._tar().add(file_name(part), part.size, cast(BinaryIO, content))

    def _send_expanded(self, descriptor: Descriptor, content: BinaryIO) -> None:
        digest, folder = hashlib.sha256(), Path(tempfile.gettempdir())
        reader = VerifyingReader(content, descriptor, "the source")
        with storing(folder), tempfile.TemporaryFile() as file:
            for piece in expand_limited(reader, "zstd"):
                digest.update(piece)
                file.write(piece)
            layer = Descriptor(OCI_LAYER, f"sha256:{digest.hexdigest()}", file.tell())
            file.seek(0)
            if layer.digest not in self._sent:
                self._send(layer, cast(BinaryIO, file))
        self._expanded[descriptor.digest] = layer
        self._sent.add(layer.digest)

    def _tar(self) -> TarWriter:
        if self._load is None:
            self._load = self._engine.start_load()
        return TarWriter(self._load.write)

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Name the image. Raises ReferenceError_, UsageError for a digest."""
        image = self._image or DockerImage.from_manifest(manifest)
        self._image = image.named([familiar(name)])

    def close(self) -> None:
        """Let the engine load the image and name it. Raises EngineError."""
        if self._image is None:
            raise EngineError("there is no image to load")
        if self._present:
            self._name_present(self._image)
        else:
            self._finish(self._image.with_layers(self._expanded))

    def _name_present(self, image: DockerImage) -> None:
        for name in image.names:
            if self._engine.image_id(name) != image.config.digest:
                self._engine.tag(image.config.digest, name)
                self._progress.end("load", name, "tagged")
            else:
                self._progress.end("load", name, "unchanged")

    def _finish(self, image: DockerImage) -> None:
        missing = [part for part in image.parts if part.digest not in self._sent]
        if missing:
            raise StoreError(
                f"the engine was not sent {missing[0].media_type} {missing[0].digest}",
                "layers that may not be distributed cannot be loaded",
            )
        tar = self._tar()
        tar.add_bytes("manifest.json", listing([image]))
        tar.close()
        assert self._load is not None
        said = self._load.finish(self._progress)
        self._progress.end("load", ", ".join(image.names) or image.config.digest, said)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.close()
        finally:
            if self._load is not None:
                self._load.close()
