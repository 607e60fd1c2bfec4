"""Which programs of the project does the image of a stage run, and what is known of them?

Nothing is guessed: where it is not clear which program runs, nothing is known.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gotare.frozen import dataclass
from gotare.lint.dockerfile.contents import Contents, contents_of
from gotare.lint.dockerfile.entrypoint import Program
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.shipping import command_of, shipped

if TYPE_CHECKING:
    from gotare.golang.facts.types import ProgramFacts
    from gotare.golang.project import Project
    from gotare.lint.subjects import DockerfileSubject
    from gotare.plan import ImagePlan


@dataclass(frozen=True, slots=True)
class Image:
    """The image of a stage that somebody runs: what it holds and what it runs."""

    stage: Stage
    contents: Contents
    program: Program | None

    @property
    def runs_go(self) -> bool:
        """Whether it runs a Go program that this file builds."""
        return self.program is not None and self.program.go_build is not None


def images_in(subject: DockerfileSubject) -> Iterator[Image]:
    """Yield the images of a file that are run."""
    for stage in shipped(subject.build):
        contents = contents_of(subject.build, stage, subject.around)
        command = command_of(stage)
        yield Image(stage, contents, contents.program(command) if command else None)


def facts_of(subject: DockerfileSubject, image: Image) -> ProgramFacts | None:
    """Return what is known of the program that an image runs; None where that is not clear. This
    reads the project."""
    program, project = image.program, subject.around.project
    if program is None or project is None:
        return None
    name = posixpath.basename(program.name)
    build = program.go_build
    if build is not None and build.remote:
        return None
    found = [f for f in project.facts.programs if _is_built_as(f, image, project)]
    found = found or [f for f in project.facts.programs if f.name == name]
    if not found and build is not None and len(project.facts.programs) == 1:
        return project.facts.programs[0]
    return found[0] if len(found) == 1 else None


def _is_built_as(facts: ProgramFacts, image: Image, project: Project) -> bool:
    """Whether the image's program is built from a package, by what `go build` is given."""
    build = image.program.go_build if image.program else None
    if build is None or len(build.packages) > 1:
        return False
    package = posixpath.normpath(build.packages[0]) if build.packages else "."
    if package in (".", "main.go"):
        return facts.package in project.modules and len(project.facts.programs) == 1
    folder = posixpath.dirname(package) if package.endswith(".go") else package
    return facts.package == folder or facts.package.endswith(f"/{folder.lstrip('./')}")


def plan_of(subject: DockerfileSubject, facts: ProgramFacts) -> ImagePlan | None:
    """Return the plan of the image that holds a program alone, or with others."""
    plan = subject.around.plan
    images = [i for i in plan.images if facts.package in i.packages] if plan else []
    return images[0] if len(images) == 1 else None
