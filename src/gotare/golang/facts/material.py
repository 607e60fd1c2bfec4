"""What facts are made from beside the sources: the packages, as go list told them.

It is kept in the store under its digest, so that after an edit that changes no import the facts are
found anew without asking go.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from gotare.frozen import dataclass
from gotare.golang.content_key import digest_of
from gotare.golang.facts.closure import Package, packages_of
from gotare.golang.facts.plain import Plain
from gotare.golang.facts.private import is_private
from gotare.golang.facts.store import Store
from gotare.golang.goenv import GoEnv
from gotare.golang.inputs import is_local, shown
from gotare.golang.mains import Main
from gotare.golang.packages import Listed

_KEY = b"material "


@dataclass(frozen=True, slots=True)
class Material:
    """The packages by import path, the mains as (import path, name), and the build's tags.

    `root` is the project's; `directory` is where go runs; `embedded` are paths below the root.
    """

    root: Path
    directory: Path
    packages: dict[str, Package]
    mains: tuple[tuple[str, str], ...]
    tags: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()

    @property
    def own(self) -> list[Package]:
        """The project's own packages, sorted by import path."""
        own = (package for package in self.packages.values() if package.own)
        return sorted(own, key=lambda package: package.path)

    def plain(self) -> Plain:
        """Return it as plain tuples."""
        packages = tuple(
            (p.path, p.dir, p.own, p.standard, p.imports, p.files) for p in self.packages.values()
        )
        places = str(self.root), str(self.directory)
        return (*places, packages, self.mains, self.tags, self.embedded)

    def keep(self, store: Store) -> str:
        """Put it into the store; return the name under which it is found again."""
        plain = self.plain()
        key = digest_of(marshal.dumps(plain, 2))
        if store.plain(_KEY + key) is None:
            store.keep(_KEY + key, plain)
        return key.hex()


def find_material(store: Store, name: str) -> Material | None:
    """Return what was kept under a name, or None."""
    try:
        plain = store.plain(_KEY + bytes.fromhex(name))
        if not name or plain is None:
            return None
        root, directory, packages, mains, tags, embedded = plain
        by_path = {package[0]: Package(*package) for package in packages}
        return Material(Path(root), Path(directory), by_path, mains, tags, embedded)
    except (ValueError, TypeError):
        return None


def material_of(
    listings: Iterable[Sequence[Listed]],
    mains: Iterable[Main],
    root: Path,
    directory: Path,
    goenv: GoEnv,
    tags: Iterable[str],
    embedded: tuple[str, ...],
) -> Material:
    """Return what the listings of all platforms say.

    The project's own packages are those of its modules, wherever replace directives and go.work
    have them, and those of private modules: what a company's services have in common says as much
    about them as their own code.
    """

    @cache
    def is_private_module(module: str) -> bool:
        return is_private(goenv, module)

    def is_own(package: Listed) -> bool:
        if package.standard or not package.dir:
            return False
        place = shown(package.dir, root)
        vendored = place.startswith("vendor/") or "/vendor/" in place
        if is_local(package, goenv.modcache) and not vendored:
            return True
        return is_private_module(str(package.module.get("Path", "")))

    names = tuple((main.import_path, main.name) for main in mains)
    packages = packages_of(listings, is_own)
    return Material(root, directory, packages, names, tuple(sorted(tags)), embedded)
