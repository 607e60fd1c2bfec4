"""What a gRPC server says of itself: the health service, reflection, TLS."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Sources
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Values

_HEALTH: Final = (
    "google.golang.org/grpc/health/grpc_health_v1.RegisterHealthServer",
    "connectrpc.com/grpchealth.NewHandler",
    "github.com/bufbuild/connect-grpchealth-go.NewHandler",
)
_REFLECTION: Final = (
    "google.golang.org/grpc/reflection.Register",
    "google.golang.org/grpc/reflection.RegisterV1",
    "connectrpc.com/grpcreflect.NewHandlerV1",
)
_CREDENTIALS: Final = "google.golang.org/grpc.Creds"
_INSECURE: Final = "google.golang.org/grpc/credentials/insecure.NewCredentials"


class GrpcFacts(NamedTuple):
    """Where the health service and reflection are registered, and where the server gets TLS."""

    health: Evidence | None
    reflection: Evidence | None
    tls: Evidence | None


def grpc_facts(sources: Sources, values: Values, packages: Collection[str]) -> GrpcFacts:
    """Return what the gRPC servers of a program answer. `packages` are import paths: a main package
    with all that it imports."""
    program = Program(sources, values, packages)
    return GrpcFacts(_first(program, *_HEALTH), _first(program, *_REFLECTION), _tls(program))


def _first(program: Program, *names: str) -> Evidence | None:
    return next((call.at() for call in program.calling(*names)), None)


def _tls(program: Program) -> Evidence | None:
    """Return where a server is given credentials that are not the insecure ones."""
    for call in program.calling(_CREDENTIALS):
        made = [
            program.qualified(origin.context, origin.expr[1])
            for argument in call.arguments
            for origin in program.objects.origins(call, argument)
            if origin.expr[0] == "call"
        ]
        if _INSECURE not in made:
            return call.at()
    return None
