"""Which images do the Dockerfiles of a project put a program into?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gotare.errors import GotareError
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in
from gotare.lint.kinds import kind_of_name
from gotare.lint.subjects import DockerfileSubject, Surroundings

if TYPE_CHECKING:
    from gotare.golang.facts.types import ProgramFacts

_MOST = 20
"""Dockerfiles that are read at most."""


def dockerfiles_in(around: Surroundings) -> list[str]:
    """Return the paths of the Dockerfiles of a project."""
    listed = (path for path in around.files or () if not path.startswith("vendor/"))
    return sorted(path for path in listed if kind_of_name(path) == "dockerfile")


def images_with(around: Surroundings, facts: ProgramFacts) -> Iterator[tuple[str, Image]]:
    """Yield the images that run a program for sure, each with the path of its Dockerfile."""
    for path in dockerfiles_in(around)[:_MOST]:
        subject = _subject(path, around)
        if subject is not None:
            found = (image for image in images_in(subject) if facts_of(subject, image) == facts)
            yield from ((path, image) for image in found)


def _subject(path: str, around: Surroundings) -> DockerfileSubject | None:
    """Read a Dockerfile. What lies in its context is left open: it may be another folder."""
    from gotare.lint.dockerfile.parse import parse_dockerfile
    from gotare.lint.dockerfile.stages import build_of

    near = Surroundings(around.project, around.plan, None, around.texts, around.folder, path)
    try:
        file = parse_dockerfile(around.texts.get(path, ""), path)
    except GotareError:
        return None
    return DockerfileSubject(file, build_of(file), near)
