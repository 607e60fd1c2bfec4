"""What gRPC servers say of themselves."""

from __future__ import annotations

import pytest

from gotare.golang.facts.grpc import grpc_facts
from tests.golang.facts.go_programs import program

REGISTERED = "health.RegisterHealthServer"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "s := grpc.NewServer()\nhs := health.NewServer()\n"
            "grpc_health_v1.RegisterHealthServer(s, hs)\nreflection.Register(s)",
            ("health", "reflection"),
        ),
        ("grpc_health_v1.RegisterHealthServer(s, &server{})", ("health",)),
        (
            "mux := http.NewServeMux()\nmux.Handle(grpchealth.NewHandler("
            "grpchealth.NewStaticChecker(userv1.Name)))",
            ("health",),
        ),
        ("creds, err := credentials.NewServerTLSFromFile(cert, key)\n"
         "s := grpc.NewServer(grpc.Creds(creds))\nuse(s, err)", ("tls",)),
        ("s := grpc.NewServer(grpc.Creds(insecure.NewCredentials()))", ()),
        ("c := grpc_health_v1.NewHealthClient(conn)\nc.Check(ctx, nil)", ()),
        ("// grpc_health_v1.RegisterHealthServer(s, hs)\ns := grpc.NewServer()", ()),
    ],
)  # fmt: skip
def test_what_servers_say(code: str, said: tuple[str, ...]) -> None:
    one = program(code)
    found = grpc_facts(one.sources, one.values, one.packages)._asdict()
    assert tuple(name for name, at in found.items() if at) == said
    assert all(at.line and at.path == "main.go" for at in found.values() if at)
