"""What rules look at: a file, what it means, and what is known of the project around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from gotare.frozen import dataclass

if TYPE_CHECKING:
    from gotare.golang.project import Project
    from gotare.lint.declared_builds import Declared
    from gotare.lint.dockerfile.stages import Build
    from gotare.lint.dockerfile.syntax import Dockerfile
    from gotare.plan import Plan


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the project. `project` and `plan` are None where no Go project can be read:
    rules that need them then say nothing. `files` are the paths in the build context, relative to
    it, with slashes (folders end in one); None where nobody looked. `texts` are small files that
    rules read (`.dockerignore`, `Makefile`), by path. `folder` is the build context as the user
    would type it, `here` the path of the linted file in it, `ignore_file` that of the ignore file
    which counts for it. `allow_registries` are those that the project may take images from; none:
    any. `builds` is how files of the repository say that a Dockerfile is built, `without_root` the
    names of images that its manifests run as another user than root, `given_args` those of the
    arguments that its scripts give any build."""

    project: Project | None = None
    plan: Plan | None = None
    files: frozenset[str] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    here: str = ""
    ignore_file: str = ".dockerignore"
    allow_registries: tuple[str, ...] = ()
    builds: tuple[Declared, ...] = ()
    without_root: frozenset[str] = frozenset()
    given_args: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DockerfileSubject:
    """A Dockerfile with its stages."""

    file: Dockerfile
    build: Build
    around: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True, slots=True)
class TextSubject:
    """A file that is read line by line: .dockerignore, Makefile, Go source. `document` is what the
    reader of its kind made of it."""

    path: str
    text: str
    document: Any
    around: Surroundings = field(default_factory=Surroundings)
