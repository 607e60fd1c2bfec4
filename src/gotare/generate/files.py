"""What generated files are, and what the user may choose about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Part = Literal[
    "dockerfile", "dockerignore", "compose", "kubernetes", "github", "gitlab", "makefile",
    "config", "docs",
]  # fmt: skip
PARTS: Final[tuple[Part, ...]] = Part.__args__  # type: ignore[attr-defined]
"""What `gotare init --only` takes, in the order in which files are written."""

Variant = Literal["scratch", "distroless", "alpine", "debian", "dev"]
VARIANTS: Final[tuple[Variant, ...]] = Variant.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file to write, its path relative to the project's root, with slashes."""

    path: str
    content: str
    part: Part
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A value of `gotare.yaml`: the keys that lead to it, what stands there, and why."""

    keys: tuple[str, ...]
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose beyond the plan.

    `variant` is what the main Dockerfile is; None: the plan's base. `variants` are those that get a
    file of their own. `builder` makes the images in CI and in the Makefile. `image` is the
    repository without a name at its end (`ghcr.io/me`), "" where nothing tells. `pins` are digests
    (`sha256:…`) by reference, for bases and tools. `makefile` and `docs` are where those files go:
    a Makefile of the project's own is not replaced. `config` is the `gotare.yaml` that is there, ""
    for none, and `settled` what comes into it.
    """

    variant: Variant | None = None
    variants: tuple[Variant, ...] = VARIANTS
    builder: Literal["docker", "gotare"] = "docker"
    image: str = ""
    pins: Mapping[str, str] = field(default_factory=dict)
    makefile: Literal["Makefile", "container.mk"] = "Makefile"
    docs: str = "docs/container.md"
    config: str = ""
    settled: tuple[Settled, ...] = ()

    def pinned(self, reference: str) -> str:
        """Return a reference with its digest, where there is one: `name:tag@sha256:…`."""
        digest = self.pins.get(reference)
        return f"{reference}@{digest}" if digest else reference
