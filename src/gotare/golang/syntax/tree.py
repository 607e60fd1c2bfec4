"""Parses Go with tree-sitter, and holds what every reader of its nodes needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@cache
def go_parser() -> Parser:
    """Return the one parser of Go; the import takes 15 ms."""
    import tree_sitter_go
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_go.language()))


def text_of(node: Node) -> str:
    """Return a node's source; what is not UTF-8 is replaced."""
    return (node.text or b"").decode("utf-8", "replace")


def line_of(node: Node) -> int:
    """Return the line a node starts on, counted from 1."""
    return node.start_point[0] + 1
