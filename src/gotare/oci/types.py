"""Descriptors, platforms and media types.

Sources: OCI image-spec v1.1 `descriptor.md`, `image-index.md`, `media-types.md`;
Docker `image manifest v2 schema 2`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from gotare.errors import CorruptError, PlatformError
from gotare.frozen import dataclass

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD: Final = "application/vnd.oci.image.layer.v1.tar+zstd"
OCI_EMPTY: Final = "application/vnd.oci.empty.v1+json"
DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"

INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
CONFIG_TYPES: Final = frozenset({OCI_CONFIG, DOCKER_CONFIG})
LAYER_TYPES: Final = frozenset(
    {OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, DOCKER_LAYER, DOCKER_LAYER_GZIP}
)

REF_NAME: Final = "org.opencontainers.image.ref.name"
"""The annotation that names an image in an OCI layout (image-spec `annotations.md`)."""

MAX_MANIFEST: Final = 4 << 20
"""Bytes of JSON read at most, as distribution-spec suggests for manifests."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def digest_of(content: bytes) -> str:
    """Return the sha256 digest of content, as `sha256:<hex>`."""
    import hashlib  # 3 ms, and linting asks for no digest

    return "sha256:" + hashlib.sha256(content).hexdigest()


def check_digest(digest: object) -> str:
    """Return digest if it has the form of a sha256 or sha512 digest; else raise CorruptError.

    Everything that turns a digest into a path or a URL comes through here first.
    """
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise CorruptError(f"not a sha256 or sha512 digest: {str(digest)[:100]!r}")
    return digest


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image runs on, in GOOS/GOARCH words (image-spec `image-index.md`)."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))

    def json(self) -> dict[str, str]:
        """Return the platform object of an index entry."""
        pairs = {
            "architecture": self.architecture,
            "os": self.os,
            "os.version": self.os_version,
            "variant": self.variant,
        }
        return {key: value for key, value in pairs.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Platform:
        """Read the platform object of an index entry, or of an image config."""
        words = [
            str(document.get(key) or "") for key in ("os", "architecture", "variant", "os.version")
        ]
        return cls(*words)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `os/architecture[/variant]`, with Docker's other names for architectures.

        Raises PlatformError when it is not of that form. Whether Go can build for it is not
        asked here.
        """
        words = text.strip().lower().split("/")
        if len(words) not in (2, 3) or not all(re.fullmatch(r"[a-z0-9_.-]+", w) for w in words):
            raise PlatformError(
                f"not a platform: {text!r}",
                "write os/architecture[/variant], for example linux/amd64 or linux/arm/v7",
            )
        architecture, variant = _normal(words[1], words[2] if len(words) == 3 else "")
        return cls(words[0], architecture, variant)

    @property
    def normal(self) -> Platform:
        """The platform with the variants that mean the default left out (arm64/v8, amd64/v1)."""
        architecture, variant = _normal(self.architecture, self.variant)
        return Platform(self.os, architecture, variant, self.os_version)

    def satisfied_by(self, other: Platform) -> bool:
        """Whether an image for `other` runs here: same OS and architecture, level not above."""
        mine, theirs = self.normal, other.normal
        if (mine.os, mine.architecture) != (theirs.os, theirs.architecture):
            return False
        return _level(theirs.variant) <= _level(mine.variant or _HIGHEST.get(mine.architecture, ""))


_ALIASES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_DEFAULT_VARIANT = {"arm64": "v8", "amd64": "v1"}
# An image without a variant for 32-bit ARM is taken as v7, as containerd does.
_HIGHEST = {"arm": "v7"}


def _normal(architecture: str, variant: str) -> tuple[str, str]:
    architecture, implied = _ALIASES.get(architecture, (architecture, ""))
    variant = variant or implied
    if architecture == "arm" and variant.isdigit():
        variant = "v" + variant
    if architecture == "arm" and not variant:
        variant = "v7"
    return architecture, "" if _DEFAULT_VARIANT.get(architecture) == variant else variant


def _level(variant: str) -> tuple[int, str]:
    """Order variants: v6 < v7, v8 < v8.2; unknown words compare only with themselves."""
    numbers = re.fullmatch(r"v(\d+)(?:\.(\d+))?", variant)
    if not numbers:
        return (0, variant)
    return (int(numbers[1]) * 100 + int(numbers[2] or 0), "")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A typed, sized, digested pointer to content (image-spec `descriptor.md`).

    `extra` keeps the JSON fields that have no attribute here, so that they survive a round trip.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    artifact_type: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Return the JSON object, keys in the order of the specification."""
        document: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.platform:
            document["platform"] = self.platform.json()
        if self.annotations:
            document["annotations"] = dict(sorted(self.annotations.items()))
        return document | dict(self.extra)

    @classmethod
    def from_json(cls, document: object) -> Descriptor:
        """Read a descriptor object; raise CorruptError when a required field is absent or wrong."""
        if not isinstance(document, dict):
            raise CorruptError(f"a descriptor is not an object: {str(document)[:80]}")
        size, media_type = document.get("size"), document.get("mediaType")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise CorruptError(f"a descriptor has the size {str(size)[:80]!r}")
        if not isinstance(media_type, str):
            raise CorruptError(f"a descriptor has the media type {str(media_type)[:80]!r}")
        annotations, platform = document.get("annotations"), document.get("platform")
        known = {"mediaType", "digest", "size", "annotations", "platform", "artifactType"}
        return cls(
            media_type=media_type,
            digest=check_digest(document.get("digest")),
            size=size,
            annotations=dict(annotations) if isinstance(annotations, dict) else {},
            platform=Platform.from_json(platform) if isinstance(platform, dict) else None,
            artifact_type=str(document.get("artifactType") or ""),
            extra={key: value for key, value in document.items() if key not in known},
        )

    @property
    def is_index(self) -> bool:
        """Whether it points to an image index or a Docker manifest list."""
        return self.media_type in INDEX_TYPES

    @property
    def is_manifest(self) -> bool:
        """Whether it points to an image manifest."""
        return self.media_type in MANIFEST_TYPES


def encode(document: Any) -> bytes:
    """Return JSON bytes that depend on the document alone: compact, UTF-8, keys as given."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def decode(content: bytes, what: str) -> dict[str, Any]:
    """Read a JSON object; raise CorruptError, naming `what`, when it is not one."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CorruptError(f"{what} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise CorruptError(f"{what} is not a JSON object")
    return document


def describe(content: bytes, media_type: str, **fields: Any) -> Descriptor:
    """Return the descriptor of content."""
    return Descriptor(media_type, digest_of(content), len(content), **fields)
