"""All settings that configuration libraries declare: struct tags, flags, and the keys of viper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.setting import Setting

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values


VIPER: Final = "github.com/spf13/viper"
KOANF: Final = "github.com/knadh/koanf"

VIPER_TYPES: Final = {
    "GetDuration": "time.Duration", "GetInt": "int", "GetInt32": "int", "GetInt64": "int",
    "GetUint": "int", "GetUint16": "int", "GetBool": "bool", "GetFloat64": "float64",
    "GetStringSlice": "[]string", "GetString": "string", "Get": "", "IsSet": "",
}  # fmt: skip
"""What viper's functions and methods that read a key return."""


def library_settings(values: Values) -> Iterator[Setting]:
    """Yield every setting once, in the order of the sources."""
    yield from values.tags.settings
    yield from values.flags.settings
    if values.viper:
        yield from values.viper.settings.values()
    if values.koanf:
        yield from values.koanf.settings
