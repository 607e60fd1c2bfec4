"""Scopes made of snippets, with modules that nobody downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gotare.golang.facts.closure import Closure, Package
from gotare.golang.facts.scope import Catalogue, Remembered, Scope
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.values import Values
from gotare.golang.syntax.file import read_file

MAIN = "example.com/app"
_TOP = ("func ", "var ", "type ", "const ", "//")


def go_source(imports: str, text: str, package: str = "main") -> str:
    """Return a Go file: statements are those of main. `imports` are paths between spaces; one may
    be named, as in `pg=github.com/lib/pq`."""
    lines = []
    for word in imports.split():
        name, separator, path = word.rpartition("=")
        lines.append(f'\t{name if separator else ""} "{path}"\n')
    body = text if text.startswith(_TOP) else f"func main() {{\n{text}\n}}"
    return f"package {package}\n\nimport (\n{''.join(lines)})\n\n{body}\n"


def scope_of(files: Mapping[str, str], foreign: Mapping[str, Sequence[str]] | None = None) -> Scope:
    """Return the scope of the main package `example.com/app` made of files, by path.

    `foreign` are packages of other modules with what they import; those that are imported and not
    named import nothing.
    """
    sources = []
    for path, text in files.items():
        folder = path.rpartition("/")[0]
        read = read_file(text.encode())
        assert not read.errors, f"{path} does not parse at {read.errors}:\n{text}"
        sources.append(SourceFile(path, f"{MAIN}/{folder}" if folder else MAIN, read))
    whole = Sources(sources)
    packages = _own(whole) | {p: Package(p, imports=tuple(i)) for p, i in (foreign or {}).items()}
    for package in tuple(packages.values()):
        for path in package.imports:
            packages.setdefault(path, Package(path, standard="." not in path.split("/")[0]))
    values = Remembered(Values(whole))
    return Scope(whole, values, Closure(MAIN, packages, whole), Catalogue(whole))


def _own(sources: Sources) -> dict[str, Package]:
    return {
        path: Package(
            path,
            own=True,
            imports=tuple(dict.fromkeys(i.path for file in files for i in file.file.imports)),
        )
        for path, files in sources.packages.items()
    }


def snippet(imports: str, text: str, foreign: Mapping[str, Sequence[str]] | None = None) -> Scope:
    """Return the scope of one file."""
    return scope_of({"main.go": go_source(imports, text)}, foreign)
