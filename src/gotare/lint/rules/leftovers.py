"""Does what a package manager has fetched stay in the layer?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.lint.dockerfile.copies import context_path
from gotare.lint.dockerfile.packages import installed_by
from gotare.lint.dockerfile.runs import Ran, ran_by
from gotare.lint.dockerfile.state import joined
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_CLEANS: Final = re.compile(r"clean|purge|prune|slim|trim|tidy", re.IGNORECASE)


def goes_elsewhere(ran: Ran) -> bool:
    """Whether a command installs packages into another root folder."""
    return any(package.root for package in installed_by(ran))


def keeps(subject: DockerfileSubject, ran: Ran, *folders: str) -> bool:
    """Whether what lies in a folder stays in the layer: nothing removes or mounts it."""
    mounts = mounts_of(subject.build, ran.stage, ran.instruction)
    if any(mount.covers(f"{folder}/lists") for mount in mounts for folder in folders):
        return False
    removal = re.compile(rf"\brm\b[^;&|]*(?:{'|'.join(folders)})")
    if removal.search(subject.file.slice(ran.instruction.span)):
        return False
    return not any(_removes(subject, script, removal) for script in _scripts_after(subject, ran))


def _scripts_after(subject: DockerfileSubject, ran: Ran) -> Iterator[Ran]:
    """Yield what the same RUN calls later by its path."""
    for other in ran_by(subject.build, ran.instruction, subject.around):
        words = other.plain.words
        if words and "/" in words[0].shown and other.span.start > ran.span.start:
            yield other


def _removes(subject: DockerfileSubject, script: Ran, removal: re.Pattern[str]) -> bool:
    """Whether a script says that it removes something; one that nobody can read, by its name."""
    called = script.plain.words[0].shown
    path = joined(script.directory, called)
    inside = path and context_path(subject.build, script.stage, script.instruction, path)
    text = subject.around.texts.get(inside) if inside else None
    if text is None:
        return _CLEANS.search(posixpath.basename(called)) is not None
    return any(removal.search(line) for line in text.splitlines())
