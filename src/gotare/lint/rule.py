"""What a rule is: a name, how bad its finding is, and a small function that looks at one subject.

Policy (what is selected, ignored, how severe, what fails) is no business of rules: see `policy.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from gotare.findings import Fix, Severity
from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Span

Kind = Literal["dockerfile", "dockerignore", "compose", "kubernetes", "workflow", "makefile", "go"]
Family = Literal[
    "cache", "go-build", "linking", "platform", "runtime", "security", "correctness", "compose",
    "kubernetes", "workflow", "go-source",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of one place in the subject's file; `path` is another file, where it is.
    `severity` None: that of the rule."""

    message: str
    span: Span
    hint: str = ""
    fix: Fix | None = None
    path: str = ""
    severity: Severity | None = None


Check = Callable[[Any], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `title` says in one sentence what is wrong. `equivalents` are the ids of other tools:
    {"hadolint": ("DL3007",), "buildkit": ("StageNameCasing",), "trivy": (…), "checkov": (…),
    "dockle": (…)}. `fixes`: whether it offers a fix, and whether that is safe."""

    id: str
    kind: Kind
    family: Family
    severity: Severity
    title: str
    check: Check
    fixes: Literal["", "safe", "unsafe"] = ""
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def findings(self, subject: Any) -> Iterator[Found]:
        """Yield what it finds in a subject of its kind."""
        yield from self.check(subject)
