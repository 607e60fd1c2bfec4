"""What a check finds: a rule, how bad it is, where, and how to repair it."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from gotare.frozen import dataclass


class Severity(IntEnum):
    """How bad a finding is; they can be compared."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read `error`, `warning` or `info`. Raises ValueError."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"not a severity: {word!r}") from None

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: lines and columns count from 1, columns in characters; the end is the last
    line, and the column after the last character. `path` is as the user would type it."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from `start` to `end` (offsets in the file's text) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How to repair a finding. Safe: what is built stays the same but for the flaw."""

    edits: tuple[Edit, ...]
    safe: bool
    title: str = ""
    path: str = ""
    """The file that is edited, where it is not the one of the finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw that a rule has found."""

    rule: str
    severity: Severity
    message: str
    at: Location
    hint: str = ""
    docs: str = ""
    fix: Fix | None = None

    def json(self) -> dict[str, Any]:
        """Return it as the contract has it (DESIGN.md)."""
        edits = [
            {"start": edit.start, "end": edit.end, "text": edit.text}
            for edit in (self.fix.edits if self.fix else ())
        ]
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "message": self.message,
            "path": self.at.path,
            "line": self.at.line,
            "column": self.at.column,
            "end_line": self.at.end_line or self.at.line,
            "hint": self.hint,
            "docs": self.docs,
            "fix": {"safe": self.fix.safe, "edits": edits} if self.fix else None,
        }
