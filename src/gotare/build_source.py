"""What was just built, as a source to copy from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from gotare.errors import NotFoundError
from gotare.oci.blobs import BlobStore
from gotare.oci.store import BlobSource
from gotare.oci.types import Descriptor


class BuildSource:
    """What was just built, as a source to copy from.

    Its blobs are in the cache; a base's layers may still be in their registry only, and are
    fetched when a destination lacks them.
    """

    def __init__(
        self,
        blobs: BlobStore,
        bases: Mapping[str, BlobSource],
        referrers: Sequence[tuple[str, Descriptor]],
    ) -> None:
        """`bases` tells by digest who has a layer; `referrers` are pairs of subject and SBOM."""
        self._blobs = blobs
        self._bases = bases
        self._referrers = referrers

    def resolve(self, name: str) -> Descriptor:
        """Nothing here has a name: roots are passed as descriptors."""
        raise NotFoundError(f"no image {name!r}")

    def fetch(self, descriptor: Descriptor) -> AbstractContextManager[BinaryIO]:
        """Open a blob, from the cache or from where the base is. Raises CacheDamagedError."""
        if not self._blobs.exists(descriptor) and descriptor.digest in self._bases:
            return self._bases[descriptor.digest].fetch(descriptor)
        return self._blobs.fetch(descriptor)

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the SBOMs of a manifest."""
        return tuple(entry for subject, entry in self._referrers if subject == descriptor.digest)
