"""Every route that a program registers: its whole path, and the router at the root of it."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.facts.expr_parts import Origin, context_of
from gotare.golang.facts.program import Program
from gotare.golang.facts.reach import reach
from gotare.golang.facts.registration import Registration
from gotare.golang.facts.registrations import registrations
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

GATEWAY: Final = "github.com/grpc-ecosystem/grpc-gateway/runtime"

DEFAULT_ROUTER: Final = ("net/http", 0, ("name", "DefaultServeMux"))
"""The key of the router that http.Handle registers with."""

NOWHERE: Final = ("", 0, ("name", ""))
"""The key of what belongs to no router that can be seen."""

_DEEPEST: Final = 8

Key = tuple[str, int, Expr]


@dataclass(frozen=True, slots=True)
class RootedRoute:
    """A route with its whole path, and the router at the root of it."""

    registration: Registration
    path: str
    root: Key


class Routers:
    """The routers of one program, and how they hang together."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def registrations(self) -> tuple[Registration, ...]:
        """Everything that is registered, in the order of the sources."""
        return tuple(registrations(self.program))

    @cached_property
    def routes(self) -> tuple[RootedRoute, ...]:
        """All routes, each once for every place that its router is mounted at."""
        found = [
            RootedRoute(one, join(prefix, one.path), root)
            for one in self.registrations
            if not one.mounts or not self._is_mounted(one)
            for prefix, root in self.roots(one.place, one.router)
        ]
        return tuple(dict.fromkeys(found))

    def _is_mounted(self, one: Registration) -> bool:
        """Tell whether what is mounted is a router, whose own routes tell more."""
        if one.handler is None:
            return False
        found = reach(self.program.objects, one.handled_at, one.handler, 4)
        return any(is_router(self.program.objects.type_of(origin)) for origin in found)

    def roots(
        self, place: Place, router: Expr | None, depth: int = _DEEPEST
    ) -> list[tuple[str, Key]]:
        """Return the prefixes of a router, each with the key of the router at its root."""
        if router is None:
            return [("", DEFAULT_ROUTER)]
        found: list[tuple[str, Key]] = []
        for origin in self.program.objects.origins(place, router) if depth else ():
            found += self._of_origin(origin, depth - 1)
        return list(dict.fromkeys(found))

    def keys(self, place: Place, handler: Expr) -> frozenset[Key]:
        """Return the keys of all routers inside of a handler."""
        found: set[Key] = set()
        for origin in reach(self.program.objects, place, handler):
            keys = {key for _, key in self._of_origin(origin, _DEEPEST, False)}
            is_one = is_router(self.program.objects.type_of(origin))
            found |= keys if is_one else keys & self._roots
        return frozenset(found)

    @cached_property
    def gateways(self) -> frozenset[Key]:
        """The gRPC gateways, which serve far more than the routes that are seen."""
        calls = self.program.calling(f"{GATEWAY}.NewServeMux")
        return frozenset(Origin(context_of(call), call.expr).key for call in calls)

    @cached_property
    def _roots(self) -> frozenset[Key]:
        return frozenset(route.root for route in self.routes) | {DEFAULT_ROUTER}

    def _of_origin(self, origin: Origin, depth: int, mounted: bool = True) -> list[tuple[str, Key]]:
        outer = self._outer(origin)
        if outer:
            place, prefix, router = outer
            return [
                (join(before, prefix), root) for before, root in self.roots(place, router, depth)
            ]
        if self._is_default(origin):
            return [("", DEFAULT_ROUTER)]
        above = self._mounts.get(origin.key, ()) if mounted and depth else ()
        found = [
            (join(before, prefix), root)
            for one, prefix in above
            for before, root in self.roots(one.place, one.router, depth)
        ]
        return found or [("", origin.key)]

    def _is_default(self, origin: Origin) -> bool:
        name = self.program.qualified(origin.context, origin.expr)
        return name == "net/http.DefaultServeMux"

    def _outer(self, origin: Origin) -> tuple[Place, str, Expr | None] | None:
        """Return the router that a group is of, and its prefix."""
        expr = origin.expr
        if expr[0] == "given":
            call = expr[2]
            return self._group(origin, call) if call else None
        return self._group(origin, expr) if expr[0] == "call" else None

    def _group(self, origin: Origin, call: Expr) -> tuple[Place, str, Expr | None] | None:
        called = call[1]
        if called[0] != "select" or called[2] not in GROUPS:
            return None
        if self.program.qualified(origin.context, called) and not self._is_value(origin, called):
            return None
        prefix = ""
        if call[2] and called[2] not in _WITHOUT_PREFIX:
            text = self.program.text(origin.context, call[2][0])
            prefix = text if text and text.startswith("/") else ""
            if text and not prefix and called[2] in ("Group", "Party", "NewGroup"):
                prefix = f"/{text}"
        return origin.context, prefix, called[1]

    def _is_value(self, origin: Origin, called: Expr) -> bool:
        name = called[1][1] if called[1][0] == "name" else ""
        return bool(name) and self.program.objects.is_local(origin.context, name)

    @cached_property
    def _mounts(self) -> dict[Key, list[tuple[Registration, str]]]:
        """The routers that are handlers of others, with the prefix they are found under."""
        found: defaultdict[Key, list[tuple[Registration, str]]] = defaultdict(list)
        for one in self.registrations:
            if one.handler is None or one.handler[0] == "function":
                continue
            for origin in reach(self.program.objects, one.handled_at, one.handler, 4):
                if is_router(self.program.objects.type_of(origin)):
                    found[origin.key].append((one, self._mount_prefix(one)))
        return found

    def _mount_prefix(self, one: Registration) -> str:
        """Return what a mounted router's own paths do not have: its whole prefix where that is cut
        off before, nothing where a ServeMux hands the path on as it is."""
        if one.mounts or self._is_stripped(one):
            return one.path.removesuffix("*").removesuffix("/")
        return ""

    def _is_stripped(self, one: Registration) -> bool:
        return one.handler is not None and any(
            self.program.qualified(origin.context, origin.expr[1]) == "net/http.StripPrefix"
            for origin in reach(self.program.objects, one.handled_at, one.handler, 2)
            if origin.expr[0] == "call"
        )


_GROUPS = (
    "Group Route With Use Subrouter PathPrefix Path Methods Headers Host Schemes Queries Name "
    "NewRoute StrictSlash Party PartyFunc NewGroup WithGroup NewContextGroup UsingContext"
)
_PLAIN_GROUPS = (
    "With Use Subrouter Methods Headers Host Schemes Queries Name NewRoute StrictSlash UsingContext"
)
_TYPES = """
net/http.ServeMux
github.com/dimfeld/httptreemux.ContextMux
github.com/dimfeld/httptreemux.TreeMux
github.com/fasthttp/router.Router
github.com/gin-gonic/gin.Engine
github.com/go-chi/chi.Mux
github.com/go-chi/chi.Router
github.com/gofiber/fiber.App
github.com/gorilla/mux.Router
github.com/grpc-ecosystem/grpc-gateway/runtime.ServeMux
github.com/heptiolabs/healthcheck.Handler
github.com/julienschmidt/httprouter.Router
github.com/kataras/iris.Application
github.com/labstack/echo.Echo
github.com/uptrace/bunrouter.Router
"""
GROUPS: Final = frozenset(_GROUPS.split())
"""Methods of routers that return a router, or hand one to the function they are given."""

_WITHOUT_PREFIX: Final = frozenset(_PLAIN_GROUPS.split())
_ROUTER_TYPES: Final = frozenset(_TYPES.split())


def is_router(type_: str) -> bool:
    """Tell whether a type of another module is a router."""
    return type_ in _ROUTER_TYPES


def join(prefix: str, path: str) -> str:
    """Return a path below a prefix, with one slash between; `/` and "" are the prefix itself."""
    if not prefix.strip("/"):
        return f"/{path.lstrip('/')}"
    rest = path.lstrip("/")
    return f"/{prefix.strip('/')}/{rest}" if rest else f"/{prefix.strip('/')}"
