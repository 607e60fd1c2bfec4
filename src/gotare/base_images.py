"""Opens the base images of a plan: each once, whatever the number of images and platforms."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from gotare.bases.remote import BaseImage, RemoteBase
from gotare.cache import Cache
from gotare.errors import BaseError, NotFoundError
from gotare.oci.reference import Reference
from gotare.oci.store import BlobSource
from gotare.oci.transports import Surroundings, open_source, parse_image
from gotare.oci.types import Platform


class Bases:
    """The bases in use, by the name that the plan gives them. Safe for threads."""

    def __init__(self, cache: Cache, around: Surroundings) -> None:
        self._cache = cache
        self._around = around
        self._stack = ExitStack()
        self._lock = threading.RLock()
        self._bases: dict[str, RemoteBase] = {}
        self._images: dict[tuple[str, Platform], BaseImage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def base(self, name: str) -> RemoteBase:
        """Open a base. Raises BaseError, RegistryError, UsageError for what is no image name."""
        with self._lock:
            if name not in self._bases:
                self._bases[name] = self._open(name)
            return self._bases[name]

    def _open(self, name: str) -> RemoteBase:
        location = parse_image(name)
        try:
            source = self._stack.enter_context(open_source(location, self._around))
        except NotFoundError as error:
            raise BaseError(f"no base image {name}: {error.message}", error.hint) from error
        return RemoteBase(
            str(location),
            source,
            location.name,
            self._cache.blobs,
            self._cache.root / "bases",
            self._around.progress,
            str(location) if location.reference is not None else "",
        )

    def image(self, name: str, platform: Platform) -> BaseImage:
        """Return one platform of a base. Raises BaseError."""
        with self._lock:
            if (name, platform) not in self._images:
                self._images[name, platform] = self.base(name).image(platform)
            return self._images[name, platform]

    def digests(self) -> dict[str, str]:
        """Return what each name was pinned to."""
        return {name: base.descriptor.digest for name, base in self._bases.items()}

    def sources(self) -> dict[str, BlobSource]:
        """Return who has each layer of the bases."""
        return {
            layer.digest: self._bases[name].source
            for (name, _), image in self._images.items()
            for layer in image.layers
        }

    def repositories(self) -> dict[str, Reference]:
        """Return the repository that holds each layer, for bases that come from a registry."""
        found: dict[str, Reference] = {}
        for (name, _), image in self._images.items():
            reference = parse_image(name).reference
            if reference is not None:
                found |= {layer.digest: reference for layer in image.layers}
        return found
