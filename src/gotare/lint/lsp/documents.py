"""The documents that are open in the editor: their texts, and what kind of file each is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.files import MAX_SIZE, Target
from gotare.lint.kinds import kind_of_name, kind_of_text
from gotare.lint.rule import Kind

_LANGUAGES: Final[Mapping[str, Kind]] = {
    "dockerfile": "dockerfile",
    "dockercompose": "compose",
    "yaml.docker-compose": "compose",
    "makefile": "makefile",
    "make": "makefile",
    "github-actions-workflow": "workflow",
    "go": "go",
}
"""What editors call the kinds of files, where names do not tell."""

_PEEK: Final = 1 << 16
"""How much of a document is looked at to see what kind it is."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document. `place` None: it is in no file. `shown` is its path below the folder that is
    open."""

    uri: str
    version: int
    language: str
    text: str
    place: Path | None
    shown: str

    @property
    def kind(self) -> Kind | None:
        """The kind of file; None where no rule looks at it."""
        if self.shown.endswith("_test.go"):
            return None
        known = kind_of_name(self.shown) or kind_of_text(self.shown, self.text[:_PEEK])
        return known or _LANGUAGES.get(self.language)

    @property
    def is_too_large(self) -> bool:
        """Whether it is larger than what is linted."""
        return len(self.text) > MAX_SIZE

    @property
    def target(self) -> Target | None:
        """The document as a file to lint, or None."""
        kind = self.kind
        return Target(self.shown, self.place, kind, named=True) if kind else None


def shown_path(place: Path | None, root: Path, uri: str) -> str:
    """Return the path of a document as people would type it in the folder that is open."""
    if place is None:
        return uri.rpartition("/")[2].rpartition(":")[2] or uri
    try:
        return place.relative_to(root).as_posix()
    except ValueError:
        return os.fspath(place)
