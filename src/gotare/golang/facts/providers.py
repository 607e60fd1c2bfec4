"""Which function makes a type, for programs whose parts are put together by a container."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from gotare.golang.facts.gotypes import first_result, type_named
from gotare.golang.facts.sources import Context, Sources
from gotare.golang.syntax.file import Function

Maker = tuple[Context, Function]


def providers_of(sources: Sources, packages: Collection[str]) -> Mapping[str, list[Maker]]:
    """Return the constructors of each type: functions called New… or Provide… that return it."""
    found: defaultdict[str, list[Maker]] = defaultdict(list)
    for package in sorted(packages):
        for source in sources.packages.get(package, ()):
            for function in source.file.functions:
                if function.result and function.name.startswith(("New", "new", "Provide")):
                    type_ = type_named(sources, source, first_result(function.result))
                    found[type_].append((Context(source, function, None), function))
    return found
