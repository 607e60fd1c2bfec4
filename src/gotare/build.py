"""Builds: finds programs, plans, compiles, packs, assembles, and ships images.

Compiling uses all cores through `go`; while one platform compiles, the one before it is packed, and
during the first the bases are made ready.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from gotare.assemble import Assembled, assemble_image, assemble_platform
from gotare.base_images import Bases
from gotare.build_source import BuildSource
from gotare.cache import Cache, locked
from gotare.errors import CacheDamagedError
from gotare.frozen import dataclass
from gotare.golang.flags import BuildFlags
from gotare.golang.head_start import HeadStart, head_start_of
from gotare.golang.process import Command
from gotare.golang.toolchain import deciding_places, effective_env
from gotare.inputs import fingerprint_of
from gotare.oci.transports import Surroundings
from gotare.oci.types import Descriptor, Platform
from gotare.pack import Packer
from gotare.places import PROBE
from gotare.plan import ImagePlan
from gotare.prepare import Prepared
from gotare.programs import Local, Remote, go_platform_of, with_binary_names
from gotare.provenance import BaseFacts, attach_sbom, base_facts
from gotare.request import Built, Stopwatch
from gotare.result import BuildResult, BuiltImage, BuiltPlatform
from gotare.reuse import Memory
from gotare.ship import ship

LOCK: Final = "lock"
"""The file in a folder of binaries that is locked while they are written and read."""


def build(
    prepared: Prepared, cache: Cache, around: Surroundings, watch: Stopwatch, now: int
) -> Built:
    """Carry out the plan and ship the images; `now` is nanoseconds since 1970.

    A blob that turns out damaged or gone in the cache is made again, once. Raises CompileError,
    ProjectError, BaseError, StoreError, RegistryError, EngineError.
    """
    try:
        return _Build(prepared, cache, around, watch).run(now)
    except CacheDamagedError as error:
        around.progress.warn(f"{error.message}: building again")
        cache.blobs.remove_damaged()
        return _Build(prepared, cache, around, watch).run(now)


@dataclass(frozen=True, slots=True)
class _Made:
    """One platform of one image."""

    assembled: Assembled
    referrers: tuple[tuple[str, Descriptor], ...]
    reused: bool


class _Build:
    """One run of a plan."""

    def __init__(
        self, prepared: Prepared, cache: Cache, around: Surroundings, watch: Stopwatch
    ) -> None:
        self._prepared = prepared
        self._plan = prepared.plan
        self._cache = cache
        self._around = around
        self._watch = watch
        self._packer = Packer(cache, prepared.plan.compression, prepared.plan.docker)
        self._bases = Bases(cache, around)
        self._head_start: tuple[HeadStart, Path] | None = None

    def run(self, now: int) -> Built:
        """Build, ship, and say what to remember."""
        with self._bases:
            seen = self._fingerprint()
            with self._watch("build"):
                images = self._images()
            with self._watch("ship"):
                shipped = self._ship(images)
        result = BuildResult(images, self._watch.timings, shipped.outputs)
        if seen is None:
            return Built(result, None)
        project = self._prepared.programs
        memory = Memory(
            fingerprint=seen,
            started=now,
            images=images,
            outputs=shipped.outputs,
            written=shipped.files if shipped.local else (),
            names=shipped.names,
            bases=tuple(self._bases.digests().items()),
            project=project.project.json() if isinstance(project, Local) else None,
            head_start=self._head_start,
        )
        return Built(result, memory)

    def _fingerprint(self) -> Any:
        """Look at all inputs before they are read; None where that cannot tell of every change.

        cgo reads headers and libraries of the whole machine, and a published program's version
        may be a branch: there `go` itself decides each time.
        """
        programs = self._prepared.programs
        has_cgo = any(image.flags.cgo != "off" for image in self._plan.images)
        if isinstance(programs, Remote) or has_cgo:
            return None
        goenv = effective_env(self._prepared.go, self._around.env)
        if any("toolexec" in flag or "overlay" in flag for flag in goenv.goflags):
            return None
        places = deciding_places(self._prepared.request.go, self._around.env)
        files = (*goenv.files, *places)
        return fingerprint_of(programs.project, self._plan, self._prepared.go, files)

    # compiling and packing

    def _images(self) -> tuple[BuiltImage, ...]:
        with ThreadPoolExecutor(1, "pack") as packing:
            packing.submit(self._warm_up)
            waiting: list[Future[list[_Made]]] = []
            with self._binaries_folder() as folder:
                for platform in self._plan.platforms:
                    with self._watch("compile"):
                        compiled = self._compile(platform, folder)
                    waiting.append(packing.submit(self._pack, platform, compiled))
                made = [future.result() for future in waiting]
        return tuple(
            self._finish(image, [row[number] for row in made])
            for number, image in enumerate(self._plan.images)
        )

    def _warm_up(self) -> None:
        """Make bases and modules ready while `go` runs.

        What fails here fails again, and louder, when it is used.
        """
        for name in ("deflate", "gotare.oci.copy", "gotare.oci.layout", "gotare.sbom.spdx"):
            import_module(name)
        for image in self._plan.images:
            if image.is_composed:
                self._packer.prepare(image)
            else:
                for platform in self._plan.platforms:
                    self._bases.image(image.base, platform)

    @contextmanager
    def _binaries_folder(self) -> Iterator[Path]:
        """A folder for binaries that is ours alone, and the same for the same project."""
        programs = self._prepared.programs
        words = [str(programs.programs.directory), isinstance(programs, Remote)]
        name = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]
        folder = self._cache.folder("bin") / name
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / LOCK):
            yield folder

    def _compile(self, platform: Platform, folder: Path) -> dict[str, Path]:
        """Compile all mains: one `go build` for those with the same flags."""
        mains = {main.import_path: main for main in self._prepared.programs.programs.mains}
        go_platform = go_platform_of(platform, self._prepared.go)
        compiled: dict[str, Path] = {}
        for flags, env, images in _groups(self._plan.images):
            wanted = [mains[package] for image in images for package in image.packages]
            words = json.dumps([flags.json(), sorted(env.items())], sort_keys=True)
            place = folder / hashlib.sha256(words.encode()).hexdigest()[:16] / str(platform)
            compiled |= self._prepared.programs.compile(
                wanted,
                flags,
                go_platform,
                place,
                {**self._around.env, **env},
                self._around.progress,
                lambda command, binaries: self._note(command, binaries, folder),
            )
        if any(image.probe for image in self._plan.images):
            from gotare.health_probe import probe_binary

            around = self._around
            compiled[PROBE] = probe_binary(
                self._prepared.go, go_platform, self._cache, around.env, around.progress
            )
        return compiled

    def _note(self, command: Command, binaries: Sequence[Path], folder: Path) -> None:
        """Keep the first command, to start with it next time."""
        if self._head_start is None:
            record = head_start_of(command, binaries, self._around.env)
            self._head_start = record, folder / LOCK

    def _pack(self, platform: Platform, compiled: Mapping[str, Path]) -> list[_Made]:
        with self._watch("pack"):
            self._around.progress.step("pack", str(platform))
            made = [self._pack_image(image, platform, compiled) for image in self._plan.images]
            note = "reused" if all(one.reused for one in made) else ""
            self._around.progress.end("pack", str(platform), note)
            return made

    def _pack_image(
        self, image: ImagePlan, platform: Platform, compiled: Mapping[str, Path]
    ) -> _Made:
        mains = {main.import_path: main for main in self._prepared.programs.programs.mains}
        binaries = with_binary_names([mains[package] for package in image.packages], compiled)
        if image.probe:
            from gotare.health_probe import with_probe

            binaries = with_probe(binaries, compiled[PROBE])
        root = self._prepared.programs.programs.directory
        packed = self._packer.pack(image, platform, binaries, root)
        base = None if image.is_composed else self._bases.image(image.base, platform)
        facts = BaseFacts((), {})
        if base and self._plan.sbom != "none":
            facts = base_facts(self._bases.base(image.base), base, self._cache)
        assembled = assemble_platform(
            self._plan, image, platform, packed.layers, base, facts.sizes, self._cache.blobs
        )
        referrers = attach_sbom(
            self._plan,
            image,
            platform,
            assembled.manifest,
            binaries,
            packed.parts,
            facts.packages,
            self._cache.blobs,
        )
        return _Made(assembled, referrers, all(layer.reused for layer in packed.layers))

    def _finish(self, image: ImagePlan, made: Sequence[_Made]) -> BuiltImage:
        root = assemble_image(self._plan, image, [one.assembled for one in made], self._cache.blobs)
        platforms: tuple[BuiltPlatform, ...] = tuple(one.assembled.built for one in made)
        return BuiltImage(
            name=image.name,
            packages=image.packages,
            tags=image.tags,
            root=root,
            platforms=platforms,
            referrers=tuple(pair for one in made for pair in one.referrers),
            cached=all(one.reused for one in made),
        )

    def _ship(self, images: Sequence[BuiltImage]) -> Any:
        referrers = [pair for image in images for pair in image.referrers]
        source = BuildSource(self._cache.blobs, self._bases.sources(), referrers)
        return ship(
            images,
            self._prepared.request.destinations,
            source,
            self._around,
            self._prepared.request.host,
            self._bases.repositories(),
            self._prepared.request.written,
        )


def _groups(
    images: Sequence[ImagePlan],
) -> list[tuple[BuildFlags, Mapping[str, str], list[ImagePlan]]]:
    """Group images whose mains one `go build` can make."""
    groups: list[tuple[BuildFlags, Mapping[str, str], list[ImagePlan]]] = []
    for image in images:
        for flags, env, members in groups:
            if (flags, env) == (image.flags, image.go_env):
                members.append(image)
                break
        else:
            groups.append((image.flags, image.go_env, [image]))
    return groups
