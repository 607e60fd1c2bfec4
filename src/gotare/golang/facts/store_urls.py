"""Variables whose value is handed to a database or broker: such an address holds a password."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.sources import Call
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_OPENERS: Final = (
    (r"database/sql\.Open", 1),
    (r"github\.com/jmoiron/sqlx\.(Must)?(Open|Connect)", 1),
    (r"github\.com/jmoiron/sqlx\.ConnectContext", 2),
    (r"github\.com/jackc/pgx(/v\d+)?\.Connect", 1),
    (r"github\.com/jackc/pgx(/v\d+)?\.ParseConfig", 0),
    (r"github\.com/jackc/pgx(/v\d+)?/pgxpool\.(New|Connect)", 1),
    (r"github\.com/jackc/pgx(/v\d+)?/pgxpool\.ParseConfig", 0),
    (r"gorm\.io/driver/(postgres|mysql|sqlserver|clickhouse)\.Open", 0),
    (r"github\.com/uptrace/bun/driver/pgdriver\.WithDSN", 0),
    (r"github\.com/(go-redis/redis|redis/go-redis)(/v\d+)?\.Parse(Cluster)?URL", 0),
    (r"github\.com/gomodule/redigo/redis\.DialURL", 0),
    (r"github\.com/(rabbitmq/amqp091-go|streadway/amqp)\.Dial\w*", 0),
    (r"github\.com/golang-migrate/migrate(/v\d+)?\.New", 1),
    (r"github\.com/go-pg/pg(/v\d+)?\.ParseURL", 0),
)
"""(what opens, the argument that is an address)."""
_HOMES: Final = ("database/", "github.com/", "gorm.io/")


def variables_of_stores(values: Values, packages: Collection[str]) -> frozenset[str]:
    """Return the variables that alone are the address of a database or broker."""
    found: set[str] = set()
    for call, expr in _addresses(values):
        if call.source.package in packages:
            variables = values.value(call, expr).variables
            found.update(variables if len(variables) == 1 else ())
    return frozenset(found)


def _addresses(values: Values) -> Iterator[tuple[Call, Expr]]:
    sources = values.sources
    for qualified in list(sources.called):
        for pattern, index in _OPENERS if qualified.startswith(_HOMES) else ():
            if re.fullmatch(pattern, qualified):
                for call in sources.calling(qualified):
                    if len(call.arguments) > index and not _is_a_file(values, call):
                        yield call, call.arguments[index]
    for call in sources.methods("ApplyURI"):
        if len(call.arguments) == 1:
            yield call, call.arguments[0]


def _is_a_file(values: Values, call: Call) -> bool:
    """Tell whether what is opened is SQLite, whose address is a path."""
    driver = values.value(call, call.arguments[0]).text or ""
    return "sqlite" in driver.lower() and "://" not in driver
