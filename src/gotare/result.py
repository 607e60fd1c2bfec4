"""What a build made, as the command prints it and the cache remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gotare.frozen import dataclass
from gotare.oci.types import Descriptor


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """A layer of one platform. Sizes are bytes, uncompressed and as stored."""

    digest: str
    kind: str
    size: int
    compressed_size: int


@dataclass(frozen=True, slots=True)
class BuiltPlatform:
    """One platform of an image."""

    platform: str
    digest: str
    layers: tuple[BuiltLayer, ...]
    base: str = ""

    @property
    def size(self) -> int:
        """Bytes of all layers, uncompressed."""
        return sum(layer.size for layer in self.layers)

    @property
    def compressed_size(self) -> int:
        """Bytes of all layers as they are stored and pulled."""
        return sum(layer.compressed_size for layer in self.layers)

    def json(self) -> dict[str, Any]:
        """Return the object of the command's JSON."""
        return {
            "platform": self.platform,
            "digest": self.digest,
            "size": self.size,
            "compressed_size": self.compressed_size,
            "base": self.base,
            "layers": [
                {
                    "digest": layer.digest,
                    "kind": layer.kind,
                    "size": layer.size,
                    "compressed_size": layer.compressed_size,
                }
                for layer in self.layers
            ],
        }


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """One image: `root` points to its index, or to its manifest when it has one platform."""

    name: str
    packages: tuple[str, ...]
    tags: tuple[str, ...]
    root: Descriptor
    platforms: tuple[BuiltPlatform, ...]
    referrers: tuple[tuple[str, Descriptor], ...] = ()
    cached: bool = False

    def json(self) -> dict[str, Any]:
        """Return the object of the command's JSON."""
        return {
            "package": self.packages[0],
            "packages": list(self.packages),
            "name": self.name,
            "tags": list(self.tags),
            "digest": self.root.digest,
            "platforms": [platform.json() for platform in self.platforms],
            "cached": self.cached,
        }

    def record(self) -> dict[str, Any]:
        """Return everything, as the cache keeps it."""
        return self.json() | {
            "root": self.root.json(),
            "referrers": [[subject, entry.json()] for subject, entry in self.referrers],
        }

    @classmethod
    def from_record(cls, document: Mapping[str, Any]) -> BuiltImage:
        """Read what `record` returned. Raises KeyError, TypeError or CorruptError if it is not."""
        return cls(
            name=document["name"],
            packages=tuple(document["packages"]),
            tags=tuple(document["tags"]),
            root=Descriptor.from_json(document["root"]),
            platforms=tuple(_platform(entry) for entry in document["platforms"]),
            referrers=tuple(
                (subject, Descriptor.from_json(entry)) for subject, entry in document["referrers"]
            ),
            cached=True,
        )


def _platform(document: Mapping[str, Any]) -> BuiltPlatform:
    layers = tuple(BuiltLayer(**layer) for layer in document["layers"])
    return BuiltPlatform(document["platform"], document["digest"], layers, document["base"])


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a whole build made, and how long its steps took in seconds."""

    images: tuple[BuiltImage, ...]
    timings: Mapping[str, float]
    outputs: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return the command's JSON."""
        return {
            "images": [image.json() for image in self.images],
            "outputs": list(self.outputs),
            "timings": {name: round(value, 4) for name, value in self.timings.items()},
        }
