"""Finds the listeners that a program opens itself (net.Listen), and what serves on each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.facts.expr_parts import Origin
from gotare.golang.facts.program import Program
from gotare.golang.facts.reach import reach
from gotare.golang.facts.serving import (
    DEFAULT_MUX,
    HTTP_SERVER,
    Network,
    Protocol,
    Serving,
    served_by,
    server_fields,
)
from gotare.golang.facts.sources import Call, Context
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

LISTEN: Final[dict[str, tuple[int | None, int]]] = {
    "net.Listen": (0, 1),
    "net.ListenPacket": (0, 1),
    "crypto/tls.Listen": (0, 1),
    "net.ListenTCP": (0, 1),
    "net.ListenUDP": (0, 1),
    "net.ListenUnix": (0, 1),
    "github.com/libp2p/go-reuseport.Listen": (0, 1),
    "github.com/valyala/fasthttp/reuseport.Listen": (0, 1),
    "github.com/quic-go/quic-go.ListenAddr": (None, 0),
}
"""Functions that open a listener: which argument is the network, which the address."""

_CONFIG: Final = {"Listen": (1, 2), "ListenPacket": (1, 2)}
_AUTOCERT: Final = "golang.org/x/crypto/acme/autocert"
_GRPC: Final = "google.golang.org/grpc.Server"
_ADDRESS_TYPES: Final = frozenset({"net.TCPAddr", "net.UDPAddr", "net.UnixAddr"})
_RESOLVERS: Final = frozenset({"net.ResolveTCPAddr", "net.ResolveUDPAddr", "net.ResolveUnixAddr"})


@dataclass(frozen=True, slots=True)
class Use:
    """What is done with a listener: a protocol is served on it, with a handler."""

    protocol: Protocol
    handler: tuple[Place, Expr] | None


def sockets(program: Program) -> Iterator[Serving]:
    """Yield the listeners that a program opens, with what is served on them."""
    uses = _uses(program)
    for call, network, where in _opened(program):
        origin = Origin(Context(call.source, call.function, call.statement), call.expr)
        found = uses.get(origin.key, [])
        if not found and _is_only_looked_at(program, origin):
            continue
        for use in found or [Use(_bare(network), None)]:
            yield _serving(call, network, where, use)
    yield from _certificates(program, uses)


def _opened(program: Program) -> Iterator[tuple[Call, str, tuple[Place, Expr]]]:
    """Yield the calls that open listeners, the network, and the address where it stands."""
    for name, (network, address) in LISTEN.items():
        for call in program.calling(name):
            if len(call.arguments) > address:
                text = _network(program, call, network, name)
                yield call, text, _address(program, call, call.arguments[address])
    for call in program.methods(*_CONFIG):
        network, address = _CONFIG[call.method]
        if len(call.arguments) > address and "net.ListenConfig" in _types(program, call):
            text = _network(program, call, network, call.method)
            yield call, text, _address(program, call, call.arguments[address])


def _types(program: Program, call: Call) -> frozenset[str]:
    return program.types(call, call.receiver)


def _network(program: Program, call: Call, index: int | None, name: str) -> str:
    if index is None:
        return "udp"
    text = program.text(call, call.arguments[index])
    return text if text is not None else "udp" if "Packet" in name or "UDP" in name else "tcp"


def _address(program: Program, place: Place, expr: Expr) -> tuple[Place, Expr]:
    """Return the address and where it stands, out of a resolver's call, an address type, or the
    field of the server that will serve there."""
    if expr[0] == "select" and expr[2] == "Addr":
        for owner in program.objects.origins(place, expr[1]):
            if program.objects.type_of(owner) == HTTP_SERVER:
                return next(server_fields(program, owner, "Addr"), (place, expr))
    for origin in program.objects.origins(place, expr):
        made = origin.expr
        if _is_resolved(program, origin):
            return origin.context, made[2][1]
        if program.objects.type_of(origin) in _ADDRESS_TYPES and made[0] == "literal":
            port = next((value for key, value in made[2] if key == ("name", "Port")), None)
            number = port or ("number", "0")
            return origin.context, ("binary", "+", ("string", ":"), number)
    return place, expr


def _is_resolved(program: Program, origin: Origin) -> bool:
    made = origin.expr
    if made[0] != "call" or len(made[2]) != 2:
        return False
    return program.qualified(origin.context, made[1]) in _RESOLVERS


def _bare(network: str) -> Network:
    if network.startswith("unix"):
        return "unix"
    return "udp" if network.startswith(("udp", "ip")) else "tcp"


def _serving(call: Call, network: str, where: tuple[Place, Expr], use: Use) -> Serving:
    bare = _bare(network)
    protocol = bare if bare == "unix" or use.protocol == "tcp" else use.protocol
    kept: Network = bare if bare in ("udp", "unix") else "tcp"
    return Serving(call.at(), *where, protocol, use.handler, network=kept)


# what is served


def _uses(program: Program) -> dict[object, list[Use]]:
    found: dict[object, list[Use]] = {}
    for call, listener, use in _served(program):
        for origin in reach(program.objects, call, listener, 3):
            if origin.expr[0] == "call":
                uses = found.setdefault(origin.key, [])
                tls = _is_tls(program, origin) or _wrapped_in_tls(program, call, listener)
                made = Use("https", use.handler) if tls and use.protocol == "http" else use
                if made not in uses:
                    uses.append(made)
    return found


def _served(program: Program) -> Iterator[tuple[Call, Expr, Use]]:
    """Yield the calls that serve on a listener, the listener, and what is served."""
    for name, protocol in (("net/http.Serve", "http"), ("net/http.ServeTLS", "https")):
        for call in program.calling(name):
            if len(call.arguments) > 1:
                handler = call.arguments[1]
                mux = DEFAULT_MUX if handler == ("name", "nil") else handler
                yield call, call.arguments[0], Use(protocol, (call, mux))  # type: ignore[arg-type]
    for call in program.calling("github.com/valyala/fasthttp.Serve"):
        if len(call.arguments) > 1:
            yield call, call.arguments[0], Use("http", (call, call.arguments[1]))
    for call in program.methods("Serve", "ServeTLS", "RunListener", "Listener"):
        if len(call.arguments) >= 1:
            yield from _served_by_method(program, call)


def _served_by_method(program: Program, call: Call) -> Iterator[tuple[Call, Expr, Use]]:
    listener = call.arguments[0]
    types = program.types(call, call.receiver)
    servers = list(served_by(program, call))
    if servers or HTTP_SERVER in types:
        tls = call.method == "ServeTLS"
        handler = _server_handler(program, servers[0]) if servers else None
        yield call, listener, Use("https" if tls else "http", handler)
    elif _GRPC in types or _is_grpc(program, call):
        yield call, listener, Use("grpc", None)
    elif any(type_.endswith(("gin.Engine", "fiber.App", "fasthttp.Server")) for type_ in types):
        yield call, listener, Use("http", (call, call.receiver) if call.receiver else None)


def _is_grpc(program: Program, call: Call) -> bool:
    """Tell whether a gRPC server is inside of what serves: embedded, or wrapped."""
    if not call.receiver or call.method != "Serve":
        return False
    origins = reach(program.objects, call, call.receiver, 2)
    return any(program.objects.type_of(origin) == _GRPC for origin in origins)


def _server_handler(program: Program, origin: Origin) -> tuple[Place, Expr]:
    return next(server_fields(program, origin, "Handler"), (origin.context, DEFAULT_MUX))


def _is_tls(program: Program, origin: Origin) -> bool:
    return program.qualified(origin.context, origin.expr[1]) == "crypto/tls.Listen"


def _wrapped_in_tls(program: Program, place: Place, listener: Expr) -> bool:
    """Tell whether a listener always speaks TLS, and not only where a setting asks for it."""
    origins = program.objects.origins(place, listener)
    wrapped = [origin for origin in origins if _is_wrapping(program, origin)]
    return any(
        len(wrapped) == len(origins) or not (statement and statement.condition)
        for statement in (origin.context.statement for origin in wrapped)
    )


def _is_wrapping(program: Program, origin: Origin) -> bool:
    name = program.qualified(origin.context, origin.expr[1]) if origin.expr[0] == "call" else ""
    return name == "crypto/tls.NewListener"


def _is_only_looked_at(program: Program, origin: Origin) -> bool:
    """Tell whether a listener is closed again at once: a search for a free port."""
    function = origin.context.function
    if function is None:
        return False
    names = {
        one.target[1]
        for name in _assigned_names(origin)
        for one in program.objects.index.of_name(origin.context, name)
        if one.value == origin.expr and one.result == 0
    }
    calls = list(program.sources.calls(origin.context.source, [function]))
    used = {call.expr[1][2] for call in calls if call.receiver in _names(names)}
    handed = any(name in _names(names) for c in calls for name in c.arguments)
    return bool(names) and "Close" in used and used <= {"Close", "Addr"} and not handed


def _assigned_names(origin: Origin) -> list[str]:
    targets = origin.context.statement.targets if origin.context.statement else ()
    return [target[1] for target in targets if target[0] == "name"]


def _names(names: set[str]) -> list[Expr]:
    return [("name", name) for name in names]


def _certificates(program: Program, uses: dict[object, list[Use]]) -> Iterator[Serving]:
    """Yield the listeners of autocert, which are on port 443."""
    calls = list(program.calling(f"{_AUTOCERT}.NewListener"))
    calls += [
        call
        for call in program.methods("Listener")
        if not call.arguments and f"{_AUTOCERT}.Manager" in program.types(call, call.receiver)
    ]
    for call in calls:
        origin = Origin(Context(call.source, call.function, call.statement), call.expr)
        handler = next((use.handler for use in uses.get(origin.key, [])), None)
        at: Evidence = call.at("autocert")
        yield Serving(at, call, None, "https", handler, 443)
