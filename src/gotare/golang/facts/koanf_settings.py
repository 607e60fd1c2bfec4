"""Settings in code that uses koanf: keys, their defaults, and the variables that set them.

The variable of a key is the prefix of env.Provider and the key in capitals; its parts are joined
with one underscore, or with two where the code that maps names speaks of two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.frame import Frame, frame_of
from gotare.golang.facts.setting import Setting
from gotare.golang.facts.settings_libraries import KOANF
from gotare.golang.facts.sources import Call
from gotare.golang.facts.value import Value, unknown
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_PROVIDER: Final = rf"{KOANF}(?:/v\d+)?/providers/(\w+?)(?:/v\d+)?\.Provider(?:WithValue)?"

_GETTERS: Final = {
    "String": "string", "Int": "int", "Int64": "int", "Bool": "bool", "Float64": "float64",
    "Duration": "time.Duration", "Strings": "[]string", "MustString": "string", "MustInt": "int",
}  # fmt: skip


class Koanf:
    """The keys that koanf knows."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def value(self, key: str) -> Value:
        """Return what reading a key gives."""
        name = self.variable(key)
        default = self.defaults.get(key)
        text = default.text if default else None
        if not name and text is None:
            return unknown(f"koanf {key}")
        return Value(text, name, "", True, "", (name,) if name else ())

    def variable(self, key: str) -> str:
        """Return the variable that sets a key, "" for none."""
        for prefix, joint in self._environments:
            name = prefix + key.replace(".", joint) if joint else prefix + key
            if re.fullmatch(r"\w+", name):
                return name.upper() if joint else name
        return ""

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The keys that the code reads."""
        found: dict[str, Setting] = {}
        for call in self._values.sources.methods(*_GETTERS):
            key = self._values.value(call, call.arguments[0]).text if call.arguments else None
            if key and any(i.path.startswith(KOANF) for i in call.source.file.imports):
                value = self.value(key)
                kind = _GETTERS[call.method]
                found.setdefault(
                    key,
                    Setting(
                        call.at(key),
                        call.source.package,
                        value.variables,
                        "",
                        value.text,
                        False,
                        kind,
                        key,
                    ),
                )
        return tuple(found.values())

    @cached_property
    def defaults(self) -> Mapping[str, Value]:
        """The defaults that confmap.Provider is given."""
        found: dict[str, Value] = {}
        for call in self._providers("confmap"):
            if call.arguments:
                frame, literal = self._literal(frame_of(call), call.arguments[0])
                found |= dict(self._entries(frame, literal, "")) if literal else {}
        return found

    @cached_property
    def _environments(self) -> tuple[tuple[str, str], ...]:
        """The prefixes of variables, each with what joins the parts of a key."""
        return tuple(self._environment(call) for call in self._providers("env"))

    def _environment(self, call: Call) -> tuple[str, str]:
        options = next((a for a in call.arguments if a[0] == "literal"), None)
        if options:
            fields = {key[1]: value for key, value in options[2] if key and key[0] == "name"}
            prefix, mapped = fields.get("Prefix"), fields.get("TransformFunc")
        else:
            prefix, mapped = call.arguments[0], (*call.arguments, ("name", "nil"))[2]
        text = self._values.value(call, prefix).text if prefix else ""
        if not mapped or mapped == ("name", "nil"):
            return text or "", ""
        return text or "", "__" if self._speaks_of_two(call, mapped) else "_"

    def _speaks_of_two(self, call: Call, mapped: Expr) -> bool:
        """Tell whether the function that maps names has "__" in it."""
        sources = self._values.sources
        package, _, name = sources.qualified(call.source, mapped).rpartition(".")
        found = sources.function(package, name)
        source, function = found or (call.source, call.function)
        if not function:
            return False
        frame = Frame(source, function)
        return any(
            self._values.follow(frame, argument).text == "__"
            for one in sources.calls(source, [function])
            for argument in one.arguments
            if one.qualified.startswith("strings.Replace")
        )

    def _providers(self, kind: str) -> Iterator[Call]:
        for qualified in self._values.sources.called:
            match = re.fullmatch(_PROVIDER, qualified)
            if match and match[1] == kind:
                yield from self._values.sources.calling(qualified)

    def _literal(self, frame: Frame, expr: Expr) -> tuple[Frame, Expr | None]:
        """Return the map literal that an expression means."""
        if expr[0] == "literal":
            return frame, expr
        if expr[0] != "name":
            return frame, None
        if frame.function:
            for assignment in self._values.histories.of(frame.function).values_of(expr):
                if assignment.expr[0] == "literal":
                    return frame, assignment.expr
        found = self._values.sources.declared(frame.source.package, expr[1])
        if found and found[1].value and found[1].value[0] == "literal":
            return Frame(found[0]), found[1].value
        return frame, None

    def _entries(self, frame: Frame, literal: Expr, prefix: str) -> Iterator[tuple[str, Value]]:
        for key, value in literal[2]:
            name = self._values.follow(frame, key).text if key else None
            if name and value[0] == "literal" and value[1].startswith("map["):
                yield from self._entries(frame, value, f"{prefix}{name}.")
            elif name:
                yield prefix + name, self._values.follow(frame, value)
