"""Keeps account of the files that instructions put into an image."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass as standard
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.lint.dockerfile.copies import Copy
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Base
from gotare.lint.dockerfile.syntax import Instruction

How = Literal["context", "stage", "image", "url", "git", "heredoc", "run", "workdir"]
MAX_FILES: Final = 2000
"""More files are not followed."""
MAX_COPIES: Final = 20_000
"""Nor are more copies of files within a stage."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file or folder that an instruction put into a stage."""

    path: str
    """Absolute."""
    at: Instruction
    """What put it there: COPY, ADD, RUN, WORKDIR."""
    how: How
    origin: str = ""
    """The path that it had in the context, the other stage or the image; a URL; what `ln` names."""
    text: str = ""
    """What is in it, where an echo, printf or heredoc says so."""
    from_stage: int | None = None
    """The stage that COPY --from names."""
    image: Base | None = None
    """The image that COPY --from names."""
    go_build: GoBuild | None = None
    """The command that made it, where it is a Go program."""
    owner: str | None = None
    """--chown, or what chown said; None: root, or for RUN the user of the stage."""
    mode: str | None = None
    """--chmod, or what chmod or `install -m` said."""
    is_folder: bool | None = None
    """None: unknown."""
    whole: bool = False
    """A folder with all that the context, stage or image has in it; what that is may be unknown."""
    copy: Copy | None = None
    """The COPY or ADD."""


@standard(slots=True)
class FileSet:
    """Files by path. Later ones take the place of earlier ones."""

    files: dict[str, Held] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    """What was taken away, and not put there again."""
    copies_left: int = MAX_COPIES
    loose: dict[str, GoBuild] = field(default_factory=dict)
    """Folders with a Go program whose name is not known: `go build` without -o."""

    def clone(self) -> FileSet:
        """Return one that can be changed by itself."""
        return FileSet(dict(self.files), set(self.removed), MAX_COPIES, dict(self.loose))

    def is_removed(self, path: str) -> bool:
        """Whether a path, or a folder that it lies in, was taken away."""
        while path not in self.removed:
            path, _, rest = path.rpartition("/")
            if not rest or not path:
                return False
        return True

    def guess(self, path: str) -> Held | None:
        """Return what a path may be: the program of unknown name in its folder."""
        found = self.loose.get(posixpath.dirname(path))
        if found is None:
            return None
        return Held(path, found.instruction, "run", go_build=found, is_folder=False)

    def put(self, held: Held) -> None:
        """Add a file or folder."""
        if held.path in self.files or len(self.files) < MAX_FILES:
            self.files.pop(held.path, None)
            self.files[held.path] = held
            self.removed.discard(held.path)

    def at(self, path: str) -> Held | None:
        """Return what is held at exactly this path."""
        return self.files.get(path)

    def below(self, folder: str) -> Iterator[Held]:
        """Yield what is held in a folder, at any depth."""
        start = folder.rstrip("/") + "/"
        yield from (held for path, held in self.files.items() if path.startswith(start))

    def matching(self, pattern: str) -> Iterator[Held]:
        """Yield what a pattern with * and ? names; a path without them names itself."""
        if not any(mark in pattern for mark in "*?["):
            found = self.at(pattern)
            if found is not None:
                yield found
            return
        depth = pattern.count("/")
        for path, held in self.files.items():
            if path.count("/") == depth and fnmatchcase(path, pattern):
                yield held

    def around(self, path: str) -> Iterator[Held]:
        """Yield the whole folders that a path lies in, the nearest first."""
        parent = posixpath.dirname(path)
        while True:
            held = self.files.get(parent)
            if held is not None and held.whole:
                yield held
            if parent in ("/", ""):
                return
            parent = posixpath.dirname(parent)

    def is_folder(self, path: str) -> bool | None:
        """Whether a path is known to be a folder; None where nothing is known of it."""
        held = self.files.get(path)
        if held is not None and held.is_folder is not None:
            return held.is_folder
        return True if any(True for _ in self.below(path)) else None

    def remove(self, path: str) -> None:
        """Take away a file, or a folder with all in it."""
        self.files.pop(path, None)
        self.removed.add(path)
        for held in list(self.below(path)):
            del self.files[held.path]

    def copied(self, source: str, target: str, at: Instruction) -> bool:
        """Copy a file or folder within the set; False where nothing is held there."""
        if self.copies_left < 0:
            return False
        found = [held for held in (self.at(source), *self.below(source)) if held is not None]
        self.copies_left -= len(found) + 1
        for held in found:
            path = target + held.path[len(source) :]
            self.put(replace(held, path=posixpath.normpath(path), at=at))
        return bool(found)

    def with_owner(self, path: str, owner: str, *, deep: bool) -> None:
        """Change the owner of what is held at a path, and below."""
        for held in self._chosen(path, deep):
            self.files[held.path] = replace(held, owner=owner)

    def with_mode(self, path: str, mode: str, *, deep: bool) -> None:
        """Change the mode of what is held at a path, and below."""
        for held in self._chosen(path, deep):
            self.files[held.path] = replace(held, mode=mode)

    def _chosen(self, path: str, deep: bool) -> list[Held]:
        chosen = list(self.matching(path))
        return [*chosen, *(self.below(path) if deep else ())]
