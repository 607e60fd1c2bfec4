"""Finds the facts of a project while it is loaded, and again after an edit without asking go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from os.path import normpath
from pathlib import Path

from gotare.golang.constraints import Context
from gotare.golang.facts.findings import findings_of
from gotare.golang.facts.material import find_material, material_of
from gotare.golang.facts.plain import without_lines
from gotare.golang.facts.reading import Reader, read_ahead
from gotare.golang.facts.source_facts import embedded_in, source_facts
from gotare.golang.facts.store import Store
from gotare.golang.facts.types import Facts
from gotare.golang.goenv import GoEnv
from gotare.golang.inputs import LocalPackage
from gotare.golang.mains import Main
from gotare.golang.packages import Listed
from gotare.golang.shape import key_in, with_key
from gotare.golang.targets import Target, is_path


def reader_for(root: Path, folder: Path | None) -> Reader:
    """Return a reader that keeps what it reads of a project in a folder of stores."""
    name = sha256(str(root).encode()).hexdigest()[:32]
    return Reader(Store(folder / name if folder else None))


def ahead(reader: Reader, target: Target, contexts: Sequence[Context]) -> Iterator[None]:
    """Read, step by step, what the patterns will turn out to mean."""
    modules = {module.file.module: module.dir for module in target.workspace.modules}
    plain = [p for p in target.patterns if is_path(p) and "..." not in p]
    folders = [target.directory / pattern for pattern in plain]
    return read_ahead(reader, [normpath(folder) for folder in folders], modules, contexts)


def find_facts(
    listings: Sequence[Sequence[Listed]],
    mains: Sequence[Main],
    target: Target,
    goenv: GoEnv,
    packages: Sequence[LocalPackage],
    tags: Sequence[str],
    reader: Reader,
) -> tuple[Facts, str]:
    """Return the facts, and the name of what `find_again` needs of the listings.

    `packages` are the local packages of the listings of all platforms.
    """
    workspace = target.workspace
    material = material_of(
        listings,
        mains,
        workspace.root,
        target.directory,
        goenv,
        tags,
        embedded_in(packages),
    )
    name = material.keep(reader.store)
    found = findings_of(material, name, reader)
    sources = source_facts(material, found, listings, workspace, goenv, reader)
    return Facts(found.programs, sources), name


def find_again(
    facts: Facts, name: str, root: Path, shapes: Mapping[str, str], reader: Reader
) -> tuple[Facts, dict[str, str]] | None:
    """Return the facts and shapes after edits that change no import; None where the store does
    not hold what is needed.

    Edits that leave all syntax as it was, lines aside, leave the facts too.
    """
    now = {path: with_key(shape, reader.key(str(root / path))) for path, shape in shapes.items()}
    changed = {path: key_in(shapes[path]) for path in now if now[path] != shapes[path]}
    if all(_says_the_same(reader, str(root / path), key) for path, key in changed.items()):
        return facts, now
    material = find_material(reader.store, name)
    if material is None:
        return None
    return replace(facts, programs=findings_of(material, name, reader).programs), now


def _says_the_same(reader: Reader, path: str, key: bytes) -> bool:
    before = reader.store.file(key)
    return before is not None and without_lines(before) == without_lines(reader.file(path))
