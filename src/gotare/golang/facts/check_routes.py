"""Which routes tell about the program itself, whatever router they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.facts.check_middleware import answered
from gotare.golang.facts.check_paths import FAIR, STRONG, CheckRole, path_role
from gotare.golang.facts.path_comparisons import compared_paths
from gotare.golang.facts.program import Program
from gotare.golang.facts.reach import reach
from gotare.golang.facts.routers import DEFAULT_ROUTER, NOWHERE, Key, RootedRoute, Routers, join
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

_CHECKING: Final = ("GET", "HEAD", "")


@dataclass(frozen=True, slots=True)
class CheckRoute:
    """A route for checks, the router at the root of it, and how much speaks for it."""

    role: CheckRole
    path: str
    at: Evidence
    root: Key
    method: str = "GET"
    strength: int = STRONG

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What sorts the best route of a role first."""
        return self.method == "HEAD", self.strength, self.path.count("/")


METRICS_HANDLERS: Final = frozenset(
    {
        "github.com/prometheus/client_golang/prometheus/promhttp.Handler",
        "github.com/prometheus/client_golang/prometheus/promhttp.HandlerFor",
        "github.com/prometheus/client_golang/prometheus/promhttp.InstrumentMetricHandler",
        "github.com/prometheus/client_golang/prometheus.Handler",
        "github.com/labstack/echo-contrib/echoprometheus.NewHandler",
        "github.com/labstack/echo-contrib/echoprometheus.NewHandlerWithConfig",
        "github.com/VictoriaMetrics/metrics.WritePrometheus",
    }
)

_PPROF_HANDLERS: Final = frozenset(
    {"net/http/pprof.Index", "github.com/go-chi/chi/middleware.Profiler"}
)

_METRICS_MIDDLEWARE: Final = (
    "github.com/zsais/go-gin-prometheus",
    "github.com/penglongli/gin-metrics",
    "github.com/Depado/ginprom",
    "github.com/ansrivas/fiberprometheus",
)
"""Libraries that register /metrics with the router they are given."""

_PPROF_LIBRARIES: Final = {
    "github.com/gin-contrib/pprof.Register": "/debug/pprof",
    "github.com/labstack/echo-contrib/pprof.Register": "/debug/pprof",
    "github.com/sevennt/echo-pprof.Wrap": "/debug/pprof",
}


def check_routes(program: Program, routers: Routers) -> list[CheckRoute]:
    """Return the routes for checks that a program has, the best of each role first."""
    found = [one for route in routers.routes for one in _read(program, route)]
    found += _of_libraries(program, routers)
    found += _of_middleware(program, routers)
    found += _of_imports(program)
    found += _compared(program, {one.role for one in found})
    found.sort(key=lambda one: one.rank)
    return _without_weak(found)


def _read(program: Program, route: RootedRoute) -> Iterator[CheckRoute]:
    one = route.registration
    if one.method not in _CHECKING or "{" in route.path or ":" in route.path:
        return
    handled = handler_role(program, one.handled_at, one.handler)
    method = one.method or "GET"
    if handled:
        path = _pprof_path(route.path) if handled == "pprof" else route.path
        yield CheckRoute(handled, path, one.at, route.root, method)
        return
    found = None if one.mounts else path_role(route.path)
    if found:
        yield CheckRoute(found.role, route.path, one.at, route.root, method, found.strength)


def _compared(program: Program, known: Collection[CheckRole]) -> Iterator[CheckRoute]:
    """Yield the paths that handlers compare with by hand, for roles that no router has a route for:
    middleware compares with paths too, of routes that are elsewhere."""
    for one in compared_paths(program):
        found = path_role(one.path)
        if found and found.role not in known:
            yield CheckRoute(found.role, one.path, one.at, NOWHERE, "GET", found.strength)


def _pprof_path(path: str) -> str:
    """Return where the index of profiles is: below the place where chi's profiler is mounted."""
    above = path.rstrip("*").rstrip("/")
    return above if above.endswith("/pprof") else f"{above}/pprof"


def handler_role(program: Program, place: Place, handler: Expr | None) -> CheckRole | None:
    """Return what a handler by itself is for: promhttp.Handler() are metrics on every path."""
    if handler is None or handler[0] == "function":
        return None
    if program.qualified(place, handler) in _PPROF_HANDLERS:
        return "pprof"
    for origin in reach(program.objects, place, handler, 4, fields=False):
        name = program.qualified(origin.context, _called(origin.expr))
        if name in METRICS_HANDLERS:
            return "metrics"
        if name in _PPROF_HANDLERS:
            return "pprof"
    return None


def _called(expr: Expr) -> Expr:
    return tuple(expr[1]) if expr[0] == "call" else expr


def _of_libraries(program: Program, routers: Routers) -> Iterator[CheckRoute]:
    yield from _heptio(program, routers)
    yield from _pprof_registered(program, routers)
    yield from _metrics_registered(program, routers)


def _of_middleware(program: Program, routers: Routers) -> Iterator[CheckRoute]:
    for one in answered(program):
        for prefix, root in routers.roots(one.place, one.router):
            yield CheckRoute(one.role, join(prefix, one.path), one.at, root)


def _heptio(program: Program, routers: Routers) -> Iterator[CheckRoute]:
    """heptiolabs/healthcheck serves /live and /ready itself."""
    for call in program.calling(
        "github.com/heptiolabs/healthcheck.NewHandler",
        "github.com/heptiolabs/healthcheck.NewMetricsHandler",
    ):
        for prefix, root in routers.roots(call, call.expr):
            for role, path in (("live", "/live"), ("ready", "/ready")):
                yield CheckRoute(role, join(prefix, path), call.at(), root)  # type: ignore[arg-type]


def _pprof_registered(program: Program, routers: Routers) -> Iterator[CheckRoute]:
    for name, path in _PPROF_LIBRARIES.items():
        for call in program.calling(name):
            if call.arguments:
                for prefix, root in routers.roots(call, call.arguments[0]):
                    yield CheckRoute("pprof", join(prefix, path), call.at(), root)


def _metrics_registered(program: Program, routers: Routers) -> Iterator[CheckRoute]:
    for call in program.methods("Use", "RegisterAt", "SetMetricsPath", "Instrument"):
        makers = program.makers(call, call.receiver)
        if not call.arguments or not any(m.startswith(_METRICS_MIDDLEWARE) for m in makers):
            continue
        path = "/metrics"
        if call.method == "RegisterAt" and len(call.arguments) > 1:
            path = program.text(call, call.arguments[1]) or path
        for prefix, root in routers.roots(call, call.arguments[0]):
            yield CheckRoute("metrics", join(prefix, path), call.at(), root)


def _of_imports(program: Program) -> Iterator[CheckRoute]:
    """net/http/pprof and expvar register with http.DefaultServeMux when they are imported."""
    for path, route in (("net/http/pprof", "/debug/pprof"), ("expvar", "/debug/vars")):
        for at in program.imports(path):
            yield CheckRoute("pprof", route, at, DEFAULT_ROUTER)
            break


def without_profiles(found: Iterable[CheckRoute]) -> list[CheckRoute]:
    """Leave of each router's profiles only the index, which comes first."""
    kept: list[CheckRoute] = []
    for one in found:
        index = [other for other in kept if other.role == "pprof" and other.root == one.root]
        if one.role != "pprof" or not index:
            kept.append(one)
    return kept


def _without_weak(found: list[CheckRoute]) -> list[CheckRoute]:
    """Leave out what proves too little: see check_paths.py."""
    checks = [one for one in found if one.role in ("live", "ready", "startup", "health")]
    sure = [one for one in checks if one.strength <= FAIR]
    kept = []
    for one in found:
        if one.strength <= FAIR:
            kept.append(one)
        elif one.role == "health":
            kept += [] if any(other.role in ("health", "live") for other in sure) else [one]
        elif sure:
            kept.append(one)
    return kept
