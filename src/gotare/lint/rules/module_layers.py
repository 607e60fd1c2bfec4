"""Is the layer with the modules made again only when the modules change?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.copies import Copy
from gotare.lint.dockerfile.edit import delete, insert_before
from gotare.lint.dockerfile.gobuild import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.spans import written
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_caches import module_cache
from gotare.lint.rules.go_steps import (
    builds,
    called,
    commands_in,
    is_development,
    is_modular,
    reads_modules,
    setting,
)
from gotare.lint.rules.module_fetches import (
    MANIFESTS,
    brings_modules,
    copies_before,
    copies_none,
    has_no_modules,
    surely_fetches,
    uses_vendor,
    vendored,
)
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "cache")
_LOCAL_REPLACE: Final = re.compile(r"=>[ \t]*\.{1,2}/")
_HARMLESS: Final = frozenset({
    "apk", "apt-get", "apt", "mkdir", "echo", "rm", "set", "export", "update-ca-certificates",
    "chmod", "chown", "adduser", "addgroup", "useradd", "groupadd", "cd", "ls", "pwd",
})  # fmt: skip


def _before(stage: Stage, instruction: Instruction) -> Iterator[Instruction]:
    """Yield what a stage and those below it say before an instruction."""
    for link in stage.chain:
        for each in link.instructions:
            if each is instruction:
                return
            yield each


def _downloads(subject: DockerfileSubject, stage: Stage) -> Iterator[GoCommand]:
    for command in commands_in(subject, stage):
        if command.action == "mod download" and not command.packages:
            yield command


# sources before modules


def _copy_before_download(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        command = _first_fetch(subject, stage)
        copy = _sources_before(subject, stage, command) if command else None
        if command is None or copy is None or is_development(subject, stage):
            continue
        if not _is_excused(subject, stage, command):
            is_sure = surely_fetches(subject, stage, command)
            yield _sources_first(subject, copy, command, is_sure=is_sure)


def _first_fetch(subject: DockerfileSubject, stage: Stage) -> GoCommand | None:
    """Return the first command that fetches modules, of a stage that inherits none."""
    for link in stage.chain:
        for command in commands_in(subject, link):
            if command.ran.command.is_certain and (
                command.action == "mod download" or reads_modules(command)
            ):
                return command if link.index == stage.index else None
    return None


def _sources_before(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> Copy | None:
    """Return the first COPY before a command that takes the sources."""
    for copy in context.from_context(subject, stage):
        if copy.instruction.span.start > command.instruction.span.start:
            return None
        if context.takes_all(copy) or any(
            path.endswith(".go") for path in context.source_paths(copy)
        ):
            return copy
    return None


def _is_excused(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> bool:
    """Whether the order costs nothing: modules are vendored, cached by a mount, or there are none;
    or this is no build by modules at all."""
    cache = module_cache(command.ran)
    mounts = mounts_of(subject.build, stage, command.instruction)
    if any(mount.kind == "cache" and (not cache or mount.covers(cache)) for mount in mounts):
        return True
    if not is_modular(subject, stage) or command.flag("modfile") is not None:
        return True
    if uses_vendor(subject, command) or setting(command, "GO111MODULE") == "off":
        return True
    if brings_modules(subject, stage, cache) or copies_none(subject, stage, command):
        return True
    earlier = (c.action for c in commands_in(subject, stage) if c.span.start < command.span.start)
    return has_no_modules(subject, command) or any(a.startswith("mod") for a in earlier)


def _sources_first(
    subject: DockerfileSubject, copy: Copy, command: GoCommand, *, is_sure: bool
) -> Found:
    file = subject.file
    line = file.line_of(command.span.start)
    what = "any file" if context.takes_all(copy) else "a source file"
    return Found(
        f"a change of {what} makes {called(copy.stage)} fetch all modules again: "
        f"`go {command.action}` in line {line} comes after this {copy.instruction.name}"
        + ("" if is_sure else ", unless vendor holds them, or there are none"),
        written(copy.instruction),
        "copy go.mod and go.sum, run `go mod download`, and copy the sources after that",
        _modules_first(subject, copy, command),
        severity=None if is_sure else Severity.INFO,
    )


def _modules_first(subject: DockerfileSubject, copy: Copy, command: GoCommand) -> Fix | None:
    """Return the fix where go.mod lies in the root of the context, and nothing stands between that
    a download may need."""
    if not _is_simple(subject, copy, command):
        return None
    sums = " go.sum" if context.holds(subject, "go.sum") or not context.is_project(subject) else ""
    lines = [f"COPY go.mod{sums} ./"]
    edits = []
    if command.action == "mod download" and _is_alone(subject, command):
        lines += subject.file.slice(written(command.instruction)).splitlines()
        edits.append(_deleted(subject, command.instruction))
    else:
        lines.append("RUN go mod download")
    edits.append(insert_before(subject.file, copy.instruction, lines))
    return Fix(tuple(edits), context.is_project(subject), "fetch the modules before the sources")


def _deleted(subject: DockerfileSubject, instruction: Instruction) -> Edit:
    """Return the edit that deletes an instruction, and one of two blank lines around it."""
    edit, text = delete(subject.file, instruction, comment=False), subject.file.text
    around = text[: edit.start].endswith("\n\n") and text[edit.end :].startswith("\n")
    return Edit(edit.start, edit.end + around, "")


def _is_simple(subject: DockerfileSubject, copy: Copy, command: GoCommand) -> bool:
    here = copy.stage.state_at(copy.instruction).workdir
    if here is None or here == "/" or not (here == copy.destination == command.ran.directory):
        return False
    if context.is_project(subject) and not context.holds(subject, "go.mod"):
        return False
    text = subject.around.texts.get("go.mod", "")
    is_alone = "go.work" not in (subject.around.files or ()) and not _LOCAL_REPLACE.search(text)
    return is_alone and context.takes_all(copy) and not _needs_between(subject, copy, command)


def _needs_between(subject: DockerfileSubject, copy: Copy, command: GoCommand) -> bool:
    """Whether something between the two may decide how modules are fetched."""
    first, last = copy.instruction.span.start, command.instruction.span.start
    return any(
        instruction.name != "WORKDIR"
        for instruction in copy.stage.instructions
        if first < instruction.span.start < last
    ) or bool(command.instruction.heredocs)


def _is_alone(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether a RUN does nothing but fetch and verify modules."""
    same = [c for c in commands_in(subject, command.stage) if c.instruction is command.instruction]
    text = command.instruction.value
    return all(c.action in ("mod download", "mod verify") for c in same) and not re.sub(
        r"go mod (?:download|verify)(?: -x)?|&&|;", "", text
    ).strip(f" \t\r\n{subject.file.escape}")


# files that are left out


def _go_sum_left_out(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for command in list(_downloads(subject, stage))[:1]:
            copies = copies_before(subject, stage, command)
            if any(_takes_manifest(copy, "sum") for copy in copies):
                continue
            for copy in copies:
                if _takes_manifest(copy, "mod") and _has_sum(subject, copy):
                    yield _no_sum(subject, copy, command)


def _takes_manifest(copy: Copy, suffix: str) -> bool:
    """Whether a COPY takes a go.mod (or go.sum), or anything that may hold one."""
    if any(not source.known for source in copy.sources):
        return suffix == "sum"
    return any(_may_be(path, f"go.{suffix}") for path in context.source_paths(copy))


def _may_be(path: str, name: str) -> bool:
    last = posixpath.basename(path)
    if last == name or context.covers(last, name):
        return True
    return name.endswith("sum") and not MANIFESTS.match(path)


def _has_sum(subject: DockerfileSubject, copy: Copy) -> bool:
    """Whether there is a go.sum beside the go.mod; where nobody looked, there is."""
    if not context.is_project(subject):
        return True
    mods = [p for p in context.source_paths(copy) if posixpath.basename(p) == "go.mod"]
    return any(context.holds(subject, f"{path[:-3]}sum") for path in mods)


def _no_sum(subject: DockerfileSubject, copy: Copy, command: GoCommand) -> Found:
    word = next(s for s in copy.sources if posixpath.basename(context.clean(s.text)) == "go.mod")
    line = subject.file.line_of(command.span.start)
    is_plain = copy.into_folder and copy.instruction.form == "words" and "$" not in word.text
    addition = f" {word.text[:-3]}sum"
    edit = Edit(word.span.end, word.span.end, addition)
    return Found(
        f"go.mod is copied without go.sum, so that `go mod download` in line {line} checks the "
        "modules against nothing that you have committed",
        word.span,
        f"copy both: COPY {word.text}{addition} …",
        Fix((edit,), True, "copy go.sum, too") if is_plain else None,
    )


def _go_work_left_out(subject: DockerfileSubject) -> Iterator[Found]:
    if not context.holds(subject, "go.work") or context.nearest_module(subject):
        return
    for stage in subject.build.stages:
        for command in list(_downloads(subject, stage))[:1]:
            copies = copies_before(subject, stage, command)
            if setting(command, "GOWORK") != "" or _binds(subject, command):
                continue
            if not any(context.takes(copy, "go.work") for copy in copies) and any(
                _takes_manifest(copy, "mod") for copy in copies
            ):
                yield _no_workspace(subject, stage, copies, command)


def _binds(subject: DockerfileSubject, command: GoCommand) -> bool:
    mounts = mounts_of(subject.build, command.stage, command.instruction)
    return any(mount.kind == "bind" and not mount.origin for mount in mounts)


def _no_workspace(
    subject: DockerfileSubject, stage: Stage, copies: list[Copy], command: GoCommand
) -> Found:
    copy = next(copy for copy in copies if _takes_manifest(copy, "mod"))
    line = subject.file.line_of(command.span.start)
    return Found(
        f"the context has a go.work that is not copied, so that `go mod download` in line {line} "
        f"fetches for one module, and the build in {called(stage)} for the rest of them",
        written(copy.instruction),
        "copy go.work, go.work.sum, and go.mod and go.sum of each module that go.work uses",
    )


def _download_when_vendored(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for command in _downloads(subject, stage):
            why = vendored(subject) if _is_built_on(subject, stage) else ""
            if why and not _ignores_vendor(subject):
                alone = _is_alone(subject, command)
                edit = delete(subject.file, command.instruction)
                yield Found(
                    f"`go mod download` fetches what the build does not read: {why}",
                    command.span,
                    "leave it out: go build takes the modules from vendor",
                    Fix((edit,), True, "leave it out") if alone else None,
                )


def _is_built_on(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether go compiles the project in a stage, or in one on top of it."""
    return any(
        not build.remote and any(link.index == stage.index for link in build.stage.chain)
        for build in builds(subject)
    )


def _ignores_vendor(subject: DockerfileSubject) -> bool:
    """Whether a command says that vendor does not count, or writes it anew."""
    return any(
        ((mode := command.flag("mod")) is not None and mode.value in ("mod", "readonly"))
        or command.action == "mod vendor"
        or setting(command, "GOWORK") not in ("", "off")
        for stage in subject.build.stages
        for command in commands_in(subject, stage)
    )


def _download_without_go_mod(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for command in list(_downloads(subject, stage))[:1]:
            if _has_no_go_mod(subject, stage, command):
                yield Found(
                    f"`go mod download` fails in {called(stage)}: nothing has copied a go.mod "
                    "there yet",
                    command.span,
                    "COPY go.mod go.sum ./ before it",
                )


def _has_no_go_mod(subject: DockerfileSubject, stage: Stage, command: GoCommand) -> bool:
    """Whether there surely is no go.mod: only harmless commands came before, and nothing was
    copied or mounted."""
    facts = stage.facts
    if facts is None or facts.family != "golang" or not command.ran.command.is_certain:
        return False
    if mounts_of(subject.build, command.stage, command.instruction):
        return False
    before = list(_before(stage, command.instruction))
    if any(instruction.name in ("COPY", "ADD", "ONBUILD") for instruction in before):
        return False
    return all(_is_harmless(subject, i) for i in [*before, command.instruction] if i.name == "RUN")


def _is_harmless(subject: DockerfileSubject, instruction: Instruction) -> bool:
    from gotare.lint.dockerfile.runs import ran_by

    found = ran_by(subject.build, instruction, subject.around)
    return bool(found) and all(
        ran.plain.name in _HARMLESS or ran.plain.texts[:2] in (("mod", "download"), ("env", "-w"))
        for ran in found
    )


RULES: Final = (
    _DECLARE.warning(
        "copy-before-download",
        "The sources are copied before the modules are fetched.",
        _copy_before_download,
        fixes="safe",
    ),
    _DECLARE.warning(
        "go-sum-left-out",
        "Modules are fetched with `go.mod` alone, without `go.sum`.",
        _go_sum_left_out,
        fixes="safe",
    ),
    _DECLARE.warning(
        "go-work-left-out",
        "Modules of a workspace are fetched without its go.work.",
        _go_work_left_out,
    ),
    _DECLARE.warning(
        "download-in-vendored-project",
        "Modules are downloaded though they are vendored.",
        _download_when_vendored,
        fixes="safe",
    ),
    _DECLARE.error(
        "download-without-go-mod",
        "`go mod download` runs before there is a go.mod.",
        _download_without_go_mod,
    ),
)
