"""Which comments at the top of a Dockerfile are directives to its parser?

`# escape=`, `# syntax=` and `# check=` count until the first line that is none of them. After a
`#!` line BuildKit still looks for syntax and check, as it does when it chooses a frontend.
Source: BuildKit's `frontend/dockerfile/parser/directives.go`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gotare.lint.dockerfile.lines import GO_SPACE
from gotare.lint.dockerfile.syntax import Directive, Span

NAMES = ("syntax", "escape", "check")
ESCAPES = ("\\", "`")

_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")


@dataclass(eq=False, repr=False)
class Directives:
    """What has been seen so far of the directives of one file."""

    escape: str = "\\"
    problem: str = ""
    """What is wrong with the line that was read last."""
    _seen: set[str] = field(default_factory=set)
    _done: bool = False
    _shebang: bool = False

    def read(self, content: str, span: Span, *, first: bool) -> Directive | None:
        """Return the directive in a line, whose text begins after its blanks."""
        self.problem = ""
        if first and content.startswith("#!"):
            self._shebang = True
            return None
        found = None if self._done else _directive(content, span)
        if not found or (self._shebang and found.name == "escape"):
            self._done = True
            return None
        self._take(found)
        return found

    def _take(self, found: Directive) -> None:
        if found.name in self._seen:
            if not self._shebang:
                self.problem = f"only one {found.name} parser directive can be used"
            return
        self._seen.add(found.name)
        if found.name == "escape":
            self._set_escape(found.value)

    def _set_escape(self, value: str) -> None:
        if value in ESCAPES:
            self.escape = value
        else:
            self.problem = f"invalid escape token {value!r}: it is ` or \\"


def _directive(content: str, span: Span) -> Directive | None:
    if not content.startswith("#"):
        return None
    found = _DIRECTIVE.match(content[1:].lstrip(GO_SPACE))
    if not found or found[1].lower() not in NAMES:
        return None
    return Directive(found[1].lower(), found[2], span)
