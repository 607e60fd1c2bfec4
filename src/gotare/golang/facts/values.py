"""What an expression of the code is worth: a text, or the variable or flag that decides it.

Whatever is followed is bounded: in depth, in steps, and against going in circles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import callers, closure_of
from gotare.golang.facts.calls_followed import call_value
from gotare.golang.facts.config_tags import Tagged
from gotare.golang.facts.durations import UNITS, parse_duration
from gotare.golang.facts.fields import NOT_TOLD, field_value, path_value
from gotare.golang.facts.flag_settings import Flags
from gotare.golang.facts.frame import Frame, Given, frame_of
from gotare.golang.facts.frame import Place as Place
from gotare.golang.facts.go_text import shown
from gotare.golang.facts.histories import BOUND, LENT, Assignment, Histories, Span
from gotare.golang.facts.locals import assigned_before, local_value
from gotare.golang.facts.operators import binary_value
from gotare.golang.facts.settings_libraries import KOANF, VIPER
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.typing_of import Types
from gotare.golang.facts.value import Value as Value
from gotare.golang.facts.value import agreed, unknown
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

if TYPE_CHECKING:
    from gotare.golang.facts.koanf_settings import Koanf
    from gotare.golang.facts.viper_settings import Viper

DEEPEST: Final = 48
"""How many expressions inside one another are followed."""
STEPS: Final = 1000
"""How many expressions are followed to answer one question."""
ALL_STEPS: Final = 30_000
"""How many are followed for all questions, before each gets a tenth only."""
_WIDEST: Final = 6
_AGAIN: Final = 3
_DEEPEST_DEFINITION: Final = 4

_ZERO: Final = {"string": "", "bool": "false", "time.Duration": "0s"}
_SKIPPED: Final = frozenset({"&", "*", "<-"})


class Values:
    """Follows values through the sources. `environment.py` and the finders ask it."""

    def __init__(self, sources: Sources, within: frozenset[str] | None = None) -> None:
        """`within` are the packages of one program: what others hand to code that they share with
        it does not count. None: all."""
        self.sources = sources
        self.within = within
        self.setters: dict[tuple[object, str], list[Given]] = {}
        self.histories = Histories(sources)
        self.types = Types(self)
        self.tags = Tagged(self)
        self.flags = Flags(self)
        self._depth = 0
        self._left = 0
        self._steps = 0
        self._cut = False
        self._known: dict[tuple[int, int, int, Expr, int], Value] = {}
        self._entered: list[int] = []
        self._closures: dict[tuple[int, Span], Function] = {}

    @cached_property
    def viper(self) -> Viper | None:
        """The keys of viper, where a file imports it."""
        if not self.sources.imports_any(VIPER):
            return None
        from gotare.golang.facts.viper_settings import Viper

        return Viper(self)

    @cached_property
    def koanf(self) -> Koanf | None:
        """The keys of koanf, where a file imports it."""
        if not self.sources.imports_any(KOANF):
            return None
        from gotare.golang.facts.koanf_settings import Koanf

        return Koanf(self)

    def value(self, place: Place, expr: Expr) -> Value:
        """Return what an expression is worth where it stands. Never raises."""
        return self.follow(frame_of(place), expr)

    def seconds(self, place: Place, expr: Expr) -> float | None:
        """Return a time.Duration in seconds, None when it is unknown."""
        text = self.value(place, expr).text
        if text is None:
            return None
        if text.lstrip("-").isdigit():
            return int(text) / 1e9 if len(text) < 20 else None
        return parse_duration(text)

    # following, for the other parts of this

    def counts(self, source: SourceFile) -> bool:
        """Tell whether a file is one of the program's."""
        return self.within is None or source.package in self.within

    def follow(self, frame: Frame, expr: Expr, result: int = 0) -> Value:
        """Return what an expression is worth in a frame; `result` counts a call's results."""
        if not self._depth:
            self._left, self._cut = STEPS if self._steps < ALL_STEPS else STEPS // 10, False
        if self._depth >= DEEPEST or self._left <= 0:
            self._cut = True
            return NOT_TOLD if expr[0] == "path" else unknown(shown(expr))
        if frame.given or frame.outer:
            return self._step(frame, expr, result)
        key = id(frame.source), id(frame.function), id(frame.statement), expr, result
        if key not in self._known:
            cut, self._cut = self._cut, False
            found = self._step(frame, expr, result)
            if self._cut and self._depth:
                return found  # from elsewhere there may be more to find
            self._cut, self._known[key] = cut, found
        return self._known[key]

    def _step(self, frame: Frame, expr: Expr, result: int) -> Value:
        self._depth += 1
        self._left -= 1
        self._steps += 1
        try:
            return self._follow(frame, expr, result)
        finally:
            self._depth -= 1

    def enters(self, frame: Frame) -> bool:
        """Tell whether a function may be entered: not from within itself without end, though an
        argument of a call may be another call of the same function."""
        if self._entered.count(id(frame.function)) < _AGAIN:
            return True
        self._cut = True
        return False

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Note that a function is being followed."""
        self._entered.append(id(frame.function))
        try:
            yield
        finally:
            self._entered.pop()

    def closure(self, function: Function, span: Span) -> Function:
        """Return a function literal as a function, always the same one."""
        key = id(function), span
        if key not in self._closures:
            self._closures[key] = closure_of(function, span)
        return self._closures[key]

    def is_local(self, frame: Frame, name: str) -> bool:
        """Tell whether a name is a variable of the function where it stands."""
        if name in frame.given:
            return True
        function = frame.function
        if function:
            if name == function.receiver_name or name in frame.parameters:
                return True
            history = self.histories.of(function)
            before = assigned_before(history, ("name", name), frame.statement)
            if any(one.result != LENT for one in before):
                return True
            span = history.span_of(history.position(frame.statement))
            if span and any(name == known for known, _ in span.parameters):
                return True
        return frame.outer is not None and self.is_local(frame.outer, name)

    def definition(self, frame: Frame, name: Expr, depth: int = _DEEPEST_DEFINITION) -> str:
        """Return the qualified name that a local variable or parameter stands for, "" for none."""
        given = frame.given.get(name[1])
        if given:
            return self._defined(given.frame, given.expr, depth)
        if not frame.function:
            return ""
        for assignment in self.histories.of(frame.function).values_of(name):
            return self.sources.qualified(frame.source, assignment.expr)
        if name[1] in frame.parameters:
            index = frame.parameters.index(name[1])
            for call in callers(self, frame):
                if index < len(call.arguments):
                    return self._defined(frame_of(call), call.arguments[index], depth)
        return ""

    def _defined(self, frame: Frame, expr: Expr, depth: int) -> str:
        if expr[0] == "name" and depth and self.is_local(frame, expr[1]):
            return self.definition(frame, expr, depth - 1)
        return self.sources.qualified(frame.source, expr)

    @cached_property
    def assigned_globals(
        self,
    ) -> Mapping[tuple[str, str], list[tuple[SourceFile, Function, Assignment]]]:
        """What functions assign to package-level variables, by package and name."""
        found: defaultdict[tuple[str, str], list[tuple[SourceFile, Function, Assignment]]]
        found = defaultdict(list)
        for source, function, target, assignment in self.histories.everywhere():
            package, _, name = self.sources.qualified(source, target).rpartition(".")
            declared = self.sources.declared(package, name)
            if declared and not declared[1].constant and self.counts(source):
                found[package, name].append((source, function, assignment))
        return found

    @cached_property
    def field_setters(self) -> Mapping[str, list[Given]]:
        """What sets fields of each name: the expression is (the struct, the value, the result)."""
        found: defaultdict[str, list[Given]] = defaultdict(list)
        for source, function, target, assignment in self.histories.everywhere():
            if target[0] == "select" and self.counts(source):
                frame = Frame(source, function, assignment.statement)
                setter = (target[1], assignment.expr, assignment.result)
                found[target[2]].append(Given(frame, setter))
        for literal in self.sources.literals:
            for key, value in literal.expr[2]:
                if key and key[0] == "name" and literal.expr[1] and self.counts(literal.source):
                    frame = Frame(literal.source, literal.function, literal.statement)
                    found[key[1]].append(Given(frame, (literal.expr, value, 0)))
        return found

    def variable_value(self, package: str, name: str) -> Value | None:
        """Return what a package-level constant or variable is worth, None for no such."""
        found = self.sources.declared(package, name)
        if not found:
            return None
        source, declared = found
        given = {"iota": Given(Frame(source), ("number", str(declared.iota)))}
        expr = declared.value or ("type", declared.type)
        base = self.follow(Frame(source, None, None, given), expr)
        if declared.constant:
            return base
        return self._after_functions(package, name, base)

    def _after_functions(self, package: str, name: str, base: Value) -> Value:
        """Return what a variable is worth after the functions that assign to it."""
        frames = {
            (id(function), target): Frame(source, function)
            for source, function, assignment in self.assigned_globals.get((package, name), ())
            for target in (("name", name),)
            if source.package == package
        }
        if not frames or len(frames) > _WIDEST:
            return base
        found = [
            value
            for (_, target), frame in frames.items()
            if self.enters(frame)
            for value in [self._inside(frame, target, base)]
            if value
        ]
        return agreed(found, name) if found else base

    def _inside(self, frame: Frame, target: Expr, base: Value) -> Value | None:
        with self.inside(frame):
            return local_value(self, frame, target, lambda: base)

    # the forms of expressions

    def _follow(self, frame: Frame, expr: Expr, result: int) -> Value:
        if result == BOUND:
            setting = self.flags.of(frame, expr)
            return setting.value() if setting else unknown(shown(expr))
        match expr[0]:
            case "string":
                return Value(expr[1])
            case "number":
                return Value(number_text(expr[1]))
            case "name":
                return self._name(frame, expr)
            case "path":
                return path_value(self, frame, expr[1], expr[2])
            case "select":
                return self._select(frame, expr)
            case "call":
                return call_value(self, frame, expr, result)
            case "binary":
                return binary_value(self, frame, expr)
            case "unary" if expr[1] in _SKIPPED:
                return self.follow(frame, expr[2])
            case "unary" if expr[1] == "-":
                return self._negative(frame, expr)
            case "literal":
                return self._literal(frame, expr)
            case "type":
                return Value(_ZERO.get(expr[1], "0" if is_number_type(expr[1]) else None))
            case "index" | "element":
                return self._element(frame, expr)
        return unknown(shown(expr))

    def _negative(self, frame: Frame, expr: Expr) -> Value:
        found = self.follow(frame, expr[2])
        text = found.text
        return Value("-" + text) if text and text[0].isdigit() else unknown(shown(expr))

    def _name(self, frame: Frame, expr: Expr) -> Value:
        name = expr[1]
        if name in ("true", "false"):
            return Value(name)
        if frame.function:
            local = local_value(self, frame, expr, lambda: self._before(frame, name))
            if local:
                return local
        found = self._before(frame, name)
        return found or unknown(name)

    def _before(self, frame: Frame, name: str) -> Value | None:
        """Return what a name is worth before a function assigns to it."""
        if name in frame.given:
            return self.follow(*frame.given[name])
        if name in frame.parameters:
            return self._parameter(frame, name)
        if frame.outer:
            return self.follow(frame.outer, ("name", name))
        return self.variable_value(frame.source.package, name)

    def _parameter(self, frame: Frame, name: str) -> Value:
        """Return what a parameter gets, where all calls of the function agree."""
        assert frame.function
        index = frame.parameters.index(name)
        why = f"the parameter {name} of {frame.function.name}".rstrip(" of")
        if frame.function.parameters[index][1].startswith("...") or not self.enters(frame):
            return unknown(name)
        with self.inside(frame):
            found = [
                self.follow(frame_of(call), argument)
                for call in callers(self, frame)
                for argument in call.arguments[index : index + 1]
            ]
        return agreed(found, why) if found else unknown(name)

    def _select(self, frame: Frame, expr: Expr) -> Value:
        left = expr[1]
        if left[0] == "name" and not self.is_local(frame, left[1]):
            package = self.sources.imported(frame.source, left[1])
            if package:
                qualified = f"{package}.{expr[2]}"
                if qualified in UNITS:
                    return Value(UNITS[qualified])
                return self.variable_value(package, expr[2]) or unknown(shown(expr))
        return field_value(self, frame, expr)

    def _literal(self, frame: Frame, expr: Expr) -> Value:
        """Return a list of texts as one with commas; a flag's literal is what the flag is worth."""
        setting = self.flags.of(frame, expr) if expr[1].endswith("Flag") else None
        if setting:
            return setting.value()
        if not expr[1].startswith("[]") or not expr[2]:
            return unknown(shown(expr))
        found = [self.follow(frame, value) for _, value in expr[2]]
        if any(value.text is None for value in found):
            return unknown(shown(expr))
        return Value(",".join(value.text or "" for value in found))

    def _element(self, frame: Frame, expr: Expr) -> Value:
        """Return an element of a list that has only one."""
        if len(expr) > 1 and expr[1][0] == "literal" and len(expr[1][2]) == 1:
            return self.follow(frame, expr[1][2][0][1])
        return unknown(shown(expr) if expr[0] == "index" else shown(expr[-1]))


def number_text(text: str) -> str:
    """Return a number of Go in decimal; fractions stay as they are."""
    base = {"0x": 16, "0o": 8, "0b": 2}.get(text[:2].lower())
    try:
        if base:
            return str(int(text[2:], base))
        return str(int(text, 8)) if text[:1] == "0" and text.isdigit() and text != "0" else text
    except ValueError:
        return text


def is_number_type(text: str) -> bool:
    """Tell whether a type is one of Go's numbers."""
    return text.rstrip("0123456789") in ("int", "uint", "float") or text in ("byte", "rune")
