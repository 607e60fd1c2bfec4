"""Says what is in an image: an SBOM for each platform, attached as a referrer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from gotare.bases.composed import ingredients
from gotare.bases.remote import BaseImage, RemoteBase
from gotare.cache import Cache
from gotare.errors import StoreError
from gotare.golang.buildinfo import read_build_info
from gotare.oci.blobs import BlobStore, write_atomically
from gotare.oci.expand import ALGORITHMS, Expanded, expand
from gotare.oci.types import Descriptor, Platform
from gotare.plan import BIN, ImagePlan, Plan
from gotare.sbom.attach import attach
from gotare.sbom.base_packages import read_base_packages
from gotare.sbom.model import Inventory, Package, Program

MEDIA_TYPES: Final = {
    "spdx": "application/spdx+json",
    "cyclonedx": "application/vnd.cyclonedx+json",
}
"""The formats and their media types (IANA); they are also the artifact types of the referrers."""

_LARGEST_LAYER: Final = 4 << 30


def attach_sbom(
    plan: Plan,
    image: ImagePlan,
    platform: Platform,
    manifest: Descriptor,
    binaries: Mapping[str, Path],
    parts: Sequence[str],
    base_packages: Sequence[Package],
    blobs: BlobStore,
) -> tuple[tuple[str, Descriptor], ...]:
    """Write the SBOM of one platform into the cache; return it with its subject's digest."""
    if plan.sbom == "none":
        return ()
    inventory = Inventory(
        name=_name(image),
        digest=manifest.digest,
        platform=platform,
        created=plan.created,
        programs=tuple(
            Program(f"{BIN}/{name}", read_build_info(path)) for name, path in binaries.items()
        ),
        base=tuple(base_packages),
        components=tuple(_components(parts)),
    )
    document = _encode(inventory, plan.sbom)
    subject = Descriptor(manifest.media_type, manifest.digest, manifest.size)
    referrer = attach(subject, document, MEDIA_TYPES[plan.sbom], blobs, plan.created)
    return ((manifest.digest, referrer),)


def _name(image: ImagePlan) -> str:
    """The image's name in the document: its repository, without tag, or just its name."""
    if not image.tags:
        return image.name
    return image.tags[0].rpartition(":")[0]


def _components(parts: Sequence[str]) -> Iterator[Package]:
    for part in ingredients(tuple(parts)):
        yield Package("data", part.name, part.version, part.purl)


def _encode(inventory: Inventory, form: str) -> bytes:
    if form == "spdx":
        from gotare.sbom.spdx import to_spdx

        return to_spdx(inventory)
    from gotare.sbom.cyclonedx import to_cyclonedx

    return to_cyclonedx(inventory)


def packages_of_base(base: RemoteBase, image: BaseImage, cache: Cache) -> tuple[Package, ...]:
    """Return the packages in a base image; read once, and remembered by its manifest's digest."""
    path = cache.root / "bases" / (image.manifest.digest.replace(":", "-") + ".packages")
    with suppress(OSError, ValueError, TypeError):
        return tuple(Package(**package) for package in json.loads(path.read_bytes()))
    with ExitStack() as stack:
        readers = (
            Expanded(
                expand(stack.enter_context(base.source.fetch(layer)), ALGORITHMS[layer.media_type]),
                _LARGEST_LAYER,
            )
            for layer in image.layers
            if layer.media_type in ALGORITHMS
        )
        found = read_base_packages(readers)
    with suppress(OSError, StoreError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps([asdict(package) for package in found]).encode())
    return found
