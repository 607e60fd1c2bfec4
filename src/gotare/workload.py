"""What a container must be at run time, decided: ports, checks, variables, backends, resources.

These are part of `Plan`: what writes Compose and Kubernetes files sees nothing else.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from gotare.frozen import dataclass

Kind = Literal["service", "worker", "cli"]


@dataclass(frozen=True, slots=True)
class Port:
    """A port that the program listens on. `name` is unique in the container, at most 15 characters
    (an IANA_SVC_NAME, as Kubernetes wants). `variable` changes it. `public`: others may call it;
    metrics and profiles are for the operators."""

    number: int
    name: str
    protocol: Literal["tcp", "udp"] = "tcp"
    application: Literal["http", "https", "grpc", "tcp", "udp"] = "http"
    variable: str = ""
    public: bool = True
    at: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """How to ask whether the program is well: an HTTP path, the gRPC health service, a TCP
    connection, or a command in the container."""

    kind: Literal["http", "grpc", "tcp", "exec"]
    port: int = 0
    path: str = ""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    command: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable. `value` is what deployments begin with: the image's or the code's
    default, or one that fits the other containers; None: the user must say."""

    name: str
    value: str | None = None
    required: bool = False
    secret: bool = False
    kind: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """A service beside the program. `name` is its host name in Compose; `port` is the usual one."""

    kind: str
    name: str
    port: int
    client: str = ""
    variable: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Writable:
    """A place that the program writes to, absolute in the image. `lasting`: it is data that should
    outlive the container."""

    path: str
    lasting: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that is executed and that small bases lack, with the packages that hold it."""

    name: str
    alpine: str = ""
    debian: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests and limits, in Kubernetes' quantities. No CPU limit: it throttles for nothing."""

    cpu: str = "50m"
    memory: str = "64Mi"
    memory_limit: str = "256Mi"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """How the program runs. `grace` is how long it may take to stop, in seconds."""

    kind: Kind = "service"
    ports: tuple[Port, ...] = ()
    liveness: Check | None = None
    readiness: Check | None = None
    startup: Check | None = None
    metrics: Check | None = None
    handles_stop: bool = False
    grace: int = 30
    variables: tuple[Variable, ...] = ()
    backends: tuple[Backend, ...] = ()
    writable: tuple[Writable, ...] = ()
    tools: tuple[Tool, ...] = ()
    calls_https: bool = False
    migrate: tuple[str, ...] = ()
    """The arguments that make the program migrate its database, where it has such a command."""
    version: tuple[str, ...] = ()
    """The arguments that make the program print its version: the smoke test of an image."""
    resources: Resources = field(default_factory=Resources)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: the image ("" for all), what, the outcome, and the cause."""

    image: str
    decision: str
    value: str
    why: str
    at: str = ""
    """The place in the code that causes it, as path:line."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the user should know or settle. `topic` is for `gotare explain`."""

    image: str
    topic: str
    text: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A code generator to run before compiling: the tool and the command, where it runs."""

    tool: str
    command: str
    directory: str = "."
    committed: bool = True
    at: str = ""


@dataclass(frozen=True, slots=True)
class SourceTree:
    """What a build reads, for whoever writes a Dockerfile. Paths are relative to the context, which
    is the project's root.

    `go` is the Go version to build with ("1.26.8", or "1.26" where only that is asked);
    `directory` is where go runs; `control` are go.mod, go.sum, go.work, go.work.sum and
    vendor/modules.txt as far as they exist; `kept` are files and folders that an ignore file must
    never leave out; `private` are GOPRIVATE patterns; `outside` are folders that lie beyond the
    context and must be passed as contexts of their own.
    """

    name: str = ""
    go: str = ""
    module: str = ""
    directory: str = "."
    modules: tuple[str, ...] = (".",)
    control: tuple[str, ...] = ()
    workspace: bool = False
    vendored: bool = False
    kept: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    cxx: bool = False
    url: str = ""
    errors: tuple[str, ...] = ()
