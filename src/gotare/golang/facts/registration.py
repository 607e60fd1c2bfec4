"""What one registered route is, whatever library it is registered with."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gotare.frozen import dataclass
from gotare.golang.facts.program import Program
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

ANY: Final = ""

UNKNOWN: Final = "/{unknown}"
"""Stands for a path that the code computes."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A route of a router. `router` None is http.DefaultServeMux; `method` "" is any.

    `path` is as it is written, without the method and host of Go 1.22's patterns. `mounts`: the
    handler sees paths without it, because the router cuts it off.
    """

    place: Place
    at: Evidence
    router: Expr | None
    path: str
    method: str = ANY
    handler: Expr | None = None
    mounts: bool = False
    handler_place: Place | None = None

    @property
    def handled_at(self) -> Place:
        """Where the handler is named."""
        return self.handler_place or self.place


class Pattern(NamedTuple):
    """A pattern of net/http without its host: `GET example.com/path/{$}`. `method` "" is any."""

    method: str
    path: str


_PATTERN: Final = re.compile(r"(?:(?P<method>[A-Z]+)\s+)?(?P<host>[^/\s]*)(?P<path>/\S*)")


def parse_pattern(text: str) -> Pattern | None:
    """Read a pattern of http.ServeMux, None when it is none."""
    found = _PATTERN.fullmatch(text)
    return Pattern(found["method"] or ANY, found["path"].removesuffix("{$}")) if found else None


def method_named(program: Program, place: Place, expr: Expr) -> str:
    """Return the HTTP method that an expression is: `http.MethodGet` or "GET"; "" for none."""
    name = program.qualified(place, expr)
    if name.rpartition(".")[2].startswith("Method") and expr[0] == "select":
        return str(expr[2]).removeprefix("Method").upper()
    text = program.text(place, expr) or ""
    return text if text.isupper() and text.isalpha() else ""
