"""Which commands fetch modules, and are there any to fetch?"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from gotare.lint.dockerfile.copies import Copy, copies_in
from gotare.lint.dockerfile.gobuild import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.rules import context
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

MANIFESTS: Final = re.compile(r"(?:.*/)?go\.(?:mod|sum|work|work\.sum|\*|mo\[d\]|su\[m\])$")
_RESOLVING: Final = frozenset({"get", "mod tidy", "mod download", "mod vendor", "mod verify"})
"""What fetches modules without a go.sum, or even without a go.mod."""


def vendored(subject: DockerfileSubject) -> str:
    """Return what says that the modules are in the project; "" for nothing."""
    if context.holds(subject, "vendor/modules.txt"):
        return "vendor/modules.txt is in the context"
    for stage in subject.build.stages:
        for copy in context.from_context(subject, stage):
            named = [p for p in context.source_paths(copy) if posixpath.basename(p) == "vendor"]
            if any(not context.is_idle_vendor(subject, path) for path in named):
                return "vendor is copied"
    return ""


def uses_vendor(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether a command reads modules from the project's vendor folder."""
    mode, path = command.flag("mod"), context.go_mod_of(subject, command)
    if path and context.holds(subject, f"{path.removesuffix('go.mod')}vendor/modules.txt"):
        return True
    return (mode is not None and mode.value in ("vendor", None)) or bool(vendored(subject))


def brings_modules(subject: DockerfileSubject, stage: Stage, cache: str | None) -> bool:
    """Whether the modules are copied from another stage, where they were fetched."""
    return any(
        copy.origin is not None and (copy.destination or "").startswith(_parent(cache))
        for link in stage.chain
        for copy in copies_in(subject.build, link)
    )


def _parent(cache: str | None) -> str:
    return posixpath.dirname(cache) if cache else "/go/pkg"


def copies_none(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> bool:
    """Whether what is copied cannot name modules: single files without a go.mod, or since Go 1.16
    without a go.sum, which every build with modules then needs."""
    mounts = mounts_of(subject.build, stage, command.instruction)
    if command.action in _RESOLVING or any(mount.kind == "bind" for mount in mounts):
        return False
    copies = copies_before(subject, stage, command)
    if not any(_may_hold(copy, "go.mod") for copy in copies):
        return True
    minor = go_minor(stage.facts.go) if stage.facts else None
    is_strict = (minor is None or minor >= 16) and command.flag("mod") is None
    return is_strict and not any(_may_hold(copy, "go.sum") for copy in copies)


def _may_hold(copy: Copy, name: str) -> bool:
    """Whether a COPY may bring a file of a name: alone, by a pattern, or in a folder."""
    return any(not source.known for source in copy.sources) or any(
        context.covers(posixpath.basename(path), name)
        or not (path.endswith(".go") or MANIFESTS.match(path))
        for path in context.source_paths(copy)
    )


def has_no_modules(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether the context is known, holds Go code, and names no modules."""
    files = subject.around.files or ()
    path = context.go_mod_of(subject, command)
    if path is not None and "go.work" not in files:
        return f"{path.removesuffix('mod')}sum" not in files
    is_known = any(path.endswith((".go", "go.mod")) for path in files)
    return is_known and not any(path.rpartition("/")[2] == "go.sum" for path in files)


def surely_fetches(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> bool:
    """Whether there are modules to fetch: the context is known, or the file names them. Else they
    may lie in vendor, or there may be none."""
    return (
        context.is_project(subject)
        or command.action in ("mod download", "mod vendor")
        or any(
            context.covers(posixpath.basename(path), "go.sum")
            for copy in copies_before(subject, stage, command)
            for path in context.source_paths(copy)
            if not context.takes_all(copy)
        )
    )


def copies_before(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> list[Copy]:
    """Return what a stage and those below it have copied from the context when a command runs."""
    return [
        copy
        for link in stage.chain
        for copy in context.from_context(subject, link)
        if copy.instruction.span.start < command.instruction.span.start
    ]
