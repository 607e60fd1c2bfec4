"""What a program needs of the system: root certificates, time zones, users, its host's name.

The evidence is a call in the project's own packages where there is one, else an import that leads
to a package of another module that does it. That net/http imports crypto/tls is no evidence: a
server of plain HTTP links it and never dials.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from gotare.golang.facts.closure import is_listed
from gotare.golang.facts.outbound import outbound_tls
from gotare.golang.facts.scope import Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence, Need

_ROOTS_LINKED: Final = (
    "golang.org/x/crypto/x509roots/fallback",
    "golang.org/x/crypto/x509roots/fallback/bundle",
    "github.com/breml/rootcerts",
    "github.com/breml/rootcerts/embedded",
)
_ZONES_LINKED: Final = ("time/tzdata", "github.com/breml/tzdata", "4d63.com/tz")

_ZONE_LIBRARIES: Final = (
    "github.com/ClickHouse/clickhouse-go",
    "github.com/dromara/carbon",
    "github.com/golang-module/carbon",
    "github.com/emersion/go-ical",
    "github.com/arran4/golang-ical",
    "github.com/snowflakedb/gosnowflake",
    "github.com/trinodb/trino-go-client/trino",
)
"""Packages that load zones by names that come from outside, whatever else is called."""

_CRON: Final = ("github.com/robfig/cron", "github.com/go-co-op/gocron", "github.com/netresearch/go-cron")  # fmt: skip  # noqa: E501
_KNOWN: Final = frozenset({"UTC", "Local"})
_NO_DATA: Final = _KNOWN | {""}
_USER_CALLS: Final = (
    *(f"os/user.{name}" for name in ("Current", "Lookup", "LookupId", "LookupGroup")),
    "os/user.LookupGroupId",
)
_MIME_CALLS: Final = (
    *(f"mime.{name}" for name in ("TypeByExtension", "ExtensionsByType")),
    *(f"net/http.{name}" for name in ("FileServer", "FileServerFS", "ServeFile", "ServeFileFS")),
)


def needs_of(scope: Scope, tags: Collection[str] = ()) -> tuple[Need, ...]:
    """Return the needs of a main package, each kind once; `tags` are those of the build."""
    closure = scope.closure
    roots = outbound_tls(scope)
    zones = next(_zones(scope), None)
    zones_linked = "timetzdata" in tags or any(path in closure for path in _ZONES_LINKED)
    found = (
        Need("roots", roots, any(path in closure for path in _ROOTS_LINKED)) if roots else None,
        Need("zones", zones, zones_linked) if zones else None,
        _called(scope, "users", *_USER_CALLS),
        _called(scope, "hostname", "os.Hostname"),
        _called(scope, "mime", *_MIME_CALLS),
    )
    return tuple(need for need in found if need)


def _called(scope: Scope, kind: str, *names: str) -> Need | None:
    call = next(scope.calling(*names), None)
    return Need(kind, call.at()) if call else None  # type: ignore[arg-type]


def _zones(scope: Scope) -> Iterator[Evidence]:
    """Yield where zone data is asked for. UTC and Local are known without any."""
    for call in scope.calling("time.LoadLocation"):
        if not _is_without_data(scope, call):
            yield call.at()
    for call in scope.calling("os.Setenv", "os.Getenv", "os.LookupEnv"):
        if scope.argument(call, 0).text == "TZ":
            yield call.at(f"{call.qualified} TZ")
    yield from _cron_zones(scope)
    yield from _driver_zones(scope)
    for path in scope.closure.foreign:
        if is_listed(path, _ZONE_LIBRARIES):
            yield scope.closure.at(path)


def _is_without_data(scope: Scope, call: Call) -> bool:
    """Whether a zone is one that Go knows by itself; an empty variable may be filled elsewhere."""
    value = scope.argument(call, 0)
    if value.variable or value.flag or not call.arguments:
        return False
    is_written = call.arguments[0][0] == "string"
    return value.text in (_NO_DATA if is_written else _KNOWN)


def _cron_zones(scope: Scope) -> Iterator[Evidence]:
    for call in scope.methods(_CRON, "AddFunc", "AddJob", "Cron", "CronWithSeconds"):
        spec = scope.argument(call, 0).text or ""
        if spec.startswith(("TZ=", "CRON_TZ=")):
            yield call.at(f"{call.method} {spec.split()[0]}")


_OPENERS: Final = ("database/sql.Open", "github.com/jmoiron/sqlx.Open", "gorm.io/driver/mysql.Open",
                   "github.com/jmoiron/sqlx.Connect", "github.com/jmoiron/sqlx.MustConnect")  # fmt: skip  # noqa: E501


def _driver_zones(scope: Scope) -> Iterator[Evidence]:
    """Yield the addresses of databases that name a location, as MySQL's driver takes it."""
    for call in scope.calling(*_OPENERS):
        address = scope.argument(call, len(call.arguments) - 1).text or ""
        _, found, rest = address.partition("loc=")
        if found and rest.partition("&")[0] not in _NO_DATA:
            yield call.at(f"loc={rest.partition('&')[0]}")
