"""Which images and tools generated files name, in which versions, and why those.

Images are named by a tag that says a release line, never `latest`; `gotare init --pin` adds digests
(`Choices.pins`). Tools that a build installs are named by exact versions: Go modules by the version
that `go install` checks against the checksum database, packages of Debian by the version of its
stable release. Last looked at: 2026-11.
"""

from __future__ import annotations

from typing import Final

SYNTAX: Final = "docker/dockerfile:1"
"""The Dockerfile frontend: its newest 1.x, which BuildKit fetches; old engines read new files."""

GO: Final = "1.26"
"""The Go release where the project does not say which."""

DEBIAN_RELEASE: Final = "bookworm"
"""Debian 12: the release that distroless' debian12 images are made of, so that what is linked
against the build image's glibc finds the same glibc at run time."""

ALPINE: Final = "alpine:3.24"
"""The newest Alpine: golang's alpine images are of this release or an older one, and a program
runs on a musl that is newer than the one it was linked with, not on an older one."""

DEBIAN: Final = f"debian:{DEBIAN_RELEASE}-slim"
"""Debian without documentation: a shell, apt and glibc."""

DISTROLESS: Final = "gcr.io/distroless"
"""Where Google's distroless images are."""

AIR: Final = "github.com/air-verse/air@v1.67.4"
"""Live reload. Its former path, github.com/cosmtrek/air, is no longer maintained."""

PROTOC: Final = "protobuf-compiler=3.21.*"
"""Debian 12's protoc. The star takes Debian's security updates of that version."""


def golang(version: str) -> str:
    """Return the build image on Debian: it has git, ssh, certificates, zones and a C compiler."""
    return f"golang:{version or GO}-{DEBIAN_RELEASE}"


def golang_alpine(version: str) -> str:
    """Return the build image for programs that link musl. It exists for every Go release."""
    return f"golang:{version or GO}-alpine"


def distroless(image: str, *, debug: bool = False) -> str:
    """Return a distroless image, `static`, `base` or `cc`, that runs as nonroot.

    `nonroot` is a tag, not part of a digest: with a digest it is `:nonroot@sha256:…`.
    """
    return f"{DISTROLESS}/{image}-debian12:{'debug-' if debug else ''}nonroot"


MODULE_TOOLS: Final = {
    "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
    "templ": "github.com/a-h/templ/cmd/templ",
    "protoc-gen-grpc-gateway": (
        "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway"
    ),
    "protoc-gen-connect-go": "connectrpc.com/connect/cmd/protoc-gen-connect-go",
    "mockgen": "go.uber.org/mock/mockgen",
    "wire": "github.com/google/wire/cmd/wire",
    "ent": "entgo.io/ent/cmd/ent",
}
"""Generators whose module the generated code imports: the version in go.mod is the right one."""

PINNED_TOOLS: Final = {
    "buf": "github.com/bufbuild/buf/cmd/buf@v1.75.0",
    "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2",
    "sqlc": "github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1",
    "stringer": "golang.org/x/tools/cmd/stringer@v0.52.0",
    "mockery": "github.com/vektra/mockery/v2@v2.53.7",
    "oapi-codegen": "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2",
}
"""Generators that stand alone, by exact versions."""
