"""Parses shell text with tree-sitter; offsets are in characters."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_TEXT: Final = 100_000
"""Longer text is not read: no script in an image build is that long, and time must be bounded."""


@cache
def shell_parser() -> Parser:
    """Return the one parser of shell."""
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class Source:
    """Shell text and its tree."""

    def __init__(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self.text = text
        self.root = shell_parser().parse(data).root_node
        self._offsets = None if len(data) == len(text) else _character_offsets(text)

    def start(self, node: Node) -> int:
        """Return where a node begins."""
        return self._offsets[node.start_byte] if self._offsets else node.start_byte

    def end(self, node: Node) -> int:
        """Return where a node ends."""
        return self._offsets[node.end_byte] if self._offsets else node.end_byte

    def of(self, node: Node) -> str:
        """Return the text of a node."""
        return self.text[self.start(node) : self.end(node)]


def _character_offsets(text: str) -> list[int]:
    """Return for every byte of the text in UTF-8 the offset of its character, and the end."""
    sizes = [len(character.encode("utf-8", "surrogatepass")) for character in text]
    starts = list(accumulate(sizes, initial=0))
    found = [0] * (starts[-1] + 1)
    for index, (start, size) in enumerate(zip(starts, sizes, strict=False)):
        found[start : start + size] = [index] * size
    found[-1] = len(text)
    return found
