"""Which packages of a build need cgo, as seen from a listing without it.

A package whose only files import "C" fails. One that has other files as well may do with them, or
be a stub that fails when it runs: which it is, only its authors know, so the known ones are listed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from gotare.errors import ProjectError
from gotare.frozen import dataclass
from gotare.golang.constraints import Context, constraint_of, expression_holds, name_matches
from gotare.golang.packages import Listed

Effect = Literal["fails", "stub", "degrades"]

_STUBS = frozenset(
    {
        "github.com/mattn/go-sqlite3",
        "github.com/mutecomm/go-sqlcipher",
        "github.com/mutecomm/go-sqlcipher/v4",
        "github.com/karalabe/hid",
        "github.com/karalabe/usb",
    }
)
"""Packages that compile without cgo and fail when they run."""

_IMPORT_C = re.compile(rb'^\s*(?:import\s+)?"C"', re.MULTILINE)
_EXCLUDED = "build constraints exclude all Go files"


@dataclass(frozen=True, slots=True)
class CgoNeed:
    """A package that needs cgo. `chain` leads from a main to it, both included; `mains` are all the
    packages named on the command line that reach it.

    Without cgo the build "fails", or it gives a "stub" that fails at run time, or it "degrades":
    the package has other code for that case.
    """

    package: str
    effect: Effect
    chain: tuple[str, ...]
    mains: tuple[str, ...] = ()

    def __str__(self) -> str:
        via = self.chain[:-1]
        return self.package + (f" (imported by {' <- '.join(reversed(via))})" if via else "")


def find_cgo_needs(listing: Sequence[Listed], context: Context) -> tuple[CgoNeed, ...]:
    """Return the packages outside the standard library that lose something without cgo.

    `listing` was made with CGO_ENABLED=0; `context` is of the same platform and tags.
    """
    with_cgo = Context(context.goos, context.goarch, context.tags | {"cgo"})
    effects = {p.import_path: _effect(p) for p in listing if _uses_cgo(p, with_cgo)}
    chains = import_chains(listing, effects)
    return tuple(
        CgoNeed(path, effect, chains.get(path, (path,)), _reaching(listing, path))
        for path, effect in sorted(effects.items())
    )


def _reaching(listing: Sequence[Listed], wanted: str) -> tuple[str, ...]:
    """Return the named packages that import a package, directly or not."""
    importers: dict[str, list[str]] = {}
    for package in listing:
        for imported in package.imports:
            importers.setdefault(imported, []).append(package.import_path)
    seen, queue = {wanted}, deque([wanted])
    while queue:
        for path in importers.get(queue.popleft(), ()):
            if path not in seen:
                seen.add(path)
                queue.append(path)
    return tuple(
        package.import_path for package in listing if package.named and package.import_path in seen
    )


def _effect(package: Listed) -> Effect:
    if not package.files("GoFiles"):
        return "fails"
    return "stub" if package.import_path in _STUBS else "degrades"


def _uses_cgo(package: Listed, context: Context) -> bool:
    """Whether a file that would be in the build with cgo imports "C"."""
    if package.standard or not package.dir:
        return False
    names = (n for n in package.files("IgnoredGoFiles") if name_matches(n, context))
    return any(_imports_c(Path(package.dir, name), context) for name in names)


def _imports_c(path: Path, context: Context) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    holds = expression_holds(constraint_of(content), context)
    return holds and bool(_IMPORT_C.search(content))


def is_excluded(package: Listed) -> bool:
    """Whether constraints leave no Go file of a package."""
    return package.problem is not None and package.problem.text.startswith(_EXCLUDED)


def import_chains(
    listing: Sequence[Listed], wanted: Iterable[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the shortest chain of imports from a named package to each one wanted."""
    imports = {package.import_path: package.imports for package in listing}
    chains: dict[str, tuple[str, ...]] = {
        p.import_path: (p.import_path,) for p in listing if p.named
    }
    missing, queue = set(wanted) - set(chains), deque(chains)
    while queue and missing:
        path = queue.popleft()
        for imported in imports.get(path, ()):
            if imported not in chains:
                chains[imported] = (*chains[path], imported)
                missing.discard(imported)
                queue.append(imported)
    return chains


def check_cgo(needs: Iterable[CgoNeed]) -> None:
    """Raise ProjectError when packages fail, at compile or run time, without cgo."""
    fatal = [need for need in needs if need.effect != "degrades"]
    if not fatal:
        return
    hint = "build with --cgo (the host's C compiler, for the host's platform)"
    if any("sqlite" in need.package for need in fatal):
        hint += ", or take a SQLite without cgo: modernc.org/sqlite"
    lines = [f"  {need}{_explained(need)}" for need in fatal]
    raise ProjectError("these packages need cgo:\n" + "\n".join(lines), hint)


def _explained(need: CgoNeed) -> str:
    return ": compiles without it, but fails when it runs" if need.effect == "stub" else ""
