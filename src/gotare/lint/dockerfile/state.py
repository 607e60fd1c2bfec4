"""Follows what instructions change: variables, user, folder, entrypoint, ports."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.model import (
    BaseFacts,
    Exec,
    Exposed,
    Healthcheck,
    State,
    Variable,
)
from gotare.lint.dockerfile.resolve import expanded, variables_in
from gotare.lint.dockerfile.syntax import Instruction, Pair, Word

MAX_NAMES: Final = 500
"""More variables or labels than this are not followed."""
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(\w+))?$")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is the same for all instructions of a file: the ARGs before FROM, those that the user
    gives, and the escape character."""

    global_args: Mapping[str, Variable]
    given: Mapping[str, str] = field(default_factory=dict)
    escape: str = "\\"


def state_of_base(facts: BaseFacts | None) -> State:
    """Return what holds after FROM of an image."""
    if facts is None:
        return State(user=None, workdir=None, complete=False)
    shell = ("cmd", "/S", "/C") if facts.system == "windows" else ("/bin/sh", "-c")
    return State(
        user=facts.user,
        workdir=facts.workdir,
        variables={
            name: Variable(name, value, "env", inherited=True) for name, value in facts.env.items()
        },
        shell=shell,
        entrypoint=Exec("json", facts.entrypoint) if facts.entrypoint else None,
        cmd=Exec("json", facts.cmd) if facts.cmd else None,
    )


def inherited(state: State) -> State:
    """Return what holds after FROM of a stage that ends with `state`."""

    def passed(variables: Mapping[str, Variable]) -> dict[str, Variable]:
        return {name: replace(variable, inherited=True) for name, variable in variables.items()}

    return replace(state, variables=passed(state.variables), shadowed=passed(state.shadowed))


def applied(state: State, instruction: Instruction, scope: Scope) -> State:
    """Return what holds after an instruction."""
    change = _CHANGES.get(instruction.name)
    return change(state, instruction, scope) if change else state


def value_in(state: State, text: str, escape: str) -> str | None:
    """Return what a word of an instruction says: after expansion, without quotes; None unknown."""
    values = state.values
    if not state.complete and any(name not in values for name in variables_in(text)):
        return None
    return expanded(text, values, escape)


# variables


def _env(state: State, instruction: Instruction, scope: Scope) -> State:
    variables, shadowed = dict(state.variables), dict(state.shadowed)
    for pair in instruction.pairs:
        name = value_in(state, pair.key.text, scope.escape)
        if not name or (len(variables) >= MAX_NAMES and name not in variables):
            continue
        hidden = variables.get(name)
        if hidden and hidden.kind == "arg":
            shadowed[name] = hidden
        value = value_in(state, pair.value.text, scope.escape) if pair.value else ""
        variables[name] = Variable(name, value, "env", instruction, pair.span)
    return replace(state, variables=variables, shadowed=shadowed)


def _arg(state: State, instruction: Instruction, scope: Scope) -> State:
    for pair in instruction.pairs:
        variable = declared(state, pair, instruction, scope)
        if len(state.variables) >= MAX_NAMES and variable.name not in state.variables:
            continue
        present = state.variables.get(variable.name)
        if present and present.kind == "env":
            state = replace(state, shadowed={**state.shadowed, variable.name: variable})
        else:
            state = replace(state, variables={**state.variables, variable.name: variable})
    return state


def declared(state: State, pair: Pair, instruction: Instruction, scope: Scope) -> Variable:
    """Return the variable that one word of ARG declares."""
    name = pair.key.text
    default = pair.value.text if pair.value else None
    value = value_in(state, default, scope.escape) if default is not None else None
    common = scope.global_args.get(name) if default is None else None
    if name in scope.given:
        value = scope.given[name]
    elif common is not None:
        value = common.value
    return Variable(
        name, value, "arg", instruction, pair.span, default, from_global=common is not None
    )


# the config


def _user(state: State, instruction: Instruction, scope: Scope) -> State:
    user = value_in(state, instruction.value.strip(), scope.escape)
    return replace(state, user=user, user_at=instruction)


def _workdir(state: State, instruction: Instruction, scope: Scope) -> State:
    said = value_in(state, instruction.value.strip(), scope.escape)
    return replace(state, workdir=joined(state.workdir, said), workdir_at=instruction)


def joined(folder: str | None, path: str | None) -> str | None:
    """Return a path as seen from a folder, absolute and in its shortest form; None unknown."""
    if path is None or (folder is None and not is_absolute(path)):
        return None
    if re.match(r"[A-Za-z]:|\\", path):
        return path
    whole = posixpath.normpath(posixpath.join(folder or "/", path))
    return "/" + whole.lstrip("/") if whole.startswith("/") else whole


def is_absolute(path: str) -> bool:
    """Whether a path is absolute, on Linux or Windows."""
    return path.startswith("/") or re.match(r"[A-Za-z]:[\\/]|\\", path) is not None


def exec_of(instruction: Instruction) -> Exec:
    """Return the command of CMD, ENTRYPOINT, RUN or SHELL."""
    words = tuple(word.text for word in instruction.words)
    if instruction.form == "json":
        return Exec("json", words, instruction)
    return Exec("shell", (instruction.value,), instruction)


def _entrypoint(state: State, instruction: Instruction, scope: Scope) -> State:
    command = exec_of(instruction)
    keeps = state.cmd is not None and state.cmd.at is not None
    return replace(
        state, entrypoint=command if command.words else None, cmd=state.cmd if keeps else None
    )


def _cmd(state: State, instruction: Instruction, scope: Scope) -> State:
    command = exec_of(instruction)
    return replace(state, cmd=command if command.words else None)


def _healthcheck(state: State, instruction: Instruction, scope: Scope) -> State:
    return replace(state, healthcheck=healthcheck_of(instruction))


def healthcheck_of(instruction: Instruction) -> Healthcheck:
    """Read HEALTHCHECK; without a command, it is switched off."""
    options = {flag.name: flag.value or "" for flag in instruction.flags}
    command = exec_of(instruction.inner) if instruction.inner else None
    return Healthcheck(command, instruction, options)


def _shell(state: State, instruction: Instruction, scope: Scope) -> State:
    words = exec_of(instruction).words
    return replace(state, shell=words or state.shell, shell_at=instruction)


def _stopsignal(state: State, instruction: Instruction, scope: Scope) -> State:
    signal = value_in(state, instruction.value.strip(), scope.escape)
    return replace(state, stop_signal=signal, stop_signal_at=instruction)


def _expose(state: State, instruction: Instruction, scope: Scope) -> State:
    ports = [port for word in instruction.words for port in _ports(state, word, instruction, scope)]
    return replace(state, ports=(*state.ports, *ports)[:MAX_NAMES])


def _ports(state: State, word: Word, instruction: Instruction, scope: Scope) -> list[Exposed]:
    text = value_in(state, word.text, scope.escape)
    found = [_PORT.match(part) for part in (text or "").split()]
    return [
        Exposed(int(m[1]), int(m[2] or m[1]), (m[3] or "tcp").lower(), word, instruction)
        for m in found
        if m
    ]


def _volume(state: State, instruction: Instruction, scope: Scope) -> State:
    words = [value_in(state, word.text, scope.escape) for word in instruction.words]
    paths = [word for word in words if word]
    return replace(state, volumes=(*state.volumes, *paths)[:MAX_NAMES])


def _label(state: State, instruction: Instruction, scope: Scope) -> State:
    labels = dict(state.labels)
    for pair in instruction.pairs:
        name = value_in(state, pair.key.text, scope.escape)
        if name and len(labels) < MAX_NAMES:
            value = value_in(state, pair.value.text, scope.escape) if pair.value else ""
            labels[name] = value if value is not None else (pair.value.text if pair.value else "")
    return replace(state, labels=labels)


_CHANGES: Final[Mapping[str, Callable[[State, Instruction, Scope], State]]] = {
    "ENV": _env,
    "ARG": _arg,
    "USER": _user,
    "WORKDIR": _workdir,
    "ENTRYPOINT": _entrypoint,
    "CMD": _cmd,
    "HEALTHCHECK": _healthcheck,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "EXPOSE": _expose,
    "VOLUME": _volume,
    "LABEL": _label,
}
