"""Finds the facts of a project while it is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os.path import normpath

from gotare.golang.constraints import Context
from gotare.golang.facts.findings import findings_of
from gotare.golang.facts.material import material_of
from gotare.golang.facts.reading import Reader, read_ahead
from gotare.golang.facts.source_facts import embedded_in, source_facts
from gotare.golang.facts.types import Facts
from gotare.golang.goenv import GoEnv
from gotare.golang.inputs import LocalPackage
from gotare.golang.mains import Main
from gotare.golang.packages import Listed
from gotare.golang.targets import Target, is_path


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
    """Return the facts, and the name of what finding them again needs of the listings.

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
