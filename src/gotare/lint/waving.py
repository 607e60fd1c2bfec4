"""Applies the pragmas of a file to its findings, and tells of pragmas that wave nothing through."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.own import OWN
from gotare.lint.policy import equivalents, ids_of, nearest, normal
from gotare.lint.pragmas import Pragma
from gotare.lint.rule import Found

_NEVER: Final = frozenset({"internal", "unknown-ignore", "unused-ignore"})
"""What a pragma for all rules does not wave through."""

_NONE: Final = frozenset({""})
"""What a name stands for that no rule has."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding's rule and its first and last line: what a pragma looks at."""

    rule: str
    first: int
    last: int


_Name = tuple[Pragma, int, str]
"""A name in a pragma, and the pragma's number."""


class _Naming:
    """The pragmas that name one rule, in the order of the lines that they begin to count for."""

    def __init__(self, names: Iterable[_Name]) -> None:
        self.names = sorted(names, key=lambda each: each[0].first)
        self._reach = list(accumulate((pragma.last for pragma, _, _ in self.names), max))

    def at(self, line: int) -> Iterator[_Name]:
        """Yield those that count for a line."""
        place = bisect_right(self.names, line, key=lambda each: each[0].first)
        while place > 0 and self._reach[place - 1] >= line:
            place -= 1
            if self.names[place][0].last >= line:
                yield self.names[place]


class Waving:
    """The pragmas of one file, and which of their names have been of use."""

    def __init__(self, pragmas: Sequence[Pragma]) -> None:
        self._pragmas = [(pragma, _rules_of(pragma)) for pragma in pragmas]
        self._used: set[tuple[int, str]] = set()
        self._by_rule: dict[str, _Naming] = {}

    def waves(self, placed: Placed) -> bool:
        """Return whether a pragma waves a finding through; it is then of use."""
        return self._waves(self._naming(placed.rule).at(placed.first))

    def waves_all(self, rule: str) -> bool:
        """Return whether a pragma for the whole file waves a rule through, wherever in other files
        it finds something."""
        return self._waves(each for each in self._naming(rule).names if each[0].is_whole)

    def _waves(self, names: Iterable[_Name]) -> bool:
        used = {(number, name) for _, number, name in names}
        self._used |= used
        return bool(used)

    def _naming(self, rule: str) -> _Naming:
        if rule not in self._by_rule:
            self._by_rule[rule] = _Naming(
                (pragma, number, name)
                for number, (pragma, names) in enumerate(self._pragmas)
                for name, ids in names.items()
                if rule not in _NEVER and (not ids or rule in ids)
            )
        return self._by_rule[rule]

    def idle(self, ran: Collection[str]) -> Iterator[tuple[str, Found]]:
        """Yield what is wrong with our own pragmas: names of no rule, and of rules that `ran` and
        found nothing there."""
        for number, (pragma, names) in enumerate(self._pragmas):
            for name, ids in names.items() if not pragma.tool else ():
                if (number, name) in self._used:
                    continue
                if ids == _NONE:
                    yield "unknown-ignore", _unknown(name, pragma)
                elif ids and ids <= set(ran):
                    yield "unused-ignore", _unused(name, pragma)


def _rules_of(pragma: Pragma) -> Mapping[str, frozenset[str]]:
    """Return our ids by each name of a pragma; an empty set under "" stands for all rules."""
    from gotare.lint.rules import all_rules

    if not pragma.names or pragma.names == ("*",):
        return {"": frozenset()}
    if not pragma.tool:
        return {name: ids_of(name) or _NONE for name in pragma.names}
    known = equivalents(all_rules(), pragma.tool)
    return {name: frozenset(known.get(normal(name), ())) or _NONE for name in pragma.names}


def _unknown(name: str, pragma: Pragma) -> Found:
    near = nearest(name)
    hint = f"did you mean {near}?" if near else "gotare explain lists the rules"
    return Found(f"no rule is called {name!r}", pragma.span, hint)


def _unused(name: str, pragma: Pragma) -> Found:
    title = OWN["unused-ignore"].title.rstrip(".").replace("a rule", name)
    return Found(title[0].lower() + title[1:], pragma.span, "take it out")
