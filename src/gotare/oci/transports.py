"""Which place an image argument means, and how it is opened: the transports of skopeo and podman.

    ghcr.io/me/app:1, docker://ghcr.io/me/app:1   a registry
    oci:DIR[:NAME]                                an OCI layout
    oci-archive:FILE[:NAME]                       an OCI layout in a tar
    docker-archive:FILE[:NAME:TAG]                what `docker save` writes; also FILE:@0, by number
    docker-daemon:NAME[:TAG]                      a Docker or Podman engine

A path ends at its first colon, as in skopeo, so that names may have colons:
`oci:dist:ghcr.io/me/app:1` is the image `ghcr.io/me/app:1` in `dist`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gotare.errors import ReferenceError_, UsageError
from gotare.frozen import dataclass
from gotare.oci.reference import Reference, parse_reference
from gotare.oci.store import Sink, Source
from gotare.progress import SILENT, Progress

if TYPE_CHECKING:
    from gotare.oci.compression import Compression
    from gotare.oci.registry import Repository

REGISTRY: Final = "docker"
LAYOUT: Final = "oci"
OCI_ARCHIVE: Final = "oci-archive"
DOCKER_ARCHIVE: Final = "docker-archive"
ENGINE: Final = "docker-daemon"

_WITH_PATH: Final = frozenset({LAYOUT, OCI_ARCHIVE, DOCKER_ARCHIVE})
_TRANSPORTS: Final = (LAYOUT, OCI_ARCHIVE, DOCKER_ARCHIVE, ENGINE)
# Transports of skopeo and podman that gotare does not speak.
_OTHERS: Final = frozenset({"containers-storage", "dir", "ostree", "sif", "tarball"})
_KNOWN: Final = "docker://REFERENCE, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:"
_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class ImageLocation:
    """A place that holds an image. `name` is what the image is called there; "" the only one.

    `path` is a layout's or an archive's, `reference` a registry's.
    """

    transport: str
    path: Path | None = None
    name: str = ""
    reference: Reference | None = None

    def __str__(self) -> str:
        if self.reference is not None:
            return str(self.reference)
        return ":".join(filter(None, (self.transport, str(self.path or ""), self.name)))

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names that an image gets when it is copied there.

        In a layout or an OCI archive an image without a name could not be found: it is `latest`.
        """
        usual = "latest" if self.transport in (LAYOUT, OCI_ARCHIVE) else ""
        return tuple(filter(None, (self.name or usual,)))

    @property
    def keeps_layers(self) -> bool:
        """Whether what is copied there stays as it is, so that compressed layers save room."""
        return self.transport not in (DOCKER_ARCHIVE, ENGINE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What opening a location depends on: paths are relative to `directory`.

    `insecure` allows registries without TLS or with certificates that are not trusted.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    home: Path = Path("/nonexistent")
    directory: Path = Path()
    insecure: bool = False
    progress: Progress = SILENT


def parse_image(text: str) -> ImageLocation:
    """Read an image argument. Raises UsageError, or ReferenceError_ when it is no reference."""
    head, colon, rest = text.partition(":")
    if text.startswith("docker://"):
        return _registry(text.removeprefix("docker://"))
    if colon and head in _WITH_PATH and not rest.startswith("//"):
        return _with_path(head, rest, text)
    if colon and head == ENGINE:
        return _engine(rest, text)
    _refuse_unknown(text, head, rest if colon else "")
    return _registry(text)


def _registry(text: str) -> ImageLocation:
    try:
        reference = parse_reference(text)
    except ReferenceError_ as error:
        if text.startswith((".", "/", "~")):
            hint = "write oci:DIR for a layout, oci-archive:FILE or docker-archive:FILE for a file"
            raise ReferenceError_(error.message, hint) from None
        raise
    return ImageLocation(REGISTRY, None, reference.digest or reference.tag, reference)


def _with_path(transport: str, rest: str, text: str) -> ImageLocation:
    path, _, name = rest.partition(":")
    if not path:
        raise UsageError(f"no path in {text!r}", f"write {transport}:PATH[:NAME]")
    if name and not _NAME.fullmatch(name):
        raise UsageError(f"not a name of an image: {name!r}", "visible ASCII characters only")
    return ImageLocation(transport, Path(path), name)


def _engine(rest: str, text: str) -> ImageLocation:
    if rest.startswith("sha256:"):
        return ImageLocation(ENGINE, None, rest)
    if not rest:
        raise UsageError(f"no name in {text!r}", "write docker-daemon:NAME:TAG")
    from gotare.oci.docker_image import familiar

    return ImageLocation(ENGINE, None, familiar(rest))


def _refuse_unknown(text: str, head: str, rest: str) -> None:
    """Raise UsageError when the text begins like a transport, and is none."""
    if "://" in text:
        hint = "a registry's image has no scheme, or docker://"
        raise UsageError(f"not a transport: {text.split('://')[0]!r} in {text!r}", hint)
    if not rest:
        return
    if head in _OTHERS:
        raise UsageError(
            f"the transport {head!r} is not supported in {text!r}", f"use {_KNOWN}NAME"
        )
    nearest = difflib.get_close_matches(head, _TRANSPORTS[1:], 1, cutoff=0.8)
    if nearest:
        raise UsageError(
            f"not a transport: {head!r} in {text!r}",
            f"did you mean {nearest[0]}:{rest}? (a repository of that name: docker://{text})",
        )


# opening


@contextmanager
def open_source(
    location: ImageLocation, around: Surroundings, compression: Compression | None = None
) -> Iterator[Source]:
    """Open a place to read from; resolve `location.name` in it.

    `compression` is for the layers of Docker archives and engines, which stand there uncompressed;
    without it they stay so. Raises StoreError and its kinds, RegistryError, EngineError.
    """
    path = around.directory / (location.path or "")
    if location.reference is not None:
        with _repository(location.reference, around) as source:
            yield source
    elif location.transport == LAYOUT:
        from gotare.oci.layout import Layout

        yield Layout(path)
    elif location.transport == OCI_ARCHIVE:
        from gotare.oci.archive import OciArchive

        with OciArchive(path) as archive:
            yield archive
    elif location.transport == DOCKER_ARCHIVE:
        from gotare.oci.docker_archive import DockerArchive

        with DockerArchive.open(path, compression) as docker_archive:
            yield docker_archive
    else:
        from gotare.oci.daemon import Engine
        from gotare.oci.engine_store import saved_image

        engine = Engine.find(around.env, around.home)
        with saved_image(engine, location.name, compression, around.progress) as saved:
            yield saved


@contextmanager
def open_sink(location: ImageLocation, around: Surroundings) -> Iterator[Sink]:
    """Open a place to write to; name what is copied `location.target_names`.

    Archives and engines have the image when the block ends without an error. Raises UsageError for
    names that cannot be given there, StoreError and its kinds, RegistryError, EngineError.
    """
    _check_target(location)
    path = around.directory / (location.path or "")
    if location.reference is not None:
        with _repository(location.reference, around) as sink:
            yield sink
    elif location.transport == LAYOUT:
        from gotare.oci.layout import Layout

        yield Layout(path, create=True)
    elif location.transport == OCI_ARCHIVE:
        from gotare.oci.archive import OciArchiveWriter

        with OciArchiveWriter(path) as archive:
            yield archive
    elif location.transport == DOCKER_ARCHIVE:
        from gotare.oci.docker_archive import DockerArchiveWriter

        with DockerArchiveWriter(path) as docker_archive:
            yield docker_archive
    else:
        from gotare.oci.daemon import Engine
        from gotare.oci.engine_store import EngineSink

        engine = Engine.find(around.env, around.home)
        with EngineSink(engine, around.progress) as engine_sink:
            yield engine_sink


def _check_target(location: ImageLocation) -> None:
    if re.match(r"sha(256|512):", location.name):
        raise UsageError(
            f"a digest cannot be given to an image: {location}", "name the destination by a tag"
        )
    if location.transport == DOCKER_ARCHIVE and location.name:
        from gotare.oci.docker_image import familiar

        familiar(location.name)


@contextmanager
def _repository(reference: Reference, around: Surroundings) -> Iterator[Repository]:
    """Open a repository; `copy` tells the progress, so the repository need not."""
    from gotare.oci import registry
    from gotare.oci.auth import Keychain

    keychain = Keychain(around.env, around.home)
    with registry.Repository(reference, keychain, insecure=around.insecure) as repository:
        yield repository
