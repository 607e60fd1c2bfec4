"""The facts about programs that decide what their containers must be; see `facts.py` for how they
are found. A fact that the code does not settle is in `unknown`, never guessed."""

from __future__ import annotations

from typing import Literal

from gotare.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact shows: a line of a file (relative to the project's root where it lies below),
    what stands there (`os.CreateTemp`), and the import chain from the main package to what causes
    it, where the cause lies in a package that is not the project's own."""

    path: str
    line: int
    what: str = ""
    chain: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.path:
            return " -> ".join(self.chain)
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Listener:
    """A place where the program listens. `port` None: the code does not say; 0: any free one.

    `variable` or `flag` is what changes the address, "" for nothing. `host` "" is every address.
    `role` is "" for the program's own service, else what the listener is only for. `path` is that
    of a unix socket.
    """

    protocol: Literal["http", "https", "grpc", "tcp", "udp", "unix"]
    port: int | None
    at: Evidence
    host: str = ""
    variable: str = ""
    flag: str = ""
    role: Literal["", "metrics", "pprof", "admin", "health"] = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A route that tells about the program itself. `port` None: that of the program's service."""

    role: Literal["live", "ready", "startup", "health", "metrics", "pprof"]
    path: str
    at: Evidence
    method: str = "GET"
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A subcommand or flag of the program itself, as it is typed: `healthcheck`, `--version`."""

    role: Literal["healthcheck", "version", "serve", "migrate"]
    words: tuple[str, ...]
    at: Evidence


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that is read. `default` None: none in the code.

    `secret`: its name, or what it is used for, says that nobody should see it. `kind` is what the
    value is: "" is text.
    """

    name: str
    at: Evidence
    default: str | None = None
    required: bool = False
    secret: bool = False
    kind: Literal["", "url", "port", "address", "duration", "number", "bool", "path", "list"] = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A command line flag that decides something about the container."""

    name: str
    default: str
    at: Evidence


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How the program ends. `signals` it handles; `grace` is how long it lets work finish, in
    seconds, None where the code names no limit; `graceful`: it stops a server or waits for work."""

    signals: tuple[str, ...]
    at: Evidence
    graceful: bool = False
    grace: float | None = None


@dataclass(frozen=True, slots=True)
class FileUse:
    """A file or folder used at run time. `path` as in the code, None where it is computed.

    `present`: it is in the project. `embedded`: the program embeds it. `settled_by` is the variable
    or flag that names it, "" when the code alone does. `kind`: what it is used for.
    """

    access: Literal["read", "write", "temp"]
    path: str | None
    at: Evidence
    kind: Literal["", "config", "template", "static", "migration", "log", "database", "socket"] = ""
    present: bool = False
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class Executed:
    """A program that is run. `name` None: computed."""

    name: str | None
    at: Evidence


@dataclass(frozen=True, slots=True)
class Service:
    """A service that the program talks to. `client` is the import path of the library; `variable`
    the environment variable that holds the address, as far as the code shows."""

    kind: Literal[
        "postgres", "mysql", "sqlite", "redis", "mongo", "kafka", "nats", "rabbitmq", "s3", "otel",
        "elasticsearch", "memcached", "cassandra", "clickhouse", "smtp", "etcd", "kubernetes",
        "vault", "docker", "sqlserver", "ldap", "mqtt",
    ]  # fmt: skip
    client: str
    at: Evidence
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What the program needs of the system. Roots are the certificates of outbound TLS; `linked`
    means that the binary brings it along (time/tzdata, golang.org/x/crypto/x509roots/fallback)."""

    kind: Literal["roots", "zones", "users", "hostname", "mime"]
    at: Evidence
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be found out, and why: `port`, "computed from cfg.Listen"."""

    what: str
    why: str
    at: Evidence


@dataclass(frozen=True, slots=True)
class Hazard:
    """What the code does that goes wrong in a container. See the finders for what each kind is;
    `detail` says more: what is called, or for how long."""

    kind: Literal[
        "no-read-timeout", "no-idle-timeout", "error-ignored", "exit-on-shutdown",
        "unlimited-shutdown", "ended-context", "no-request-timeout", "dotenv", "dotenv-required",
        "automaxprocs",
    ]  # fmt: skip
    at: Evidence
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What one main package, with all that it imports, does at run time."""

    package: str
    name: str
    listeners: tuple[Listener, ...] = ()
    routes: tuple[Route, ...] = ()
    grpc_health: Evidence | None = None
    subcommands: tuple[Subcommand, ...] = ()
    variables: tuple[Variable, ...] = ()
    flags: tuple[Flag, ...] = ()
    shutdown: Shutdown | None = None
    loops: Evidence | None = None
    """A ticker, consumer or endless loop that makes it run on though it listens nowhere."""
    files: tuple[FileUse, ...] = ()
    executed: tuple[Executed, ...] = ()
    services: tuple[Service, ...] = ()
    needs: tuple[Need, ...] = ()
    https: Evidence | None = None
    """It calls others over HTTP(S)."""
    unknown: tuple[Unknown, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    elsewhere: tuple[Literal["signals", "grpc-health", "health-route"], ...] = ()
    """What may be done where nobody sees it: packages of other modules, whose code is not read,
    may hear signals and answer for gRPC's health; words of the program may be those of a route."""


@dataclass(frozen=True, slots=True)
class Generator:
    """A code generator the sources ask for. `tool` is its name (protoc, sqlc, templ, buf, …).

    `committed`: what it writes is in the project, as far as can be seen.
    """

    tool: str
    command: str
    at: Evidence
    committed: bool = True


@dataclass(frozen=True, slots=True)
class PrivateModule:
    """A module that no public proxy has: its path or GOPRIVATE pattern, and what says so."""

    path: str
    at: Evidence


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a build of the sources needs. Paths are relative to the project's root.

    `embedded` are files and folders that //go:embed takes; `outside` are folders beyond the root
    that replace directives or go.work name; `profiles` are default.pgo files; `cxx`: cgo
    compiles C++. `errors` are files that do not parse, as `path:line`.
    """

    generators: tuple[Generator, ...] = ()
    private: tuple[PrivateModule, ...] = ()
    embedded: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    cxx: bool = False
    errors: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts about a project's programs and sources."""

    programs: tuple[ProgramFacts, ...] = ()
    sources: SourceFacts = SourceFacts()

    def of(self, package: str) -> ProgramFacts:
        """Return what is known of a main package; nothing is known of one that is not here."""
        for program in self.programs:
            if program.package == package:
                return program
        return ProgramFacts(package, package.rpartition("/")[2])
