"""Functions that nothing in a program mentions: what they would do is no fact about it."""

from __future__ import annotations

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import SourceFile, expressions_in
from gotare.golang.facts.values import Place
from gotare.golang.syntax.file import Function


def is_unused(program: Program, place: Place) -> bool:
    """Tell whether something stands in a function that nothing mentions.

    Methods count as used: they may be called through an interface.
    """
    function = place.function
    if function is None or function.receiver or function.name in ("", "main", "init"):
        return False
    package = place.source.package
    name = f"{package}.{function.name}"
    if any(call.source.package in program.packages for call in program.sources.calling(name)):
        return False
    packages = program.packages if function.name[:1].isupper() else {package}
    return not any(
        _mentions(program, source, function, name)
        for path in packages
        for source in program.sources.packages.get(path, ())
    )


def _mentions(program: Program, source: SourceFile, wanted: Function, name: str) -> bool:
    """Tell whether a file has a name, or a field of that name, in an expression; the same name of
    another package is another thing."""
    values = [declared.value for declared in source.file.declared if declared.value]
    values += (v for function in source.file.functions for s in function.body for v in s.values)
    return any(
        expr[0] in ("name", "select")
        and expr[-1] == wanted.name
        and program.sources.qualified(source, expr) in ("", name)
        for expr in expressions_in(values)
    )
