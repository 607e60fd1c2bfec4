"""A base image from a registry or a layout: pinned by digest, one platform at a time, cached.

What was read once stays in the cache by its digest; a registry that cannot be reached falls back to
the digest that the name had last time, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from gotare.errors import BaseError, CorruptError, NotFoundError, RegistryError, StoreError
from gotare.frozen import dataclass
from gotare.oci.blobs import BlobStore, write_atomically
from gotare.oci.store import Source
from gotare.oci.types import MAX_MANIFEST, Descriptor, Platform, decode, encode
from gotare.progress import Progress


@dataclass(frozen=True, slots=True)
class BaseImage:
    """One platform of a base image. `layers` are as in its manifest, `digest` is what pins it.

    `reference` is the name in a registry, "" for a layout: where that lies is nobody's business.
    """

    reference: str
    digest: str
    platform: Platform
    manifest: Descriptor
    config: Mapping[str, Any]
    layers: tuple[Descriptor, ...]


class CachedSource:
    """Reads from the cache, and fills it from `upstream` when something is missing or damaged."""

    def __init__(self, cache: BlobStore, upstream: Source) -> None:
        self._cache = cache
        self._upstream = upstream

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a blob, downloading it first if need be."""
        if not self._cache.exists(descriptor):
            with self._upstream.fetch(descriptor) as stream:
                self._cache.push(descriptor, stream)
        with self._cache.fetch(descriptor) as stream:
            yield stream

    def read(self, descriptor: Descriptor) -> bytes:
        """Return a manifest or config; a damaged one in the cache is fetched again."""
        if descriptor.size > MAX_MANIFEST:
            raise CorruptError(f"{descriptor.digest} is larger than {MAX_MANIFEST} bytes")
        try:
            with self.fetch(descriptor) as stream:
                return stream.read()
        except CorruptError:
            self._cache.remove(descriptor.digest)
            with self.fetch(descriptor) as stream:
                return stream.read()

    def resolve(self, name: str) -> Descriptor:
        """Ask upstream."""
        return self._upstream.resolve(name)

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """A base's own referrers are not ours to carry."""
        return ()


class RemoteBase:
    """A base image by name. Resolving it costs at most one request."""

    def __init__(
        self,
        name: str,
        source: Source,
        tag: str,
        cache: BlobStore,
        memory: Path,
        progress: Progress,
        reference: str = "",
    ) -> None:
        """`tag` is what `source` resolves; `memory` the folder of last known digests.

        `reference` is the name that others can resolve too, "" for a place on this machine.
        """
        self.name = name
        self._reference = reference
        self.source = CachedSource(cache, source)
        self._memory = memory / sha256(name.encode()).hexdigest()
        self._progress = progress
        self.descriptor = self._resolve(tag)

    def _resolve(self, tag: str) -> Descriptor:
        try:
            descriptor = self.source.resolve(tag)
        except RegistryError as error:
            known = self._remembered()
            if known is None or (error.status and error.status != 429 and error.status < 500):
                raise
            self._progress.warn(
                f"{self.name} cannot be reached ({error.message}); "
                f"using {known.digest} from the cache"
            )
            return known
        except NotFoundError as error:
            raise BaseError(f"no base image {self.name}: {error.message}", error.hint) from error
        with suppress(OSError, StoreError):
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._memory, encode(descriptor.json()))
        return descriptor

    def _remembered(self) -> Descriptor | None:
        with suppress(OSError, StoreError):
            return Descriptor.from_json(decode(self._memory.read_bytes(), str(self._memory)))
        return None

    def image(self, platform: Platform) -> BaseImage:
        """Return the base for a platform. Raises BaseError naming the platforms there are."""
        manifest = self._manifest_for(platform)
        document = decode(self.source.read(manifest), f"the manifest of {self.name}")
        config_at, *layers = self._parts(document)
        config = decode(self.source.read(config_at), f"the config of {self.name}")
        own = Platform.from_json(config)
        if own.architecture and not platform.satisfied_by(own):
            raise BaseError(
                f"the base {self.name} is for {own}, not {platform}",
                "choose another base, or build with --platform " + str(own),
            )
        diff_ids = (config.get("rootfs") or {}).get("diff_ids") or []
        if len(diff_ids) != len(layers):
            raise BaseError(
                f"the base {self.name} has {len(layers)} layers but {len(diff_ids)} diff IDs"
            )
        return BaseImage(
            self._reference, self.descriptor.digest, platform, manifest, config, tuple(layers)
        )

    def _parts(self, document: Mapping[str, Any]) -> list[Descriptor]:
        """Return the config and the layers that a manifest names."""
        try:
            listed = [document.get("config"), *(document.get("layers") or [])]
            return [Descriptor.from_json(part) for part in listed]
        except (CorruptError, TypeError) as error:
            raise BaseError(
                f"the manifest of {self.name} is damaged: {error}", "choose another base"
            ) from error

    def _manifest_for(self, platform: Platform) -> Descriptor:
        found = self.descriptor
        for _ in range(4):  # an index may hold indexes, but not for ever
            if not found.is_index:
                break
            found = self._choose(found, platform)
        if not found.is_manifest:
            raise BaseError(
                f"{self.name} is not an image but {found.media_type}",
                "a base must be an OCI or Docker (schema 2) image",
            )
        return found

    def _choose(self, index: Descriptor, platform: Platform) -> Descriptor:
        document = decode(self.source.read(index), f"the index of {self.name}")
        entries = [Descriptor.from_json(entry) for entry in document.get("manifests") or []]
        entries = [entry for entry in entries if entry.is_manifest or entry.is_index]
        fitting = [e for e in entries if e.platform and platform.satisfied_by(e.platform)]
        if fitting:
            return max(fitting, key=_variant)
        nameless = [entry for entry in entries if not entry.platform]
        if len(entries) == 1 and nameless:
            return nameless[0]
        there = ", ".join(sorted({str(e.platform) for e in entries if e.platform})) or "none"
        raise BaseError(f"the base {self.name} has no image for {platform}", f"it has: {there}")


def _variant(entry: Descriptor) -> str:
    return entry.platform.normal.variant if entry.platform else ""
