"""Listeners that libraries open by themselves, on ports that the code only sets or leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from gotare.golang.facts.program import Made, Program
from gotare.golang.facts.serving import Protocol, Serving
from gotare.golang.facts.sources import Call

_RUNTIME: Final = "sigs.k8s.io/controller-runtime"
_OPTIONS: Final = (f"{_RUNTIME}.Options", f"{_RUNTIME}/pkg/manager.Options")

_Default = tuple[Protocol, int | None, str, Literal["", "metrics"]]

FRAMEWORKS: Final[dict[str, tuple[_Default, ...]]] = {
    "gofr.dev/pkg/gofr.New": (
        ("http", 8000, "HTTP_PORT", ""),
        ("http", 2121, "METRICS_PORT", "metrics"),
    ),
    "github.com/go-martini/martini.Classic": (("http", 3000, "PORT", ""),),
    "gopkg.in/macaron.Classic": (("http", 4000, "PORT", ""),),
    "github.com/zeromicro/go-zero/rest.MustNewServer": (("http", None, "", ""),),
    "github.com/zeromicro/go-zero/rest.NewServer": (("http", None, "", ""),),
    "github.com/zeromicro/go-zero/zrpc.MustNewServer": (("grpc", None, "", ""),),
    "github.com/zeromicro/go-zero/zrpc.NewServer": (("grpc", None, "", ""),),
    "github.com/coreos/go-systemd/activation.Listeners": (("tcp", None, "", ""),),
    "github.com/caddyserver/certmagic.HTTPS": (("https", 443, "", ""), ("http", 80, "", "")),
    "github.com/gin-gonic/autotls.Run": (("https", 443, "", ""), ("http", 80, "", "")),
}
"""Functions after which a server runs: protocol, port, the variable that changes it, its role."""


def managed_servings(program: Program) -> Iterator[Serving]:
    """Yield the listeners of libraries that are told to listen by options, or not at all."""
    for name, defaults in FRAMEWORKS.items():
        for call in program.calling(name):
            for default in defaults:
                yield _default(call, default)
    yield from _controllers(program)


def _default(call: Call, default: _Default) -> Serving:
    protocol, port, variable, role = default
    address = call.arguments[0] if port is None and call.arguments else None
    return Serving(call.at(), call, address, protocol, None, port, variable, role)


def _controllers(program: Program) -> Iterator[Serving]:
    """Yield the servers of a controller manager: metrics, probes, webhooks."""
    for made in program.literals(*_OPTIONS):
        yield from _field(program, made, "MetricsBindAddress", "metrics")
        yield from _field(program, made, "HealthProbeBindAddress", "health")
    for made in program.literals(f"{_RUNTIME}/pkg/metrics/server.Options"):
        yield from _field(program, made, "BindAddress", "metrics")
    for made in program.literals(f"{_RUNTIME}/pkg/webhook.Options"):
        port = made.field("Port") or ("number", "9443")
        address = ("binary", "+", ("string", ":"), port)
        yield Serving(made.at("webhook.Options"), made.context, address, "https")


def _field(
    program: Program, made: Made, field: str, role: Literal["metrics", "health"]
) -> Iterator[Serving]:
    """Yield a server whose address is a field; "0" switches it off, as does leaving it out."""
    address = made.field(field)
    if address is None or program.text(made.context, address) in ("", "0"):
        return
    at = made.at(field)
    yield Serving(at, made.context, address, "http", None, None, "", role)
