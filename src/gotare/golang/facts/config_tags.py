"""Settings that struct tags declare: every struct of the project that a library fills."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from gotare.golang.facts.frame import Frame, frame_of
from gotare.golang.facts.setting import Setting
from gotare.golang.facts.settings_libraries import KOANF, VIPER
from gotare.golang.facts.sources import Call, SourceFile
from gotare.golang.facts.struct_types import (
    Type,
    fields_of,
    find_field,
    is_embedded,
    struct_of,
    type_of_field,
)
from gotare.golang.facts.tag_dialects import (
    CONF,
    ENV,
    ENVCONFIG,
    GO_ARG,
    GO_FLAGS,
    KONG,
    Dialect,
    Scope,
    tags_of,
)
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Field, Struct

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_DEEPEST: Final = 6
_MOST: Final = 2000
"""How deep structs are looked into, and how many settings are kept."""

_LOADERS: Final = (
    (r"github\.com/kelseyhightower/envconfig\.(Must)?Process", ENVCONFIG, 1, 0),
    (r"github\.com/vrischmann/envconfig\.Init.*", ENVCONFIG, 0, None),
    (r"github\.com/caarlos0/env(/v\d+)?\.(Must)?Parse.*", ENV, 0, None),
    (r"github\.com/sethvargo/go-envconfig\.(Must)?Process.*", ENV, 1, None),
    (r"github\.com/ilyakaznacheev/cleanenv\.Read(Env|Config|)", ENV, -1, None),
    (r"github\.com/Netflix/go-env\.\w+", ENV, -1, None),
    (r"github\.com/joeshaw/envdecode\.\w+", ENV, 0, None),
    (r"github\.com/ardanlabs/conf(/v\d+)?\.Parse\w*", CONF, -1, -2),
    (r"github\.com/alecthomas/kong\.(Parse|New|Must)", KONG, 0, None),
    (r"github\.com/jessevdk/go-flags\.(Parse|NewParser|ParseArgs|New\w*Parser)", GO_FLAGS, 0, None),
    (r"github\.com/alexflint/go-arg\.(MustParse|Parse)", GO_ARG, 0, None),
)
"""(what loads, how it reads tags, the argument that is filled, the one that is a prefix)."""


class Place(NamedTuple):
    """A field of a struct that a library fills: the struct, and the way from it."""

    package: str
    name: str
    path: str


class Tagged:
    """All settings of tags, by the field that holds them."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._sources = values.sources
        self._ways: dict[Place, Setting] = {}
        self._owners: defaultdict[Place, list[Setting]] = defaultdict(list)
        self._seen: set[tuple[str, str]] = set()
        self._is_built = False

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every setting that a tag declares; while they are collected, those found so far."""
        if not self._is_built:
            self._is_built = True
            self._build()
        return tuple(self._ways.values())

    def _build(self) -> None:
        for root, source, dialect, scope in self._roots():
            self._walk(root, root, source, (), dialect, scope, _DEEPEST)
        for root, source, dialect in self._others():
            inner = {type_[:2] for type_ in self._inner_types(root)}
            if root[:2] not in self._seen and not self._seen & inner:
                self._walk(root, root, source, (), dialect, Scope(), _DEEPEST)

    def of_field(self, frame: Frame, expr: Expr) -> Setting | None:
        """Return the setting that fills `x.y.z`, None when no library does."""
        if not self._is_built:
            self._is_built = True
            self._build()
        if not self._ways:
            return None
        path: list[str] = []
        outer = expr
        while outer[0] == "select":
            path.insert(0, outer[2])
            outer = outer[1]
            found = self._of_path(frame, outer, path)
            if found:
                return found
        return self._of_owner(frame, expr)

    def _of_path(self, frame: Frame, expr: Expr, path: list[str]) -> Setting | None:
        """Return the setting of a field by the way to it from the struct that is filled."""
        type_ = self._values.types.of(frame, expr)
        found = find_field(self._sources, type_, path[0]) if type_ else None
        if not type_ or not found:
            return None
        whole = type_.inside + ".".join((*found[1], *path[1:]))
        return self._ways.get(Place(type_.package, type_.name, whole))

    def _of_owner(self, frame: Frame, expr: Expr) -> Setting | None:
        """Return the setting of a field by the struct that declares it."""
        type_ = self._values.types.of(frame, expr[1])
        found = find_field(self._sources, type_, expr[2]) if type_ else None
        if not found:
            return None
        owner = found[0]
        return self._shared(Place(owner.package, owner.name, owner.inside + expr[2]))

    def _shared(self, place: Place) -> Setting | None:
        """Return the setting of a field whose struct is filled more than once, as far as these
        agree."""
        found = self._owners.get(place)
        if not found:
            return None
        first = found[0]
        names = first.names if all(s.names == first.names for s in found) else ()
        default = first.default if all(s.default == first.default for s in found) else None
        return replace(first, names=names, default=default)

    # which structs

    def _roots(self) -> Iterator[tuple[Type, SourceFile, Dialect, Scope]]:
        sources = self._sources
        for qualified in [name for name in sources.called if name.startswith("github.com/")]:
            for pattern, dialect, index, prefix in _LOADERS:
                if re.fullmatch(pattern, qualified):
                    for call in sources.calling(qualified):
                        yield from self._root(call, dialect, index, prefix)
        for tool, dialect in self._keyed():
            for call in (*self._methods(*tool), *self._of_viper(tool)):
                yield from self._root(call, dialect, -1, None)

    def _methods(self, *names: str) -> Iterator[Call]:
        """Yield calls of methods in files that import viper or koanf."""
        for call in self._sources.methods(*names):
            if any(i.path.startswith((VIPER, KOANF)) for i in call.source.file.imports):
                yield call

    def _of_viper(self, names: tuple[str, ...]) -> tuple[Call, ...]:
        return self._sources.calling(*(f"{VIPER}.{name}" for name in names))

    def _keyed(self) -> Iterator[tuple[tuple[str, ...], Dialect]]:
        viper, koanf = self._values.viper, self._values.koanf
        if not (viper or koanf):
            return
        from gotare.golang.facts.key_dialects import koanf_dialect, viper_dialect

        names = ("Unmarshal", "UnmarshalExact", "UnmarshalKey", "UnmarshalWithConf")
        if viper:
            yield names, viper_dialect(viper)
        if koanf:
            yield names, koanf_dialect(koanf)

    def _root(
        self, call: Call, dialect: Dialect, index: int, prefix: int | None
    ) -> Iterator[tuple[Type, SourceFile, Dialect, Scope]]:
        arguments = call.arguments
        frame = frame_of(call)
        if call.method == "UnmarshalWithConf" and len(arguments) == 3:
            index = 1
        if not -len(arguments) <= index < len(arguments):
            return
        type_ = self._values.types.of(frame, arguments[index])
        found = struct_of(self._sources, type_) if type_ else None
        if not type_ or not found:
            return
        scope = self._scope(call, dialect, prefix)
        yield type_, found[0] or call.source, dialect, scope

    def _scope(self, call: Call, dialect: Dialect, prefix: int | None) -> Scope:
        arguments = call.arguments
        if prefix is not None and -len(arguments) <= prefix < len(arguments):
            text = self._values.value(call, arguments[prefix]).text or ""
            return Scope(text.upper().replace("-", "_") if dialect is CONF else text.upper())
        if dialect is ENV:
            return Scope(self._env_prefix(call))
        if call.method in ("UnmarshalKey", "Unmarshal", "UnmarshalWithConf") and len(arguments) > 1:
            key = self._values.value(call, arguments[0]).text
            return Scope("", f"{key.lower()}." if key else "")
        return Scope()

    def _env_prefix(self, call: Call) -> str:
        """Return the prefix in env.Options, or in the PrefixLookuper, of a call."""
        for argument in call.arguments:
            for key, value in argument[2] if argument[0] == "literal" else ():
                if key == ("name", "Prefix"):
                    return self._values.value(call, value).text or ""
        if "sethvargo" in call.qualified:
            for one in self._sources.calling("github.com/sethvargo/go-envconfig.PrefixLookuper"):
                if one.arguments and one.source.package == call.source.package:
                    return self._values.value(one, one.arguments[0]).text or ""
        return ""

    def _others(self) -> Iterator[tuple[Type, SourceFile, Dialect]]:
        """Yield the structs with telling tags, the outer ones first."""
        dialects = [ENV, ENVCONFIG, *(dialect for _, dialect in self._keyed())]
        for dialect in dialects:
            marked = self._marked(dialect)
            inner = {found[:2] for type_, _ in marked for found in self._inner_types(type_)}
            outer = [one for one in marked if one[0][:2] not in inner]
            yield from ((type_, source, dialect) for type_, source in (*outer, *marked))

    def _marked(self, dialect: Dialect) -> list[tuple[Type, SourceFile]]:
        """Return the structs with a dialect's tags, and those around them."""
        found: dict[tuple[str, str], tuple[Type, SourceFile]] = {}
        marks = tuple(f'{mark}:"' for mark in dialect.marks)
        structs = [(s, struct) for s in self._sources.files for struct in s.file.structs]
        parses_flags = any("jessevdk/go-flags." in name for name in self._sources.called)
        for source, struct in structs:
            if not parses_flags and any('long:"' in field.tag for field in struct.fields):
                continue  # for go-flags, whose `env` is like others', and nobody asks it
            if any(mark in field.tag for field in struct.fields for mark in marks):
                type_ = Type(source.package, struct.name)
                found[type_[:2]] = type_, source
        for _ in range(2 if found else 0):
            names = {name for _, name in found}
            for source, struct in structs:
                type_ = Type(source.package, struct.name)
                if type_[:2] not in found and self._holds(type_, struct, names, found.keys()):
                    found[type_[:2]] = type_, source
        return list(found.values())

    def _holds(
        self, type_: Type, struct: Struct, names: Set[str], found: Set[tuple[str, str]]
    ) -> bool:
        """Tell whether a struct has a field of one of these types."""
        if not any(re.sub(r".*[.*\]]", "", field.type) in names for field in struct.fields):
            return False
        return any(inner[:2] in found for inner in self._inner_types(type_))

    def _inner_types(self, type_: Type) -> list[Type]:
        inner = (type_of_field(self._sources, type_, f) for f in fields_of(self._sources, type_))
        return [found for found in inner if found and found[:2] != type_[:2]]

    # what is in them

    def _walk(
        self,
        root: Type,
        type_: Type,
        source: SourceFile,
        path: tuple[str, ...],
        dialect: Dialect,
        scope: Scope,
        depth: int,
    ) -> None:
        self._seen.add(type_[:2])
        for field in fields_of(self._sources, type_):
            if not field.name[:1].isupper() and not is_embedded(field):
                continue
            tags = tags_of(field.tag)
            here = (*path, field.name)
            inner = self._inner(type_, field)
            if inner and depth and not self._is_whole(dialect, field, tags, scope):
                there = struct_of(self._sources, inner)
                nested = dialect.inside(field, tags, scope, is_embedded(field))
                file = there[0] if there and there[0] else source
                self._walk(root, inner, file, here, dialect, nested, depth - 1)
            else:
                self._keep(root, type_, source, here, field, dialect, scope)

    def _is_whole(
        self, dialect: Dialect, field: Field, tags: Mapping[str, str], scope: Scope
    ) -> bool:
        return bool(dialect.whole & tags.keys()) and dialect.leaf(field, tags, scope) is not None

    def _inner(self, type_: Type, field: Field) -> Type | None:
        if field.type.startswith(("[", "map")):
            return None
        inner = type_of_field(self._sources, type_, field)
        return inner if inner and struct_of(self._sources, inner) else None

    def _keep(
        self,
        root: Type,
        type_: Type,
        source: SourceFile,
        path: tuple[str, ...],
        field: Field,
        dialect: Dialect,
        scope: Scope,
    ) -> None:
        if is_embedded(field) and not field.tag:
            return  # a struct of another module
        read = dialect.leaf(field, tags_of(field.tag), scope)
        if not read or not (read.names or read.flag or read.default is not None):
            return
        if len(self._ways) >= _MOST:
            return
        kind = "file" if read.is_file else field.type
        setting = Setting(
            source.at(field.line, field.name),
            type_.package,
            read.names,
            read.flag,
            read.default,
            read.required and read.default is None,
            kind,
        )
        way = Place(root.package, root.name, root.inside + ".".join(path))
        self._ways.setdefault(way, setting)
        self._owners[Place(type_.package, type_.name, type_.inside + field.name)].append(setting)
