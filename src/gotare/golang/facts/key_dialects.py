"""How viper and koanf fill structs: each field has a key, and the key has a variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gotare.golang.facts.tag_dialects import Dialect, Read, Scope, Tags
from gotare.golang.syntax.file import Field

if TYPE_CHECKING:
    from gotare.golang.facts.koanf_settings import Koanf
    from gotare.golang.facts.viper_settings import Viper


def viper_dialect(viper: Viper) -> Dialect:
    """Return how viper reads `mapstructure` tags. The scope's flags are the way of keys."""

    def leaf(field: Field, tags: Tags, scope: Scope) -> Read | None:
        key = scope.flags + _key(field, tags, "mapstructure")
        setting = viper.settings.get(key)
        if setting:
            return Read(setting.names, setting.flag, setting.default, setting.required)
        name = viper.variable(key)
        return Read((name,) if name else ())

    return Dialect(leaf, _inside("mapstructure"), frozenset({"mapstructure"}))


def koanf_dialect(koanf: Koanf) -> Dialect:
    """Return how koanf reads `koanf` tags."""

    def leaf(field: Field, tags: Tags, scope: Scope) -> Read | None:
        value = koanf.value(scope.flags + _key(field, tags, "koanf"))
        return Read(value.variables, "", value.text)

    return Dialect(leaf, _inside("koanf"), frozenset({"koanf"}))


def _key(field: Field, tags: Tags, tag: str) -> str:
    return (tags.get(tag, "").split(",")[0] or field.name).lower()


def _inside(tag: str) -> Callable[[Field, Tags, Scope, bool], Scope]:
    """Return how a tag names what is within a struct."""

    def inside(field: Field, tags: Tags, scope: Scope, embedded: bool) -> Scope:
        if "squash" in tags.get(tag, "").split(",")[1:]:
            return scope
        return Scope("", f"{scope.flags}{_key(field, tags, tag)}.")

    return inside
