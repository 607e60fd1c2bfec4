"""An image as `docker load` takes it: which files it needs, and what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gotare.errors import StoreError, UsageError
from gotare.oci.reference import DOCKER_HUB, parse_reference
from gotare.oci.types import (
    CONFIG_TYPES,
    DOCKER_LAYER_GZIP,
    LAYER_TYPES,
    OCI_LAYER_GZIP,
    Descriptor,
    decode,
    encode,
)

_GZIP: Final = frozenset({OCI_LAYER_GZIP, DOCKER_LAYER_GZIP})


def familiar(name: str) -> str:
    """Return a name as engines show it: with a tag, without Docker Hub's defaults.

    Raises ReferenceError_, and UsageError for a digest, which is no name for an engine.
    """
    reference = parse_reference(name)
    if reference.digest:
        raise UsageError(f"a digest is no name for an image here: {name!r}", "give it a tag")
    text = str(reference)
    return text.removeprefix(f"{DOCKER_HUB}/").removeprefix("library/")


@dataclass(frozen=True, slots=True)
class DockerImage:
    """The parts of an image, and its names."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    names: tuple[str, ...] = ()

    @classmethod
    def from_manifest(cls, manifest: bytes) -> DockerImage:
        """Raises StoreError when the manifest is of something else than a container's image."""
        document = decode(manifest, "an image manifest")
        config = Descriptor.from_json(document.get("config"))
        layers = tuple(Descriptor.from_json(layer) for layer in _layers(document))
        kinds = {layer.media_type for layer in layers} - LAYER_TYPES
        if config.media_type not in CONFIG_TYPES or kinds:
            raise StoreError(
                "not an image that an engine can load: it holds"
                f" {', '.join(sorted(kinds)) or config.media_type}",
                "artifacts can be copied to layouts, OCI archives and registries",
            )
        return cls(config, layers)

    @property
    def parts(self) -> tuple[Descriptor, ...]:
        """The config and the layers."""
        return (self.config, *self.layers)

    def named(self, names: Iterable[str]) -> DockerImage:
        """The image with more names."""
        return replace(self, names=tuple(dict.fromkeys((*self.names, *names))))

    def with_layers(self, others: Mapping[str, Descriptor]) -> DockerImage:
        """The image with some layers, by digest, in another form."""
        return replace(self, layers=tuple(others.get(one.digest, one) for one in self.layers))


def _layers(document: dict[str, Any]) -> list[Any]:
    layers = document.get("layers")
    return layers if isinstance(layers, list) else []


def file_name(part: Descriptor) -> str:
    """Return what the config or layer is called in the archive: its digest, and what it is."""
    value = part.digest.partition(":")[2]
    if part.media_type in CONFIG_TYPES:
        return f"{value}.json"
    return f"{value}.tar.gz" if part.media_type in _GZIP else f"{value}.tar"


def listing(images: Iterable[DockerImage]) -> bytes:
    """Return `manifest.json`: config, tags and layers of the images, in an order of their own."""
    entries = [
        {
            "Config": file_name(image.config),
            "RepoTags": sorted(image.names),
            "Layers": [file_name(layer) for layer in image.layers],
        }
        for image in images
    ]
    return encode(sorted(entries, key=lambda entry: (entry["RepoTags"], entry["Config"])))
