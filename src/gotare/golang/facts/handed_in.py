"""Which parameters are functions that read the environment: `run(os.Args, os.Getenv)`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from gotare.golang.facts.calls_followed import READS
from gotare.golang.facts.sources import Call, SourceFile, Sources
from gotare.golang.syntax.file import Function

_NAMES: Final = frozenset(name.rpartition(".")[2] for name in READS)

Handed = Mapping[int, frozenset[str]]
"""By the identity of a function: its parameters that read the environment."""


def handed_in(sources: Sources) -> Handed:
    """Return the parameters that get os.Getenv or os.LookupEnv, also through other functions."""
    kept: Handed | None = sources.kept.get(handed_in)
    if kept is None:
        kept = sources.kept[handed_in] = _find(sources)
    return kept


def _find(sources: Sources) -> Handed:
    found: defaultdict[int, set[str]] = defaultdict(set)
    waiting = [given for source in sources.files for given in _given(sources, source)]
    while waiting:
        call, index = waiting.pop()
        package, _, name = call.qualified.rpartition(".")
        source, function = sources.function(package, name) or (None, None)
        if source and function and index < len(function.parameters):
            parameter = function.parameters[index][0]
            if parameter not in found[id(function)]:
                found[id(function)].add(parameter)
                waiting += _passed_on(sources, source, function, parameter)
    return {function: frozenset(names) for function, names in found.items()}


def _given(sources: Sources, source: SourceFile) -> Iterator[tuple[Call, int]]:
    """Yield the calls that have such a function as an argument, and which argument it is."""
    if not any(one.path in ("os", "syscall") for one in source.file.imports):
        return
    for call in sources.calls(source):
        for index, argument in enumerate(call.arguments):
            is_named = argument[0] == "select" and argument[2] in _NAMES
            if is_named and sources.qualified(source, argument) in READS:
                yield call, index


def _passed_on(
    sources: Sources, source: SourceFile, function: Function, parameter: str
) -> list[tuple[Call, int]]:
    return [
        (call, index)
        for call in sources.calls(source, [function])
        for index, argument in enumerate(call.arguments)
        if argument == ("name", parameter)
    ]
