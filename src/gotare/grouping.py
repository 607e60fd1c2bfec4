"""Which programs become which images. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os.path import normpath
from pathlib import Path

from gotare.circumstances import Circumstances
from gotare.errors import ProjectError
from gotare.frozen import dataclass
from gotare.golang.mains import Main
from gotare.golang.project import Project
from gotare.golang.versions import VersionVariable
from gotare.settings import Config, Settings


@dataclass(frozen=True, slots=True)
class Programs:
    """The mains to make images of. `directory` is what `./` in the settings is relative to, and
    `folders` the absolute folder of each main by its import path."""

    mains: tuple[Main, ...]
    version_variables: tuple[VersionVariable, ...]
    directory: Path
    folders: Mapping[str, Path]
    imports_tls: bool = True
    project: Project | None = None
    """All facts, for the mains of a project here; a published program is taken as it is."""
    go_version: str = ""


def groups_of(programs: Programs, config: Config, around: Circumstances) -> dict[str, list[Main]]:
    """Return the mains of each image by its name, in the order of the configuration."""
    if not programs.mains:
        raise ProjectError("no main package", "a program starts in `package main`")
    groups: dict[str, list[Main]] = {}
    left = list(programs.mains)
    for name, settings in (config.images or {}).items():
        chosen = _chosen(name, settings, left, programs)
        if not chosen and not around.patterns_given:
            wanted = ", ".join(settings.packages or (name,))
            known = ", ".join(main.import_path for main in programs.mains)
            raise ProjectError(f"image {name}: no main package {wanted}", f"there are: {known}")
        if chosen:
            groups[name] = chosen
            left = [main for main in left if main not in chosen]
    if config.images and not around.patterns_given:
        return groups
    for main in left:
        name = image_name(main.name)
        if name in groups:
            raise ProjectError(
                f"two mains are called {name}: "
                f"{groups[name][0].import_path} and {main.import_path}",
                "name their images in gotare.yaml (images:), or build one at a time",
            )
        groups[name] = [main]
    return groups


def _chosen(name: str, settings: Settings, mains: list[Main], programs: Programs) -> list[Main]:
    if settings.packages is None:
        return [main for main in mains if image_name(main.name) == name]
    found = []
    for wanted in settings.packages:
        found += [main for main in mains if _is_package(main, wanted, programs)]
    return found


def _is_package(main: Main, wanted: str, programs: Programs) -> bool:
    if not wanted.startswith("."):
        return main.import_path == wanted
    return normpath(programs.directory / wanted) == normpath(programs.folders[main.import_path])


def image_name(binary: str) -> str:
    """Return a binary's name as a repository name may spell it (distribution-spec grammar)."""
    words = re.findall(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", binary.lower())
    return "-".join(words) or "app"
