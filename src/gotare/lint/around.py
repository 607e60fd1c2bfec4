"""What is around a file: found when a rule asks, and only then.

Facts of a Go project cost a run of `go`, and a build context may hold many files; most rules need
neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gotare.frozen import dataclass
from gotare.lint.contexts import Context, declared_context, guessed_context
from gotare.lint.declared_builds import Declared, declared_builds, given_arguments
from gotare.lint.files import MAX_SIZE, Target
from gotare.lint.overlay import Overlay
from gotare.lint.subjects import Surroundings

if TYPE_CHECKING:
    from gotare.golang.project import Project
    from gotare.plan import Plan

MAX_ENTRIES: Final = 50_000
"""Entries of a build context that are listed at most; beyond that nobody knows what is in it."""

_CLOSED: Final = frozenset({".git", "node_modules", ".hg", ".svn"})
"""Folders of which only the name is listed; of `vendor` also what lies directly in it."""

_READ: Final = frozenset({
    ".dockerignore", "Makefile", "GNUmakefile", "makefile", "go.mod", "go.work", "Taskfile.yml",
})  # fmt: skip
"""Texts that are listed; every other is read if a rule asks for it by name."""


@dataclass(frozen=True, slots=True)
class Known:
    """A project that was read, or why it could not be."""

    project: Project | None = None
    plan: Plan | None = None
    problem: str = ""


Load = Callable[[Path], Known]
"""Reads the Go project in a folder."""


class Texts(Mapping[str, str]):
    """The small text files of a folder, read when they are asked for."""

    def __init__(self, folder: Path, overlay: Mapping[Path, str]) -> None:
        self._folder, self._overlay = folder, overlay
        self._read: dict[str, str | None] = {}
        self._places: dict[str, Path] = {}

    def __getitem__(self, path: str) -> str:
        if self._overlay:
            if path not in self._places:
                self._places[path] = (self._folder / path).resolve()
            laid = self._overlay.get(self._places[path])
            if laid is not None:
                return laid
        if path not in self._read:
            self._read[path] = _text(self._folder, path)
        text = self._read[path]
        if text is None:
            raise KeyError(path)
        return text

    def __iter__(self) -> Iterator[str]:
        return (name for name in sorted(_READ) if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _text(folder: Path, path: str) -> str | None:
    if path.startswith("/") or ".." in path.split("/"):
        return None
    try:
        place = folder / path
        if not place.is_file() or place.stat().st_size > MAX_SIZE:
            return None
        return place.read_bytes().decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None


class Neighbours(Surroundings):
    """What is around one file. `missed` counts how often a rule asked for a project in vain."""

    __setattr__ = object.__setattr__

    def __init__(self, around: Neighbourhood, target: Target, text: str) -> None:
        self._around, self._target, self._own_text = around, target, text
        self.missed = 0

    @property
    def _known(self) -> Known:
        known = self._around.project_of(self._target)
        self.missed += known.project is None
        return known

    @property
    def project(self) -> Project | None:
        """The Go project of the file's folder."""
        return self._known.project

    @property
    def plan(self) -> Plan | None:
        """The plan of that project."""
        return self._known.plan

    @cached_property
    def _chosen(self) -> Context | None:
        place = self._target.place
        return None if place is None else self._around.context_of(self._target, self._own_text)

    @property
    def context(self) -> Path | None:
        """The folder that a build of this file sends; None for standard input."""
        return None if self._chosen is None else self._chosen.folder

    @property
    def _known_context(self) -> Path | None:
        return self._chosen.folder if self._chosen and self._chosen.sure else None

    @property
    def files(self) -> frozenset[str] | None:
        """What is in the build context; None where it is not sure which folder that is."""
        context = self._known_context
        return None if context is None else self._around.files_in(context)

    @property
    def texts(self) -> Mapping[str, str]:
        """The small text files of the build context."""
        context = self._known_context
        return {} if context is None else self._around.texts_in(context)

    @cached_property
    def builds(self) -> tuple[Declared, ...]:
        """How files of the repository say that this one is built."""
        place = self._target.place
        found = self._around.builds_of(place) if place is not None else ()
        return tuple(build for _, build in found)

    @property
    def without_root(self) -> frozenset[str]:
        """The images that manifests of the repository run as another user than root."""
        place = self._target.place
        return frozenset() if place is None else self._around.without_root_near(place)

    @property
    def given_args(self) -> frozenset[str]:
        """The arguments that scripts of the repository give any build."""
        place = self._target.place
        return frozenset() if place is None else self._around.given_args_near(place)

    @property
    def folder(self) -> str:
        """The build context as the user would type it."""
        shown = self._target.shown.rpartition("/")[0]
        if self.context is None or self._target.place is None:
            return shown
        above = os.path.relpath(self.context, self._target.place.parent)
        return os.path.normpath(f"{shown or '.'}/{above}")

    @property
    def here(self) -> str:
        """The path of the file in the build context."""
        if self.context is None or self._target.place is None:
            return self._target.shown
        return os.path.relpath(self._target.place, self.context).replace(os.sep, "/")

    @property
    def ignore_file(self) -> str:
        """The ignore file that counts: the Dockerfile's own, else that of the context."""
        own = f"{self.here}.dockerignore"
        return own if self.texts.get(own) is not None else ".dockerignore"

    @property
    def allow_registries(self) -> tuple[str, ...]:
        """The registries that gotare.yaml allows."""
        return self._around.allowed(self._target)


class Neighbourhood:
    """What is around all files of a run; each project and folder is read once. `allowed` tells
    which registries the gotare.yaml of a file allows."""

    def __init__(
        self,
        directory: Path,
        load: Load | None,
        allowed: Callable[[Target], tuple[str, ...]] = lambda target: (),
    ) -> None:
        self._directory, self._load = directory, load
        self.allowed = allowed
        self._projects: dict[Path, Known] = {}
        self._files: dict[Path, frozenset[str] | None] = {}
        self._texts: dict[Path, Texts] = {}
        self._roots: dict[Path, Path | None] = {}
        self._builds: dict[Path, tuple[Declared, ...]] = {}
        self._without_root: dict[Path, frozenset[str]] = {}
        self._given_args: dict[Path, frozenset[str]] = {}
        self.lacks_project = False
        """A rule has asked for the project of a file that belongs to none."""
        self.overlay = Overlay()

    def look(self, target: Target, text: str) -> Neighbours:
        """Return what is around a file with this text."""
        return Neighbours(self, target, text)

    def forget(self) -> None:
        """Forget what files hold; projects stay."""
        self.overlay.clear()
        self._files.clear()
        self._texts.clear()
        self._builds.clear()
        self._without_root.clear()
        self._given_args.clear()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why projects that rules asked for could not be read."""
        return tuple(dict.fromkeys(k.problem for k in self._projects.values() if k.problem))

    def project_of(self, target: Target) -> Known:
        """Return the project of a file's folder."""
        root = self.root_of(self._folder(target))
        if root is None or self._load is None:
            self.lacks_project = self._load is not None
            return Known()
        if root not in self._projects:
            self._projects[root] = self._load(root)
        return self._projects[root]

    def _folder(self, target: Target) -> Path:
        return (target.place.parent if target.place else self._directory).resolve()

    def root_of(self, folder: Path) -> Path | None:
        """Return the folder of the go.work or go.mod that a folder belongs to."""
        if folder not in self._roots:
            self._roots[folder] = _root_of(folder)
        return self._roots[folder]

    def files_in(self, context: Path) -> frozenset[str] | None:
        """Return what a folder holds: files, and folders with a slash at their end."""
        if context not in self._files:
            self._files[context] = listing(context)
        found = self._files[context]
        if found is None or not self.overlay.made:
            return found
        made = (path for path in self.overlay.made if path.is_relative_to(context))
        return found.union(path.relative_to(context).as_posix() for path in made)

    def texts_in(self, context: Path) -> Texts:
        """Return the texts of a folder."""
        return self._texts.setdefault(context, Texts(context, self.overlay))

    def context_of(self, target: Target, text: str) -> Context:
        """Return the folder that `docker build` of a Dockerfile is given, as far as can be told;
        for other files that of their project."""
        assert target.place is not None
        home = target.place.parent.resolve()
        module = self.root_of(home)
        if target.kind == "go":
            return Context(module or home)  # facts name files by their paths in it
        if target.kind == "kubernetes" and module is None:
            return Context(self._folders(home)[-1])  # bases and overlays lie side by side
        if target.kind != "dockerfile":
            return Context(home if (home / "go.mod").is_file() else module or home)
        guessed = guessed_context(text, self._folders(home), module)
        named = self.builds_of(target.place)
        declared = [(folder, build) for folder, build in named if folder.is_dir()]
        if named and not declared:
            return Context(guessed.folder, sure=False)  # it is made before the build
        return declared_context(text, declared, guessed) if declared else guessed

    def _folders(self, home: Path) -> list[Path]:
        """Return a folder and those above it: up to the repository's, or without one up to that
        of the project, or the one that is linted."""
        above = list(_upwards(home))
        if (above[-1] / ".git").exists():
            return above
        ends = (self.root_of(home), self._directory.resolve(), home)
        end = next(each for each in ends if each is not None and each in above)
        return above[: above.index(end) + 1]

    def builds_of(self, place: Path) -> tuple[tuple[Path, Declared], ...]:
        """Return how files of the repository build a Dockerfile, each with its context, which may
        not be there yet."""
        home = place.parent.resolve()
        top = self._folders(home)[-1]
        if top not in self._builds:
            files = self.files_in(top)
            near = _near(top, home) if files is None else files
            self._builds[top] = declared_builds(near, self.texts_in(top))
        own = (home / place.name).relative_to(top).as_posix()
        return tuple(
            (top / build.context, build) for build in self._builds[top] if build.dockerfile == own
        )

    def without_root_near(self, place: Path) -> frozenset[str]:
        """Return the images that manifests of a file's repository run without root."""
        from gotare.lint.deployments import images_without_root

        top = self._folders(place.parent.resolve())[-1]
        if top not in self._without_root:
            files = self.files_in(top) or frozenset()
            self._without_root[top] = images_without_root(files, self.texts_in(top))
        return self._without_root[top]

    def given_args_near(self, place: Path) -> frozenset[str]:
        """Return the arguments that scripts of a file's repository give builds."""
        top = self._folders(place.parent.resolve())[-1]
        if top not in self._given_args:
            files = self.files_in(top) or frozenset()
            self._given_args[top] = given_arguments(files, self.texts_in(top))
        return self._given_args[top]


def _upwards(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it, up to the repository's."""
    for each in (folder, *folder.parents):
        yield each
        if (each / ".git").exists():
            return


def _near(top: Path, home: Path) -> set[str]:
    """Return the files in a folder, in those above it up to another, and the workflows there: what
    is looked at where there is too much to look at all."""
    folders = [home, *home.parents[: len(home.relative_to(top).parts)], top / ".github/workflows"]
    found = (Path(entry.path) for folder in folders for entry in _entries(folder))
    return {path.relative_to(top).as_posix() for path in found}


def _root_of(folder: Path) -> Path | None:
    module = None
    for each in _upwards(folder):
        if (each / "go.work").is_file():
            return each
        if module is None and (each / "go.mod").is_file():
            module = each
    return module


def listing(context: Path) -> frozenset[str] | None:
    """List a folder without following links; None where it holds too much to look at."""
    found: set[str] = set()
    waiting = [("", context)]
    while waiting:
        prefix, folder = waiting.pop()
        for entry in _entries(folder):
            is_folder = entry.is_dir(follow_symlinks=False)
            path = f"{prefix}{entry.name}"
            found.add(f"{path}/" if is_folder else path)
            if is_folder and entry.name not in _CLOSED and not prefix.endswith("vendor/"):
                waiting.append((f"{path}/", Path(entry.path)))
        if len(found) > MAX_ENTRIES:
            return None
    return frozenset(found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
