"""Lays the body of a function open: its statements in the order they stand, blocks flattened."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING, Final, NamedTuple

from gotare.golang.syntax.expressions import Expr, arguments, expression
from gotare.golang.syntax.tree import line_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


class Statement(NamedTuple):
    """A statement of a body.

    `kind`: "call" (an expression that stands alone, also after go and defer), "assign" (also :=,
    var and const), "return", "case" (values of a switch case; `targets` holds what is switched on),
    "if" (its condition), "range" (what is ranged over), "send", "receive" (the channel of a select
    case), "forever" (a for without condition; `select {}` has itself as a value). `targets` are
    what is assigned to; `x += y` assigns x + y. `var x T` without a value has ("type", T) for one.
    `condition` is that of the innermost `if` or `switch` around it: None, ("if" or "else",
    expression), ("case", what holds there as an expression) or ("default", what is switched on).
    """

    kind: str
    line: int
    targets: tuple[Expr, ...]
    values: tuple[Expr, ...]
    condition: tuple[str, Expr] | None


def read_body(node: Node) -> tuple[Statement, ...]:
    """Return all statements below a node, those of function literals too."""
    body = _Body()
    body.block(node, None)
    return tuple(body.found)


def spec_names(spec: Node) -> list[str]:
    """Return the names that a var or const spec declares."""
    return [text_of(n) for n in spec.children_by_field_name("name") if n.type == "identifier"]


def type_and_values(spec: Node) -> tuple[str, tuple[Expr, ...]]:
    """Return the type that a spec names, and its values."""
    type_ = spec.child_by_field_name("type")
    return text_of(type_) if type_ else "", arguments(spec.child_by_field_name("value"))


_ASSIGN: Final = frozenset({"assignment_statement", "short_var_declaration"})
_SPECS: Final = frozenset({"var_spec", "const_spec"})
_SWITCHES: Final = frozenset({"expression_switch_statement", "type_switch_statement"})

Condition = tuple[str, Expr] | None


class _Body:
    """Lays a function's body open, in order."""

    def __init__(self) -> None:
        self.found: list[Statement] = []

    def block(self, node: Node, condition: Condition) -> None:
        """Read all statements below a node."""
        for child in node.named_children:
            self.statement(child, condition)

    def statement(self, node: Node, condition: Condition) -> None:
        """Read one statement and what is inside it."""
        kind = node.type
        if kind in _ASSIGN:
            self._assign(node, condition)
        elif kind in _SPECS:
            self._spec(node, condition)
        elif kind == "if_statement":
            self._if(node, condition)
        elif kind in _SWITCHES:
            self._switch(node, condition)
        elif kind == "return_statement":
            self._add("return", node, (), _listed(node), condition)
        elif kind in ("expression_statement", "go_statement", "defer_statement"):
            self._add("call", node, (), arguments(node), condition)
        elif kind == "send_statement":
            self._add("send", node, (), arguments(node), condition)
        elif kind == "range_clause":
            self._range(node, condition)
        elif kind == "receive_statement":
            self._receive(node, condition)
        elif kind != "comment":
            if _is_endless(node):
                is_select = node.type == "select_statement"
                values: tuple[Expr, ...] = (("other", "select {}"),) if is_select else ()
                self._add("forever", node, (), values, condition)
            self.block(node, condition)
            return
        self._literals(node, condition)

    def _add(
        self,
        kind: str,
        node: Node,
        targets: tuple[Expr, ...],
        values: tuple[Expr, ...],
        condition: Condition,
    ) -> None:
        self.found.append(Statement(kind, line_of(node), targets, values, condition))

    def _assign(self, node: Node, condition: Condition) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        targets, values = arguments(left), arguments(right)
        operator = node.child_by_field_name("operator")
        if operator and len(word := text_of(operator)) > 1 and word != ":=":
            values = tuple(
                ("binary", word[:-1], *pair) for pair in zip(targets, values, strict=False)
            )
        self._add("assign", node, targets, values, condition)

    def _spec(self, node: Node, condition: Condition) -> None:
        targets = tuple(("name", name) for name in spec_names(node))
        type_, values = type_and_values(node)
        if type_ and not values:
            values = (("type", type_),)
        self._add("assign", node, targets, values, condition)

    def _receive(self, node: Node, condition: Condition) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        found = expression(right) if right else ("other", "")
        channel = found[2] if found[0] == "unary" else found
        self._add("receive", node, arguments(left), (channel,), condition)

    def _range(self, node: Node, condition: Condition) -> None:
        right, left = node.child_by_field_name("right"), node.child_by_field_name("left")
        values = (expression(right),) if right else ()
        self._add("range", node, arguments(left), values, condition)

    def _if(self, node: Node, condition: Condition) -> None:
        start = node.child_by_field_name("initializer")
        if start:
            self.statement(start, condition)
        test = node.child_by_field_name("condition")
        found = expression(test) if test else ("other", "")
        self._add("if", node, (), (found,), condition)
        for field, word in (("consequence", "if"), ("alternative", "else")):
            branch = node.child_by_field_name(field)
            if branch and branch.type == "if_statement":
                self.statement(branch, (word, found))
            elif branch:
                self.block(branch, (word, found))

    def _switch(self, node: Node, condition: Condition) -> None:
        start = node.child_by_field_name("initializer")
        if start:
            self.statement(start, condition)
        value = node.child_by_field_name("value")
        subject = (expression(value),) if value else ()
        for case in node.named_children:
            if case.type not in ("expression_case", "type_case", "default_case"):
                continue
            values = case.child_by_field_name("value")
            if values:
                self._add("case", case, subject, arguments(values), condition)
            inside = _case_condition(subject, arguments(values))
            skipped = {values.id} if values else set()
            for child in case.named_children:
                if child.id not in skipped:
                    self.statement(child, inside)

    def _literals(self, node: Node, condition: Condition) -> None:
        """Lay open the function literals inside a simple statement."""
        if node.type in ("if_statement", *_SWITCHES):
            return
        for literal in function_literals(node):
            body = literal.child_by_field_name("body")
            if body:
                self.block(body, condition)


def _case_condition(subject: tuple[Expr, ...], values: tuple[Expr, ...]) -> Condition:
    """Return what holds inside a case: `subject == value`, with || between several values."""
    tests = [("binary", "==", subject[0], value) if subject else value for value in values]
    if not tests:
        return "default", subject[0] if subject else ("name", "true")
    return "case", reduce(lambda left, right: ("binary", "||", left, right), tests)


def _is_endless(node: Node) -> bool:
    """Tell whether a node is `for {`, `for ;; {` or `select {}`, which end only from inside."""
    if node.type == "select_statement":
        return not any(child.type != "comment" for child in node.named_children)
    if node.type != "for_statement":
        return False
    heads = [child for child in node.named_children if child.type not in ("block", "comment")]
    return not any(head.type != "for_clause" or head.named_children for head in heads)


def _listed(node: Node) -> tuple[Expr, ...]:
    """Return what a return statement returns."""
    return tuple(e for child in node.named_children for e in _one_or_list(child))


def _one_or_list(node: Node) -> tuple[Expr, ...]:
    return arguments(node) if node.type == "expression_list" else (expression(node),)


def function_literals(node: Node) -> Iterator[Node]:
    """Yield the outermost function literals below a node."""
    if b"func" in (node.text or b""):  # most statements hold none, and walking them takes long
        yield from _function_literals(node)


def _function_literals(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "func_literal":
            yield child
        elif child.named_child_count:
            yield from _function_literals(child)
