"""Follows folder and variables through the commands of a script: cd, export, set, subshells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.resolve import MAX_VALUE, PREDEFINED, expanded
from gotare.lint.dockerfile.state import MAX_NAMES, joined
from gotare.lint.shell.model import Assignment, Command, Part, ShellWord
from gotare.lint.shell.wrappers import shell_options

Values = Mapping[str, str | None]
_BY_THE_SHELL: Final = PREDEFINED | {
    "HOSTNAME", "RANDOM", "UID", "EUID", "PPID", "OLDPWD", "SHELL", "LINENO", "SECONDS", "OSTYPE",
    "IFS", "REPLY", "BASH_SOURCE", "BASH_VERSION", "HOSTTYPE", "MACHTYPE", "TERM", "USER", "PATH",
}  # fmt: skip
"""Variables that nobody declares and that may well have a value."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a script has come to. `values` are all variables, `exported` the names that commands
    find in their environment. `tentative`: names whose value holds only where something was true,
    with what stood around ("" is the folder). `complete`: what is not in `values` is unset."""

    directory: str | None
    values: Values
    exported: frozenset[str]
    complete: bool = True
    options: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tentative: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before: tuple[str | None, ...] = ()
    """The folders to go back to: cd -, popd."""

    @property
    def environment(self) -> Values:
        """What a command finds in its environment."""
        return {name: value for name, value in self.values.items() if name in self.exported}

    def said(self, word: ShellWord) -> str | None:
        """Return what a word says after expansion; None where it cannot be known."""
        return spoken(word, self.values, self.complete)

    def with_value(self, name: str, value: str | None, *, exported: bool = False) -> Frame:
        """Return it with a variable set."""
        if name not in self.values and len(self.values) >= MAX_NAMES:
            return self
        names = self.exported | {name} if exported else self.exported
        return replace(self, values={**self.values, name: value}, exported=names)

    def certain_at(self, around: tuple[str, ...]) -> Frame:
        """Return it without what holds only in a branch that is over."""
        over = [n for n, where in self.tentative.items() if around[: len(where)] != where]
        if not over:
            return self
        left = {n: where for n, where in self.tentative.items() if n not in over}
        values = {**self.values, **{name: None for name in over if name}}
        directory = None if "" in over else self.directory
        return replace(self, values=values, directory=directory, tentative=left)


def spoken(word: ShellWord, values: Values, complete: bool = True) -> str | None:
    """Return what a word says after expansion; None where it cannot be known."""
    said: list[str] = []
    for part in word.parts:
        text = _part(part, values, complete)
        if text is None:
            return None
        said.append(text)
    whole = "".join(said)
    return whole if len(whole) <= MAX_VALUE else None


def _part(part: Part, values: Values, complete: bool) -> str | None:
    if part.kind == "literal":
        return part.text
    if part.kind == "other":
        return None
    if part.name not in values and (not complete or part.name in _BY_THE_SHELL):
        return None
    if part.text in (f"${part.name}", f"${{{part.name}}}"):
        return values.get(part.name, "")
    return expanded(part.text, values)


def after(frame: Frame, command: Command) -> Frame:
    """Return where a script has come to when a command has run."""
    changed = _changed(frame, command)
    if changed is frame or command.is_certain:
        return changed
    return _tentative(frame, changed, command)


def _tentative(frame: Frame, changed: Frame, command: Command) -> Frame:
    where = command.around or ("branch",)
    names = [n for n, value in changed.values.items() if frame.values.get(n, "") != value]
    names += [""] if changed.directory != frame.directory else []
    return replace(changed, tentative={**changed.tentative, **dict.fromkeys(names, where)})


def _changed(frame: Frame, command: Command) -> Frame:
    name = command.name
    if not command.words or name in ("export", "declare", "typeset", "readonly", "local"):
        return _assigned(frame, command)
    if name in ("cd", "pushd", "popd"):
        return _moved(frame, command)
    if name == "set":
        on, off = shell_options(command)
        return replace(frame, options=(frame.options | on) - off)
    if name == "read":
        return _read(frame, command)
    if name == "unset":
        gone = {word.shown for word in command.arguments}
        values = {n: value for n, value in frame.values.items() if n not in gone}
        return replace(frame, values=values, exported=frame.exported - gone)
    return frame


def _assigned(frame: Frame, command: Command) -> Frame:
    exported = command.exports or "a" in frame.options or _is_declared_export(command)
    for assignment in command.assignments:
        value = assigned_value(frame, assignment)
        frame = frame.with_value(assignment.name, value, exported=exported)
        if assignment.choices:
            frame = _with_choices(frame, assignment)
    if command.exports:
        named = {word.shown for word in command.arguments} & frame.values.keys()
        frame = replace(frame, exported=frame.exported | named)
    return frame


def _is_declared_export(command: Command) -> bool:
    return command.name in ("declare", "typeset") and any(
        word.text.startswith("-") and "x" in word.text for word in command.arguments
    )


def assigned_value(frame: Frame, assignment: Assignment) -> str | None:
    """Return the value that an assignment gives; None unknown."""
    value = frame.said(assignment.value)
    if not assignment.append or value is None:
        return value
    old = frame.values.get(assignment.name, "")
    return None if old is None or len(old) > MAX_VALUE else old + value


def _with_choices(frame: Frame, assignment: Assignment) -> Frame:
    said = [frame.said(word) for word in assignment.choices]
    known = tuple(part for text in said if text is not None for part in text.split())
    if None in said or not known:
        return frame
    if len(known) == 1:
        return frame.with_value(assignment.name, known[0])
    return replace(frame, choices={**frame.choices, assignment.name: known})


def _moved(frame: Frame, command: Command) -> Frame:
    back = frame.before[-1] if frame.before else None
    words = [word for word in command.arguments if word.text not in ("-P", "-L", "--", "-e", "-n")]
    if command.name == "popd":
        return replace(frame, directory=back, before=frame.before[:-1])
    if not words:
        return replace(frame, directory=frame.values.get("HOME"))
    said = frame.said(words[0])
    target = back if words[0].text == "-" else joined(frame.directory, _at_home(said, frame))
    return replace(frame, directory=target, before=(*frame.before, frame.directory)[-16:])


def _at_home(path: str | None, frame: Frame) -> str | None:
    if path is None or not (path == "~" or path.startswith("~/")):
        return path
    home = frame.values.get("HOME")
    return None if home is None else home + path[1:]


def _read(frame: Frame, command: Command) -> Frame:
    for word in command.arguments:
        if word.text.isidentifier():
            frame = frame.with_value(word.text, None)
    return frame
