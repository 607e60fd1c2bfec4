"""Where the loader of a root file system looks for shared objects.

A root is `/` or any folder with the same shape; symbolic links are followed inside it. Sources:
ld.so(8), ldconfig(8) for `/etc/ld.so.conf`; musl's manual, "ldso", for its path file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gotare.errors import NotFoundError, ProjectError
from gotare.frozen import dataclass

_LINKS: Final = 40
"""Symbolic links followed in one path, as the kernel does."""
_INCLUDES: Final = 8
_MUSL_ITSELF: Final = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\.")
"""Names that musl's loader answers with itself."""


@dataclass(frozen=True, slots=True)
class Sysroot:
    """A root file system, with the loader `interpreter` that a program names."""

    root: Path
    interpreter: str

    @property
    def is_musl(self) -> bool:
        """Whether the loader is musl's."""
        return posixpath.basename(self.interpreter).startswith("ld-musl")

    def has_built_in(self, name: str) -> bool:
        """Whether the loader itself is the library `name`."""
        return self.is_musl and bool(_MUSL_ITSELF.match(name))

    def follow(self, path: str) -> Path:
        """Return the file behind an absolute path of the root, which may not exist.

        Raises NotFoundError when symbolic links go round in a circle, or the path cannot be.
        """
        try:
            return self._follow(path)
        except (OSError, ValueError) as error:  # too long, or not allowed to look
            raise NotFoundError(f"{path[:100]}: {error}", "check that path") from error

    def _follow(self, path: str) -> Path:
        todo, done, links = path.split("/")[::-1], "/", 0
        while todo:
            done = posixpath.normpath(posixpath.join(done, todo.pop()))
            here = self.root / done.lstrip("/")
            if not here.is_symlink():
                continue
            links += 1
            if links > _LINKS:
                raise NotFoundError(f"{path}: too many symbolic links", "check that path")
            todo += str(here.readlink()).split("/")[::-1]
            done = "/" if here.readlink().is_absolute() else posixpath.dirname(done)
        return self.root / done.lstrip("/")

    def loader(self) -> Path:
        """Return the loader's file. Raises ProjectError when the root has none."""
        source = self.follow(self.interpreter)
        if not source.is_file():
            raise ProjectError(
                f"the program's loader {self.interpreter} is not in {self.root}",
                "install the C library it was built for, or link it statically",
            )
        return source

    def trusted_folder(self) -> str:
        """Return a folder where this loader looks without any configuration.

        For glibc that is where its loader is installed, behind the path that programs name.
        """
        if self.is_musl:
            return "/lib"
        return "/" + self.loader().relative_to(self.root).parent.as_posix()

    def folders(self, bits: int) -> Iterator[str]:
        """Yield the configured folders, then the default ones, for a word size of 32 or 64."""
        if self.is_musl:
            yield from self._musl_folders()
            return
        yield from self._configured("/etc/ld.so.conf", _INCLUDES)
        yield self.trusted_folder()
        if bits == 64:
            yield from ("/lib64", "/usr/lib64")
        yield from ("/lib", "/usr/lib")

    def _musl_folders(self) -> Iterator[str]:
        name = posixpath.basename(self.interpreter).removesuffix(".so.1")
        lines = self._text(f"/etc/{name}.path")
        if lines is None:
            yield from ("/lib", "/usr/local/lib", "/usr/lib")
        else:
            yield from (folder for folder in re.split(r"[:\n]", lines) if folder)

    def _configured(self, path: str, depth: int) -> Iterator[str]:
        for line in (self._text(path) or "").splitlines():
            words = line.partition("#")[0].replace(",", " ").replace(":", " ").split()
            if words[:1] == ["include"] and depth:
                for pattern in words[1:]:
                    yield from self._included(posixpath.join("/etc", pattern), depth - 1)
            elif words and words[0] not in ("include", "hwcap"):
                yield from (word.partition("=")[0] for word in words)

    def _included(self, pattern: str, depth: int) -> Iterator[str]:
        for path in sorted(self.root.glob(pattern.lstrip("/"))):
            yield from self._configured("/" + path.relative_to(self.root).as_posix(), depth)

    def _text(self, path: str) -> str | None:
        source = self.follow(path)
        return source.read_text("utf-8", "replace") if source.is_file() else None
