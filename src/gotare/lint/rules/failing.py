"""Does the build fail at an instruction for certain?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in
from gotare.lint.dockerfile.edit import delete
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.shipping import titled
from gotare.lint.dockerfile.spans import written
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.rules import context
from gotare.lint.rules.made_before import is_made_before
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_GO_FILE: Final = re.compile(r"(?:^|/)(?:go\.(?:mod|sum|work|work\.sum)|[\w-]+\.go)$")


def _runs_nowhere(subject: DockerfileSubject, *, scratch: bool) -> Iterator[Found]:
    for stage in subject.build.stages:
        if (stage.root.kind == "scratch") != scratch:
            continue
        for instruction in stage.named("RUN"):
            if _needs_shell(subject, stage, instruction):
                base = "scratch" if scratch else stage.root.text.partition("@")[0]
                yield Found(
                    f"RUN needs a shell, and {titled(subject.build, stage)} ({base}) has none",
                    written(instruction),
                    "do it in the build stage, and copy the result with COPY --from",
                )


def _needs_shell(subject: DockerfileSubject, stage: Stage, instruction: Instruction) -> bool:
    if instruction.form != "shell" or stage.state_at(instruction).shell[:1] != ("/bin/sh",):
        return False
    if any(mount.origin for mount in mounts_of(subject.build, stage, instruction)):
        return False
    return contents_of(subject.build, stage, subject.around).shell == "no"


def _source_missing(subject: DockerfileSubject) -> Iterator[Found]:
    files = subject.around.files
    if not files or not _is_context(files):
        return
    wanted = [(c, s) for c, s in _local_sources(subject) if not _is_there(files, s.text)]
    known = sum(1 for _ in _local_sources(subject))
    if len(wanted) * 2 > known and known > 2:
        return  # another folder is the context
    for copy, source in wanted:
        sure = _GO_FILE.search(source.text) is not None
        idle = context.is_idle_vendor(subject, source.text)
        if sure or idle or not is_made_before(subject, source):
            alone = len(copy.sources) == 1 and idle
            edit = delete(subject.file, copy.instruction)
            yield Found(
                f"there is no {source.text} in the build context, so {copy.instruction.name} fails",
                source.span,
                _near(files, source.text),
                Fix((edit,), False, "leave it out") if alone else None,
                severity=None if sure else Severity.WARNING,
            )


def _is_context(files: frozenset[str]) -> bool:
    return any(path == "go.mod" or path.endswith(("/go.mod", "go.work")) for path in files)


def _local_sources(subject: DockerfileSubject) -> Iterator[tuple[Copy, CopySource]]:
    """Yield what COPY and ADD take from the context, where its name is known."""
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            for source in copy.sources if copy.origin is None else ():
                plain = source.kind == "path" and source.known and "$" not in source.text
                if plain and posixpath.normpath(source.text) not in (".", "/"):
                    yield copy, source


def _is_there(files: frozenset[str], text: str) -> bool:
    """Whether a path or a pattern names anything in the context."""
    path = posixpath.normpath(text).lstrip("/")
    if path.startswith(".."):
        return True
    if not any(mark in path for mark in "*?["):
        return path in files or f"{path}/" in files or any(f.startswith(f"{path}/") for f in files)
    parts = path.split("/")
    return any(_matches(name.rstrip("/").split("/"), parts) for name in files)


def _matches(names: list[str], patterns: list[str]) -> bool:
    """Whether a path, or a folder that it lies in, matches a pattern part by part."""
    if len(names) < len(patterns):
        return False
    return all(fnmatchcase(n, p) for n, p in zip(names, patterns, strict=False))


def _near(files: frozenset[str], text: str) -> str:
    name = posixpath.basename(text.rstrip("/"))
    found = sorted(f for f in files if posixpath.basename(f.rstrip("/")) == name)
    if name == "go.sum" and "go.mod" in files:
        return "a module without dependencies has no go.sum: leave it out, or write go.su[m]"
    return f"did you mean {found[0]}?" if found else "copy what is there"


_rule = partial(Rule, kind="dockerfile", family="correctness", severity=Severity.ERROR)

RULES: Final = (
    _rule(
        id="run-in-scratch",
        title="RUN stands in a stage that is empty.",
        check=partial(_runs_nowhere, scratch=True),
        equivalents={"tally": ("tally/shell-run-in-scratch",)},
    ),
    _rule(
        id="run-in-distroless",
        title="RUN stands in a stage that has no shell.",
        check=partial(_runs_nowhere, scratch=False),
    ),
    _rule(
        id="copy-source-missing",
        title="COPY names something that is not in the build context.",
        check=_source_missing,
        fixes="unsafe",
    ),
)
