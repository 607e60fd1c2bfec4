"""`gotare copy`: moves an image from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gotare.cli.terminal import Terminal, common

if TYPE_CHECKING:
    from gotare.oci.copy import CopyResult
    from gotare.oci.transports import ImageLocation


@click.command("copy")
@click.argument("source")
@click.argument("destination")
@click.option(
    "--platform",
    "platforms",
    metavar="OS/ARCH[/VARIANT]",
    multiple=True,
    help="Copy only this platform of a multi-platform image; several make a smaller index with"
    " another digest. Default: all.",
)
@click.option("--no-referrers", is_flag=True, help="Leave SBOMs and signatures behind.")
@click.option("--insecure", is_flag=True, help="Allow registries without TLS, or without trust.")
@common
def command(
    terminal: Terminal,
    source: str,
    destination: str,
    platforms: tuple[str, ...],
    no_referrers: bool,
    insecure: bool,
) -> None:
    """Copy the image SOURCE to DESTINATION.

    Both are a registry's reference, oci:DIR[:NAME], oci-archive:FILE[:NAME],
    docker-archive:FILE[:NAME:TAG] or docker-daemon:NAME[:TAG]. What the destination has already is
    not sent again. Archives and engines of Docker hold one platform: this machine's, if --platform
    chooses no other.
    """
    from gotare.cli.host import host_platform
    from gotare.oci.compression import Compression
    from gotare.oci.copy import copy
    from gotare.oci.transports import Surroundings, open_sink, open_source, parse_image

    from_, to = parse_image(source), parse_image(destination)
    wanted = _platforms(platforms)
    packing = Compression() if to.keeps_layers else None
    with terminal.progress() as progress:
        around = Surroundings(terminal.env, terminal.home, terminal.directory, insecure, progress)
        with open_source(from_, around, packing) as store, open_sink(to, around) as sink:
            root = store.resolve(from_.name)
            if root.is_index and not wanted and not to.keeps_layers:
                wanted = [host_platform()]
                progress.warn(f"{to.transport} holds one platform: taking {wanted[0]}")
            result = copy(
                store,
                root,
                sink,
                to.target_names,
                platforms=wanted,
                referrers=not no_referrers,
                recheck=not no_referrers,
                progress=progress,
            )
    terminal.result(_document(from_, to, result), lambda: _line(to, result))


def _platforms(words: tuple[str, ...]) -> list[Any] | None:
    from gotare.oci.types import Platform

    found = [Platform.parse(part) for word in words for part in word.split(",")]
    return found or None


def _document(from_: ImageLocation, to: ImageLocation, result: CopyResult) -> dict[str, Any]:
    return {
        "source": str(from_),
        "destination": str(to),
        "names": list(result.names),
        "digest": result.descriptor.digest,
        "media_type": result.descriptor.media_type,
        "copied": [_blob(descriptor) for descriptor in result.copied],
        "reused": [_blob(descriptor) for descriptor in result.reused],
        "bytes": result.bytes,
    }


def _blob(descriptor: Any) -> dict[str, Any]:
    return {
        "media_type": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }


def _line(to: ImageLocation, result: CopyResult) -> str:
    moved = f"{len(result.copied)} copied ({result.bytes / 1e6:.1f} MB)"
    return f"{to}@{result.descriptor.digest}: {moved}, {len(result.reused)} reused"
