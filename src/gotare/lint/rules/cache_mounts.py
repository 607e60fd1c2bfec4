"""Do go's caches outlive a build, by cache mounts that lie where go looks?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.gobuild import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import ran_by
from gotare.lint.dockerfile.syntax import Flag, Instruction
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_caches import build_cache, cleared_by, module_cache
from gotare.lint.rules.go_steps import (
    called,
    commands,
    commands_in,
    is_development,
    is_modular,
    reads_modules,
)
from gotare.lint.rules.module_fetches import uses_vendor, vendored
from gotare.lint.rules.mounts import Mount, add_mount, mounts_of
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "cache")
_COMPILING: Final = frozenset({"build", "install", "test", "vet", "run"})
_LOOKS_LIKE: Final = re.compile(r"go-build|go/pkg(?:/|$)|/pkg/mod(?:/|$)|\.cache/go(?:/|$)")
_HARMLESS: Final = frozenset({
    "apk", "apt-get", "apt", "mkdir", "echo", "rm", "set", "export", "cd", "ls", "chmod", "chown",
    "cp", "mv", "test", "[", "upx", "strip", "file", "ldd", "true", "date", "git", "cat", "adduser",
    "addgroup", "useradd", "groupadd", "update-ca-certificates", "case", "touch", "ln", "tar",
    "curl", "wget", "sed", "printf", "dpkg", "",
})  # fmt: skip


def _mounts(subject: DockerfileSubject, command: GoCommand) -> tuple[Mount, ...]:
    return mounts_of(subject.build, command.stage, command.instruction)


def _mount_at(subject: DockerfileSubject, command: GoCommand, path: str) -> Mount | None:
    """Return the mount that holds a path during a command."""
    found = [mount for mount in _mounts(subject, command) if mount.covers(path)]
    return found[-1] if found else None


def _once(commands: Iterable[GoCommand]) -> Iterator[GoCommand]:
    """Yield the first command of each instruction."""
    seen: set[int] = set()
    for command in commands:
        if id(command.instruction) not in seen:
            seen.add(id(command.instruction))
            yield command


def _needed(subject: DockerfileSubject) -> Iterator[GoCommand]:
    """Yield the go commands of stages that the final image needs."""
    final = subject.build.final
    wanted = {s.index for s in subject.build.needed_by(final)} if final else set()
    return (command for command in commands(subject) if command.stage.index in wanted)


# mounts that are missing


def _no_build_cache(subject: DockerfileSubject) -> Iterator[Found]:
    compiling = (c for c in _needed(subject) if c.action in _COMPILING and reads_modules(c))
    for command in _once(compiling):
        path = build_cache(command.ran)
        if path is None or _unknown_target(subject, command) or _mount_at(subject, command, path):
            continue
        if command.ran.environment.get("GOCACHE") == "off" or _is_kept(subject, command, path):
            continue
        yield Found(
            f"`go {command.action}` in {called(command.stage)} compiles every package again "
            f"whenever the step runs: nothing keeps {path}",
            command.span,
            f"RUN --mount=type=cache,target={path} …",
            _keep_compiled(subject, command, path),
        )


def _keep_compiled(subject: DockerfileSubject, command: GoCommand, path: str) -> Fix | None:
    """Return the fix: a mount. None where the step empties the cache to make its layer small."""
    if _empties(subject, command.instruction, path):
        return None
    edit = add_mount(subject.file, command.instruction, f"type=cache,target={path}")
    return Fix((edit,), True, "keep what was compiled")


def _empties(subject: DockerfileSubject, instruction: Instruction, path: str) -> bool:
    found = ran_by(subject.build, instruction, subject.around)
    return any(path in cleared_by(ran) for ran in found)


def _unknown_target(subject: DockerfileSubject, command: GoCommand) -> bool:
    return any(m.kind == "cache" and m.target is None for m in _mounts(subject, command))


def _is_kept(subject: DockerfileSubject, command: GoCommand, path: str) -> bool:
    """Whether the image takes the cache along on purpose: it is copied from, or into the stage."""
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            texts = [source.text for source in copy.sources if copy.origin is not None]
            if copy.destination is not None and stage.index == command.stage.index:
                texts.append(copy.destination)
            if any(t == path or t.startswith(f"{path}/") for t in texts):
                return True
    return False


def _no_module_cache(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        command = _first_fetch(subject, stage)
        path = module_cache(command.ran) if command else None
        if command is None or path is None or _unknown_target(subject, command):
            continue
        if any(_mount_at(subject, each, path) for each in _sharing(subject, stage)):
            continue
        if (
            uses_vendor(subject, command)
            or _is_kept(subject, command, path)
            or _is_off(subject, stage)
        ):
            continue
        if not is_modular(subject, stage) or not _has_modules(subject):
            continue
        yield Found(
            f"a change of go.mod makes {called(stage)} download every module again: nothing "
            f"keeps {path}",
            command.span,
            f"RUN --mount=type=cache,target={path} … for this step and all others that run go",
            _keep_modules(subject, stage, path),
        )


def _has_modules(subject: DockerfileSubject) -> bool:
    """Whether there are modules to download: a go.sum, or a step that speaks of them."""
    files = subject.around.files or ()
    known = any(path.rpartition("/")[2] == "go.sum" for path in files)
    return known or "go.sum" in subject.file.text or "mod download" in subject.file.text


def _is_off(subject: DockerfileSubject, stage: Stage) -> bool:
    final = subject.build.final
    is_needed = final is not None and stage in subject.build.needed_by(final)
    return not is_needed or is_development(subject, stage)


def _first_fetch(subject: DockerfileSubject, stage: Stage) -> GoCommand | None:
    """Return the first command of a stage that fetches modules, unless a stage below has one."""
    for link in stage.chain:
        for command in commands_in(subject, link):
            if command.action == "mod download" or reads_modules(command):
                return command if link.index == stage.index else None
    return None


def _sharing(subject: DockerfileSubject, stage: Stage) -> list[GoCommand]:
    """Return the commands that read modules in a stage and in those that are built on it."""
    return [
        command
        for each in subject.build.stages
        if stage in each.chain
        for command in commands_in(subject, each)
        if command.action == "mod download" or reads_modules(command)
    ]


def _keep_modules(subject: DockerfileSubject, stage: Stage, path: str) -> Fix | None:
    """Return the fix: a mount for each step that runs go. None where some other program may look
    for the modules, or a step empties them."""
    sharing, runs = _sharing(subject, stage), _runs(subject, stage)
    if not all(_is_plain(subject, i) and not _empties(subject, i, path) for i in runs):
        return None
    if any(module_cache(command.ran) != path for command in sharing):
        return None
    value = f"type=cache,target={path}"
    edits = [add_mount(subject.file, c.instruction, value) for c in _once(sharing)]
    return Fix(tuple(edits), True, "keep the modules")


def _runs(subject: DockerfileSubject, stage: Stage) -> list[Instruction]:
    return [
        instruction
        for each in subject.build.stages
        if any(link.index == stage.index for link in each.chain)
        for instruction in each.named("RUN")
    ]


def _is_plain(subject: DockerfileSubject, instruction: Instruction) -> bool:
    """Whether a RUN runs go, or only what never asks for modules."""
    found = ran_by(subject.build, instruction, subject.around)
    return bool(found) and all(r.plain.name in _HARMLESS or r.plain.name == "go" for r in found)


# mounts that do not fit


def _on_one_step(subject: DockerfileSubject) -> Iterator[Found]:
    if vendored(subject):
        return
    for stage in subject.build.stages:
        sharing = _sharing(subject, stage)
        for number, command in enumerate(sharing):
            if command.action != "mod download" or command.stage.index != stage.index:
                continue
            path = module_cache(command.ran)
            if path is not None:
                yield from _against(subject, command, path, _later(sharing, number))


def _later(sharing: Sequence[GoCommand], number: int) -> list[GoCommand]:
    """Return the commands after a download, up to the next one: what follows is its matter."""
    first = sharing[number]
    found = []
    for command in islice(sharing, number + 1, None):
        if command.span.start > first.span.start and command.instruction is not first.instruction:
            found.append(command)
            if command.action == "mod download" and command.stage.index == first.stage.index:
                break
    return found


def _against(
    subject: DockerfileSubject, first: GoCommand, path: str, later: Sequence[GoCommand]
) -> Iterator[Found]:
    """Yield what of a download is lost for the commands after it."""
    mount = _mount_at(subject, first, path)
    if mount is not None and mount.kind == "cache":
        for command in _once(later):
            if not _unknown_target(subject, command) and not _mount_at(subject, command, path):
                yield _not_there(subject, first, command, mount, path)
    elif mount is None and not _unknown_target(subject, first):
        for command in later:
            hiding = _mount_at(subject, command, path)
            if hiding is not None and hiding.kind == "cache" and not hiding.origin:
                yield _hidden(subject, first, command, hiding, path)
                return


def _not_there(
    subject: DockerfileSubject, first: GoCommand, command: GoCommand, mount: Mount, path: str
) -> Found:
    line = subject.file.line_of(first.span.start)
    return Found(
        f"`go {command.action}` downloads all modules again: those of line {line} are in a cache "
        f"mount at {path}, which this step lacks",
        command.span,
        f"give this step the same mount: --mount={mount.flag.value}",
        Fix(
            (add_mount(subject.file, command.instruction, mount.flag.value or ""),),
            True,
            "mount the modules",
        ),
    )


def _hidden(
    subject: DockerfileSubject, first: GoCommand, command: GoCommand, mount: Mount, path: str
) -> Found:
    line = subject.file.line_of(command.span.start)
    return Found(
        f"these modules go into a layer at {path}, which the cache mount of `go {command.action}` "
        f"in line {line} hides: they are downloaded twice",
        first.span,
        f"give this step the same mount: --mount={mount.flag.value}",
        Fix(
            (add_mount(subject.file, first.instruction, mount.flag.value or ""),),
            True,
            "mount the modules",
        ),
    )


def _wrong_path(subject: DockerfileSubject) -> Iterator[Found]:
    for command in _once(commands(subject)):
        modules, compiled = module_cache(command.ran), build_cache(command.ran)
        if modules is None or compiled is None:
            continue
        for mount in _mounts(subject, command):
            target = mount.target
            if mount.kind != "cache" or target is None or not _LOOKS_LIKE.search(target):
                continue
            if mount.covers(modules) or mount.covers(compiled) or _is_part(target, modules):
                continue
            yield _misplaced(subject, command, mount, modules, compiled)


def _is_part(target: str, modules: str) -> bool:
    """Whether a mount lies in the module cache, or beside it: /go/pkg/sumdb."""
    return target.startswith((f"{modules}/", f"{modules.removesuffix('/mod')}/"))


def _misplaced(
    subject: DockerfileSubject, command: GoCommand, mount: Mount, modules: str, compiled: str
) -> Found:
    right = compiled if "go-build" in (mount.target or "") else modules
    what = "what it compiled" if right == compiled else "modules"
    edit = _retarget(subject, mount, right)
    has_right = any(other.covers(right) for other in _mounts(subject, command))
    return Found(
        f"go keeps {what} in {right} here, so the cache mount at {mount.target} stays empty",
        mount.flag.span,
        "it is there already: leave this mount out" if has_right else f"target={right}",
        Fix((edit,), True, "mount it where go looks") if edit and not has_right else None,
    )


def _retarget(subject: DockerfileSubject, mount: Mount, right: str) -> Edit | None:
    start = mount.flag.span.start
    text = subject.file.slice(mount.flag.span)
    at = text.find(f"={mount.written}")
    if at < 0 or text.count(f"={mount.written}") > 1:
        return None
    return Edit(start + at + 1, start + at + 1 + len(mount.written), right)


def _locked(subject: DockerfileSubject) -> Iterator[Found]:
    for command in _once(commands(subject)):
        paths = [path for path in (module_cache(command.ran), build_cache(command.ran)) if path]
        for mount in _mounts(subject, command):
            sharing = mount.fields.get("sharing", "shared").lower()
            if mount.kind != "cache" or sharing == "shared" or mount.target not in paths:
                continue
            yield Found(
                f"sharing={sharing} makes builds wait or start with an empty {mount.target}; go's "
                "caches are made for several writers",
                mount.flag.span,
                "leave sharing= out",
                _unlocked(subject, mount.flag),
            )


def _unlocked(subject: DockerfileSubject, flag: Flag) -> Fix | None:
    text = subject.file.slice(flag.span)
    found = re.search(r",sharing=[a-zA-Z]+|sharing=[a-zA-Z]+,", text)
    if not found:
        return None
    start = flag.span.start
    return Fix((Edit(start + found.start(), start + found.end(), ""),), True, "share the cache")


def _emptied(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("RUN"):
            for ran in ran_by(subject.build, instruction, subject.around):
                for path in cleared_by(ran):
                    mounts = mounts_of(subject.build, stage, instruction)
                    if any(mount.kind == "cache" and mount.covers(path) for mount in mounts):
                        yield Found(
                            f"this empties {path}, which is a cache mount: the next build starts "
                            "from nothing",
                            ran.span,
                            "leave it out: what is in a cache mount is in no layer",
                        )


RULES: Final = (
    _DECLARE.info(
        "no-build-cache-mount",
        "What go compiled is lost with each build.",
        _no_build_cache,
        fixes="safe",
        equivalents={"tally": ("tally/prefer-package-cache-mounts",)},
    ),
    _DECLARE.info(
        "no-module-cache-mount",
        "All modules are downloaded again when one changes.",
        _no_module_cache,
        fixes="safe",
        equivalents={"tally": ("tally/prefer-package-cache-mounts",)},
    ),
    _DECLARE.warning(
        "cache-mount-on-one-step",
        "One step has the modules in a cache mount that another lacks.",
        _on_one_step,
        fixes="safe",
    ),
    _DECLARE.warning(
        "cache-mount-wrong-path",
        "A cache mount lies where go does not look.",
        _wrong_path,
        fixes="safe",
    ),
    _DECLARE.info(
        "cache-mount-locked",
        "A cache of go is mounted for one writer at a time.",
        _locked,
        fixes="safe",
    ),
    _DECLARE.warning(
        "cache-mount-emptied",
        "A step empties a cache that a mount keeps.",
        _emptied,
    ),
)
