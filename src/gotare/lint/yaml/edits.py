"""Makes edits of YAML text: an entry more, an entry less, a scalar in quotes. Style is kept."""

from __future__ import annotations

from collections.abc import Sequence

from gotare.findings import Edit
from gotare.lint.yaml.nodes import Entry, Node


def add_entry(text: str, mapping: Node, lines: Sequence[str]) -> Edit | None:
    """Add an entry behind the others of a mapping. `lines` are those of block style, each with its
    own indentation; in a mapping with brackets they must be one. None where it cannot be done."""
    if mapping.kind != "mapping":
        return None
    if mapping.flow:
        return _into_brackets(text, mapping, lines)
    if not mapping.own:
        return None
    return _below(text, _end(mapping.own[-1]), mapping.column, lines)


def add_before(text: str, mapping: Node, key: str, lines: Sequence[str]) -> Edit | None:
    """Add an entry before another one of a mapping in block style that begins its line."""
    entry = next((each for each in mapping.own if each.name == key), None)
    if entry is None or mapping.flow:
        return None
    start = entry.key.span.start
    if text[text.rfind("\n", 0, start) + 1 : start].strip():
        return None
    indent = " " * mapping.column
    return Edit(start, start, "".join(f"{line}{_newline(text)}{indent}" for line in lines))


def remove_entry(text: str, entry: Entry) -> Edit | None:
    """Remove an entry of block style with its lines; None where it shares a line with others."""
    start = text.rfind("\n", 0, entry.key.span.start) + 1
    if text[start : entry.key.span.start].strip(" \ufeff"):
        return None
    end = line_end(text, _end(entry))
    after = text[_end(entry) : end].strip()
    if after and not after.startswith("#"):
        return None
    start += text.startswith("\ufeff", start)
    return Edit(start, _past_newline(text, end), "")


def replace(node: Node, new: str) -> Edit:
    """Write another value in the place of a node."""
    return Edit(node.span.start, node.span.end, new)


def quoted(node: Node) -> Edit:
    """Put a plain scalar in quotes."""
    return replace(node, '"' + node.value.replace("\\", "\\\\").replace('"', '\\"') + '"')


def line_end(text: str, offset: int) -> int:
    """Return where the line of an offset ends, before its line break."""
    found = text.find("\n", offset)
    end = len(text) if found < 0 else found
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def _past_newline(text: str, end: int) -> int:
    if text.startswith("\r\n", end):
        return end + 2
    return min(end + 1, len(text))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _end(entry: Entry) -> int:
    """Return where an entry ends: for a key without a value that is written, behind the colon."""
    return max(entry.span.end, entry.key.span.end + 1)


def _below(text: str, end: int, column: int, lines: Sequence[str]) -> Edit | None:
    place = line_end(text, min(end, len(text)))
    behind = text[min(end, len(text)) : place].strip()
    if behind and not behind.startswith("#"):
        return None
    indent, newline = " " * column, _newline(text)
    return _behind(text, place, "".join(f"{newline}{indent}{line}" for line in lines))


def _behind(text: str, place: int, new: str) -> Edit:
    """Insert behind a character by writing it again: two edits that add to one mapping then touch
    the same text, so that they are never made at once without one seeing the other."""
    return Edit(place - 1, place, text[place - 1] + new)


def _into_brackets(text: str, mapping: Node, lines: Sequence[str]) -> Edit | None:
    if len(lines) != 1 or "\n" in text[mapping.span.start : mapping.span.end]:
        return None
    place = len(text[: mapping.span.end - 1].rstrip())
    return _behind(text, place, f", {lines[0]}" if mapping.own else lines[0])
