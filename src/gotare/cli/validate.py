"""`gotare validate`: check an image against the OCI specifications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gotare.cli.terminal import Terminal, common

if TYPE_CHECKING:
    from gotare.oci.problems import Report


@click.command("validate")
@click.argument("image")
@click.option("--platform", metavar="OS/ARCH", help="Only the image for this platform.")
@click.option(
    "--schemas",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The JSON schemas of the OCI image specification, checked beside gotare's own.",
)
@click.option("--insecure", is_flag=True, help="Allow http and certificates that are not trusted.")
@common
def command(
    terminal: Terminal, image: str, platform: str | None, schemas: Path | None, insecure: bool
) -> int:
    """Check every digest, size, document and path of IMAGE.

    IMAGE is a reference such as ghcr.io/me/app:1, oci:DIR[:NAME], oci-archive:FILE,
    docker-archive:FILE or docker-daemon:NAME. All images of a layout are checked when none is
    named. Exits with 1 when the image is not valid; warnings do not count.
    """
    report = _validate(terminal, image, platform, schemas, insecure)
    terminal.result({"image": image, **report.json()}, lambda: _lines(image, report))
    return 1 if report.errors else 0


def _validate(
    terminal: Terminal, image: str, platform: str | None, schemas: Path | None, insecure: bool
) -> Report:
    from gotare.oci.layout import Layout
    from gotare.oci.transports import Surroundings, open_source, parse_image
    from gotare.oci.types import Platform
    from gotare.oci.validate import validate, validate_layout

    location = parse_image(image)
    wanted = Platform.parse(platform) if platform else None
    with terminal.progress() as progress:
        around = Surroundings(terminal.env, terminal.home, terminal.directory, insecure, progress)
        with open_source(location, around) as source:
            if isinstance(source, Layout) and not location.name:
                return validate_layout(
                    source, platform=wanted, schema_directory=schemas, progress=progress
                )
            descriptor = source.resolve(location.name)
            return validate(
                source, descriptor, platform=wanted, schema_directory=schemas, progress=progress
            )


def _lines(image: str, report: Report) -> str:
    state = "not valid" if report.errors else "valid"
    seen = (
        f"{_count(report.manifests, 'manifest')}, {_count(report.blobs, 'blob')}, "
        f"{_count(report.files, 'file')}"
    )
    return "\n".join([*map(str, report.findings), f"{image} is {state}: {seen}"])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
