"""Parses shell text with tree-sitter; offsets are in characters."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_TEXT: Final = 100_000
"""Longer text is not read: no script in an image build is that long, and time must be bounded."""

_BARE: Final = re.compile(r"(\\.|\$\$)|\$([A-Za-z_]\w*|\d)", re.DOTALL | re.ASCII)
"""$NAME and $1; what a backslash takes, and $$, is in the first group."""


@cache
def shell_parser() -> Parser:
    """Return the one parser of shell."""
    from tree_sitter import Language, Parser

    return Parser(Language(_grammar().language()))


def _grammar() -> Any:
    """Return the compiled module of tree_sitter_bash. The package around it imports, for texts that
    nobody asks for here, what takes 8 ms."""
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package = find_spec("tree_sitter_bash")
    folders = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec("_binding", folders) if folders else None
    if spec is None or spec.loader is None:
        import tree_sitter_bash

        return tree_sitter_bash
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Source:
    """Shell text and its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        braced, places = _braced(text)
        data = braced.encode("utf-8", "surrogatepass")
        self.root = shell_parser().parse(data).root_node
        is_same = places is None and len(data) == len(text)
        self._offsets = None if is_same else _character_offsets(braced, places)

    def start(self, node: Node) -> int:
        """Return where a node begins."""
        return self._offsets[node.start_byte] if self._offsets else node.start_byte

    def end(self, node: Node) -> int:
        """Return where a node ends."""
        return self._offsets[node.end_byte] if self._offsets else node.end_byte

    def of(self, node: Node) -> str:
        """Return the text of a node."""
        return self.text[self.start(node) : self.end(node)]


def _braced(text: str) -> tuple[str, list[int] | None]:
    """Return text with ${NAME} for $NAME, and for each of its characters the offset in what was
    given; None: they are the same. The grammar takes the second `$` of `$A/$B/c` for the end of a
    word."""
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for found in _BARE.finditer(text):
        if found[2]:
            start, end = found.span(2)
            parts += (text[done:start], "{", found[2], "}")
            places += (*range(done, start), start, *range(start, end), end)
            done = end
    if not parts:
        return text, None
    return "".join((*parts, text[done:])), [*places, *range(done, len(text) + 1)]


def _character_offsets(braced: str, places: list[int] | None) -> list[int]:
    """Return for every byte of the text in UTF-8 the offset of its character, and the end."""
    sizes = [len(character.encode("utf-8", "surrogatepass")) for character in braced]
    starts = list(accumulate(sizes, initial=0))
    found = [0] * (starts[-1] + 1)
    for index, (start, size) in enumerate(zip(starts, sizes, strict=False)):
        found[start : start + size] = [places[index] if places else index] * size
    found[-1] = places[-1] if places else len(braced)
    return found
