"""Command line flags in code: package flag, pflag and cobra, urfave/cli, kingpin.

Struct tags that declare flags are in `config_tags.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.frame import Frame, frame_of
from gotare.golang.facts.histories import KINDS
from gotare.golang.facts.setting import Setting
from gotare.golang.facts.sources import Call, SourceFile, parts_of
from gotare.golang.facts.value import Value
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

PACKAGES: Final = ("flag", "github.com/spf13/pflag", "github.com/namsral/flag")
_NAMES_VARIABLES: Final = "github.com/namsral/flag"
_NAME: Final = re.compile(rf"({'|'.join(sorted(KINDS, key=len, reverse=True))})(Var)?(P?)")
_TYPES: Final = {"Duration": "time.Duration", "StringSlice": "[]string", "StringArray": "[]string"}


class Flags:
    """All flags of the sources, by name."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._by_name: defaultdict[str, list[Setting]] | None = None

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every flag that is declared."""
        return tuple(setting for found in self.by_name.values() for setting in found)

    @property
    def by_name(self) -> Mapping[str, list[Setting]]:
        """The flags of each name; while they are collected, those found so far."""
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for setting in self._all():
                self._by_name[setting.flag].append(setting)
        return self._by_name

    def named(self, name: str, package: str = "") -> Value | None:
        """Return what a flag is worth, None when there is none of that name.

        Where commands have flags of the same name, those of the same package come first.
        """
        known = self.by_name.get(name, [])
        near = [setting for setting in known if setting.package == package] or known
        if not near:
            return None
        found = near[0].value()
        same = all(setting.default == found.text for setting in near)
        return found if same else Value(None, found.variable, name, False, f"several flags {name}")

    def of(self, frame: Frame, expr: Expr) -> Setting | None:
        """Return the flag that a call or a literal declares."""
        if expr[0] == "literal":
            return self._urfave(frame, expr)
        if expr[0] == "unary":
            return self.of(frame, expr[2])
        if expr[0] != "call" or (not expr[2] and expr[1][0] != "select"):
            return None
        return self._declared(frame, expr) or self._kingpin(frame, expr)

    def _all(self) -> Iterator[Setting]:
        sources = self._values.sources
        for name in _method_names():
            calls = list(sources.methods(name))
            calls += sources.calling(*(f"{package}.{name}" for package in PACKAGES))
            yield from self._of_calls(calls)
        for literal in sources.literals:
            setting = self._urfave(frame_of(literal), literal.expr)
            if setting:
                yield setting
        for call in (*sources.methods("Flag"), *sources.calling(*_kingpin_names())):
            yield from self._kingpin_chain(call)

    def _of_calls(self, calls: Sequence[Call]) -> Iterator[Setting]:
        for call in calls:
            setting = self._declared(frame_of(call), call.expr)
            if setting:
                yield setting

    # flag, pflag, cobra

    def _declared(self, frame: Frame, call: Expr) -> Setting | None:
        called, arguments = call[1], call[2]
        match = _NAME.fullmatch(called[2]) if called[0] == "select" else None
        if not match or len(arguments) != 3 + bool(match[2]) + bool(match[3]):
            return None
        qualified = self._values.sources.qualified(frame.source, called)
        package = qualified.rpartition(".")[0]
        if package and package not in PACKAGES and called[1][0] == "name":
            return None
        rest = arguments[1:] if match[2] else arguments
        name, usage = self._text(frame, rest[0]), rest[-1]
        if not name or not re.fullmatch(r"[\w.:-]+", name) or usage[0] in ("number", "function"):
            return None
        return self._setting(frame, call, name, rest[-2], match[1], package)

    def _setting(
        self, frame: Frame, call: Expr, name: str, default: Expr, kind: str, package: str
    ) -> Setting:
        found = self._values.follow(frame, default)
        names = found.variables
        if package == _NAMES_VARIABLES:
            names = (*names, variable_name(name))
        names += tuple(self._from_ff(frame, name))
        return Setting(
            frame.source.at(call[3], f"--{name}" if len(name) > 1 else f"-{name}"),
            frame.source.package,
            names,
            name,
            found.text if found.text is not None or found.is_set_outside else None,
            False,
            _TYPES.get(kind, kind.lower()),
        )

    def _from_ff(self, frame: Frame, name: str) -> Iterator[str]:
        """Yield the variable that peterbourgon/ff reads for a flag."""
        if not any("peterbourgon/ff" in i.path for s in self._files(frame) for i in s.file.imports):
            return
        for prefix in self._ff_prefixes:
            yield variable_name(f"{prefix}_{name}" if prefix else name)

    def _files(self, frame: Frame) -> Sequence[SourceFile]:
        return self._values.sources.packages.get(frame.source.package, ())

    @cached_property
    def _ff_prefixes(self) -> tuple[str, ...]:
        found: list[str] = []
        for qualified in self._values.sources.called:
            package, _, name = qualified.rpartition(".")
            if "peterbourgon/ff" not in package:
                continue
            for call in self._values.sources.calling(qualified):
                if name == "WithEnvVarPrefix" and call.arguments:
                    found.append(self._text(frame_of(call), call.arguments[0]) or "")
                elif name in ("WithEnvVars", "WithEnvVarNoPrefix"):
                    found.append("")
        return tuple(dict.fromkeys(found))

    # urfave/cli

    def _urfave(self, frame: Frame, literal: Expr) -> Setting | None:
        fields = {key[1]: value for key, value in literal[2] if key and key[0] == "name"}
        if not literal[1].endswith("Flag") or "Name" not in fields:
            return None
        name = self._text(frame, fields["Name"])
        if not name:
            return None
        default = self._values.follow(frame, fields["Value"]) if "Value" in fields else None
        return Setting(
            frame.source.at(literal[3], f"--{name}"),
            frame.source.package,
            tuple(self._urfave_variables(frame, fields)),
            name.split(",")[0].strip(),
            default.text if default else None,
            fields.get("Required") == ("name", "true"),
            _urfave_type(literal[1]),
        )

    def _urfave_variables(self, frame: Frame, fields: Mapping[str, Expr]) -> Iterator[str]:
        exprs: list[Expr] = []
        if "EnvVar" in fields:
            text = self._text(frame, fields["EnvVar"]) or ""
            yield from (word.strip() for word in text.split(",") if word.strip())
        if fields.get("EnvVars", ("",))[0] == "literal":
            exprs += [value for _, value in fields["EnvVars"][2]]
        elif fields.get("EnvVars", ("",))[0] == "call":
            exprs += fields["EnvVars"][2]
        if fields.get("Sources", ("",))[0] == "call":
            exprs += fields["Sources"][2]
        for expr in exprs:
            name = self._text(frame, expr)
            if name and re.fullmatch(r"\w+", name):
                yield name

    # kingpin

    def _kingpin_chain(self, call: Call) -> Iterator[Setting]:
        """Yield the flag of the whole chain that a kingpin Flag call begins."""
        if not _imports_kingpin(call) or len(call.arguments) != 2:
            return
        for expr in (*call.statement.values, *call.statement.targets):
            for outer in _outermost(expr, call.expr):
                setting = self._kingpin(frame_of(call), outer)
                if setting:
                    yield setting

    def _kingpin(self, frame: Frame, call: Expr) -> Setting | None:
        links = dict(_links(call))
        if "Flag" not in links or len(links["Flag"]) != 2 or not (links.keys() - {"Flag"}):
            return None
        name = self._text(frame, links["Flag"][0])
        if not name:
            return None
        envar = self._text(frame, links["Envar"][0]) if links.get("Envar") else None
        default = links.get("Default")
        found = self._values.follow(frame, default[0]) if default else None
        kind = next(iter(links)).removesuffix("Var")
        return Setting(
            frame.source.at(call[3], f"--{name}"),
            frame.source.package,
            (envar,) if envar else (),
            name,
            found.text if found else None,
            "Required" in links,
            _TYPES.get(kind, kind.lower()),
        )

    def _text(self, frame: Frame, expr: Expr) -> str | None:
        return self._values.follow(frame, expr).text


def variable_name(flag: str) -> str:
    """Return the usual variable of a flag: listen-addr is LISTEN_ADDR."""
    return re.sub(r"[-./:]", "_", flag).upper()


def _method_names() -> list[str]:
    return [kind + var + p for kind in KINDS for var in ("", "Var") for p in ("", "P")]


def _kingpin_names() -> tuple[str, ...]:
    return (
        "github.com/alecthomas/kingpin/v2.Flag",
        "gopkg.in/alecthomas/kingpin.v2.Flag",
        "github.com/alecthomas/kingpin.Flag",
        "github.com/alecthomas/kingpin/v3.Flag",
    )


def _imports_kingpin(call: Call) -> bool:
    return any("kingpin" in i.path for i in call.source.file.imports)


def _urfave_type(text: str) -> str:
    kind = text.rpartition(".")[2].removesuffix("Flag")
    return _TYPES.get(kind, kind.lower())


def _links(call: Expr) -> Iterator[tuple[str, tuple[Expr, ...]]]:
    """Yield the methods of a chain with their arguments, the last one first."""
    while call[0] == "call" and call[1][0] == "select":
        yield call[1][2], call[2]
        call = call[1][1]


def _outermost(expr: Expr, inner: Expr) -> Iterator[Expr]:
    """Yield the longest chain of calls in an expression that begins with `inner`."""
    waiting = [expr]
    while waiting:
        here = waiting.pop()
        chain = here
        while chain[0] == "call" and chain[1][0] == "select" and chain is not inner:
            chain = chain[1][1]
        if chain is inner and here[0] == "call":
            yield here
            return
        waiting += parts_of(here)
