"""Turns packed layers and a base into blobs of config, manifest and index in the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gotare.bases.remote import BaseImage
from gotare.frozen import dataclass
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
    pinned = {_BASE_DIGEST: base.digest} if base else {}
    if base and base.reference:
        pinned[_BASE_NAME] = base.reference
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
    name = f"{image.base}@{base.digest}" if base else image.base
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
