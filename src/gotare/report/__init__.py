"""How findings are shown: as text for people, and in the formats of other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from gotare.frozen import dataclass

TextOf = Callable[[str], str]
"""Returns the text of a file by the path that is shown, "" for one that is not known."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is to be said of a rule in general. `page` is Markdown, `level` error, warning, info."""

    id: str
    title: str
    level: str = "warning"
    page: str = ""
    tags: tuple[str, ...] = ()
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
