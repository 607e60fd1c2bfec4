"""Declares rules of one family; their ids begin with the kind of file, but for Dockerfiles'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gotare.findings import Severity
from gotare.frozen import dataclass
from gotare.lint.rule import Check, Family, Kind, Rule


@dataclass(frozen=True, slots=True)
class Declaring:
    """What the rules of a module have in common. `prefix` begins their ids, unless it is ""."""

    prefix: str
    kind: Kind
    family: Family

    def error(self, name: str, title: str, check: Check, **more: Any) -> Rule:
        """Declare a rule whose findings are errors."""
        return self._rule(name, Severity.ERROR, title, check, **more)

    def warning(self, name: str, title: str, check: Check, **more: Any) -> Rule:
        """Declare a rule whose findings are warnings."""
        return self._rule(name, Severity.WARNING, title, check, **more)

    def info(self, name: str, title: str, check: Check, **more: Any) -> Rule:
        """Declare a rule whose findings are informations."""
        return self._rule(name, Severity.INFO, title, check, **more)

    def _rule(
        self,
        name: str,
        severity: Severity,
        title: str,
        check: Check,
        fixes: Literal["", "safe", "unsafe"] = "",
        equivalents: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Rule:
        ident = f"{self.prefix}-{name}" if self.prefix else name
        return Rule(ident, self.kind, self.family, severity, title, check, fixes, equivalents or {})
