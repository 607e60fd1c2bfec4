"""The files of Debian's packages that are installed here, as entries of a layer."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from gotare.oci.layer import Entry

_SKIPPED = re.compile(
    r"/usr/share/(doc|man|locale|info|lintian|bug|gdb)/|/usr/lib/gcc/.*/(lto|plugin)"
)


@cache
def installed() -> Mapping[str, tuple[str, str]]:
    """Version and dependencies of every installed package."""
    form = "${Package}\t${Version}\t${Pre-Depends},${Depends}\n"
    words = ["dpkg-query", "-W", "-f", form]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, tuple[str, str]] = {}
    for line in told.splitlines():
        name, version, depends = line.split("\t")
        found[name] = (version, depends)
    return found


def closure(packages: Iterable[str]) -> tuple[str, ...]:
    """Return the packages and all that they need, as far as it is installed."""
    known, found, todo = installed(), set(), list(packages)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        if name not in known:
            pytest.skip(f"the package {name} is not installed here; scripts/debian-packages")
        found.add(name)
        words = re.findall(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)?(?: \([^)]*\))?", known[name][1])
        todo += [word for word in words if word in known]
    return tuple(sorted(found))


def versions(packages: Iterable[str]) -> str:
    """Return the packages with their versions, as a text."""
    return " ".join(f"{name}={installed()[name][0]}" for name in packages)


def _paths_of(packages: Sequence[str]) -> list[Path]:
    told = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=True)
    paths = {line for line in told.stdout.splitlines() if line.startswith("/")}
    return [Path(path) for path in sorted(paths) if not _SKIPPED.search(path)]


def files_of(packages: Sequence[str]) -> Iterator[Entry]:
    """Yield the files where the packages have them."""
    for path in _paths_of(packages):
        if len(path.parts) > 2:
            yield from _entry(path, str(path))


def merged(packages: Sequence[str]) -> Iterator[Entry]:
    """Yield the files with /bin, /lib and so on as links into /usr, as Debian has them."""
    for name in ("bin", "lib", "lib64", "sbin"):
        yield Entry(f"/{name}", "symlink", 0o777, link=f"usr/{name}")
    for path in _paths_of(packages):
        top = path.parts[1] if len(path.parts) > 1 else ""
        if top in ("bin", "lib", "lib64", "sbin"):
            if len(path.parts) > 2:
                yield from _entry(path, f"/usr{path}")
        else:
            yield from _entry(path, str(path))


def _entry(path: Path, place: str) -> Iterator[Entry]:
    if path.is_symlink():
        yield Entry(place, "symlink", 0o777, link=str(path.readlink()))
    elif path.is_file():
        mode = 0o755 if os.access(path, os.X_OK) else 0o644
        yield Entry(place, mode=mode, content=path)
