"""Finds the variables that a program declares for its version, so that `-X` can set them.

The linker sets package-level string variables without an initialiser, or with one that is a
constant string (`go doc cmd/link`, -X).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gotare.frozen import dataclass
from gotare.golang.constraints import Context, file_included
from gotare.golang.syntax.tree import go_parser, text_of
from gotare.golang.version_names import Kind, kind_of

if TYPE_CHECKING:
    from tree_sitter import Node

_PACKAGE_NAMES = (
    "version versions versioninfo versionutil buildinfo build buildvars meta metadata about "
    "appinfo info release"
)
_PACKAGES = frozenset(_PACKAGE_NAMES.split())
"""Last elements of the import paths of packages that exist to hold such variables."""

_COMMANDS = frozenset({"cmd", "cli", "app", "commands", "root"})
"""Packages where command lines live. Only a placeholder is taken for a version there."""

_PLACEHOLDER = re.compile(
    r"(v?0\.0\.0)?[-+]?(dev\w*|\(devel\)|unknown|none|unset|undefined|n/?a|snapshot|head|master|"
    r"main|local|unreleased|canary|source|\(?unknown\)?)?",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(
    rb"^(?:var\b|[ \t]).*(?:version|commit|revision|rev|sha|hash|tag|date|time|built|buildat)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class VersionVariable:
    """A variable that `-X symbol=value` sets. `initial` is its value without that.

    `path` (relative to the project where possible) and `line` are where it is declared.
    """

    symbol: str
    kind: Kind
    initial: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """Go files that make up a package. `files` are relative to `dir`."""

    import_path: str
    dir: Path
    files: tuple[str, ...]
    is_main: bool = False


def package_in(folder: Path, import_path: str, is_main: bool, context: Context) -> SourcePackage:
    """Return the package in a folder that no `go list` has described."""
    names = sorted(path.name for path in folder.glob("*.go"))
    included = (n for n in names if file_included(n, _read(folder / n), context))
    return SourcePackage(import_path, folder, tuple(included), is_main)


def find_version_variables(
    packages: Iterable[SourcePackage], root: Path
) -> tuple[VersionVariable, ...]:
    """Return the version variables of main packages and of packages named for that purpose."""
    found = [
        variable
        for package in packages
        if package.is_main or _last(package.import_path) in _PACKAGES | _COMMANDS
        for variable in _variables(package, root)
    ]
    return tuple(sorted(found, key=lambda variable: (variable.symbol, variable.path)))


def _last(import_path: str) -> str:
    return import_path.rpartition("/")[2].lower()


def _variables(package: SourcePackage, root: Path) -> Iterator[VersionVariable]:
    prefix = "main" if package.is_main else package.import_path
    strict = not package.is_main and _last(package.import_path) not in _PACKAGES
    for name in package.files:
        path = package.dir / name
        for variable, initial, line in declared_strings(_read(path)):
            kind = kind_of(variable)
            if not kind or (strict and not _is_placeholder(variable, initial)):
                continue
            if kind == "date" and "2006" in initial:  # a layout, not a date
                continue
            shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
            yield VersionVariable(f"{prefix}.{variable}", kind, initial, shown, line)


def _is_placeholder(name: str, initial: str) -> bool:
    """Whether a variable among other things is surely there to be set by the linker.

    An empty one that is not exported may as well belong to a flag.
    """
    return bool(_PLACEHOLDER.fullmatch(initial) if initial else name[0].isupper())


def declared_strings(content: bytes) -> list[tuple[str, str, int]]:
    """Return (name, initial value, line) of the package-level strings that -X can set.

    A file without a line that may declare one is not parsed.
    """
    if not _CANDIDATE.search(content):
        return []
    root = go_parser().parse(content).root_node
    specs = (
        spec for node in root.children if node.type == "var_declaration" for spec in _specs(node)
    )
    return [found for spec in specs for found in _strings(spec)]


def _specs(declaration: Node) -> Iterator[Node]:
    for child in declaration.children:
        if child.type == "var_spec":
            yield child
        elif child.type == "var_spec_list":
            yield from _specs(child)


def _strings(spec: Node) -> Iterator[tuple[str, str, int]]:
    names = spec.children_by_field_name("name")
    type_ = spec.child_by_field_name("type")
    value = spec.child_by_field_name("value")
    if type_ and text_of(type_) != "string":
        return
    values = [node for node in value.named_children if node.type != "comment"] if value else []
    if (values and len(values) != len(names)) or (not values and not type_):
        return
    for index, name in enumerate(n for n in names if n.type == "identifier"):
        initial = _constant(values[index]) if values else ""
        if initial is not None:
            yield text_of(name), initial, name.start_point[0] + 1


def _constant(node: Node) -> str | None:
    """Return the value of a constant string expression; None for what is computed."""
    if node.type in ("interpreted_string_literal", "raw_string_literal"):
        return text_of(node)[1:-1]
    if node.type == "parenthesized_expression":
        return _constant(node.named_children[0])
    if node.type == "binary_expression" and len(node.named_children) == 2:
        left, right = (_constant(child) for child in node.named_children)
        return None if left is None or right is None else left + right
    return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
