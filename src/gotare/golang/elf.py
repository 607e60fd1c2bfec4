"""Which shared objects a dynamically linked program needs, and where the loader looks for them.

The search is that of ld.so(8), "Shared object dependencies": DT_RPATH of the object and of those
that load it, DT_RUNPATH of the object, the configured folders, the default folders. Not used:
LD_LIBRARY_PATH and the variants for newer processors (glibc-hwcaps), because the result must not
depend on who builds where. The image has no ld.so.conf and no ld.so.cache, so what is found
without a DT_RPATH goes to a folder that the loader trusts anyway.

What glibc opens by itself at run time: the modules of the name service for files and DNS, up to
2.33. They are in libc.so.6 since 2.34 (its release notes), and musl has no modules. libgcc_s is
opened for pthread_cancel only, which Go never calls.
"""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gotare.errors import ProjectError
from gotare.frozen import dataclass
from gotare.golang.dynamic import Dynamic, Machine, interpreter_of, machine_of, read_dynamic
from gotare.golang.sysroot import Sysroot

_LIBC: Final = "libc.so.6"
_NSS_IN_LIBC: Final = "GLIBC_2.34"
_NSS_MODULES: Final = ("libnss_files.so.2", "libnss_dns.so.2")


@dataclass(frozen=True, slots=True)
class SharedObject:
    """A file for the image: `path` is absolute there, `source` is on this machine, no symlink.

    `needed_by` is the name of what asks for it first.
    """

    path: str
    source: Path
    needed_by: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    """An object in the process: its place in the image, its file, its folder before symlinks."""

    name: str
    path: str
    source: Path
    folder: Path
    dynamic: Dynamic
    inherited: tuple[tuple[Path, str], ...] = ()

    def _expand(self, entries: tuple[str, ...], root: Path) -> Iterator[tuple[Path, str]]:
        """Yield each folder here and in the image; other variables than $ORIGIN are left out."""
        for entry in entries:
            text = entry.replace("${ORIGIN}", "$ORIGIN")
            there = posixpath.normpath(text.replace("$ORIGIN", posixpath.dirname(self.path), 1))
            here = Path(posixpath.normpath(text.replace("$ORIGIN", str(self.folder), 1)))
            if "$" not in there and there.startswith("/"):
                yield here if "$ORIGIN" in text else root / there.lstrip("/"), there

    def rpaths(self, root: Path) -> tuple[tuple[Path, str], ...]:
        """The DT_RPATH folders that it hands down; DT_RUNPATH switches its own off."""
        own = () if self.dynamic.runpath else self.dynamic.rpath
        return (*self._expand(own, root), *self.inherited)

    def searched(self, root: Path) -> tuple[tuple[Path, str], ...]:
        """The folders that come before the system's."""
        if self.dynamic.runpath:
            return tuple(self._expand(self.dynamic.runpath, root))
        return self.rpaths(root)


def is_dynamic(path: Path) -> bool:
    """Whether the program names a loader, so that it does not run without one.

    Raises NotFoundError or StoreError when it cannot be read, CorruptError when it is damaged.
    """
    return bool(interpreter_of(path))


def shared_objects(
    binary: Path, sysroot: Path = Path("/"), image_path: str | None = None
) -> tuple[SharedObject, ...]:
    """Return the loader and all shared objects that the program needs; none when it is static.

    They come from `sysroot`. `image_path` is the program's absolute path in the image, by default
    the one it has here; it matters for $ORIGIN. Raises ProjectError that names what is missing and
    who needs it, CorruptError when an object is damaged.
    """
    interpreter = interpreter_of(binary)
    machine = machine_of(binary)
    if not interpreter or machine is None:
        return ()
    binary = binary.absolute()
    system = Sysroot(sysroot.resolve(), interpreter)
    loader = SharedObject(interpreter, system.loader(), binary.name)
    place = image_path or str(binary)
    program = _Loaded(binary.name, place, binary, binary.parent, read_dynamic(binary))
    walk = _Walk(system, machine)
    walk.skip(loader)
    return (loader, *walk.closure(program))


class _Walk:
    """The search through all objects, each name once, breadth first as the loader does."""

    def __init__(self, system: Sysroot, machine: Machine) -> None:
        self._system = system
        self._machine = machine
        self._folders = tuple(dict.fromkeys(system.folders(machine[1])))
        self._trusted = system.trusted_folder()
        self._seen: set[str] = set()

    def skip(self, loader: SharedObject) -> None:
        """Take the loader as loaded: libraries may need it too."""
        self._seen |= {posixpath.basename(loader.path), read_dynamic(loader.source).soname}

    def closure(self, program: _Loaded) -> Iterator[SharedObject]:
        """Yield what the program needs. Raises ProjectError when something is missing."""
        queue = deque([program])
        while queue:
            holder = queue.popleft()
            for name in self._new((*holder.dynamic.needed, *_opened(holder))):
                loaded = self._load(name, holder)
                if loaded is not None:
                    queue.append(loaded)
                    yield SharedObject(loaded.path, loaded.source, holder.name)

    def _new(self, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            if name not in self._seen and not self._system.has_built_in(name):
                self._seen.add(name)
                yield name

    def _load(self, name: str, holder: _Loaded) -> _Loaded | None:
        """Find and read an object; None when the holder would do without."""
        for here, path in self._candidates(name, holder):
            source = self._real(here)
            if source.is_file() and machine_of(source) == self._machine:
                inherited = holder.rpaths(self._system.root)
                dynamic = read_dynamic(source)
                return _Loaded(name, path, source, here.parent, dynamic, inherited)
        if name not in holder.dynamic.needed:
            return None
        raise ProjectError(
            f"{holder.name} needs {name}, which is not in {', '.join(self._folders)}",
            "install the package that holds it, or link the program statically",
        )

    def _candidates(self, name: str, holder: _Loaded) -> Iterator[tuple[Path, str]]:
        root = self._system.root
        if "/" in name:
            yield root / name.lstrip("/"), posixpath.normpath("/" + name)
            return
        for here, there in holder.searched(root):
            yield here / name, posixpath.join(there, name)
        for folder in self._folders:
            yield root / folder.lstrip("/") / name, posixpath.join(self._trusted, name)

    def _real(self, here: Path) -> Path:
        root = self._system.root
        if not here.is_relative_to(root):
            return Sysroot(Path("/"), "").follow(str(here))
        return self._system.follow("/" + here.relative_to(root).as_posix())


def _opened(holder: _Loaded) -> tuple[str, ...]:
    """Return what an object opens by itself, if it is there."""
    is_old_glibc = holder.name == _LIBC and _NSS_IN_LIBC not in holder.dynamic.versions
    return _NSS_MODULES if is_old_glibc else ()
