"""The source of gotare's probe, and how it is compiled wherever that is done.

The probe asks an address over HTTP or TCP and says with its exit code whether it answers: a health
check for images that have no shell. `gotare build` and the Dockerfiles of `gotare init` compile the
same source with the same flags in a folder without a go.mod, so its bytes are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from gotare.golang.flags import BuildFlags, compile_flags

SOURCE: Final = "main.go"
"""The name that the source is compiled under; the binary remembers it."""

FLAGS: Final = BuildFlags()
"""As the programs of images are compiled by default: stripped, without cgo, without paths."""

ENVIRONMENT: Final[Mapping[str, str]] = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
"""Beside the platform's variables: what a user's settings would change must not reach it."""


def source() -> bytes:
    """Return the Go source."""
    return files(__name__).joinpath(SOURCE).read_bytes()


def build_args(output: str) -> list[str]:
    """Return the arguments of `go` that compile `SOURCE` in the working directory."""
    return ["build", *compile_flags(FLAGS, ()), "-o", output, SOURCE]
