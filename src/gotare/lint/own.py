"""What the linter says of files by itself, beside the rules: it cannot read them, or an ignore is
idle. These ids can be ignored and graded as rules can, and have pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gotare.findings import Severity
from gotare.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Own:
    """An id, how bad it is, and in one sentence what is wrong."""

    id: str
    severity: Severity
    title: str


OWN: Final[Mapping[str, Own]] = {
    own.id: own
    for own in (
        Own("syntax", Severity.ERROR, "The file cannot be read as what its name says."),
        Own("unreadable", Severity.ERROR, "The file is binary, too large, or cannot be opened."),
        Own("internal", Severity.ERROR, "A rule failed on this file: a defect of gotare."),
        Own("unknown-ignore", Severity.WARNING, "An ignore names a rule that does not exist."),
        Own("unused-ignore", Severity.INFO, "An ignore names a rule that finds nothing there."),
    )
}
