"""Where code reads the environment, directly or through functions of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.frozen import dataclass
from gotare.golang.facts.callees import frame_of_call
from gotare.golang.facts.calls_followed import READS
from gotare.golang.facts.frame import Frame, frame_of
from gotare.golang.facts.handed_in import handed_in
from gotare.golang.facts.histories import Span
from gotare.golang.facts.sources import Call, Sources, parts_of
from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_DEEPEST: Final = 5
_MOST: Final = 5000

Body = tuple[int, Span | None]


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a variable. `call` is where its name is given; `inner` are the reads inside the
    helper functions that the call enters, the frame of each first."""

    name: str
    call: Call
    inner: tuple[tuple[Frame, Call], ...] = ()


class Reads:
    """Finds the reads, and the helper functions on the way."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._sources: Sources = values.sources
        self._helpers: defaultdict[Body, list[Call]] = defaultdict(list)
        self._found: list[Read] = []

    def all(self) -> list[Read]:
        """Return every read whose name is known, in the order they are found."""
        waiting = list(self._direct())
        seen: set[int] = set()
        while waiting and len(seen) < _MOST:
            call = waiting.pop(0)
            if id(call.expr) in seen:
                continue
            seen.add(id(call.expr))
            waiting += self._take(call)
        return self._found

    def _direct(self) -> Iterator[Call]:
        yield from self._sources.calling(*sorted(READS))
        handed = handed_in(self._sources)
        for source in self._sources.files:
            functions = [f for f in source.file.functions if id(f) in handed or _takes_reader(f)]
            for call in self._sources.calls(source, functions) if functions else ():
                if self._is_given_reader(call):
                    yield call

    def _take(self, call: Call) -> list[Call]:
        """Keep a read, or return the calls of the helper that it stands in."""
        body = self._body(call)
        argument = call.arguments[0] if call.arguments else None
        if argument is None:
            return []
        if body and self._depends(call, body):
            is_new = body not in self._helpers
            self._helpers[body].append(call)
            return self._calls_of(call, body[1]) if is_new else []
        for name, inner in self._names(frame_of(call), call, _DEEPEST):
            self._found.append(Read(name, call, inner))
        return []

    def _body(self, call: Call) -> Body | None:
        """Return the function, or the function literal in it, that a call stands in."""
        if not call.function:
            return None
        history = self._values.histories.of(call.function)
        return id(call.function), history.span_of(history.position(call.statement))

    def _depends(self, call: Call, body: Body) -> bool:
        """Tell whether a call's arguments hang on parameters of the function around it."""
        assert call.function
        parameters = body[1].parameters if body[1] else call.function.parameters
        names = {name for name, type_ in parameters if "func" not in type_}
        if call.function.receiver_name and not names:
            return False
        return any(self._mentions(call.function, a, names, 3) for a in call.arguments[:4])

    def _mentions(self, function: Function, expr: Expr, names: set[str], depth: int) -> bool:
        history = self._values.histories.of(function)
        waiting = [expr]
        while waiting:
            here = waiting.pop()
            if here[0] == "name":
                if here[1] in names:
                    return True
                for assignment in history.values_of(here) if depth else ():
                    if assignment.statement.kind == "assign" and self._mentions(
                        function, assignment.expr, names, depth - 1
                    ):
                        return True
            waiting += parts_of(here)
        return False

    def _calls_of(self, call: Call, span: Span | None) -> list[Call]:
        """Return the calls of a helper function, in all of the sources."""
        function = call.function
        assert function
        if span:
            return [
                one
                for one in self._sources.calls(call.source, [function])
                if one.expr[1][0] == "name" and self._is_span(function, one.expr[1], span)
            ]
        if function.receiver:
            return [
                one for one in self._sources.methods(function.name) if self._enters(one, function)
            ]
        name = function.name or self._variable_of(call, function)
        return list(self._sources.calling(f"{call.source.package}.{name}")) if name else []

    def _is_span(self, function: Function, called: Expr, span: Span) -> bool:
        history = self._values.histories.of(function)
        return any(
            a.expr[0] == "function" and (a.expr[2], a.expr[3]) == (span.first, span.last)
            for a in history.values_of(called)
        )

    def _enters(self, call: Call, function: Function) -> bool:
        entered = frame_of_call(self._values, frame_of(call), call.expr)
        return entered is not None and entered.function is function

    def _variable_of(self, call: Call, function: Function) -> str:
        """Return the package-level variable that holds a function literal."""
        for declared in call.source.file.declared:
            value = declared.value
            if value and value[0] == "function" and value[2] == function.line:
                return declared.name
        return ""

    def _names(
        self, frame: Frame, call: Call, depth: int
    ) -> Iterator[tuple[str, tuple[tuple[Frame, Call], ...]]]:
        """Yield the names that a call reads, with the reads inside that it comes to."""
        if self._is_read(call):
            yield from ((name, ()) for name in self._texts(frame, call.arguments[0]))
            return
        entered = frame_of_call(self._values, frame, call.expr)
        if not entered or not entered.function or not depth:
            return
        for inner in self._inside(frame, call, entered):
            there = entered.at(_same(entered.function, inner))
            for name, more in self._names(there, inner, depth - 1):
                yield name, ((there, inner), *more)

    def _is_read(self, call: Call) -> bool:
        return call.qualified in READS or self._is_given_reader(call)

    def _is_given_reader(self, call: Call) -> bool:
        """Tell whether a call is one of a parameter that reads the environment."""
        called, function = call.expr[1], call.function
        if called[0] != "name" or function is None:
            return False
        if called[1] in handed_in(self._sources).get(id(function), ()):
            return True
        return is_reader(called[1]) and any(
            called[1] == known and "func" in type_ for known, type_ in function.parameters
        )

    def _inside(self, frame: Frame, call: Call, entered: Frame) -> list[Call]:
        """Return the reads in the helper that a call enters."""
        function = entered.function
        assert function
        if not entered.outer:
            return self._helpers.get((id(function), None), [])
        outer = entered.outer.function
        for (owner, span), calls in self._helpers.items():
            if span and outer and owner == id(outer) and span.first == function.line:
                return calls
        return []

    def _texts(self, frame: Frame, expr: Expr) -> list[str]:
        """Return what a name may be: one text, or each of a list that is ranged over."""
        text = self._values.follow(frame, expr).text
        if text is not None:
            return [text]
        if expr[0] != "name" or not frame.function:
            return []
        history = self._values.histories.of(frame.function)
        for assignment in history.values_of(expr):
            if assignment.expr[0] == "element" and len(assignment.expr) > 1:
                return self._elements(frame, assignment.expr[1])
        return []

    def _elements(self, frame: Frame, expr: Expr) -> list[str]:
        if expr[0] == "name" and frame.function:
            history = self._values.histories.of(frame.function)
            literals = [a.expr for a in history.values_of(expr) if a.expr[0] == "literal"]
            declared = self._sources.declared(frame.source.package, expr[1])
            known = declared[1].value if declared else None
            expr = literals[0] if literals else known or expr
        if expr[0] != "literal" or not re.fullmatch(r"\[[\d.]*\]string", expr[1]):
            return []
        texts = (self._values.follow(frame, value).text for _, value in expr[2])
        return [text for text in texts if text]


def _same(function: Function, call: Call) -> Statement | None:
    """Return a call's statement where it is one of a function's; closures keep the same ones."""
    return call.statement if any(s is call.statement for s in function.body) else None


def is_reader(name: str) -> bool:
    """Tell whether a name is that of a function handed in to read the environment."""
    return bool(re.fullmatch(r"(?i)(?:get|lookup)?_?env(?:var|iron|ironment)?", name)) or (
        name.lower() in ("getenv", "lookupenv")
    )


def _takes_reader(function: Function) -> bool:
    return any(
        type_.startswith("func(string)") and is_reader(n) for n, type_ in function.parameters
    )
