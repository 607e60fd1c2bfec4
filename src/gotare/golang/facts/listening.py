"""All places where a program listens: the address, what is served there, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, get_args

from gotare.frozen import dataclass
from gotare.golang.facts.assignments import Assigned
from gotare.golang.facts.bound import Bound, bound, instances, shown, unix_path
from gotare.golang.facts.check_routes import check_routes, handler_role
from gotare.golang.facts.expr_parts import context_of
from gotare.golang.facts.managed import managed_servings
from gotare.golang.facts.optional import is_optional
from gotare.golang.facts.program import Program
from gotare.golang.facts.routers import DEFAULT_ROUTER, Key, Routers
from gotare.golang.facts.serving import DEFAULT_MUX, Serving, servings
from gotare.golang.facts.sockets import sockets
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Listener
from gotare.golang.facts.unused import is_unused
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

Role = Literal["", "metrics", "pprof", "admin", "health"]


@dataclass(frozen=True, slots=True)
class Listening:
    """A place where a program listens, and the routers that answer there.

    `roots` None: what answers is unknown. `optional`: it does only when a variable or flag is set.
    """

    serving: Serving
    bound: Bound
    roots: frozenset[Key] | None
    role: Role
    handler: tuple[Place, Expr] | None = None
    optional: bool = False

    @property
    def listener(self) -> Listener:
        """The fact."""
        return Listener(
            protocol=self.serving.protocol,
            port=self.bound.port,
            at=self.serving.at,
            host=self.bound.host,
            variable=self.bound.variable or self.serving.variable,
            flag=self.bound.flag,
            role=self.role,
            path=self.bound.path,
        )


class Listens:
    """What one program listens on, and the checks it answers there; read once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.routers = Routers(program)
        self.checks = check_routes(program, self.routers)
        self.found = tuple(self._listening())

    @classmethod
    def of(cls, program: Program) -> Listens:
        """Return the one instance for a program, so that questions share what was found."""
        kept, key = program.sources.kept, (cls, program.packages)
        if key not in kept:
            kept[key] = cls(program)
        found = kept[key]
        assert isinstance(found, cls)
        return found

    def _listening(self) -> Iterator[Listening]:
        program = self.program
        for serving in (*servings(program), *sockets(program), *managed_servings(program)):
            if not is_unused(program, serving.place):
                yield from self._each(serving)

    def _each(self, serving: Serving) -> Iterator[Listening]:
        """Yield a serving once for each caller that decides its address."""
        found = list(instances(self.program, serving.place, serving.address))
        if not found:
            yield self._one(serving, serving.place, serving.address, None)
        for one in found:
            yield self._one(serving, one.place, one.expr, one.call)

    def _one(
        self, serving: Serving, place: Place, address: Expr | None, call: Call | None
    ) -> Listening:
        if serving.network == "unix" and address is not None:
            where = unix_path(self.program, place, address)
        else:
            where = self._bound(place, address, serving.default)
        handler = _handed(serving, call)
        roots = self._roots(handler)
        named = _named(serving, where, address)
        role = serving.role or self._role(handler, roots, named)
        at = call.at() if call else serving.at
        optional = is_optional(where, address, (place, call) if call else (place,))
        return Listening(replace(serving, at=at), where, roots, role, handler, optional)

    def _bound(self, place: Place, address: Expr | None, default: int | None) -> Bound:
        """Return the address; of one that is chosen by if and else, the first that has a port."""
        for one in self._choices(place, address) if address else ():
            found = bound(self.program, one.context, one.value, default)
            if found.port:
                return found
        return bound(self.program, place, address, default)

    def _choices(self, place: Place, address: Expr) -> list[Assigned]:
        if address[0] != "name":
            return []
        assigned = self.program.objects.index.of_name(context_of(place), address[1])
        valued = [one for one in assigned if one.value[0] != "type"]
        chosen = all(one.context.statement and one.context.statement.condition for one in valued)
        return valued if chosen and len(valued) > 1 else []

    def _roots(self, handler: tuple[Place, Expr] | None) -> frozenset[Key] | None:
        if handler is None:
            return None
        if handler[1] in (DEFAULT_MUX, ("name", "nil")):
            return frozenset({DEFAULT_ROUTER})
        return self.routers.keys(*handler)

    def _role(
        self, handler: tuple[Place, Expr] | None, roots: frozenset[Key] | None, named: Role
    ) -> Role:
        if handler:
            role = handler_role(self.program, *handler)
            if role in ("metrics", "pprof"):
                return role
        served = self._served(roots) if roots else None
        if served:
            return served if served != "other" else ("admin" if named == "admin" else "")
        return named

    def _served(self, roots: frozenset[Key]) -> Role | Literal["other"] | None:
        """Return what the routes of routers are for, where all are for the same."""
        routes = {one.registration.at for one in self.routers.routes if one.root in roots}
        checks = {one.at: one.role for one in self.checks if one.root in roots}
        if not routes and not checks:
            return None
        if not routes <= checks.keys() or roots & self.routers.gateways:
            return "other"
        roles = set(checks.values())
        if "metrics" in roles:
            return "metrics"
        return "health" if roles - {"pprof"} else "pprof"


_NAMES: Final[dict[Role, re.Pattern[str]]] = {
    "metrics": re.compile(r"metric|prom(?!otion|pt)|telemetry|monitoring", re.IGNORECASE),
    "pprof": re.compile(r"pprof|profil(?:ing|er)|debug", re.IGNORECASE),
    "health": re.compile(r"health|probe|liveness|readiness", re.IGNORECASE),
    "admin": re.compile(r"admin|internal|management|mgmt|private", re.IGNORECASE),
}
assert set(_NAMES) < set(get_args(Role))


def _named(serving: Serving, where: Bound, address: Expr | None) -> Role:
    """Return the role that names tell: of the variable, of the field, of the function called."""
    function = serving.place.function
    words = [where.variable, where.flag, shown(address) if address else ""]
    words += [function.name, function.receiver] if function else []
    text = " ".join(words)
    return next((role for role, pattern in _NAMES.items() if pattern.search(text)), "")


def _handed(serving: Serving, call: Call | None) -> tuple[Place, Expr] | None:
    """Return the handler; where it is a parameter, what the caller hands over."""
    function = serving.place.function
    for index, (name, _) in enumerate(function.parameters if function and call else ()):
        if serving.handler and serving.handler[1] == ("name", name):
            assert call
            if index < len(call.arguments):
                return call, call.arguments[index]
    return serving.handler
