"""Which environment variables a program reads, and which flags decide about its container."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from gotare.golang.facts.defaults import Carriers
from gotare.golang.facts.env_reads import Read, Reads
from gotare.golang.facts.own_names import is_name, is_own_name
from gotare.golang.facts.required import Required
from gotare.golang.facts.secrets import is_secret
from gotare.golang.facts.setting import Setting
from gotare.golang.facts.settings_libraries import library_settings
from gotare.golang.facts.sources import Call, Sources
from gotare.golang.facts.store_urls import variables_of_stores
from gotare.golang.facts.types import Evidence, Flag, Variable
from gotare.golang.facts.value_kinds import kind_of
from gotare.golang.facts.values import Values
from gotare.golang.syntax.expressions import Expr

_CONFIG: Final = r"(?:.*[-_.])?(?:config|conf|cfg)(?:[-_.]?(?:file|path|dir))?|c|f"

_NEVER_SECRET: Final = frozenset({"bool", "duration", "port", "path", "number"})


def environment(
    sources: Sources, values: Values, packages: Collection[str]
) -> tuple[Variable, ...]:
    """Return the variables that the code of these packages reads, sorted by name.

    `packages` are import paths: a main package with all that it imports. Variables that Go, the
    shell or the system own are left out, and so is what tests read.
    """
    found: dict[str, Variable] = {}
    for variable in _all(sources, values):
        package, one = variable
        if package in packages and is_name(one.name) and not is_own_name(one.name):
            known = found.get(one.name)
            found[one.name] = _merged(known, one) if known else one
    secret = variables_of_stores(values, packages)
    return tuple(
        replace(one, secret=one.secret or name in secret) for name, one in sorted(found.items())
    )


def flags_of(sources: Sources, values: Values, packages: Collection[str]) -> tuple[Flag, ...]:
    """Return the flags that decide ports, addresses and configuration files, sorted by name."""
    found: dict[str, Flag] = {}
    for setting in (*values.flags.settings, *values.tags.settings):
        name = setting.flag
        if not name or setting.package not in packages or is_test(setting.at.path):
            continue
        kind = kind_of(name, setting.default, setting.type)
        if kind in ("port", "address") or re.fullmatch(_CONFIG, name.lower()):
            found.setdefault(name, Flag(name, setting.default or "", setting.at))
    return tuple(found[name] for name in sorted(found))


def is_test(path: str) -> bool:
    """Tell whether a file is a test's."""
    return path.endswith("_test.go") or "/testdata/" in f"/{path}"


def _all(sources: Sources, values: Values) -> Iterable[tuple[str, Variable]]:
    """Return every variable with the package that reads it; kept, for several programs ask."""
    key = _all, values.within
    kept: tuple[tuple[str, Variable], ...] | None = sources.kept.get(key)
    if kept is None:
        kept = sources.kept[key] = (*_read(values), *_declared(values), *_expanded(values))
    return kept


def _read(values: Values) -> Iterator[tuple[str, Variable]]:
    carriers, required = Carriers(values), Required(values)
    for read in Reads(values).all():
        if is_test(read.call.source.path):
            continue
        default = carriers.default(read) or None
        is_required = default is None and _is_required(read, carriers, required)
        yield (
            read.call.source.package,
            _variable(read.name, read.call.at(read.name), default, is_required, _type_of(read)),
        )


def _expanded(values: Values) -> Iterator[tuple[str, Variable]]:
    """Yield the variables in texts that os.ExpandEnv is given."""
    for call in values.sources.calling("os.ExpandEnv"):
        value = values.value(call, call.expr)
        for name in () if is_test(call.source.path) else value.variables:
            yield call.source.package, _variable(name, call.at(name), None, False, "")


def _is_required(read: Read, carriers: Carriers, required: Required) -> bool:
    if required.is_named(read.name):
        return True
    links = [read, *(Read(read.name, inner) for _, inner in read.inner)]
    for link in links:
        for frame, place in carriers.places(link):
            if required.is_tested(frame.function, place) or required.is_tested_field(frame, place):
                return True
        if any(required.is_tested(link.call.function, ok) for ok in _ok(link.call)):
            return True
    return False


def _ok(call: Call) -> tuple[Expr, ...]:
    """Return ok of `v, ok := os.LookupEnv(…)`."""
    statement = call.statement
    alone = len(statement.values) == 1 and statement.values[0] == call.expr
    return statement.targets[1:2] if alone and statement.kind == "assign" else ()


def _type_of(read: Read) -> str:
    """Return the type that the helper function of a read returns, as far as it is telling."""
    if not read.inner:
        return ""
    function = read.inner[0][0].function
    result = function.result.strip("()").split(",")[0].split() if function else []
    return result[-1] if result else ""


def _declared(values: Values) -> Iterator[tuple[str, Variable]]:
    for setting in library_settings(values):
        if is_test(setting.at.path):
            continue
        for name in setting.names[:1]:
            yield setting.package, _of_setting(setting, name)


def _of_setting(setting: Setting, name: str) -> Variable:
    default = setting.default or None
    at = Evidence(setting.at.path, setting.at.line, name)
    return _variable(name, at, default, setting.required and default is None, setting.type)


def _variable(name: str, at: Evidence, default: str | None, required: bool, type_: str) -> Variable:
    kind = kind_of(name, default, type_)
    secret = kind not in _NEVER_SECRET and is_secret(name, default)
    return Variable(name, at, default, required, secret, kind)


def _merged(one: Variable, other: Variable) -> Variable:
    """Return what two reads of one variable say together."""
    default = one.default if one.default is not None else other.default
    return replace(
        one,
        default=default,
        required=(one.required or other.required) and default is None,
        secret=one.secret or other.secret,
        kind=one.kind or other.kind,
    )
