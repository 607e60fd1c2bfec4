"""Turns packed layers and a base into blobs of config, manifest and index in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from gotare.bases.remote import BaseImage
from gotare.errors import CorruptError, NotFoundError
from gotare.oci.blobs import BlobStore
from gotare.oci.image import (
    config_type,
    image_config,
    image_index,
    image_manifest,
    index_type,
    manifest_type,
)
from gotare.oci.layer import Layer
from gotare.oci.store import BlobSource
from gotare.oci.types import (
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    Descriptor,
    Platform,
    describe,
    encode,
)
from gotare.plan import ImagePlan, Plan
from gotare.result import BuiltLayer, BuiltPlatform

_TO_DOCKER = {OCI_LAYER: DOCKER_LAYER, OCI_LAYER_GZIP: DOCKER_LAYER_GZIP}
_TO_OCI = {value: key for key, value in _TO_DOCKER.items()}
_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"


@dataclass(frozen=True, slots=True)
class Assembled:
    """One platform's manifest in the cache, and what the command tells of it."""

    manifest: Descriptor
    built: BuiltPlatform


def assemble_platform(
    plan: Plan,
    image: ImagePlan,
    platform: Platform,
    layers: Sequence[Layer],
    base: BaseImage | None,
    base_sizes: Mapping[str, int],
    blobs: BlobStore,
) -> Assembled:
    """Write the config and the manifest of one platform.

    `base_sizes` are the uncompressed sizes of the base's layers; those not known count compressed.
    """
    config = image_config(base.config if base else {}, image.run, platform, layers, plan.created)
    config_at = _add(blobs, config, config_type(plan.docker))
    below = [_recast(layer, plan.docker) for layer in base.layers] if base else []
    pinned = {_BASE_NAME: base.name, _BASE_DIGEST: base.digest} if base else {}
    manifest = image_manifest(
        config_at,
        [*below, *(layer.descriptor for layer in layers)],
        pinned | dict(image.annotations),
        docker=plan.docker,
    )
    at = _add(blobs, manifest, manifest_type(plan.docker), platform=platform)
    told = [
        BuiltLayer(layer.digest, "base", base_sizes.get(layer.digest, layer.size), layer.size)
        for layer in below
    ]
    told += [
        BuiltLayer(layer.descriptor.digest, layer.kind, layer.size, layer.descriptor.size)
        for layer in layers
    ]
    name = f"{base.name}@{base.digest}" if base else image.base
    return Assembled(at, BuiltPlatform(str(platform), at.digest, tuple(told), name))


def assemble_image(
    plan: Plan, image: ImagePlan, platforms: Sequence[Assembled], blobs: BlobStore
) -> Descriptor:
    """Return the image's root: its only manifest, or an index over several."""
    if len(platforms) == 1:
        return platforms[0].manifest
    manifests = [assembled.manifest for assembled in platforms]
    index = image_index(manifests, image.annotations, docker=plan.docker)
    return _add(blobs, index, index_type(plan.docker))


def _add(blobs: BlobStore, document: Mapping[str, Any], media_type: str, **more: Any) -> Descriptor:
    content = encode(document)
    descriptor = describe(content, media_type, **more)
    if not blobs.exists(descriptor):
        blobs.add(content)
    return descriptor


def _recast(layer: Descriptor, docker: bool) -> Descriptor:
    """A base's layer in this image's family of media types; the blob stays the same."""
    table = _TO_DOCKER if docker else _TO_OCI
    media_type = table.get(layer.media_type, layer.media_type)
    return Descriptor(media_type, layer.digest, layer.size, layer.annotations, extra=layer.extra)


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

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a blob, from the cache or from where the base is; a damaged one leaves the cache."""
        if not self._blobs.exists(descriptor) and descriptor.digest in self._bases:
            with self._bases[descriptor.digest].fetch(descriptor) as stream:
                yield stream
            return
        try:
            with self._blobs.fetch(descriptor) as stream:
                yield stream
        except CorruptError:
            self._blobs.remove(descriptor.digest)
            raise

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the SBOMs of a manifest."""
        return tuple(entry for subject, entry in self._referrers if subject == descriptor.digest)
