"""Which services a program talks to, by the client libraries that it links.

A library counts when code that is no test imports it: `database/sql` alone names no database, the
driver does. The variable with the address is read off the call that connects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.clients import DIRECT, is_named_after, kind_of
from gotare.golang.facts.file_calls import SQL_OPENERS
from gotare.golang.facts.scope import Literal, Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence, Service
from gotare.golang.syntax.expressions import Expr

_DRIVERS: Final = {
    "postgres": "postgres",
    "pgx": "postgres",
    "pq": "postgres",
    "cloudsqlpostgres": "postgres",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "clickhouse": "clickhouse",
    "sqlserver": "sqlserver",
    "mssql": "sqlserver",
    "azuresql": "sqlserver",
}
"""Names under which drivers register, with the kind of service behind them."""

_TESTING: Final = (
    r"tests?|testing|test(?:util|help|fixture|data|support|kit|env|container).*|fixtures|mocks?"
)
"""Folders of packages that only tests need."""

_NAMES = (
    "Addr Addrs Address Addresses Brokers URL Url URI Uri Endpoint EndpointURL Endpoints Hosts "
    "Host DSN ConnString BootstrapServers Server Servers CloudID InitAddress"
)
_FIELDS: Final = frozenset(_NAMES.split())
"""Fields of options that hold an address."""


def services_of(scope: Scope) -> tuple[Service, ...]:
    """Return the services, each kind once, sorted by kind."""
    found: dict[str, str] = {}
    for path in scope.closure.importer:
        kind = kind_of(path)
        if kind and _is_used(scope, path, kind):
            found.setdefault(kind, path)
    variables = _variables(scope)
    return tuple(
        Service(kind, path, _evidence(scope, path), variables.get(kind, ""))  # type: ignore[arg-type]
        for kind, path in sorted(found.items())
    )


def _is_used(scope: Scope, path: str, kind: str) -> bool:
    """Whether own code imports a client, or a package named after the service that does.

    What a library links further away says nothing: it may have drivers for many databases. Nor
    does a package that is there for tests.
    """
    closure = scope.closure
    importers = tuple(closure.importers(path))
    if any(_is_ours(scope, importer) for importer in importers):
        return True
    return path not in DIRECT and any(
        (kind_of(importer) == kind or is_named_after(importer, kind))
        and any(_is_ours(scope, user) for user in closure.importers(importer))
        for importer in importers
    )


def _is_ours(scope: Scope, package: str) -> bool:
    parts = package.split("/")
    return package in scope.closure.own and not any(re.fullmatch(_TESTING, part) for part in parts)


def _evidence(scope: Scope, path: str) -> Evidence:
    return scope.closure.at(path)


# the variable with the address


def _variables(scope: Scope) -> dict[str, str]:
    """Return the variable that holds the address of each kind of service, as far as code shows."""
    found: dict[str, str] = {}
    for kind, variable in _connections(scope):
        if variable:
            found.setdefault(kind, variable)
    return found


def _connections(scope: Scope) -> Iterator[tuple[str, str]]:
    for call in scope.calling(*SQL_OPENERS):
        driver = scope.argument(call, -2).text or ""
        yield _DRIVERS.get(driver, ""), scope.argument(call, -1).variable
    for name in scope.catalogue.functions:
        kind = kind_of(name.rpartition(".")[0])
        if kind:
            yield from ((kind, _address(scope, call)) for call in scope.calling(name))
    for type_ in scope.catalogue.literals:
        kind = kind_of(type_.rpartition(".")[0])
        if kind:
            yield from ((kind, _field(scope, literal)) for literal in scope.literals(type_))


_NOT_ADDRESSES: Final = r"(?i)PASS|SECRET|TOKEN|KEY|USER|LOGIN"


def _address(scope: Scope, call: Call) -> str:
    """Return the variable of the first argument that comes from one."""
    for expr in call.arguments:
        variable = scope.values.value(call, expr).variable or _inside(scope, call, expr)
        if variable and not re.search(_NOT_ADDRESSES, variable):
            return variable
    return ""


def _inside(scope: Scope, place: Call | Literal, expr: Expr) -> str:
    """Return the variable inside a list of addresses."""
    if expr[0] == "literal" and expr[1].startswith("[]"):
        values = (scope.values.value(place, value).variable for _, value in expr[2])
        return next(filter(None, values), "")
    if expr[0] == "call" and expr[2]:
        name = scope.sources.qualified(place.source, expr[1])
        if name == "strings.Split":
            return scope.values.value(place, expr[2][0]).variable
    return ""


def _field(scope: Scope, literal: Literal) -> str:
    for key, value in literal.expr[2]:
        if key and key[0] == "name" and key[1] in _FIELDS:
            variable = scope.values.value(literal, value).variable
            if found := variable or _inside(scope, literal, value):
                return found
    return ""
