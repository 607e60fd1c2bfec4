"""What validation found: problems, and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gotare.errors import ValidationError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an image.

    `rule` is a stable identifier, `digest` the blob it was found in ("" for none), `path` the file
    in a layer or the place in a document ("" for none).
    """

    severity: Severity
    rule: str
    message: str
    digest: str = ""
    path: str = ""

    def __str__(self) -> str:
        where = f" in {self.digest[:19]}" if self.digest else ""
        return f"{self.severity}: {self.message}{where} [{self.rule}]"

    def json(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return {
            "severity": self.severity,
            "rule": self.rule,
            "message": self.message,
            "digest": self.digest,
            "path": self.path,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one validation, and how much was looked at."""

    findings: tuple[Problem, ...] = ()
    manifests: int = 0
    """Indexes and manifests read."""
    blobs: int = 0
    """Configs, layers and other blobs whose digest was checked."""
    files: int = 0
    """Entries of layers."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The findings that break the specification."""
        return tuple(problem for problem in self.findings if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The findings that are allowed but rarely meant."""
        return tuple(problem for problem in self.findings if problem.severity == "warning")

    def raise_for_errors(self) -> None:
        """Raise ValidationError with the first three errors; do nothing when there is none."""
        if not self.errors:
            return
        rest = len(self.errors) - 3
        lines = [f"{problem.message} [{problem.rule}]" for problem in self.errors[:3]]
        more = [f"and {rest} more"] if rest > 0 else []
        raise ValidationError(
            "the image is not valid: " + "; ".join(lines + more),
            "build or copy it again; `gotare validate IMAGE` lists every problem",
        )

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "valid": not self.errors,
            "manifests": self.manifests,
            "blobs": self.blobs,
            "files": self.files,
            "findings": [problem.json() for problem in self.findings],
        }
