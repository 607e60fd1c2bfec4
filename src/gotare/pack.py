"""Packs what one image holds for one platform into layers, slowest to change first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath

from gotare.bases import composed
from gotare.bases.composed import PARTS, Part, ingredients
from gotare.cache import Cache, read_sealed, write_sealed
from gotare.errors import ProjectError, StoreError
from gotare.frozen import dataclass
from gotare.golang.elf import is_dynamic, shared_objects
from gotare.golang.fingerprint import stat_of
from gotare.golang.linked import run_time_needs
from gotare.oci.compression import Compression
from gotare.oci.image import NONROOT
from gotare.oci.layer import (
    Entry,
    Layer,
    MemberMemo,
    directory,
    make_layer,
    scan_tree,
    with_parents,
)
from gotare.oci.types import Descriptor, Platform, decode, encode
from gotare.places import BIN
from gotare.plan import ImagePlan
from gotare.settings import FileMapping

EPOCH = 0
"""The modification time of everything in a layer: a layer whose files did not change keeps its
digest from commit to commit. Go's http.FileServer knows 1970 as "no date" (docs/adr/0003)."""


_OF_THE_RUNTIME = ("/dev/", "/proc/", "/run/", "/sys/", "/tmp/")  # noqa: S108
"""Where runtimes mount their own file systems: folders below would be hidden."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The layers that gotare adds for one platform, and the composed parts among them."""

    layers: tuple[Layer, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes layers in a cache, with one compression and one set of media types."""

    cache: Cache
    compression: Compression
    docker: bool

    def pack(
        self, image: ImagePlan, platform: Platform, binaries: Mapping[str, Path], root: Path
    ) -> Packed:
        """Make all layers. `binaries` are files by name; `root` is the project's folder.

        Raises ProjectError for files that are missing, outside the project or in each other's way.
        """
        names = self._parts(image, tuple(binaries.values()))
        made = [self._composed(name) for name in names]
        parts = (
            _assets(image, root),
            _libraries(tuple(binaries.values()) if image.is_composed else ()),
            _program(image, binaries),
        )
        slot = f"{root} {image.name} {platform}"
        made += [
            self._make(part, self._memo(f"{slot} {part.kind}")) for part in parts if part.entries
        ]
        return Packed(tuple(made), names)

    def prepare(self, image: ImagePlan) -> None:
        """Make the composed parts that the image will have whatever its binaries need."""
        for name in image.add or ():
            self._composed(name)

    def _parts(self, image: ImagePlan, binaries: Sequence[Path]) -> tuple[str, ...]:
        wanted = image.add
        if wanted is None:
            wanted = tuple(_needed(binaries, image.imports_tls))
        return tuple(name for name in PARTS if name in wanted)

    def _make(self, part: Part, memo: MemberMemo | None = None) -> Layer:
        return make_layer(
            part.entries,
            kind=part.kind,
            created_by=part.created_by,
            epoch=EPOCH,
            compression=self.compression,
            docker=self.docker,
            store=self.cache.blobs,
            memo=memo,
        )

    def _memo(self, slot: str) -> MemberMemo:
        import deflate._deflate

        # Another build of the library may compress otherwise; its file tells, at less cost than
        # the metadata of the package.
        library = stat_of(deflate._deflate.__file__)
        words = f"{slot} {self.compression} {library}"
        return MemberMemo(self.cache.root / "members", words, self.cache.blobs)

    def _composed(self, name: str) -> Layer:
        """Make a composed part, or take the one made before by the same versions."""
        path = self.cache.root / "parts" / self._part_key(name)
        with suppress(OSError, StoreError, KeyError, TypeError):
            layer = _layer_from_json(decode(read_sealed(path), str(path)))
            if self.cache.blobs.exists(layer.descriptor):
                return layer
        layer = self._make(PARTS[name]())
        with suppress(OSError, StoreError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_sealed(path, encode(_layer_to_json(layer)))
        return layer

    def _part_key(self, name: str) -> str:
        code = hashlib.sha256(Path(composed.__file__).read_bytes()).hexdigest()
        versions = [f"{part.name} {part.version}" for part in ingredients((name,))]
        words = [name, code, *versions, str(self.compression), str(self.docker)]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _layer_to_json(layer: Layer) -> dict[str, object]:
    return {
        "descriptor": layer.descriptor.json(),
        "diff_id": layer.diff_id,
        "size": layer.size,
        "kind": layer.kind,
        "created_by": layer.created_by,
    }


def _layer_from_json(document: dict[str, object]) -> Layer:
    return Layer(
        descriptor=Descriptor.from_json(document["descriptor"]),
        diff_id=str(document["diff_id"]),
        size=int(str(document["size"])),
        kind=str(document["kind"]),
        created_by=str(document["created_by"]),
        reused=True,
    )


def _needed(binaries: Sequence[Path], imports_tls: bool) -> list[str]:
    """Return the parts that the linked binaries need, by their own symbols.

    Every net/http server links the reader of root certificates. It does without them when nothing
    outside the standard library even names TLS.
    """
    needs = [run_time_needs(binary) for binary in binaries]
    found = {
        "certificates": any(
            need.certificates.needed and (need.certificates.certain or imports_tls)
            for need in needs
        ),
        "zones": any(need.zones.needed for need in needs),
        "users": any(need.users.needed for need in needs),
        "tmp": any(need.temporary_files.needed for need in needs),
    }
    return [name for name, needed in found.items() if needed]


def _program(image: ImagePlan, binaries: Mapping[str, Path]) -> Part:
    entries = [Entry(f"{BIN}/{name}", mode=0o755, content=path) for name, path in binaries.items()]
    words = " ".join(f"{BIN}/{name}" for name in binaries)
    return _part(image, "binary", f"gotare: {words}", entries)


def _libraries(binaries: Sequence[Path]) -> Part:
    """The shared libraries of binaries that are linked dynamically; empty for Go's usual ones.

    An image from elsewhere brings its own libc; ours beside it would not fit together.
    """
    entries: dict[str, Entry] = {}
    for binary in binaries:
        if is_dynamic(binary):
            for shared in shared_objects(binary):
                entries.setdefault(
                    shared.path, Entry(shared.path, mode=0o755, content=shared.source)
                )
    return Part("libraries", "gotare: shared libraries", tuple(with_parents(entries.values())))


def _part(image: ImagePlan, kind: str, created_by: str, entries: Sequence[Entry]) -> Part:
    """Over a base made here the folders above are listed; over another they are the base's."""
    if not image.is_composed:
        return Part(kind, created_by, tuple(entries))
    known = _known_folders()
    listed = (
        known.get(entry.path, entry) if entry.kind == "directory" else entry
        for entry in with_parents(entries)
    )
    return Part(kind, created_by, tuple(listed))


@cache
def _known_folders() -> Mapping[str, Entry]:
    """The folders of composed parts: what is put into /tmp must not close it."""
    entries = (*composed.users().entries, *composed.temporary().entries)
    return {entry.path: entry for entry in entries if entry.kind == "directory"}


def _assets(image: ImagePlan, root: Path) -> Part:
    entries = [entry for file in image.files for entry in _mapped(file, root, image.allow)]
    places = [file.destination for file in image.files]
    part = _part(image, "assets", f"gotare: files {', '.join(places)}", _merged(entries))
    folders = _folders(image, part.entries) if image.is_composed else ()
    if not folders:
        return part
    words = " ".join(["gotare: files", ", ".join([*places, *(folder.path for folder in folders)])])
    return replace(part, created_by=words, entries=(*part.entries, *folders))


def _folders(image: ImagePlan, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the working directory and the volumes that nothing else makes, for the image's user:
    a runtime would make them for root, and the program could not write there."""
    user, _, group = (image.run.user or NONROOT).partition(":")
    known = {"/", *_known_folders(), *(entry.path.rstrip("/") for entry in entries)}
    workdir = PurePosixPath(image.run.working_dir or "/")
    volumes = [
        str(PurePosixPath(place))
        for place in image.run.volumes
        if int(user) and not f"{place}/".startswith(_OF_THE_RUNTIME)
    ]
    owned = [*map(str, (workdir, *workdir.parents)), *volumes]
    made = (directory(path, 0o755, int(user), int(group or user)) for path in owned)
    found = with_parents([entry for entry in made if entry.path not in known])
    return tuple(entry for entry in found if entry.path not in known)


def _merged(entries: Sequence[Entry]) -> list[Entry]:
    """Let a later mapping replace what an earlier one put at the same place, as COPY does."""
    return list({entry.path: entry for entry in entries}.values())


def _mapped(file: FileMapping, root: Path, allow: Sequence[str]) -> list[Entry]:
    source = root / file.source
    if not source.exists() and not source.is_symlink():
        raise ProjectError(f"files: {file.source} does not exist", f"looked in {root}")
    _check_inside(source, root, allow)
    destination = file.destination.rstrip("/")
    entries = scan_tree(source, destination, file.mode, *file.ids)
    if not destination:  # the source's content, not a folder of its own, goes into the root
        entries = [entry for entry in entries if entry.path]
    for entry in entries:
        if entry.kind == "symlink":
            _check_link(entry, source, file, root, allow)
    return entries


def _check_inside(source: Path, root: Path, allow: Sequence[str]) -> None:
    """Refuse what lies outside the project, also through links, unless `allow` names it."""
    real = source.resolve()
    permitted = [root.resolve(), *((root / path).resolve() for path in allow)]
    if not any(real.is_relative_to(folder) for folder in permitted):
        raise ProjectError(
            f"files: {source} is outside the project ({real})",
            "list the folder under allow: in gotare.yaml if you mean it",
        )


def _check_link(
    entry: Entry, source: Path, file: FileMapping, root: Path, allow: Sequence[str]
) -> None:
    """A relative symlink that climbs out of what is copied would dangle or point elsewhere."""
    inside = entry.path[len(file.destination.rstrip("/")) :].lstrip("/")
    here = (source / inside) if inside else source
    if not entry.link.startswith("/"):
        _check_inside(here.parent / entry.link, root, allow)
