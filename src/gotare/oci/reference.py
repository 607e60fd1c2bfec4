"""Image references: `[registry/]repository[:tag][@digest]`.

Grammar: distribution `reference` package; tag and repository rules: distribution-spec v1.1.
A name without a registry is Docker Hub's, and a Hub name without a namespace is in `library/`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gotare.errors import ReferenceError_
from gotare.frozen import dataclass

DOCKER_HUB = "docker.io"

_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_REGISTRY = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an image is: `registry` has the port, `repository` has no leading slash."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return self.name + tag + (f"@{self.digest}" if self.digest else "")

    @property
    def name(self) -> str:
        """`registry/repository`, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is on this machine, where http is allowed without asking."""
        host = re.sub(r":\d+$", "", self.registry)
        return host in ("localhost", "[::1]") or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))

    def with_tag(self, tag: str) -> Reference:
        """The same repository at another tag."""
        return replace(self, tag=tag, digest="")

    def with_digest(self, digest: str) -> Reference:
        """The same reference, pinned."""
        return replace(self, digest=digest)


def parse_reference(text: str, default_tag: str = "latest") -> Reference:
    """Read an image reference; without tag and digest it gets `default_tag`.

    Raises ReferenceError_ with what is wrong.
    """
    name, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise ReferenceError_(f"not a digest in {text!r}", "a digest is sha256: and 64 hex digits")
    name, tag = _split_tag(name)
    if (tag or name.endswith(":")) and not _TAG.fullmatch(tag):
        raise ReferenceError_(f"not a tag in {text!r}: {tag!r}", "letters, digits, '_', '.', '-'")
    registry, repository = _split_registry(name)
    if not _REGISTRY.fullmatch(registry) or not _REPOSITORY.fullmatch(repository):
        hint = "repository names are lower case" if name != name.lower() else None
        raise ReferenceError_(
            f"not an image reference: {text!r}", hint or "for example ghcr.io/me/app:1.4.0"
        )
    if len(repository) > 255:
        raise ReferenceError_(f"the repository name is over 255 characters: {text[:60]!r}…")
    return Reference(registry, repository, tag or ("" if digest else default_tag), digest)


def _split_tag(name: str) -> tuple[str, str]:
    head, colon, tail = name.rpartition(":")
    return (head, tail) if tail and colon and "/" not in tail else (name, "")


def _split_registry(name: str) -> tuple[str, str]:
    head, slash, tail = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost" or head != head.lower()):
        return (DOCKER_HUB if head == "index.docker.io" else head), _hub(head, tail)
    return DOCKER_HUB, _hub(DOCKER_HUB, name)


def _hub(registry: str, repository: str) -> str:
    is_hub = registry in (DOCKER_HUB, "index.docker.io")
    return f"library/{repository}" if is_hub and "/" not in repository else repository
