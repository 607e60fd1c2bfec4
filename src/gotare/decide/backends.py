"""Which services a program needs beside it, and where they listen by convention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gotare.golang.facts.types import Service
from gotare.workload import Backend

PORTS: Final = {
    "postgres": 5432,
    "mysql": 3306,
    "redis": 6379,
    "mongo": 27017,
    "kafka": 9092,
    "nats": 4222,
    "rabbitmq": 5672,
    "s3": 443,
    "otel": 4317,
    "elasticsearch": 9200,
    "memcached": 11211,
    "cassandra": 9042,
    "clickhouse": 9000,
    "smtp": 587,
    "etcd": 2379,
    "kubernetes": 443,
    "vault": 8200,
    "docker": 2375,
    "sqlserver": 1433,
    "ldap": 389,
    "mqtt": 1883,
}
"""The port that each kind of service listens on unless it is told otherwise."""


def backends_of(services: Iterable[Service]) -> tuple[Backend, ...]:
    """Return the services that listen somewhere, each kind once; SQLite is a file."""
    found: dict[str, Backend] = {}
    for service in services:
        if service.kind not in PORTS:
            continue
        known = found.get(service.kind)
        if known is None or (service.variable and not known.variable):
            found[service.kind] = Backend(
                kind=service.kind,
                name=service.kind,
                port=PORTS[service.kind],
                client=service.client,
                variable=service.variable,
                at=str(service.at),
            )
    return tuple(found.values())
