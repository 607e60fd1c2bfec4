"""What a package is called in a file that imports it without a name of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_VERSION: Final = re.compile(r"v\d+$")
_SUFFIX: Final = re.compile(r"(?:\.v\d+)?(?:[.-](?:go|golang))?$")
_PREFIX: Final = re.compile(r"^(?:go|golang)[.-]")

UNUSUAL: Final = {
    "github.com/rabbitmq/amqp091-go": "amqp091",
    "github.com/eclipse/paho.mqtt.golang": "mqtt",
    "github.com/go-telegram-bot-api/telegram-bot-api": "tgbotapi",
    "github.com/influxdata/influxdb-client-go": "influxdb2",
    "github.com/denisenkom/go-mssqldb": "mssql",
    "github.com/microsoft/go-mssqldb": "mssql",
    "github.com/grpc-ecosystem/go-grpc-middleware": "grpc_middleware",
    "github.com/grpc-ecosystem/go-grpc-prometheus": "grpc_prometheus",
    "github.com/dgrijalva/jwt-go": "jwt",
}
"""Packages whose name does not follow from their path (major version left out)."""


@cache
def names_of(path: str) -> tuple[str, ...]:
    """Return the names that a package of this path may have, the likeliest first."""
    return tuple(_names_of(path))


def _names_of(path: str) -> Iterator[str]:
    parts = path.split("/")
    last = parts[-1]
    if len(parts) > 1 and _VERSION.match(last):
        last = parts[-2]
        path = path.rpartition("/")[0]
    if path in UNUSUAL:
        yield UNUSUAL[path]
    base = _SUFFIX.sub("", last)
    short = _PREFIX.sub("", base)
    candidates = (short, base, last, short.replace("-", "_"), short.replace("-", ""))
    yield from (name for name in dict.fromkeys(candidates) if name.isidentifier())
    yield from (word for word in short.split("-") if word.isidentifier())
    if parts[-1] != last and parts[-1].isidentifier():
        yield parts[-1]
        yield short + parts[-1]
