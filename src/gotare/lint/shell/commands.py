"""Finds the commands in shell text: `commands_of`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from gotare.frozen import dataclass
from gotare.lint.shell.grammar import MAX_TEXT, Source
from gotare.lint.shell.model import (
    Around,
    Assignment,
    Command,
    Operator,
    Part,
    Redirection,
    ShellWord,
)
from gotare.lint.shell.words import WORDS, plain_word, word_of

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 120
"""What is nested deeper is not looked at."""
_SEPARATORS: Final = {"&&": "&&", "||": "||", ";": ";", "\n": ";", "&": "&", "|": "|", "|&": "|&"}
_LOOPS: Final = frozenset(
    {"for_statement", "while_statement", "c_style_for_statement", "until_statement"}
)
_DECLARING: Final = frozenset({"export", "declare", "typeset", "local", "readonly"})


def commands_of(text: str) -> tuple[Command, ...]:
    """Return the commands in shell text, in the order in which they stand; what a substitution runs
    comes before the command it is in. It raises nothing: what the grammar cannot read is skipped,
    or marked as broken; text over 100,000 characters holds no commands."""
    if not text.strip() or len(text) > MAX_TEXT or "\0" in text:
        return ()
    return _short(text) if len(text) < _SHORT else _long(text)


def _walked(text: str) -> tuple[Command, ...]:
    walker = _Walker(Source(text))
    walker.sequence(walker.source.root, _Place())
    return tuple(walker.found)


_SHORT: Final = 4000
_short = lru_cache(maxsize=256)(_walked)
_long = lru_cache(maxsize=4)(_walked)
"""Rules ask for the same text again; what becomes of a long one takes much memory."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands around a node."""

    around: tuple[Around, ...] = ()
    scope: tuple[int, ...] = ()
    before: Operator = ""
    after: Operator = ""
    pipeline: int = 0
    depth: int = 0

    def within(self, *around: Around) -> _Place:
        return replace(self, around=(*self.around, *around), depth=self.depth + 1, pipeline=0)

    def alone(self) -> _Place:
        return replace(self, before="", after="")


class _Walker:
    """Walks a tree and collects commands."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Command] = []
        self._numbers = 0

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    # what holds other statements

    def sequence(self, node: Node, place: _Place) -> None:
        """Walk the statements that are children of a node."""
        self._statements(node.children, place)

    def _statements(self, nodes: Sequence[Node], place: _Place) -> None:
        before = place.before
        for index, node in enumerate(nodes):
            if node.type in _SEPARATORS:
                before = cast(Operator, _SEPARATORS[node.type])
            elif node.is_named:
                after = self._after(nodes, index) or place.after
                self.statement(node, replace(place, before=before, after=after))
                before = ";"

    def _after(self, nodes: Sequence[Node], index: int) -> Operator:
        if index + 1 >= len(nodes):
            return ""
        following = nodes[index + 1]
        if following.is_named:
            return ";"  # a line's end, which is no node
        return cast(Operator, _SEPARATORS.get(following.type, ""))

    def statement(self, node: Node, place: _Place) -> None:
        """Walk one statement."""
        if place.depth > MAX_DEPTH:
            return
        deeper = replace(place, depth=place.depth + 1)
        kind = node.type
        if kind in _SIMPLE:
            _SIMPLE[kind](self, node, deeper)
        elif kind in _LOOPS:
            self._loop(node, deeper)
        elif kind in WORDS or kind in ("comment", "heredoc_body"):
            self._substitutions(node, deeper)
        else:
            self.sequence(node, deeper)

    def _pipeline(self, node: Node, place: _Place) -> None:
        pipeline = self._number()
        for index, child in enumerate(node.children):
            if not child.is_named:
                continue
            before = place.before if index == 0 else self._operator(node.children[index - 1])
            after = self._after(node.children, index) or place.after
            scope = (*place.scope, self._number())
            inner = replace(place, before=before, after=after, pipeline=pipeline, scope=scope)
            self.statement(child, inner)

    def _operator(self, node: Node) -> Operator:
        return cast(Operator, _SEPARATORS.get(node.type, "|"))

    def _subshell(self, node: Node, place: _Place) -> None:
        inner = place.within("subshell")
        self.sequence(node, replace(inner, scope=(*place.scope, self._number())))

    def _group(self, node: Node, place: _Place) -> None:
        self.sequence(node, place.within("group"))

    def _negated(self, node: Node, place: _Place) -> None:
        self.sequence(node, place.within("negated"))

    def _function(self, node: Node, place: _Place) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            inner = place.alone().within("function")
            self.statement(body, replace(inner, scope=(*place.scope, self._number())))

    def _if(self, node: Node, place: _Place) -> None:
        """The commands before `then` are the condition, those after it a branch."""
        children = list(node.children)
        then = next((n for n, child in enumerate(children) if child.type == "then"), len(children))
        self._statements(children[:then], place.within("condition"))
        self._statements(children[then + 1 :], place.alone().within("branch"))

    def _else(self, node: Node, place: _Place) -> None:
        self._statements(node.children, place.alone())

    def _case(self, node: Node, place: _Place) -> None:
        for child in node.named_children:
            if child.type == "case_item":
                self._statements(child.children, place.alone().within("case"))
            else:
                self._substitutions(child, place)

    def _loop(self, node: Node, place: _Place) -> None:
        self._loop_variable(node, place)
        for child in node.named_children:
            if child.type in ("do_group", "compound_statement"):
                self.sequence(child, place.alone().within("loop"))
            elif node.type == "while_statement":
                self.statement(child, place.within("condition"))
            else:
                self._substitutions(child, place)

    def _loop_variable(self, node: Node, place: _Place) -> None:
        name = node.child_by_field_name("variable")
        if name is None:
            return
        words = [word_of(self.source, c) for c in node.children_by_field_name("value")]
        start, end = self.source.start(name), self.source.end(name)
        value = ShellWord("", end, end, (Part("other", " ".join(word.text for word in words)),))
        choices = tuple(words)
        self._add(
            node, place, (), (Assignment(self.source.of(name), value, start, end, False, choices),)
        )

    def _redirected(self, node: Node, place: _Place) -> None:
        body = node.child_by_field_name("body")
        rest = [child for child in node.named_children if body is None or child.id != body.id]
        first = len(self.found)
        if body is not None:
            self.statement(body, place)
        for child in rest:
            self._redirection(child, place, first)

    # redirections

    def _redirection(self, node: Node, place: _Place, first: int) -> None:
        """Give a redirection to the last command of what it stands after. What follows <<EOF in
        its line is below its node in the grammar."""
        self._substitutions(node, place)
        read = self._read_redirection(node)
        if len(self.found) == first:
            self._add(node, place, (), ())
        last = self.found[-1]
        self.found[-1] = replace(last, redirections=(*last.redirections, read))
        if node.type == "heredoc_redirect":
            self._after_heredoc(node, place)

    def _after_heredoc(self, node: Node, place: _Place) -> None:
        before = place.before
        for child in node.children:
            if child.type in ("file_redirect", "herestring_redirect"):
                last = self.found[-1]
                more = self._read_redirection(child)
                self.found[-1] = replace(last, redirections=(*last.redirections, more))
            elif child.type in _SEPARATORS:
                before = cast(Operator, _SEPARATORS[child.type])
            elif child.is_named and not child.type.startswith("heredoc"):
                self.statement(child, replace(place, before=before))

    def _read_redirection(self, node: Node) -> Redirection:
        source = self.source
        operator = next((c.type for c in node.children if not c.is_named), "")
        number = next((c for c in node.children if c.type == "file_descriptor"), None)
        target = next((c for c in node.named_children if c.type in WORDS), None)
        body = next((c for c in node.named_children if c.type == "heredoc_body"), None)
        return Redirection(
            operator,
            word_of(source, target) if target and not operator.startswith("<<") else None,
            source.start(node),
            source.end(node),
            int(source.of(number)) if number and source.of(number).isdecimal() else None,
            source.of(body) if body else "",
        )

    # simple commands

    def _command(self, node: Node, place: _Place) -> None:
        words, assignments, redirections = [], [], []
        for child in node.named_children:
            self._substitutions(child, place)
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child))
            elif child.type == "command_name":
                words += [self._named(child)]
            elif child.type in ("file_redirect", "herestring_redirect"):
                redirections.append(self._read_redirection(child))
            elif child.type in WORDS:
                words.append(word_of(self.source, child))
        self._add(node, place, words, assignments, redirections)

    def _named(self, node: Node) -> ShellWord:
        return word_of(self.source, node.children[0] if node.children else node)

    def _assignments(self, node: Node, place: _Place) -> None:
        self._substitutions(node, place)
        parts = node.named_children if node.type == "variable_assignments" else [node]
        self._add(node, place, (), [self._assignment(part) for part in parts])

    def _assignment(self, node: Node) -> Assignment:
        source = self.source
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        start, end = source.start(node), source.end(node)
        word = word_of(source, value) if value else plain_word("", end, end)
        append = any(child.type == "+=" for child in node.children)
        return Assignment(source.of(name) if name else "", word, start, end, append)

    def _declaration(self, node: Node, place: _Place) -> None:
        """export, declare, local, readonly, unset."""
        self._substitutions(node, place)
        words = [plain_word(node.children[0].type, self.source.start(node), 0)]
        words[0] = replace(words[0], end=self.source.end(node.children[0]))
        assignments = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child))
            if child.type in WORDS or child.type == "variable_assignment":
                words.append(word_of(self.source, child))
        self._add(node, place, words, assignments, exports=words[0].text == "export")

    def _test(self, node: Node, place: _Place) -> None:
        self._substitutions(node, place)
        start = self.source.start(node)
        words = [plain_word(node.children[0].type, start, self.source.end(node.children[0]))]
        words += [word_of(self.source, leaf) for leaf in _leaves(node, 0)]
        self._add(node, place, words, ())

    def _add(
        self,
        node: Node,
        place: _Place,
        words: Iterable[ShellWord],
        assignments: Iterable[Assignment],
        redirections: Iterable[Redirection] = (),
        *,
        exports: bool = False,
    ) -> None:
        self.found.append(
            Command(
                tuple(words),
                self.source.start(node),
                self.source.end(node),
                tuple(assignments),
                tuple(redirections),
                place.before,
                place.after,
                place.pipeline or self._number(),
                place.around,
                place.scope,
                node.has_error,
                exports,
            )
        )

    # substitutions

    def _substitutions(self, node: Node, place: _Place) -> None:
        """Walk what $(…), `…` and <(…) in a word run."""
        if node.child_count == 0 or place.depth > MAX_DEPTH:
            return
        deeper = replace(place, depth=place.depth + 1)
        if node.type in ("command_substitution", "process_substitution"):
            inner = replace(
                place.alone().within("substitution"), scope=(*place.scope, self._number())
            )
            self.sequence(node, inner)
            return
        for child in node.named_children:
            if child.type not in _STATEMENTS:
                self._substitutions(child, deeper)


def _leaves(node: Node, depth: int) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in WORDS or child.type == "test_operator":
            yield child
        elif depth < MAX_DEPTH:
            yield from _leaves(child, depth + 1)


_SIMPLE: Final = {
    "command": _Walker._command,
    "variable_assignment": _Walker._assignments,
    "variable_assignments": _Walker._assignments,
    "declaration_command": _Walker._declaration,
    "unset_command": _Walker._declaration,
    "test_command": _Walker._test,
    "list": _Walker.sequence,
    "pipeline": _Walker._pipeline,
    "subshell": _Walker._subshell,
    "compound_statement": _Walker._group,
    "negated_command": _Walker._negated,
    "function_definition": _Walker._function,
    "if_statement": _Walker._if,
    "elif_clause": _Walker._if,
    "else_clause": _Walker._else,
    "case_statement": _Walker._case,
    "redirected_statement": _Walker._redirected,
}
_STATEMENTS: Final = frozenset(_SIMPLE) | _LOOPS | {"do_group", "case_item"}
