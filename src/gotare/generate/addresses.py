"""What each environment variable of a program must hold, to find the services beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gotare.generate.backends import PASSWORD, Container, container_of
from gotare.workload import Backend, Port, Variable, Workload

Role = Literal["address", "endpoint", "host", "port", "user", "password", "database", "tls"]

_LOOPBACK: Final = re.compile(
    r"(?<![\w.-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?![\w.-])(?P<port>:\d+)?"
)
_ANYWHERE: Final = re.compile(r"^(localhost|127\.0\.0\.1|\[::1\]):(?=\d+$)")

_ROLES: Final[dict[str, Role]] = {
    "": "address", "URL": "address", "URI": "address", "URLS": "address", "DSN": "address",
    "CONNECTION": "address", "CONNECTION_STRING": "address", "CONNECTION_URL": "address",
    "CONN": "address", "CONN_STR": "address", "CONNSTR": "address", "ADDR": "endpoint",
    "ADDRS": "endpoint", "ADDRESS": "endpoint", "ADDRESSES": "endpoint", "ENDPOINT": "endpoint",
    "ENDPOINTS": "endpoint", "SERVER": "endpoint", "SERVERS": "endpoint", "BROKER": "endpoint",
    "BROKERS": "endpoint", "NODES": "endpoint", "BOOTSTRAP_SERVERS": "endpoint",
    "SOURCE": "address", "HOST": "host", "HOSTNAME": "host", "HOSTS": "host", "PORT": "port",
    "USER": "user", "USERNAME": "user", "LOGIN": "user",
    "PASSWORD": "password", "PASS": "password", "PASSWD": "password", "PWD": "password",
    "NAME": "database", "DB": "database", "DB_NAME": "database", "DBNAME": "database",
    "DATABASE": "database", "DATABASE_NAME": "database",
    "SSLMODE": "tls", "SSL_MODE": "tls",
}  # fmt: skip
"""What the end of a variable's name says, once the name of the service is taken off."""

_SQL: Final = ("DB", "DATABASE", "SQL")
_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "postgres": ("POSTGRES", "POSTGRESQL", "PG", "PSQL", *_SQL),
    "mysql": ("MYSQL", "MARIADB", *_SQL),
    "sqlserver": ("MSSQL", "SQLSERVER", *_SQL),
    "mongo": ("MONGO", "MONGODB", "DB", "DATABASE"),
    "redis": ("REDIS", "VALKEY", "CACHE"),
    "kafka": ("KAFKA",),
    "nats": ("NATS",),
    "rabbitmq": ("RABBITMQ", "RABBIT", "AMQP"),
    "memcached": ("MEMCACHED", "MEMCACHE", "CACHE"),
    "elasticsearch": ("ELASTICSEARCH", "ELASTIC", "ES"),
    "cassandra": ("CASSANDRA",),
    "clickhouse": ("CLICKHOUSE", *_SQL),
    "etcd": ("ETCD",),
    "mqtt": ("MQTT", "MQTT_BROKER"),
    "s3": ("S3", "MINIO", "AWS", "AWS_S3"),
    "smtp": ("SMTP", "MAIL", "MAIL_SERVER"),
    "otel": ("OTEL_EXPORTER_OTLP", "OTLP"),
    "vault": ("VAULT",),
}
"""How variables call each kind of service. A word that several could mean is for the first."""

_SPECIAL: Final[dict[str, dict[str, Role]]] = {
    "postgres": {
        "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password",
        "PGDATABASE": "database", "PGSSLMODE": "tls",
    },
    "s3": {
        "AWS_ACCESS_KEY_ID": "user", "AWS_SECRET_ACCESS_KEY": "password", "S3_ACCESS_KEY": "user",
        "S3_SECRET_KEY": "password", "MINIO_ACCESS_KEY": "user", "MINIO_SECRET_KEY": "password",
        "AWS_ENDPOINT_URL": "address", "AWS_ENDPOINT_URL_S3": "address",
    },
    "vault": {"VAULT_TOKEN": "password"},
}  # fmt: skip
"""Names that libraries themselves read."""

_GENERIC: Final = frozenset({*_SQL, "CACHE", "MAIL", "AWS", "S3", "ES", "PG", "VAULT"})
"""Words that say nothing when they stand alone: CACHE may be anything."""

_NO_DATABASE: Final = ("redis", "s3", "smtp", "vault", "otel")


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable and what it is to hold. `value` None: the code does not tell. Where `password` is
    not "", `value` holds PASSWORD in the place of what that variable of `.env` says."""

    variable: Variable
    value: str | None
    password: str = ""
    backend: Backend | None = None

    @property
    def name(self) -> str:
        """The variable's name."""
        return self.variable.name

    @property
    def secret(self) -> bool:
        """Whether nobody should see the value."""
        return self.variable.secret or bool(self.password)


def settings_of(workload: Workload, development: bool = False) -> tuple[Setting, ...]:
    """Return what each variable is to hold beside the containers of its backends."""
    return tuple(_setting(item, workload, development) for item in workload.variables)


def _setting(variable: Variable, workload: Workload, development: bool) -> Setting:
    found = _backend_of(variable, workload.backends)
    if found is None:
        return Setting(variable, _reachable(variable, workload.ports))
    backend, role = found
    container = container_of(backend, development)
    if container is None:
        return Setting(variable, _elsewhere(variable.value), backend=backend)
    value = _value(variable, backend, role, container)
    used = container.credential if value is not None and PASSWORD in value else ""
    return Setting(variable, variable.value if value is None else value, used, backend)


def _reachable(variable: Variable, ports: Iterable[Port]) -> str | None:
    """Return the value; an address to listen on loses its host, which nobody else could reach."""
    listens = any(port.variable == variable.name for port in ports)
    return _ANYWHERE.sub(":", variable.value) if listens and variable.value else variable.value


def _elsewhere(value: str | None) -> str | None:
    """Return the value, unless it is a place on the developer's machine."""
    return None if value is not None and _LOOPBACK.search(value) else value


def _backend_of(variable: Variable, backends: Sequence[Backend]) -> tuple[Backend, Role] | None:
    for backend in backends:
        if backend.variable == variable.name:
            return backend, _role(backend.kind, variable.name) or "address"
    for backend in backends:
        role = _role(backend.kind, variable.name)
        if role:
            return backend, role
    for backend in backends:
        ports = {match["port"] for match in _LOOPBACK.finditer(variable.value or "")}
        if f":{backend.port}" in ports:
            return backend, "endpoint"
    return None


def _role(kind: str, name: str) -> Role | None:
    """Return what a variable says about a kind of service, as far as its name tells:
    SHOP_DB_HOST is the host of a database."""
    special = _SPECIAL.get(kind, {}).get(name)
    if special:
        return special
    words = name.upper().split("_")
    for start in range(len(words)):
        rest = "_".join(words[start:])
        for alias in _ALIASES.get(kind, ()):
            if rest == alias or rest.startswith(f"{alias}_"):
                role = _ROLES.get(rest.removeprefix(alias).lstrip("_"))
                if role and rest not in _GENERIC:
                    return role
    return None


def _value(variable: Variable, backend: Backend, role: Role, container: Container) -> str | None:
    """Return the value for the container, None where the code's own serves."""
    if role in ("address", "endpoint"):
        address = _address(variable, backend, container, role)
        return address.replace("{host}", backend.name).replace("{port}", str(container.port))
    if role == "host":
        return backend.name
    if role == "port":
        return str(container.port)
    if role == "tls":
        return "disable"
    if not container.has_password:
        return None
    if role == "password":
        return PASSWORD
    if role == "user":
        return container.login
    return None if backend.kind in _NO_DATABASE else container.database


def _address(variable: Variable, backend: Backend, container: Container, role: Role) -> str:
    """Return the address in the form that the code's default has, else in the usual one."""
    known = variable.value or ""
    if _LOOPBACK.search(known) and (role == "endpoint" or not container.has_password):
        return _LOOPBACK.sub("{host}:{port}", known)
    if variable.kind == "address" or (role == "endpoint" and _is_bare(variable, backend)):
        return "{host}:{port}"
    if backend.kind == "redis" and _is_url(variable):
        return "redis://{host}:{port}/0"
    scheme, separator, rest = container.address.partition("://")
    said = known.partition("://")[0] if "://" in known else scheme
    return f"{said}://{rest}" if separator else container.address


def _is_bare(variable: Variable, backend: Backend) -> bool:
    """Whether an endpoint is host:port: MINIO_ENDPOINT is, S3_ENDPOINT is a URL."""
    bare = ("postgres", "mysql", "mongo", "rabbitmq", "clickhouse", "sqlserver")
    return backend.kind in bare or variable.name.startswith("MINIO")


def _is_url(variable: Variable) -> bool:
    return variable.kind == "url" or variable.name.upper().endswith(("URL", "URI"))
