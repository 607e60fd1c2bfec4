"""Which files of a repository say how a Dockerfile is built? Compose and bake files, workflows,
pipelines, Makefiles."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gotare.errors import GotareError
from gotare.frozen import dataclass
from gotare.lint.build_commands import BuildCommand, build_commands
from gotare.lint.kinds import kind_of_name
from gotare.lint.rule import Kind
from gotare.lint.shellwords import Command, Word, commands
from gotare.lint.subjects import Surroundings

_BAKE: Final = re.compile(r"docker-bake(?:\.override)?\.(?:hcl|json)")
_SAYS: Final = re.compile(r"\bbuild\b|\bbud\b|build-push-action|\bdockerfile\b|\bcontext\b")
_FOREIGN: Final = re.compile(r"(?:^|/)(?:vendor|node_modules|testdata|third_party|\.[^/]+)/")
_COMMANDS: Final = re.compile(r"(?:^|/)(?:GNUmakefile|[Mm]akefile|[\w.-]+\.(?:mk|sh|bash|ya?ml))$")
_GIVEN: Final = re.compile(r"--build-arg[= \t]+[\"']?(\w+)=")
_MOST: Final = 300
"""Files that are read at most."""


@dataclass(frozen=True, slots=True)
class Declared:
    """How a file builds an image. Paths are relative to the repository. `exact`: nothing of it is
    guessed, as the folder is that a command runs in. `args` are the names of arguments that are
    given, `contexts` those of further contexts."""

    dockerfile: str
    context: str
    by: str
    exact: bool
    target: str = ""
    args: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()


def declared_builds(files: Iterable[str], texts: Mapping[str, str]) -> tuple[Declared, ...]:
    """Return the builds that the files of a repository declare."""
    wanted = [path for path in sorted(files) if _reader(path) and not _is_foreign(path)]
    there = frozenset(files)
    found: dict[Declared, None] = {}
    for path in wanted[:_MOST]:
        text = texts.get(path, "")
        reader = _reader(path)
        if reader is not None and _SAYS.search(text):
            try:
                found |= dict.fromkeys(_from_top(each, there) for each in reader(path, text))
            except (GotareError, ValueError, RecursionError):
                continue
    return tuple(found)


def _from_top(build: Declared, files: frozenset[str]) -> Declared:
    """Return a build as it is meant: a file in a folder may be run from the top."""
    head = f"{posixpath.dirname(build.by)}/"
    inner = build.dockerfile.removeprefix(head)
    if build.exact or build.dockerfile in files or inner not in files:
        return build
    context = f"{build.context}/".removeprefix(head).rstrip("/") or "."
    return replace(build, dockerfile=inner, context=context)


def given_arguments(files: Iterable[str], texts: Mapping[str, str]) -> frozenset[str]:
    """Return the names of all arguments that commands in the files of a repository give builds."""
    wanted = [p for p in sorted(files) if _COMMANDS.search(p) and not _is_foreign(p)]
    return frozenset(name for p in wanted[:_MOST] for name in _GIVEN.findall(texts.get(p, "")))


def _is_foreign(path: str) -> bool:
    return not path.startswith(".github/") and bool(_FOREIGN.search(path))


Reader = Callable[[str, str], Iterator[Declared]]


def _reader(path: str) -> Reader | None:
    if path.endswith("/"):
        return None
    if _BAKE.fullmatch(posixpath.basename(path)):
        return _bake_json if path.endswith(".json") else _bake_hcl
    readers: dict[Kind | None, Reader] = {
        "compose": _compose,
        "workflow": _workflow,
        "makefile": _makefile,
    }
    return readers.get(kind_of_name(path))


def _declared(
    by: str, folder: str, context: str, dockerfile: str | None, exact: bool, **more: Any
) -> Iterator[Declared]:
    """Yield a build whose paths begin in a folder. `dockerfile` None: the one of the context."""
    said = (context, dockerfile or "")
    if any(re.search(r"[$`]|\{\{|://|^git@", each) or each.startswith("/") for each in said):
        return
    place = posixpath.normpath(posixpath.join(folder, context))
    file = posixpath.join(place, "Dockerfile") if dockerfile is None else dockerfile
    file = posixpath.normpath(file)
    if not place.startswith("../") and place != ".." and not file.startswith("../"):
        yield Declared(file, place, by, exact, **more)


# Compose


def _compose(path: str, text: str) -> Iterator[Declared]:
    from gotare.lint.compose import compose_of

    folder = posixpath.dirname(path)
    for service in compose_of(path, text, Surroundings()).services:
        build = service.node["build"]
        if service.is_built and service.dockerfile:
            context = _defaulted(service.context)
            named = _defaulted(build["dockerfile"].text or "Dockerfile")
            file = posixpath.join(folder, context, named)
            more = {name: _keys(build[key]) for name, key in _COMPOSE_KEYS.items()}
            target = _defaulted(service.target)
            yield from _declared(path, folder, context, file, True, target=target, **more)


_COMPOSE_KEYS: Final = {"args": "args", "contexts": "additional_contexts"}
_DEFAULT: Final = re.compile(r"\$\{\w+:?-([^}$]*)\}")


def _defaulted(text: str) -> str:
    """Put in the defaults of variables."""
    return _DEFAULT.sub(r"\1", text)


def _keys(node: Any) -> frozenset[str]:
    """Return the keys of a mapping, or of a list of KEY=VALUE."""
    return frozenset((*node.entries, *(text.partition("=")[0] for text in node.strings)))


# bake


def _bake_json(path: str, text: str) -> Iterator[Declared]:
    document = json.loads(text)
    targets = document.get("target") if isinstance(document, dict) else None
    for target in targets.values() if isinstance(targets, dict) else ():
        if isinstance(target, dict):
            yield from _baked(path, target)


def _bake_hcl(path: str, text: str) -> Iterator[Declared]:
    from gotare.lint.hcl import blocks

    for block in blocks(text, "target"):
        yield from _baked(path, block)


def _baked(path: str, target: Mapping[str, Any]) -> Iterator[Declared]:
    """Yield the build of a target; one that takes over what others say is not wholly known."""
    context, file = target.get("context", "."), target.get("dockerfile", "Dockerfile")
    if "inherits" in target or "dockerfile-inline" in target:
        return
    if not isinstance(context, str) or not isinstance(file, str):
        return
    folder = posixpath.dirname(path)
    named = posixpath.join(folder, context, file)
    stage = target.get("target")
    yield from _declared(
        path, folder, context, named, not folder,
        target=stage if isinstance(stage, str) else "",
        args=frozenset(target.get("args") or ()), contexts=frozenset(target.get("contexts") or ()),
    )  # fmt: skip


# commands


def _of_command(by: str, command: BuildCommand, exact: bool = False) -> Iterator[Declared]:
    """Yield what a command builds; -f is relative to where it runs, not to the context."""
    file = posixpath.join(command.folder, command.dockerfile) if command.dockerfile else None
    yield from _declared(
        by, command.folder, command.context, file, exact,
        target=command.target, args=command.args, contexts=command.contexts,
    )  # fmt: skip


def _makefile(path: str, text: str) -> Iterator[Declared]:
    from gotare.lint.makefile import makefile_of

    subject, folder = makefile_of(path, text, Surroundings()), posixpath.dirname(path)
    for line in subject.shells:
        found = (_spelt_out(command, subject.resolve) for command in line)
        for command in build_commands(found, subject.resolve, folder):
            yield from _of_command(path, command)


_WHICH: Final = re.compile(r"\$\(shell (?:which|command -v) (\S+?)\)")


def _spelt_out(command: Command, resolve: Callable[[str], str]) -> Command:
    """Return a command with the words of the variable that it begins with: `$(BUILD) -f …`."""
    first, *rest = command.words
    text = first.text.lstrip("@-+")
    said = next(commands(_WHICH.sub(r"\1", resolve(text))), None) if text[:1] == "$" else None
    if said is None or len(said.words) < 2:
        return command
    return Command((*(Word(each, first.span) for each in said.texts), *rest), command.excused)


def _workflow(path: str, text: str) -> Iterator[Declared]:
    from gotare.lint.workflow import workflow_of

    subject = workflow_of(path, text, Surroundings())
    for step in subject.steps:
        if step.action == "docker/build-push-action":
            yield from _action(path, step.given)
        folder = step.node["working-directory"].text
        if step.script and "$" not in folder:
            for command in build_commands(step.script.commands, subject.value, folder):
                yield from _of_command(path, command)
    for script in subject.scripts if subject.system == "gitlab" else ():
        for command in build_commands(script.commands, str):
            yield from _of_command(path, command)


def _action(path: str, given: Any) -> Iterator[Declared]:
    """Yield what docker/build-push-action builds; its `file` is relative to the workspace."""
    context = given["context"].text or "."
    yield from _declared(
        path, "", context, given["file"].text or None, True,
        target=given["target"].text,
        args=_named_lines(given["build-args"].text),
        contexts=_named_lines(given["build-contexts"].text),
    )  # fmt: skip


def _named_lines(text: str) -> frozenset[str]:
    return frozenset(line.partition("=")[0].strip() for line in text.splitlines() if "=" in line)
