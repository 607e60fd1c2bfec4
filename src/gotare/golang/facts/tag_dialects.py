"""How configuration libraries read struct tags: which variable and flag a field has, what default.

The libraries: caarlos0/env, cleanenv, go-envconfig, envdecode, Netflix/go-env and whatever else
says `env:"NAME"`; kelseyhightower/envconfig; ardanlabs/conf; kong; go-flags; go-arg.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from gotare.golang.syntax.file import Field

Tags = Mapping[str, str]

_TAG: Final = r'([\w-]+):"((?:[^"\\]|\\.)*)"'
_INNER: Final = r"([\w-]+)(?:=('(?:[^'\\]|\\.)*'|[^,]*))?"
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_WORDS: Final = r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+"
_TRUE: Final = frozenset({"true", "1", "t", "T", "TRUE", "True", "yes"})


class Scope(NamedTuple):
    """What the structs around a field add to its names: to variables, and to flags."""

    variables: str = ""
    flags: str = ""


class Read(NamedTuple):
    """What a field's tags say."""

    names: tuple[str, ...] = ()
    flag: str = ""
    default: str | None = None
    required: bool = False
    is_file: bool = False


class Dialect(NamedTuple):
    """A way to read tags. `leaf` reads a field, None where it is not configuration; `inside` is
    the scope within a field that is a struct; `marks` are tags that only this dialect has."""

    leaf: Callable[[Field, Tags, Scope], Read | None]
    inside: Callable[[Field, Tags, Scope, bool], Scope]
    marks: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    """Tags that make a field of a struct type one value."""


def tags_of(text: str) -> Tags:
    """Return a tag's parts; where a key stands twice the first one counts, as in Go."""
    found: dict[str, str] = {}
    for key, value in re.findall(_TAG, text):
        found.setdefault(key, re.sub(r'\\(["\\])', r"\1", value))
    if "kong" in found:
        for key, value in re.findall(_INNER, found["kong"]):
            found.setdefault(key, value.strip("'"))
    return found


def words_of(name: str) -> list[str]:
    """Split a name in camel case: APIHost is API and Host."""
    return re.findall(_WORDS, name)


def snake(name: str) -> str:
    """Return a field's name as a variable: APIHost is API_HOST."""
    return "_".join(words_of(name)).upper()


def kebab(name: str) -> str:
    """Return a field's name as a flag: APIHost is api-host."""
    return "-".join(words_of(name)).lower()


# tags that begin with env


def _env(field: Field, tags: Tags, scope: Scope) -> Read | None:
    if "env" not in tags:
        return None
    text, _, default = tags["env"].partition("default=")
    words = [word.strip() for word in text.split(",")]
    names = tuple(_names(words))
    if not names:
        return None
    given = (tags.get(key) for key in ("envDefault", "env-default", "default"))
    told = default if "default=" in tags["env"] else next((d for d in given if d is not None), None)
    return Read(
        tuple(scope.variables + name for name in names),
        tags.get("long", ""),
        told,
        _is_required(words, tags),
        "file" in words[1:],
    )


def _names(words: list[str]) -> Iterator[str]:
    """Yield the names in an env tag: the first word, and others that can only be names."""
    if words and _NAME.fullmatch(words[0]):
        yield words[0]
        yield from (word for word in words[1:] if re.fullmatch(r"[A-Z][A-Z0-9_]+", word))


def _is_required(words: list[str], tags: Tags) -> bool:
    said = {"required", "notEmpty", "required=true"} & set(words[1:])
    return bool(said) or any(
        tags.get(key, "false") in _TRUE or tags.get(key) == ""
        for key in ("required", "env-required")
    )


def _env_inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    in_tag = re.search(r"prefix=([^,]*)", tags.get("env", ""))
    more = in_tag[1] if in_tag else tags.get("envPrefix", tags.get("env-prefix", ""))
    return Scope(scope.variables + more, scope.flags)


# kelseyhightower/envconfig


def _envconfig(field: Field, tags: Tags, scope: Scope) -> Read | None:
    if tags.get("ignored") in _TRUE or not field.name[:1].isupper():
        return None
    alone = tags.get("envconfig", "").upper()
    name = alone or (snake(field.name) if tags.get("split_words") in _TRUE else field.name.upper())
    names: tuple[str, ...] = (f"{scope.variables}_{name}",) if scope.variables else (name,)
    if alone and scope.variables:
        names = (*names, alone)
    required = tags.get("required") in _TRUE
    return Read(names, "", tags.get("default"), required)


def _envconfig_inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    if embedded and "envconfig" not in tags:
        return scope
    name = tags.get("envconfig", "").upper()
    name = name or (snake(field.name) if tags.get("split_words") in _TRUE else field.name.upper())
    return Scope(f"{scope.variables}_{name}" if scope.variables else name, "")


# ardanlabs/conf


def _conf(field: Field, tags: Tags, scope: Scope) -> Read | None:
    said = tags.get("conf", "")
    if said == "-" or field.name in ("Build", "Desc", "SVN"):
        return None
    options = dict(part.partition(":")[::2] for part in re.split(r",(?=[a-z]+(?::|,|$))", said))
    prefix, path = scope.variables, scope.flags
    name = options.get("env") or "_".join(filter(None, (path, snake(field.name))))
    flag = options.get("flag") or "-".join(filter(None, (path, snake(field.name))))
    return Read(
        (f"{prefix}_{name}" if prefix else name,),
        flag.lower().replace("_", "-"),
        options.get("default"),
        "required" in options,
    )


def _conf_inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    if embedded:
        return scope
    return Scope(scope.variables, "_".join(filter(None, (scope.flags, snake(field.name)))))


# kong


def _kong(field: Field, tags: Tags, scope: Scope) -> Read | None:
    if tags.keys() & {"arg", "cmd", "embed"} or tags.get("kong") == "-":
        return None
    names = [name.strip() for name in tags.get("env", "").split(",")]
    return Read(
        tuple(scope.variables + name for name in names if name and name != "-"),
        scope.flags + (tags.get("name") or kebab(field.name)),
        tags.get("default"),
        "required" in tags,
    )


def _kong_inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    return Scope(scope.variables + tags.get("envprefix", ""), scope.flags + tags.get("prefix", ""))


# go-flags


def _go_flags(field: Field, tags: Tags, scope: Scope) -> Read | None:
    if not tags.keys() & {"long", "short"}:
        return None
    name, variable = tags.get("long") or tags.get("short", ""), tags.get("env")
    required = tags.get("required", "") in _TRUE
    names = (scope.variables + variable,) if variable else ()
    return Read(names, scope.flags + name, tags.get("default"), required)


def _go_flags_inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    variables, flags = tags.get("env-namespace"), tags.get("namespace")
    return Scope(
        scope.variables + (f"{variables}_" if variables else ""),
        scope.flags + (f"{flags}." if flags else ""),
    )


# go-arg


def _go_arg(field: Field, tags: Tags, scope: Scope) -> Read | None:
    said = [word.strip() for word in tags.get("arg", "").split(",")]
    if said[0] in ("-", "positional") or "positional" in said or "subcommand" in said[0]:
        return None
    flag = next((word[2:] for word in said if word.startswith("--")), field.name.lower())
    names = [word[4:] for word in said if word.startswith("env:")]
    if "env" in said:
        names.append(snake(field.name))
    return Read(tuple(names), flag, tags.get("default"), "required" in said)


def _same(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
    return scope


ENV: Final = Dialect(_env, _env_inside, frozenset({"env"}), frozenset({"env"}))
ENVCONFIG: Final = Dialect(_envconfig, _envconfig_inside, frozenset({"envconfig"}))
CONF: Final = Dialect(_conf, _conf_inside)
KONG: Final = Dialect(_kong, _kong_inside)
GO_FLAGS: Final = Dialect(_go_flags, _go_flags_inside)
GO_ARG: Final = Dialect(_go_arg, _same)
