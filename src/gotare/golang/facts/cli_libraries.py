"""Subcommands that a program declares as values of a library: cobra, urfave/cli, ffcli."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from gotare.golang.facts.callgraph import Region, regions_of
from gotare.golang.facts.cli_arguments import Command
from gotare.golang.facts.expr_parts import Origin, context_of
from gotare.golang.facts.program import Made, Program
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

COBRA: Final = "github.com/spf13/cobra.Command"
URFAVE: Final = "github.com/urfave/cli"
_NAMES: Final[dict[str, str]] = {
    COBRA: "Use",
    f"{URFAVE}.Command": "Name",
    f"{URFAVE}.App": "Name",
    "github.com/peterbourgon/ff/ffcli.Command": "Name",
    "github.com/peterbourgon/ff.Command": "Name",
}
"""Structs that are commands, and the field that names each."""

_RUN: Final = ("RunE", "Run", "Action", "Exec")
_NESTED: Final = ("Commands", "Subcommands")
_DEEPEST: Final = 5

Key = tuple[str, int, Expr]


class Commands:
    """The commands of one program, and which stands below which."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @cached_property
    def all(self) -> tuple[Command, ...]:
        """The commands with the words from the root on; the root has none."""
        found = []
        for key, (type_, made) in self._made.items():
            words = self._words(key, _DEEPEST)
            runs = list(self._fields(key, made, _RUN))
            if words is not None and (runs or not words):
                at = made.at(f"{_short(type_)} {' '.join(words)}".strip())
                found.append(Command(words, at, tuple(self._regions(runs)) or None))
        return tuple(found)

    @cached_property
    def versioned(self) -> tuple[Command, ...]:
        """The flag --version of root commands that know their version."""
        return tuple(
            Command(("--version",), made.at(f"{_short(type_)} Version"), None, True)
            for key, (type_, made) in self._made.items()
            if not self._parents.get(key)
            and self._is_set(key, made, "Version")
            and made.field("HideVersion") is None
        )

    @cached_property
    def _made(self) -> Mapping[Key, tuple[str, Made]]:
        return {
            Origin(made.context, made.expr).key: (type_, made)
            for type_ in _NAMES
            for made in self._program.literals(type_)
        }

    @cached_property
    def _parents(self) -> Mapping[Key, list[Key]]:
        found: defaultdict[Key, list[Key]] = defaultdict(list)
        for call in self._program.methods("AddCommand"):
            parents = self._keys(call, call.receiver)
            for argument in call.arguments:
                for child in self._keys(call, argument):
                    found[child] += (key for key in parents if key != child)
        for key, (_, made) in self._made.items():
            for place, nested in self._fields(key, made, _NESTED):
                for child in self._keys(place, nested):
                    found[child].append(key)
        return found

    def _keys(self, place: Place, expr: Expr | None, depth: int = 2) -> list[Key]:
        """Return the commands that an expression is, or that a list of them holds."""
        found: list[Key] = []
        for origin in self._program.objects.origins(place, expr) if expr and depth else ():
            if origin.key in self._made:
                found.append(origin.key)
            elif origin.expr[0] == "literal":
                for _, value in origin.expr[2]:
                    found += self._keys(origin.context, value, depth - 1)
        return found

    def _fields(self, key: Key, made: Made, names: tuple[str, ...]) -> Iterator[tuple[Place, Expr]]:
        """Yield what fields of a command are set to, in its literal or later."""
        for name in names:
            value = made.field(name)
            if value is not None:
                yield made.context, value
            for one in self._program.objects.index.fields.get(name, ()):
                if one.context.source.package in self._program.packages:
                    owners = self._program.objects.origins(one.context, one.target[1])
                    if any(owner.key == key for owner in owners):
                        yield one.context, one.value

    def _is_set(self, key: Key, made: Made, name: str) -> bool:
        return any(value != ("string", "") for _, value in self._fields(key, made, (name,)))

    def _words(self, key: Key, depth: int) -> tuple[str, ...] | None:
        """Return the words of a command, None when they are not known."""
        parents = self._parents.get(key)
        if not parents:
            return ()
        type_, made = self._made[key]
        name = made.field(_NAMES[type_])
        word = (self._program.text(made.context, name) or "").split() if name else []
        above = self._words(parents[0], depth - 1) if depth else None
        return (*above, word[0]) if word and above is not None else None

    def _regions(self, runs: list[tuple[Place, Expr]]) -> Iterator[Region]:
        for place, run in runs:
            yield from regions_of(self._program, context_of(place), run)


def _short(type_: str) -> str:
    return type_.rpartition("/")[2]
