"""Says what is in an image: an SBOM for each platform, attached as a referrer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from gotare.bases.composed import ingredients
from gotare.bases.remote import BaseImage, RemoteBase
from gotare.cache import Cache, read_sealed, write_sealed
from gotare.errors import StoreError
from gotare.frozen import dataclass
from gotare.golang.buildinfo import read_build_info
from gotare.oci.blobs import BlobStore
from gotare.oci.expand import ALGORITHMS, Expanded, expand
from gotare.oci.types import Descriptor, Platform
from gotare.places import BIN
from gotare.plan import ImagePlan, Plan
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


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """What is in a base image: its packages, and the uncompressed size of each layer in bytes."""

    packages: tuple[Package, ...]
    sizes: Mapping[str, int]


def base_facts(base: RemoteBase, image: BaseImage, cache: Cache) -> BaseFacts:
    """Read the layers of a base image once; remembered by its manifest's digest.

    Raises CorruptError, RegistryError.
    """
    path = cache.root / "bases" / (image.manifest.digest.replace(":", "-") + ".facts")
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, StoreError):
        document = json.loads(read_sealed(path))
        packages = tuple(Package(**package) for package in document["packages"])
        return BaseFacts(packages, dict(document["sizes"]))
    facts = _read_base(base, image)
    document = {"packages": [asdict(p) for p in facts.packages], "sizes": facts.sizes}
    with suppress(OSError, StoreError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sealed(path, json.dumps(document).encode())
    return facts


def _read_base(base: RemoteBase, image: BaseImage) -> BaseFacts:
    sizes: dict[str, int] = {}

    def readers() -> Iterator[Expanded]:
        for layer in image.layers:
            if layer.media_type in ALGORITHMS:
                with base.source.fetch(layer) as stream:
                    pieces = expand(stream, ALGORITHMS[layer.media_type])
                    reader = Expanded(pieces, _LARGEST_LAYER)
                    yield reader
                    sizes[layer.digest] = reader.size

    return BaseFacts(read_base_packages(readers()), sizes)
