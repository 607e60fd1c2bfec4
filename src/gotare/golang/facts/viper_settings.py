"""Settings in code that uses viper: keys, their defaults, and what variables and flags set them.

The variable of a key is PREFIX_KEY in capitals, after the replacer, as viper's documentation of
AutomaticEnv, SetEnvPrefix and SetEnvKeyReplacer says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from gotare.golang.facts.frame import frame_of
from gotare.golang.facts.setting import Setting
from gotare.golang.facts.settings_libraries import VIPER, VIPER_TYPES
from gotare.golang.facts.sources import Call
from gotare.golang.facts.value import Value, unknown
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values


class Viper:
    """The keys that viper knows. Keys do not differ by case."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._settings: dict[str, Setting] | None = None

    def value(self, key: str) -> Value:
        """Return what reading a key gives."""
        setting = self.settings.get(key.lower())
        if setting:
            return setting.value()
        name = self.variable(key)
        return (
            Value(None, name, "", True, f"viper {key}", (name,))
            if name
            else unknown(f"viper {key}")
        )

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What is known of each key; while it is collected, what was found so far."""
        if self._settings is None:
            self._settings = {}
            self._collect(self._settings)
        return self._settings

    def _collect(self, found: dict[str, Setting]) -> None:
        for call, key in self._keys("SetDefault", "Set"):
            self._add_default(found, call, key)
        for call, key in self._keys("BindEnv", "MustBindEnv"):
            self._add_names(found, call, key)
        for call, key in self._keys("BindPFlag"):
            self._add_flag(found, call, key, call.arguments[-1])
        for call in self._calls("BindPFlags"):
            self._add_all_flags(found, call)
        for call, key in self._keys(*VIPER_TYPES):
            setting = self._setting(found, call, key)
            kind = VIPER_TYPES.get(call.method or call.qualified.rpartition(".")[2], "")
            found[key] = replace(setting, type=setting.type or kind)

    def variable(self, key: str) -> str:
        """Return the variable that AutomaticEnv reads for a key, "" where it does not or where no
        shell could set it."""
        if not self._is_automatic:
            return ""
        name = self._named(key)
        return name if re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) else ""

    @cached_property
    def _is_automatic(self) -> bool:
        return next(self._calls("AutomaticEnv"), None) is not None

    def _named(self, key: str) -> str:
        name = f"{self._prefix}_{key}" if self._prefix else key
        name = name.upper()
        for old, new in self._replacements:
            name = name.replace(old.upper(), new)
        return name

    @cached_property
    def _prefix(self) -> str:
        for call in self._calls("SetEnvPrefix"):
            if call.arguments:
                return self._text(call, call.arguments[0]) or ""
        return ""

    @cached_property
    def _replacements(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the replacer that SetEnvKeyReplacer or NewWithOptions takes."""
        if not next(self._calls("SetEnvKeyReplacer", "EnvKeyReplacer"), None):
            return ()
        for call in self._values.sources.calling("strings.NewReplacer"):
            if any(i.path.startswith(VIPER) for i in call.source.file.imports):
                texts = [self._text(call, argument) or "" for argument in call.arguments]
                return tuple(zip(texts[::2], texts[1::2], strict=False))
        return ()

    def _calls(self, *names: str) -> Iterator[Call]:
        sources = self._values.sources
        yield from sources.calling(*(f"{VIPER}.{name}" for name in names))
        for call in sources.methods(*names):
            if not call.qualified and any(
                i.path.startswith(VIPER) for i in call.source.file.imports
            ):
                yield call

    def _keys(self, *names: str) -> Iterator[tuple[Call, str]]:
        for call in self._unwrapped(self._calls(*names)):
            key = self._text(call, call.arguments[0]) if call.arguments else None
            if key:
                yield call, key.lower()

    def _unwrapped(self, calls: Iterable[Call]) -> Iterator[Call]:
        """Yield calls; for one that hands all of its function's arguments on (`input...`), the
        calls of that function."""
        for call in calls:
            function = call.function
            *_, last = (function.parameters if function else ()) or (("", ""),)
            if function and last[1].startswith("...") and call.arguments == (("name", last[0]),):
                name = f"{call.source.package}.{function.name}"
                yield from self._values.sources.calling(name)
            else:
                yield call

    def _setting(self, found: Mapping[str, Setting], call: Call, key: str) -> Setting:
        known = found.get(key)
        if known:
            return known
        name = self.variable(key)
        at = call.at(f"viper {key}")
        return Setting(at, call.source.package, (name,) if name else (), key=f"viper {key}")

    def _add_default(self, found: dict[str, Setting], call: Call, key: str) -> None:
        if len(call.arguments) != 2:
            return
        value = self._values.value(call, call.arguments[1])
        setting = self._setting(found, call, key)
        if setting.default is None:
            names = (*setting.names, *(n for n in value.variables if n not in setting.names))
            found[key] = replace(setting, default=value.text, names=names)

    def _add_names(self, found: dict[str, Setting], call: Call, key: str) -> None:
        names = [self._text(call, argument) for argument in call.arguments[1:]]
        told = tuple(name for name in names if name) or (self._named(key),)
        setting = self._setting(found, call, key)
        found[key] = replace(setting, names=told)

    def _add_flag(self, found: dict[str, Setting], call: Call, key: str, flag: Expr) -> None:
        name = self._looked_up(call, flag)
        known = self._values.flags.named(name, call.source.package) if name else None
        setting = self._setting(found, call, key)
        default = setting.default
        if default is None and known:
            default = known.text
        found[key] = replace(setting, flag=name, default=default)

    def _looked_up(self, call: Call, flag: Expr) -> str:
        if flag[0] == "call" and flag[1][0] == "select" and flag[1][2] == "Lookup" and flag[2]:
            return self._text(call, flag[2][0]) or ""
        return ""

    def _add_all_flags(self, found: dict[str, Setting], call: Call) -> None:
        for flag in self._values.flags.settings:
            if flag.package == call.source.package:
                key = flag.flag.lower()
                setting = self._setting(found, call, key)
                default = setting.default if setting.default is not None else flag.default
                found[key] = replace(setting, flag=flag.flag, default=default, at=flag.at)

    def _text(self, call: Call, expr: Expr) -> str | None:
        return self._values.follow(frame_of(call), expr).text
