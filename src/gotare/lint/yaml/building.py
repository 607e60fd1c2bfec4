"""Builds nodes from the events of the parser, with bounds: a file cannot make it grow at will."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.yaml.nodes import Entry, Node, Style

MAX_DEPTH: Final = 200
MAX_NODES: Final = 200_000
MAX_MERGED: Final = 200_000
"""Entries that merge keys may copy."""

_STYLES: Final[dict[str | None, Style]] = {
    None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded",
}  # fmt: skip


class TooMuchError(Exception):
    """The text would make more than anybody writes. Only `reading.py` sees this."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come."""

    event: Any
    anchor: str | None
    parts: list[tuple[Node, Span | None]] = field(default_factory=list)
    """Each node, and where its alias is written if it is one."""


class Builder:
    """Takes events; `documents` are those that are complete. `offset` is where in `text` the
    parser began."""

    def __init__(self, text: str, offset: int) -> None:
        self.documents: list[Node] = []
        self.duplicates: list[tuple[str, Span]] = []
        self._text = text
        self._offset = offset
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0
        self._merged = 0

    def take(self, event: Any) -> None:
        """Take the next event. Raises TooMuchError."""
        name = type(event).__name__
        if name == "ScalarEvent":
            self._add(self._scalar(event), event.anchor)
        elif name == "AliasEvent":
            self._alias(event)
        elif name in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin(event)
        elif name in ("SequenceEndEvent", "MappingEndEvent"):
            self._end(event)
        elif name == "DocumentStartEvent":
            self._anchors = {}

    def _span(self, event: Any) -> Span:
        return Span(event.start_mark.index + self._offset, event.end_mark.index + self._offset)

    def _scalar(self, event: Any) -> Node:
        span = self._span(event)
        if event.style in ("|", ">"):
            span = self._stripped(span)
        start = self._after_properties(span, event)
        return Node(
            "scalar",
            Span(start, max(start, span.end)),
            event.value,
            _STYLES[event.style],
            event.tag or "",
            column=event.start_mark.column,
        )

    def _after_properties(self, span: Span, event: Any) -> int:
        """Return where the value begins after `&anchor` and `!tag`."""
        start = span.start
        if event.anchor is None and not event.tag:
            return start
        while start < span.end and self._text[start] in "&!":
            while start < span.end and not self._text[start].isspace():
                start += 1
            while start < span.end and self._text[start].isspace():
                start += 1
        return start

    def _stripped(self, span: Span) -> Span:
        """Leave out the line ends and blanks behind a block."""
        end = span.end
        while end > span.start and self._text[end - 1].isspace():
            end -= 1
        return Span(span.start, end)

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        target = self._anchors.get(event.anchor)
        if target is None:
            target = Node("scalar", span, column=event.start_mark.column)
        self._place(target, span)

    def _begin(self, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise TooMuchError(f"it is nested more than {MAX_DEPTH} deep", self._span(event))
        self._open.append(_Open(event, event.anchor))

    def _end(self, event: Any) -> None:
        opened = self._open.pop()
        start = self._after_properties(self._span(opened.event), opened.event)
        flow = bool(opened.event.flow_style)
        end = self._span(event).end if flow else max([start, *map(_end_of, opened.parts)])
        if not flow and opened.parts:
            start = min(start, _start_of(opened.parts[0])) or start
        column = self._column(_start_of(opened.parts[0]) if opened.parts and not flow else start)
        if type(event).__name__ == "SequenceEndEvent":
            items = tuple(node for node, _ in opened.parts)
            mark = self._column(start)
            tag = opened.event.tag or ""
            node = Node(
                "sequence", Span(start, end), "", "plain", tag, items, flow=flow, column=mark
            )
        else:
            node = self._mapping(opened, Span(start, end), flow, column)
        self._add(node, opened.anchor)

    def _column(self, offset: int) -> int:
        return offset - (self._text.rfind("\n", 0, offset) + 1)

    def _mapping(self, opened: _Open, span: Span, flow: bool, column: int) -> Node:
        parts = opened.parts
        own = tuple(
            Entry(key, value, alias)
            for (key, _), (value, alias) in zip(parts[::2], parts[1::2], strict=True)
        )
        entries: dict[str, Entry] = {}
        for entry in own:
            if entry.name in entries and entry.name != "<<" and entry.key.kind == "scalar":
                self.duplicates.append((f"the key {entry.name} is there twice", entry.key.span))
            entries[entry.name] = entry
        merge = entries.pop("<<", None)
        if merge is not None:
            self._merge(entries, merge)
        return Node(
            "mapping", span, own=own, entries=MappingProxyType(entries), flow=flow, column=column
        )

    def _merge(self, entries: dict[str, Entry], merge: Entry) -> None:
        """Add what `<<` names, unless it is there; of several the first wins (YAML merge type)."""
        value = merge.value
        for source in value.items if value.kind == "sequence" else (value,):
            self._merged += len(source.entries)
            if self._merged > MAX_MERGED:
                raise TooMuchError("its merge keys copy more than anybody writes", merge.span)
            for name, entry in source.entries.items():
                entries.setdefault(name, Entry(entry.key, entry.value, entry.alias, True))

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._place(node, None)

    def _place(self, node: Node, alias: Span | None) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise TooMuchError(f"it has more than {MAX_NODES:,} values", alias or node.span)
        if self._open:
            self._open[-1].parts.append((node, alias))
        elif not (node.kind == "scalar" and not node.value):
            self.documents.append(node)


def _end_of(part: tuple[Node, Span | None]) -> int:
    node, alias = part
    return alias.end if alias else node.span.end


def _start_of(part: tuple[Node, Span | None]) -> int:
    node, alias = part
    return alias.start if alias else node.span.start
