"""What a score card is drawn from: findings, the files themselves, and the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

from gotare.findings import Finding
from gotare.frozen import dataclass
from gotare.lint.rule import Kind
from gotare.lint.run import Linted

if TYPE_CHECKING:
    from gotare.lint.dockerfile.model import Build, Stage
    from gotare.plan import ImagePlan, Plan

State = Literal["met", "not met", "not applicable"]

_DEVELOPMENT: Final = re.compile(r"(?:^|[._/-])(?:dev|develop|development|test|tests|debug|local|e2e)(?:[._/-]|$)")  # fmt: skip  # noqa: E501


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a line of the list is met, why, and the place that shows it."""

    state: State
    evidence: str
    at: str = ""


def met(evidence: str, at: str = "") -> Verdict:
    """Say that a line is met."""
    return Verdict("met", evidence, at)


def not_met(evidence: str, at: str = "") -> Verdict:
    """Say that a line is not met."""
    return Verdict("not met", evidence, at)


def no_matter(evidence: str) -> Verdict:
    """Say that a line does not apply."""
    return Verdict("not applicable", evidence)


class Evidence:
    """The files that were linted, with what was found, and the plan of the project."""

    def __init__(self, files: Sequence[Linted], plan: Plan | None, names: Iterable[str]) -> None:
        self._files, self.plan = files, plan
        self.names = frozenset(names)
        """The files of the folder, relative to it."""

    def of(self, *kinds: Kind) -> list[Linted]:
        """Return the files of some kinds that are meant for production."""
        return [f for f in self._files if f.source.kind in kinds and not _is_development(f)]

    def found(self, rules: Iterable[str]) -> list[Finding]:
        """Return the findings of some rules in files that are meant for production."""
        wanted = set(rules)
        mine = (file for file in self._files if not _is_development(file))
        return [f for file in mine for f in file.findings if f.rule in wanted]

    def says(self, pattern: str, *kinds: Kind) -> str:
        """Return the first place, as path:line, where a file of some kinds says something."""
        expression = re.compile(pattern, re.IGNORECASE)
        for file in self.of(*kinds):
            for number, line in enumerate(file.source.text.split("\n"), 1):
                if expression.search(line) and not line.lstrip().startswith("#"):
                    return f"{file.source.shown}:{number}"
        return ""

    @cached_property
    def builds(self) -> list[tuple[str, Build]]:
        """The Dockerfiles with their stages, by path."""
        from gotare.lint.dockerfile.parse import parse_dockerfile
        from gotare.lint.dockerfile.stages import build_of

        made = []
        for file in self.of("dockerfile"):
            path, text = file.source.shown, file.source.text
            made.append((path, build_of(parse_dockerfile(text, path))))
        return [(path, build) for path, build in made if build.stages]

    @property
    def finals(self) -> Iterator[tuple[str, Stage]]:
        """The last stage of each Dockerfile, with its place as path:line. Dockerfile.NAME beside
        a Dockerfile is another way to build the same, and not looked at."""
        paths = {path for path, _ in self.builds}
        for path, build in self.builds:
            is_variant = PurePosixPath(path).name.startswith("Dockerfile.")
            main = str(PurePosixPath(path).with_name("Dockerfile"))
            if build.final is not None and not (is_variant and main in paths):
                line = build.file.line_of(build.final.source.span.start)
                yield f"{path}:{line}", build.final

    @property
    def services(self) -> list[ImagePlan]:
        """The images of the plan whose programs listen."""
        images = self.plan.images if self.plan else ()
        return [image for image in images if image.workload.ports]


def _is_development(file: Linted) -> bool:
    path = PurePosixPath(file.source.shown)
    return bool(_DEVELOPMENT.search(str(path).lower()))
