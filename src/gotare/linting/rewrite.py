"""Puts what `gotare init` would write in place of Dockerfiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gotare.errors import ProjectError
from gotare.lint.files import Target
from gotare.lint.reading import text_or_nothing
from gotare.writing.changes import Change
from gotare.writing.markers import is_kept_whole, merge

if TYPE_CHECKING:
    from gotare.generate.files import GeneratedFile
    from gotare.linting.session import Session
    from gotare.plan import Plan


def rewritten(session: Session) -> list[Change]:
    """Return the changes that make the Dockerfiles of a session what `init` would write.

    Lines between `gotare: keep` markers stay. Raises ProjectError where there is no Go project.
    """
    return list(_changes(session))


def _changes(session: Session) -> Iterator[Change]:
    from gotare.linting.fixing import change_of

    for target in _dockerfiles(session.targets):
        assert target.place is not None
        files = _generated(_plan(session, target))
        old = text_or_nothing(target.place)
        if is_kept_whole(old, target.shown):
            continue
        new = merge(old, _matching(files, target.shown).content, target.shown).text
        yield change_of(target.place.resolve(), target.shown, new)


def _dockerfiles(targets: Sequence[Target]) -> list[Target]:
    """Return the Dockerfiles that were named; where none was, those beside go.mod would do, and
    all others belong to something else."""
    found = [target for target in targets if target.kind == "dockerfile"]
    named = [target for target in found if target.named]
    own = [target for target in found if target.shown == "Dockerfile"]
    chosen = named or own
    if not chosen:
        raise ProjectError("there is no Dockerfile here to rewrite", "name it, or run gotare init")
    return chosen


def _plan(session: Session, target: Target) -> Plan:
    known = session.around.project_of(target)
    if known.plan is None:
        raise ProjectError(
            known.problem or f"{target.shown} belongs to no Go project",
            "--rewrite writes what the project needs, so it has to read one",
        )
    return known.plan


def _generated(plan: Plan) -> dict[str, GeneratedFile]:
    from gotare.generate.dockerfile import dockerfiles
    from gotare.generate.files import Choices

    return {file.path: file for file in dockerfiles(plan, Choices())}


def _matching(files: dict[str, GeneratedFile], shown: str) -> GeneratedFile:
    """Return the generated file of the same name (`Dockerfile.dev`), else the main one."""
    return files.get(PurePosixPath(shown).name, files["Dockerfile"])
