"""What to compile, and from where: the mains of a project here, or published programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from os.path import normpath
from pathlib import Path
from typing import Any

from gotare.cache import Cache
from gotare.errors import PlatformError, ProjectError, UsageError
from gotare.frozen import dataclass
from gotare.golang.cgo_need import check_cgo
from gotare.golang.compile import compile_mains
from gotare.golang.flags import BuildFlags
from gotare.golang.git import GitFacts, read_git
from gotare.golang.mains import Main
from gotare.golang.platform import GoPlatform, check_platform, go_platform
from gotare.golang.process import Command
from gotare.golang.project import Project, load_project, with_facts_after_edits
from gotare.golang.published import (
    Published,
    compile_published,
    is_published,
    resolve_published,
)
from gotare.golang.toolchain import Go
from gotare.grouping import Programs
from gotare.oci.types import Platform
from gotare.plan import platforms_asked
from gotare.progress import Progress
from gotare.settings import Config, Settings


@dataclass(frozen=True, slots=True)
class Local:
    """The mains of the project in a folder."""

    go: Go
    project: Project

    @property
    def programs(self) -> Programs:
        """What the plan needs to know."""
        project = self.project
        folders = {main.import_path: project.path(main.dir) for main in project.mains}
        directory = project.path(project.directory)
        return Programs(
            project.mains,
            project.version_variables,
            directory,
            folders,
            project.imports_tls,
            project,
            self.go.version,
        )

    def git(self, env: Mapping[str, str]) -> GitFacts | None:
        """What git says of the project, and whether the files that a build reads are changed."""
        project = self.project
        files = [
            project.path(package.dir) / f for package in project.packages for f in package.files
        ]
        files += [project.path(path) for path in project.control_files]
        return read_git(project.path(project.directory), env, files)

    def compile(
        self,
        mains: Sequence[Main],
        flags: BuildFlags,
        platform: GoPlatform,
        folder: Path,
        env: Mapping[str, str],
        progress: Progress,
        note: Callable[[Command, tuple[Path, ...]], None],
    ) -> dict[str, Path]:
        """Compile the mains; return each binary by import path. Raises CompileError."""
        if flags.cgo == "off":
            check_cgo(self.project.cgo_needs)
        return compile_mains(
            self.go,
            self.project.path(self.project.directory),
            mains,
            flags,
            platform,
            folder,
            env,
            progress,
            self.project.cgo_needs,
            note,
        )


@dataclass(frozen=True, slots=True)
class Remote:
    """Programs by `path@version`, as `go install` takes them."""

    go: Go
    published: tuple[Published, ...]
    directory: Path

    @property
    def programs(self) -> Programs:
        """What the plan needs to know; the argument stands for the import path."""
        mains = tuple(Main(p.argument, p.dir, p.name, p.module) for p in self.published)
        variables = {v.symbol: v for p in self.published for v in p.version_variables}
        folders = {p.argument: Path(p.dir) for p in self.published}
        return Programs(mains, tuple(variables.values()), self.directory, folders)

    def git(self, env: Mapping[str, str]) -> GitFacts | None:
        """What the module proxy says of the commit."""
        first = self.published[0]
        if any((p.module, p.version) != (first.module, first.version) for p in self.published):
            return None
        time = datetime.fromisoformat(first.time).timestamp() if first.time else 0
        return GitFacts(first.revision, int(time), first.version, first.url)

    def compile(
        self,
        mains: Sequence[Main],
        flags: BuildFlags,
        platform: GoPlatform,
        folder: Path,
        env: Mapping[str, str],
        progress: Progress,
        note: Callable[[Command, tuple[Path, ...]], None],
    ) -> dict[str, Path]:
        """Compile the programs; return each binary by argument. Raises CompileError."""
        wanted = {main.import_path for main in mains}
        chosen = [p for p in self.published if p.argument in wanted]
        return compile_published(self.go, chosen, flags, platform, folder, env, progress)


def find_programs(
    directory: Path,
    patterns: Sequence[str],
    go: Go,
    env: Mapping[str, str],
    config: Config,
    overrides: Settings,
    host: Platform,
    cache: Cache,
    known: Mapping[str, Any] | None,
) -> Local | Remote:
    """Find what to build. `known` is the project of an earlier build, which at most edits of code
    have changed since.

    Raises ProjectError, ToolchainError, PlatformError, UsageError.
    """
    remote = [pattern for pattern in patterns if is_published(pattern)]
    if remote and len(remote) < len(patterns):
        raise UsageError(
            "published programs (path@version) and packages of a project cannot be mixed",
            "build them one after another",
        )
    if remote:
        work = cache.folder("bin") / "resolve"
        return Remote(go, resolve_published(patterns, go, env, work), directory)
    store = cache.folder("sources")
    if known is not None:
        edited = with_facts_after_edits(Project.from_json(known), store)
        if edited:
            return Local(go, edited)
    settings = config.common.under(overrides)
    load = partial(
        load_project,
        directory,
        patterns or _configured(config),
        go,
        dict(env) | dict(settings.go_env or {}),
        platforms=_go_platforms(settings, host, go),
        tags=settings.go_tags or (),
        names=_image_names(config),
        store=store,
    )
    project = load(cgo=(settings.cgo or "off") != "off")
    if settings.cgo is None and any(need.effect != "degrades" for need in project.cgo_needs):
        with_cgo = load(cgo=True)
        project = replace(with_cgo, cgo_needs=project.cgo_needs)
    return Local(go, project)


def _configured(config: Config) -> tuple[str, ...]:
    """Return the packages that `images:` names, when every image names its own."""
    named = [image.packages for image in (config.images or {}).values()]
    if not named or not all(named):
        return ()
    return tuple(dict.fromkeys(package for packages in named for package in packages or ()))


def _image_names(config: Config) -> dict[str, str]:
    """Return a name for each package that an image names: one main may be called as another."""
    return {
        normpath(package): f"{name} {package}"
        for name, image in (config.images or {}).items()
        for package in image.packages or ()
    }


def _go_platforms(settings: Settings, host: Platform, go: Go) -> list[tuple[str, str]]:
    platforms = platforms_asked(settings.platforms or ()) or (host,)
    return [(p.goos, p.goarch) for p in (go_platform_of(platform, go) for platform in platforms)]


def go_platform_of(platform: Platform, go: Go) -> GoPlatform:
    """Return what Go calls a platform. Raises PlatformError when Go cannot build for it, or when
    containers cannot run there."""
    if platform.os != "linux":
        raise PlatformError(
            f"an image for {platform} cannot run: its layers hold Linux programs",
            f"use linux/{platform.architecture}",
        )
    found = go_platform(platform.os, platform.architecture, platform.variant)
    check_platform(go, found)
    return found


def with_binary_names(mains: Sequence[Main], compiled: Mapping[str, Path]) -> dict[str, Path]:
    """Return compiled binaries by the name that each has in the image. Raises ProjectError."""
    binaries: dict[str, Path] = {}
    for main in mains:
        if main.name in binaries:
            raise ProjectError(
                f"two binaries of one image are called {main.name}",
                "put them into images of their own",
            )
        binaries[main.name] = compiled[main.import_path]
    return binaries
