"""All settings that configuration libraries declare: struct tags, flags, and the keys of viper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gotare.golang.facts.setting import Setting

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values


def library_settings(values: Values) -> Iterator[Setting]:
    """Yield every setting once, in the order of the sources."""
    yield from values.tags.settings
    yield from values.flags.settings
    yield from values.viper.settings.values()
    yield from values.koanf.settings
