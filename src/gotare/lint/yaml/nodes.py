"""The parts of a YAML document. Places are offsets into the file's text.

Aliases are followed and merge keys (`<<`) are merged, so that a node says what a program reads; its
span is where the value is written. What is not there is `NOTHING`: it is false, and everything in
it is `NOTHING` again, so that a path can be followed without asking at each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from gotare.lint.dockerfile.syntax import Span

Kind = Literal["scalar", "sequence", "mapping", "nothing"]
Style = Literal["plain", "single", "double", "literal", "folded"]

_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value. `alias` is where the value is written as `*name`; `merged`: it comes
    from another mapping through `<<`."""

    key: Node
    value: Node
    alias: Span | None = None
    merged: bool = False

    @property
    def name(self) -> str:
        """The key's text."""
        return self.key.value

    @property
    def span(self) -> Span:
        """From the key to the end of the value, as far as they are written together."""
        if self.alias:
            return Span(self.key.span.start, self.alias.end)
        return Span(self.key.span.start, max(self.key.span.end, self.value.span.end))


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value: a scalar, a sequence or a mapping. `flow`: it is written with brackets. `column` is
    that of its first character, counted from 0."""

    kind: Kind
    span: Span
    value: str = ""
    style: Style = "plain"
    tag: str = ""
    items: tuple[Node, ...] = ()
    own: tuple[Entry, ...] = ()
    """The entries that are written here, in order; `<<` among them."""
    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))
    """All entries by name, with those that `<<` merges in."""
    flow: bool = False
    column: int = 0

    def __bool__(self) -> bool:
        return self.kind != "nothing"

    def __getitem__(self, key: str | int) -> Node:
        """Return the value of a key, or an item; NOTHING where there is none."""
        if isinstance(key, int):
            return self.items[key] if -len(self.items) <= key < len(self.items) else NOTHING
        entry = self.entries.get(key)
        return entry.value if entry else NOTHING

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def at(self, *path: str | int) -> Node:
        """Follow a path of keys and indexes."""
        node = self
        for key in path:
            node = node[key]
        return node

    def place(self, key: str) -> Span:
        """Return where an entry is written, or else where the mapping begins."""
        entry = self.entries.get(key)
        return entry.span if entry else self.span

    @property
    def is_plain(self) -> bool:
        """Whether it is a scalar without quotes."""
        return self.kind == "scalar" and self.style == "plain"

    @property
    def is_null(self) -> bool:
        """Whether it is null, or not there."""
        return not self or (self.is_plain and self.value in _NULL)

    @property
    def text(self) -> str:
        """The text of a scalar; "" for null and for everything else."""
        return "" if self.kind != "scalar" or self.is_null else self.value

    @property
    def boolean(self) -> bool | None:
        """What it says as a boolean; None where it is none. Quotes do not matter."""
        word = self.value.lower() if self.kind == "scalar" else ""
        return True if word in _TRUE else False if word in _FALSE else None

    @property
    def number(self) -> int | None:
        """What it says as a decimal integer; None where it is none. Quotes do not matter."""
        is_number = self.kind == "scalar" and _INTEGER.fullmatch(self.value)
        return int(self.value) if is_number and len(self.value) < 20 else None

    @property
    def strings(self) -> tuple[str, ...]:
        """The texts of the scalars of a sequence."""
        return tuple(item.value for item in self.items if item.kind == "scalar")


NOTHING: Final = Node("nothing", Span(0, 0))
"""What is not there."""


def scalars(node: Node) -> Iterator[Node]:
    """Yield every scalar in a node once, keys too; shared nodes are not walked again."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if part.kind == "scalar":
            yield part
        waiting += [each for entry in reversed(part.own) for each in (entry.value, entry.key)]
        waiting += reversed(part.items)
