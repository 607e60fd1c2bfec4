"""Finds all facts about the programs of a project: reads its own sources once, asks each finder.

Only what a main package reaches counts for it, and only the files that the build takes. Packages of
other modules are known by their import paths alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gotare.golang.facts.closure import Closure
from gotare.golang.facts.environment import environment, flags_of
from gotare.golang.facts.executed import executed_of
from gotare.golang.facts.file_paths import Tree
from gotare.golang.facts.files import files_of
from gotare.golang.facts.grpc import grpc_facts
from gotare.golang.facts.hazards import done_elsewhere, hazards_of
from gotare.golang.facts.listeners import listeners
from gotare.golang.facts.loops import loops
from gotare.golang.facts.material import Material
from gotare.golang.facts.needs import needs_of
from gotare.golang.facts.outbound import outbound_http
from gotare.golang.facts.reading import Reader
from gotare.golang.facts.routes import routes
from gotare.golang.facts.scope import Catalogue, Remembered, Scope
from gotare.golang.facts.services import services_of
from gotare.golang.facts.shutdown import shutdown
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.subcommands import subcommands
from gotare.golang.facts.types import ProgramFacts
from gotare.golang.facts.values import Values
from gotare.golang.inputs import shown


def program_facts(material: Material, sources: Sources, tree: Tree) -> tuple[ProgramFacts, ...]:
    """Return the facts about each main package, in the order of the mains."""
    catalogue = Catalogue(sources)
    closures = [Closure(path, material.packages, sources) for path, _ in material.mains]
    asked = _values_for(closures, sources)
    try:
        return tuple(
            _facts(Scope(sources, Remembered(values), closure, catalogue), values, name, tree,
                   material.tags)
            for (_, name), closure, values in zip(material.mains, closures, asked, strict=True)
        )  # fmt: skip
    finally:  # what they learnt goes in circles, and is large: let it go without the collector
        for values in asked:
            vars(values).clear()
        sources.kept.clear()


_MOST_APART: Final = 8
"""How many programs are followed each for itself; with more of them it would take too long."""


def _values_for(closures: Sequence[Closure], sources: Sources) -> list[Values]:
    """Return what follows values for each program. Those that share code are followed apart: each
    hands other ports and names to it."""
    packages = [package for closure in closures for package in closure.own]
    if len(packages) == len(set(packages)) or len(closures) > _MOST_APART:
        return [Values(sources)] * len(closures)
    return [Values(sources, closure.own) for closure in closures]


def read_sources(material: Material, reader: Reader) -> Sources:
    """Return the files of the project's own packages."""
    return Sources(
        SourceFile(shown(f"{package.dir}/{name}", material.root), package.path, file)
        for package in material.own
        for name in package.files
        if (file := reader.file(f"{package.dir}/{name}")).package
    )


def _facts(
    scope: Scope, values: Values, name: str, tree: Tree, tags: tuple[str, ...]
) -> ProgramFacts:
    asked = scope.sources, values, scope.closure.own
    serving = listeners(*asked)
    return ProgramFacts(
        package=scope.closure.main,
        name=name,
        listeners=serving.listeners,
        routes=routes(*asked),
        grpc_health=grpc_facts(*asked).health,
        subcommands=subcommands(*asked),
        variables=environment(*asked),
        flags=flags_of(*asked),
        shutdown=shutdown(*asked),
        loops=None if serving.listeners else loops(*asked),
        unknown=serving.unknowns,
        files=files_of(scope, tree),
        executed=executed_of(scope),
        services=services_of(scope),
        needs=needs_of(scope, tags),
        https=outbound_http(scope),
        hazards=hazards_of(*asked),
        elsewhere=done_elsewhere(scope.closure, scope.sources),
    )
