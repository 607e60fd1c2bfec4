"""Takes built images to where they were asked to go: layout, archives, engine, registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gotare.errors import UsageError
from gotare.frozen import dataclass
from gotare.golang.fingerprint import Stat, stat_of
from gotare.oci.reference import Reference, parse_reference
from gotare.oci.transports import ImageLocation, Surroundings, open_sink
from gotare.oci.types import Platform
from gotare.progress import SILENT, Progress
from gotare.result import BuiltImage

if TYPE_CHECKING:
    from gotare.oci.store import Source


@dataclass(frozen=True, slots=True)
class Destination:
    """Where images go: `kind` is layout, oci-archive, docker-archive, engine or registry."""

    kind: str
    path: Path | None = None

    def for_image(self, name: str) -> Destination:
        """Return the destination with `{name}` in its path replaced."""
        if self.path is None or "{name}" not in str(self.path):
            return self
        return Destination(self.kind, Path(str(self.path).replace("{name}", name)))


@dataclass(frozen=True, slots=True)
class Shipped:
    """What was done: words for the user, files written, and names that layouts now hold."""

    outputs: tuple[str, ...]
    files: tuple[Path, ...]
    names: tuple[tuple[str, str, str], ...]
    local: bool


def check_destinations(
    destinations: Sequence[Destination], names: Mapping[str, Sequence[str]]
) -> None:
    """Raise an error when images cannot go there, before anything is compiled for it.

    `names` maps images to their tags. Raises UsageError, StoreError.
    """
    from gotare.oci.layout import Layout

    for destination in destinations:
        if destination.kind == "layout" and destination.path is not None:
            for name in names:
                Layout(destination.for_image(name).path or destination.path, create=True)
        if destination.kind == "registry" and not all(names.values()):
            raise UsageError("--push needs to know where to", "-t registry/me/{name}:tag")
        single = destination.kind == "docker-archive" and "{name}" not in str(destination.path)
        if single and len(names) > 1:
            raise UsageError(
                f"{destination.path} cannot hold {len(names)} images",
                "put {name} into the file's name: --docker-archive '{name}.tar'",
            )


def ship(
    images: Sequence[BuiltImage],
    destinations: Sequence[Destination],
    source: Source,
    around: Surroundings,
    host: Platform,
    mounts: Mapping[str, Reference],
    written: Mapping[str, Stat | None],
) -> Shipped:
    """Copy every image to every destination; what is there already is not sent again.

    `host` is the platform for places that hold one, `mounts` tells in which repository a base's
    layer is, `written` how an earlier build left its files: what differs now is looked into.
    Raises what stores raise.
    """
    outputs: list[str] = []
    files: list[Path] = []
    names: list[tuple[str, str, str]] = []
    for image in images:
        for destination in destinations:
            place = destination.for_image(image.name)
            if place.kind == "registry":
                outputs += _push(image, source, around, mounts)
                continue
            location = _location(place)
            whole = place.kind != "layout" or _mend(image, place.path or Path(), written)
            outputs += _write(image, location, source, around, host, recheck=not whole)
            if place.path is not None:
                files += _written(image, place)
            if place.kind == "layout":
                names += [(str(place.path), n, image.root.digest) for n in names_of(image)]
    local = all(destination.kind not in ("registry", "engine") for destination in destinations)
    return Shipped(tuple(dict.fromkeys(outputs)), tuple(dict.fromkeys(files)), tuple(names), local)


def names_of(image: BuiltImage) -> tuple[str, ...]:
    """Return what the image is called in layouts and archives: its tags, else its name."""
    return image.tags or (image.name,)


# layouts, archives, engines

_TRANSPORTS = {
    "layout": "oci",
    "oci-archive": "oci-archive",
    "docker-archive": "docker-archive",
    "engine": "docker-daemon",
}


def _location(place: Destination) -> ImageLocation:
    return ImageLocation(_TRANSPORTS[place.kind], place.path)


def _write(
    image: BuiltImage,
    location: ImageLocation,
    source: Source,
    around: Surroundings,
    host: Platform,
    *,
    recheck: bool,
) -> list[str]:
    """Copy an image to where it is not sent over a network; return what to call it there."""
    from gotare.oci.copy import copy

    holds_one = not location.keeps_layers
    names = names_of(image)
    if holds_one and not image.tags:
        names = (f"{image.name}:latest",)
    platforms = _one_platform(image, host, around.progress) if holds_one else None
    with open_sink(location, around) as sink:
        copy(
            source,
            image.root,
            sink,
            names,
            platforms=platforms,
            recheck=recheck,
            progress=SILENT,
        )
    if location.path is None:
        for name in names:
            around.progress.end("load", name)
    return [str(ImageLocation(location.transport, location.path, name)) for name in names]


def _mend(image: BuiltImage, path: Path, written: Mapping[str, Stat | None]) -> bool:
    """Take what was damaged since out of a layout; return whether the image is whole there."""
    from gotare.oci.layout import Layout

    if not (path / "blobs").is_dir():
        return False
    layout = Layout(path, create=True)
    whole = True
    for entry in (*(referrer for _, referrer in image.referrers), image.root):
        whole &= layout.mend(entry, lambda file: written.get(str(file), ()) == stat_of(str(file)))
    return whole


def _written(image: BuiltImage, place: Destination) -> Iterator[Path]:
    """Yield the files that must be there, unchanged, for the image to be in place."""
    path = place.path or Path()
    if place.kind != "layout":
        yield path
        return
    from gotare.oci.layout import Layout

    layout = Layout(path)
    yield path / "oci-layout"
    for digest in layout.reachable([image.root, *(entry for _, entry in image.referrers)]):
        yield layout.blobs.path(digest)


# registries


def _push(
    image: BuiltImage,
    source: Source,
    around: Surroundings,
    mounts: Mapping[str, Reference],
) -> list[str]:
    from gotare.oci.auth import Keychain
    from gotare.oci.copy import copy, up_to_date
    from gotare.oci.registry import Repository

    keychain = Keychain(around.env, around.home)
    for name, tags in _by_repository(image.tags).items():
        reference = parse_reference(tags[0])
        near = {d: r.repository for d, r in mounts.items() if r.registry == reference.registry}
        with Repository(
            reference,
            keychain,
            insecure=around.insecure,
            mounts=near,
        ) as sink:
            wanted = [parse_reference(tag).tag for tag in tags]
            missing = [tag for tag in wanted if not up_to_date(sink, image.root, tag)]
            if missing:
                copy(source, image.root, sink, missing, progress=around.progress)
            note = "" if missing else "unchanged"
            around.progress.end("push", f"{name}:{', '.join(wanted)}", note)
    return list(image.tags)


def _by_repository(tags: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for tag in tags:
        groups.setdefault(parse_reference(tag).name, []).append(tag)
    return groups


def _one_platform(
    image: BuiltImage, host: Platform, progress: Progress
) -> tuple[Platform, ...] | None:
    """Choose the platform for a place that holds one: the only one, or this machine's."""
    platforms = [Platform.parse(built.platform) for built in image.platforms]
    if len(platforms) == 1:
        return None
    for platform in platforms:
        if host.satisfied_by(platform):
            progress.warn(f"{image.name}: of {len(platforms)} platforms only {platform} fits there")
            return (platform,)
    raise UsageError(
        f"{image.name} is for {', '.join(map(str, platforms))}, and none is this machine's",
        "choose one with --platform, or ship all with --push, --oci-layout or --oci-archive",
    )
