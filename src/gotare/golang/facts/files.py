"""Which files a program uses at run time, beside what it embeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from posixpath import dirname
from typing import Final

from gotare.golang.facts import file_calls
from gotare.golang.facts.config_files import config_files
from gotare.golang.facts.file_calls import ALL, REST, Kind, Methods, Table
from gotare.golang.facts.file_paths import Tree, database_path, file_path, kind_of
from gotare.golang.facts.leading import leading_folder
from gotare.golang.facts.scope import Literal, Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence, FileUse
from gotare.golang.syntax.expressions import Expr

_UPLOADS: Final = (
    "net/http",
    "github.com/gin-gonic/gin",
    "github.com/labstack/echo",
    "github.com/gofiber/fiber",
)
_WRITING: Final = frozenset({"O_CREATE", "O_WRONLY", "O_RDWR", "O_APPEND", "O_TRUNC"})


def files_of(scope: Scope, tree: Tree) -> tuple[FileUse, ...]:
    """Return the files and folders used, each once, sorted by access and path.

    Those whose paths are computed come once for each kind.
    """
    found: dict[tuple[object, ...], FileUse] = {}
    for use in _uses(scope, tree):
        key = (use.access, use.path, use.settled_by, use.kind if use.path is None else "")
        if use.access == "read" and use.path and tree.embeds(use.path, dirname(use.at.path)):
            continue
        found.setdefault(key, use)
    return tuple(sorted(found.values(), key=lambda use: (use.access, use.path or "")))


def _uses(scope: Scope, tree: Tree) -> Iterator[FileUse]:
    for place, expr, kind in _read(scope):
        yield from _use(scope, tree, "read", place, expr, kind)
    for place, expr, kind in _written(scope):
        yield from _use(scope, tree, "write", place, expr, kind)
    yield from config_files(scope, tree)
    yield from _temporary(scope)


Used = tuple[Call | Literal, Expr, Kind]


def _use(
    scope: Scope, tree: Tree, access: str, place: Call | Literal, expr: Expr, kind: Kind
) -> Iterator[FileUse]:
    value = scope.values.value(place, expr)
    settled = value.variable or value.flag
    text = value.text
    if text is None and not settled:
        text = leading_folder(scope.values, place, expr)
    if text is None:
        yield FileUse(access, None, place.at(), kind, False, settled)  # type: ignore[arg-type]
        return
    path = database_path(text) if kind == "database" else file_path(text)
    if path:
        kind = kind or kind_of(path)
        present = access == "read" and tree.has(path)
        yield FileUse(access, path, place.at(), kind, present, settled)  # type: ignore[arg-type]


# reads


def _read(scope: Scope) -> Iterator[Used]:
    yield from _by_call(scope, file_calls.READS)
    if not _goose_embeds(scope):
        yield from _by_call(scope, file_calls.GOOSE)
    yield from _by_method(scope, file_calls.READ_METHODS)
    yield from _by_field(scope, file_calls.READ_FIELDS)
    for call in scope.calling("os.OpenFile"):
        if call.arguments and not _writes(call):
            yield call, call.arguments[0], ""
    for call in scope.calling("net/http.ListenAndServeTLS"):
        yield from ((call, expr, "config") for expr in call.arguments[1:3])


def _goose_embeds(scope: Scope) -> bool:
    """Whether goose was given a file system: what it reads then is embedded."""
    calls = scope.calling("github.com/pressly/goose.SetBaseFS")
    return any(call.arguments and call.arguments[0] != ("name", "nil") for call in calls)


# writes


def _written(scope: Scope) -> Iterator[Used]:
    yield from _by_call(scope, file_calls.WRITES)
    yield from _by_method(scope, file_calls.WRITE_METHODS)
    yield from _by_field(scope, file_calls.WRITE_FIELDS)
    for call in scope.calling("os.OpenFile"):
        if call.arguments and _writes(call):
            yield call, call.arguments[0], ""
    for call in chain(scope.calling(*file_calls.SQL_OPENERS), _ent_opens(scope)):
        if len(call.arguments) > 1 and scope.argument(call, -2).text in file_calls.FILE_DRIVERS:
            yield call, call.arguments[-1], "database"
    for call in scope.calling("net.Listen"):
        if len(call.arguments) == 2 and scope.argument(call, 0).text == "unix":
            yield call, call.arguments[1], "socket"


def _ent_opens(scope: Scope) -> Iterator[Call]:
    """Yield the calls of Open of the project's own packages: code that ent generates has one."""
    names = (f"{package}.Open" for package in scope.closure.own)
    return scope.calling(*names)


def _writes(call: Call) -> bool:
    """Whether the flags of os.OpenFile say that it writes; flags that are computed do."""
    if len(call.arguments) < 2:
        return False
    names = set(_names_in(call.arguments[1]))
    return bool(names & _WRITING) or not any(name.startswith("O_") for name in names)


def _names_in(expr: Expr) -> Iterator[str]:
    if expr[0] == "binary":
        yield from _names_in(expr[2])
        yield from _names_in(expr[3])
    elif expr[0] == "select":
        yield expr[2]


# temporary files


def _temporary(scope: Scope) -> Iterator[FileUse]:
    for name, index in file_calls.TEMPS.items():
        for call in scope.calling(name):
            text = scope.argument(call, index).text if index >= 0 else None
            yield FileUse("temp", text or None, call.at())
    for call in scope.methods(_UPLOADS, *file_calls.SPILLS):
        yield FileUse("temp", None, _request(call))


def _request(call: Call) -> Evidence:
    return call.at(f"Request.{call.method}")


# by table


def _by_call(scope: Scope, table: Table) -> Iterator[Used]:
    for name, (index, kind) in table.items():
        for call in scope.calling(name):
            yield from _taken(call, index, kind)


def _by_method(scope: Scope, methods: Methods) -> Iterator[Used]:
    for imported, table in methods.items():
        for name, (index, kind) in table.items():
            for call in scope.methods(imported, name):
                yield from _taken(call, index, kind)


def _taken(call: Call, index: int, kind: Kind) -> Iterable[Used]:
    chosen = {ALL: call.arguments, REST: call.arguments[1:]}
    return ((call, expr, kind) for expr in chosen.get(index, call.arguments[index : index + 1]))


def _by_field(scope: Scope, table: dict[str, tuple[str, Kind]]) -> Iterator[Used]:
    for type_, (name, kind) in table.items():
        for literal in scope.literals(type_):
            expr = literal.field(name)
            if expr and expr[0] == "literal":
                yield from ((literal, item, kind) for _, item in expr[2])
            elif expr:
                yield literal, expr, kind
