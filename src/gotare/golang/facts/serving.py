"""Finds where a program begins to serve: the calls, what they serve, and on which address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.golang.facts.expr_parts import Origin, context_of, split_name
from gotare.golang.facts.program import Made, Program
from gotare.golang.facts.reach import reach
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

Protocol = Literal["http", "https", "grpc", "tcp", "udp", "unix"]

Network = Literal["tcp", "udp", "unix"]

HTTP_SERVER: Final = "net/http.Server"
DEFAULT_MUX: Final = ("name", "http.DefaultServeMux")
"""Stands for the handler of a server that names none."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A place where serving begins.

    `address` None: none is given, and `default` is the port. `handler` None: unknown. `role` is
    what the library itself says that it is for.
    """

    at: Evidence
    place: Place
    address: Expr | None
    protocol: Protocol
    handler: tuple[Place, Expr] | None = None
    default: int | None = None
    variable: str = ""
    role: Literal["", "metrics", "health"] = ""
    network: Network = "tcp"


_Spec = tuple[int, int | None, Protocol, int | None]
"""Which argument is the address, which the handler, the protocol, the port of an empty address."""

FUNCTIONS: Final[dict[str, _Spec]] = {
    "net/http.ListenAndServe": (0, 1, "http", 80),
    "net/http.ListenAndServeTLS": (0, 3, "https", 443),
    "github.com/valyala/fasthttp.ListenAndServe": (0, 1, "http", None),
    "github.com/valyala/fasthttp.ListenAndServeTLS": (0, 3, "https", None),
    "github.com/fvbock/endless.ListenAndServe": (0, 1, "http", 80),
    "github.com/fvbock/endless.ListenAndServeTLS": (0, 3, "https", 443),
    "github.com/braintree/manners.ListenAndServe": (0, 1, "http", 80),
    "github.com/braintree/manners.ListenAndServeTLS": (0, 3, "https", 443),
    "github.com/tylerb/graceful.Run": (0, 2, "http", 80),
    "gopkg.in/tylerb/graceful.Run": (0, 2, "http", 80),
    "github.com/quic-go/quic-go/http3.ListenAndServe": (0, 3, "https", 443),
    "github.com/prometheus/exporter-toolkit/web/kingpinflag.AddFlags": (1, None, "http", None),
    "github.com/gliderlabs/ssh.ListenAndServe": (0, None, "tcp", 22),
    "github.com/kataras/iris.Addr": (0, None, "http", None),
    "github.com/kataras/iris.TLS": (0, None, "https", None),
    "github.com/beego/beego/server/web.Run": (0, None, "http", 8080),
    "github.com/beego/beego.Run": (0, None, "http", 8080),
    "github.com/astaxie/beego.Run": (0, None, "http", 8080),
    "github.com/cloudwego/hertz/pkg/app/server.WithHostPorts": (0, None, "http", 8888),
    "github.com/go-kratos/kratos/transport/http.Address": (0, None, "http", None),
    "github.com/go-kratos/kratos/transport/grpc.Address": (0, None, "grpc", None),
}

_GIN, _ECHO = "github.com/gin-gonic/gin.Engine", "github.com/labstack/echo.Echo"
_FIBER, _IRIS = "github.com/gofiber/fiber.App", "github.com/kataras/iris.Application"
_FAST = "github.com/valyala/fasthttp.Server"

METHODS: Final[dict[tuple[str, str], _Spec]] = {
    (_GIN, "Run"): (0, None, "http", 8080),
    (_GIN, "RunTLS"): (0, None, "https", None),
    (_GIN, "RunUnix"): (0, None, "unix", None),
    (_ECHO, "Start"): (0, None, "http", 80),
    (_ECHO, "StartTLS"): (0, None, "https", 443),
    (_ECHO, "StartAutoTLS"): (0, None, "https", 443),
    (_ECHO, "StartH2CServer"): (0, None, "http", 80),
    (_FIBER, "Listen"): (0, None, "http", None),
    (_FIBER, "ListenTLS"): (0, None, "https", None),
    (_FIBER, "ListenMutualTLS"): (0, None, "https", None),
    (_IRIS, "Listen"): (0, None, "http", None),
    (_FAST, "ListenAndServe"): (0, None, "http", None),
    (_FAST, "ListenAndServeTLS"): (0, None, "https", None),
    ("github.com/urfave/negroni.Negroni", "Run"): (0, None, "http", 8080),
    ("github.com/beego/beego/server/web.HttpServer", "Run"): (0, None, "http", 8080),
}

_PORT_VARIABLE: Final = frozenset({_GIN, "github.com/urfave/negroni.Negroni"})
"""Take the variable PORT where no address is given."""

LITERALS: Final[dict[str, tuple[str, Protocol, int | None]]] = {
    "github.com/labstack/echo.StartConfig": ("Address", "http", 8080),
    "github.com/quic-go/quic-go/http3.Server": ("Addr", "https", 443),
    "github.com/gliderlabs/ssh.Server": ("Addr", "tcp", 22),
    "github.com/miekg/dns.Server": ("Addr", "tcp", 53),
}
"""Structs that say where to listen: the field, the protocol, the port of an empty address."""


def servings(program: Program) -> Iterator[Serving]:
    """Yield where a program begins to serve with an address; listeners are in `sockets.py`."""
    yield from _functions(program)
    yield from _methods(program)
    yield from _literals(program)
    yield from _http_servers(program)


def _functions(program: Program) -> Iterator[Serving]:
    for name, spec in FUNCTIONS.items():
        for call in program.calling(name):
            yield _serving(call, spec, _handler(call, spec[1]))


def _methods(program: Program) -> Iterator[Serving]:
    for call in program.methods(*{method for _, method in METHODS}):
        for type_ in sorted(program.types(call, call.receiver)):
            spec = METHODS.get((type_, call.method))
            if spec and not _takes_option(program, call):
                handler = (call, call.receiver) if call.receiver else None
                found = _serving(call, spec, handler)
                if not call.arguments and type_ in _PORT_VARIABLE:
                    yield _with_port_variable(found)
                else:
                    yield found


def _takes_option(program: Program, call: Call) -> bool:
    """Tell whether the argument is an option that says the address by itself: iris.Addr(…)."""
    first = call.arguments[0] if call.arguments else ("other", "")
    return first[0] == "call" and program.qualified(call, first[1]) in FUNCTIONS


def _with_port_variable(found: Serving) -> Serving:
    return Serving(
        found.at, found.place, None, found.protocol, found.handler, found.default, "PORT"
    )


def _handler(call: Call, index: int | None) -> tuple[Place, Expr] | None:
    if index is None or index >= len(call.arguments):
        return None
    handler = call.arguments[index]
    return call, DEFAULT_MUX if handler == ("name", "nil") else handler


def _serving(call: Call, spec: _Spec, handler: tuple[Place, Expr] | None) -> Serving:
    index, _, protocol, default = spec
    address = call.arguments[index] if index < len(call.arguments) else None
    network: Network = "unix" if protocol == "unix" else "tcp"
    return Serving(call.at(), call, address, protocol, handler, default, network=network)


def _literals(program: Program) -> Iterator[Serving]:
    for type_, (field, protocol, default) in LITERALS.items():
        for made in program.literals(type_):
            handler = made.field("Handler")
            network = program.text(made.context, made.field("Net") or ("string", "tcp"))
            udp = network == "udp"
            yield Serving(
                made.at(type_.rpartition("/")[2]),
                made.context,
                made.field(field),
                "udp" if udp else protocol,
                (made.context, handler) if handler else None,
                default,
                network="udp" if udp else "tcp",
            )


# net/http servers


def _http_servers(program: Program) -> Iterator[Serving]:
    started = _started(program)
    for origin in _server_origins(program):
        calls = started.get(origin.key, [])
        address = _server_address(program, origin)
        if calls and all(call.method in ("Serve", "ServeTLS") for call in calls):
            continue  # the listener has the address
        if not calls and address is None:
            continue  # made, but nothing shows that it listens
        yield _http_serving(program, origin, calls, address)


def _server_origins(program: Program) -> Iterator[Origin]:
    for made in program.literals(HTTP_SERVER):
        if not _is_part_of_test(made):
            yield Origin(made.context, made.expr)
    for call in program.methods("ListenAndServe", "ListenAndServeTLS"):
        for origin in served_by(program, call):
            if origin.expr[0] in ("call", "type") and origin.context.statement:
                yield origin  # new(http.Server), or a variable of the type


def _is_part_of_test(made: Made) -> bool:
    return made.context.source.path.endswith("_test.go")


def served_by(program: Program, call: Call) -> Iterator[Origin]:
    """Yield what made the http.Server that a method is called on, embedded ones too."""
    if not call.receiver or _is_own_method(program, call, call.receiver):
        return
    for origin in reach(program.objects, call, call.receiver, 2):
        if program.objects.type_of(origin) == HTTP_SERVER:
            yield origin


def _is_own_method(program: Program, call: Call, receiver: Expr) -> bool:
    """Tell whether a call is one of a method that the project declares, of the same name."""
    named = map(split_name, program.types(call, receiver))
    return any(program.sources.method(*name, call.method) for name in named)


def _started(program: Program) -> dict[object, list[Call]]:
    found: dict[object, list[Call]] = {}
    for call in program.methods("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS"):
        for origin in served_by(program, call):
            found.setdefault(origin.key, []).append(call)
    return found


def _server_address(program: Program, origin: Origin) -> tuple[Place, Expr] | None:
    for place, expr in server_fields(program, origin, "Addr"):
        return place, expr
    return None


def server_fields(program: Program, origin: Origin, field: str) -> Iterator[tuple[Place, Expr]]:
    """Yield what a server's field is set to, by the literal itself or later."""
    if origin.expr[0] == "literal":
        value = Made(*origin).field(field)
        if value:
            yield origin.context, value
    for one in program.objects.index.fields.get(field, ()):
        if one.context.source.package in program.packages:
            owners = program.objects.origins(one.context, one.target[1])
            if origin.key in (owner.key for owner in owners):
                yield one.context, one.value


def _http_serving(
    program: Program, origin: Origin, calls: list[Call], address: tuple[Place, Expr] | None
) -> Serving:
    tls = bool(calls) and all(call.method == "ListenAndServeTLS" for call in calls)
    handler = next(server_fields(program, origin, "Handler"), (origin.context, DEFAULT_MUX))
    if handler[1] == ("name", "nil"):
        handler = origin.context, DEFAULT_MUX
    place, expr = address or (origin.context, None)
    line = expr_line(origin)
    at = context_of(place).source.at(line, "http.Server") if not calls else calls[0].at("")
    if address:
        at = Evidence(origin.context.source.path, line, "http.Server")
    default = 443 if tls else 80
    return Serving(at, place, expr, "https" if tls else "http", handler, default)


def expr_line(origin: Origin) -> int:
    """Return the line where an origin stands."""
    if origin.expr[0] in ("literal", "call"):
        return int(origin.expr[-1])
    return origin.context.statement.line if origin.context.statement else 0
