"""Follows the commands that RUN and shell forms run: in which folder, with which variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gotare.lint.dockerfile.copies import context_path
from gotare.lint.dockerfile.environment import Frame, after, assigned_value, spoken
from gotare.lint.dockerfile.makes import exported_by, making_of, steps_of
from gotare.lint.dockerfile.model import Build, Stage, State
from gotare.lint.dockerfile.state import joined
from gotare.lint.dockerfile.syntax import Dockerfile, Heredoc, Instruction, Span, Word
from gotare.lint.shell.commands import commands_of
from gotare.lint.shell.model import Command, Part, ShellWord
from gotare.lint.shell.wrappers import SHELLS, script_of, shell_options, unwrapped
from gotare.lint.subjects import Surroundings

MAX_INNER: Final = 8
"""How deep `sh -c` is followed into `sh -c`."""
MAX_MADE: Final = 2000
"""Lines of Makefiles that are followed for one Dockerfile."""
_RUNNING: Final = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that an instruction runs."""

    command: Command
    """As it is written."""
    plain: Command
    """Without sudo, env, time and the like; the same as `command` where there is none."""
    stage: Stage
    instruction: Instruction
    span: Span
    """Where it is written in the Dockerfile; for a command of a Makefile: where `make` is."""
    directory: str | None
    """Absolute; None where a `cd` into something unknown came before."""
    environment: Mapping[str, str | None]
    """What it finds in its environment, its own prefix included. A name that is missing is unset
    (where `complete`), None is set to something unknown."""
    values: Mapping[str, str | None]
    """What $NAME means in its words: the environment, and variables that are not exported."""
    complete: bool = True
    """The base is known, so that a variable that is not in `values` is unset."""
    make: str = ""
    """The Makefile and target that run it, "Makefile: build"; "" for the Dockerfile's own."""
    options: frozenset[str] = frozenset()
    """What `set` or SHELL has switched on: "e", "x", "u", "pipefail"."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For variables of `for` loops around it: the values they go through."""
    place: Callable[[int, int], Span] = field(default=Span, compare=False, repr=False)
    """Where offsets of the command's text stand in the Dockerfile."""

    def said(self, word: ShellWord) -> str | None:
        """Return what one of its words says after expansion; None where it cannot be known."""
        return spoken(word, self.values, self.complete)

    def where(self, word: ShellWord) -> Span:
        """Return where one of its words is written in the Dockerfile."""
        return self.place(word.start, word.end)


@dataclass(frozen=True, slots=True)
class ShellText:
    """Shell text of an instruction. `place` maps offsets in it to the Dockerfile."""

    text: str
    place: Callable[[int, int], Span]


def ran_in(build: Build, stage: Stage, around: Surroundings) -> tuple[Ran, ...]:
    """Return the commands that the RUN instructions of a stage run, in order."""
    return build.once(
        f"ran in {stage.index}",
        around,
        lambda: tuple(
            ran for instruction in stage.named("RUN") for ran in ran_by(build, instruction, around)
        ),
    )


def ran_by(build: Build, instruction: Instruction, around: Surroundings) -> tuple[Ran, ...]:
    """Return the commands of an instruction: RUN, or the shell form of CMD, ENTRYPOINT and
    HEALTHCHECK; none for other instructions, and for shells that are not POSIX."""
    stage = build.stage_of(instruction)
    if stage is None or instruction.name not in _RUNNING:
        return ()
    return build.once(
        f"ran {instruction.span.start}",
        around,
        lambda: tuple(_ran(build, stage, instruction, around)),
    )


def _ran(
    build: Build, stage: Stage, instruction: Instruction, around: Surroundings
) -> Iterator[Ran]:
    state = stage.state_at(instruction)
    inner = (instruction.inner or instruction) if instruction.name == "HEALTHCHECK" else instruction
    if inner.form == "json":
        command = command_of_words(inner.words)
        yield from _Follower(build, around, stage, instruction, Span).follow(
            [command], start_frame(state), 0
        )
        return
    text = shell_text(build.file, inner)
    if text is not None and is_posix(state.shell):
        frame = start_frame(state)
        options = shell_options(command_of_texts(state.shell))[0] - {"c"}
        frame = replace(frame, options=options)
        follower = _Follower(build, around, stage, instruction, text.place)
        yield from follower.follow(commands_of(text.text), frame, 0)


def is_posix(shell: Sequence[str]) -> bool:
    """Whether a SHELL is one whose grammar is known here."""
    name = shell[0].rpartition("/")[2] if shell else ""
    return name in SHELLS or (name == "busybox" and len(shell) > 1)


def command_of_words(words: Sequence[Word]) -> Command:
    """Return the command of a JSON form; places are those in the file."""
    shown = tuple(
        ShellWord(w.text, w.span.start, w.span.end, (Part("literal", w.text),)) for w in words
    )
    start, end = (shown[0].start, shown[-1].end) if shown else (0, 0)
    return Command(shown, start, end)


def command_of_texts(words: Sequence[str]) -> Command:
    """Return a command that stands nowhere."""
    return Command(tuple(ShellWord(w, 0, 0, (Part("literal", w),)) for w in words), 0, 0)


def start_frame(state: State) -> Frame:
    """Return what a command of an instruction finds: ENV and ARG alike are in the environment."""
    values = {
        name: variable.value
        for name, variable in state.variables.items()
        if variable.kind == "env" or variable.value is not None or variable.from_global
    }
    unset = {name: None for name in state.variables if name not in values}
    home = "/root" if state.is_root else None
    known = {"HOME": home, "PWD": state.workdir, **values, **unset}
    return Frame(state.workdir, known, frozenset(known), state.complete)


# the text


def shell_text(file: Dockerfile, instruction: Instruction) -> ShellText | None:
    """Return what the shell reads: the line, and its heredocs; or the script that a heredoc is
    where the line holds nothing else. None: there is none, or it names another interpreter."""
    if instruction.form == "json":
        return None
    value, heredocs = instruction.value, instruction.heredocs
    if not heredocs:
        return ShellText(value, instruction.place)
    alone = value.strip().lstrip("0123456789").startswith("<<") and len(value.split()) == 1
    if alone:
        return _script(file, heredocs[0])
    return _with_heredocs(file, instruction)


def _script(file: Dockerfile, heredoc: Heredoc) -> ShellText | None:
    text, offsets = _heredoc_text(file, heredoc, with_end=False)
    if text.startswith("#!"):
        program = text.partition("\n")[0][2:].replace("/usr/bin/env", "").split()
        if not program or program[0].rpartition("/")[2] not in SHELLS:
            return None
    return ShellText(text, _placer(offsets, heredoc.span))


def _with_heredocs(file: Dockerfile, instruction: Instruction) -> ShellText:
    text = instruction.value
    offsets = list(instruction.offsets) or [instruction.span.start] * len(text)
    for heredoc in instruction.heredocs:
        more, places = _heredoc_text(file, heredoc, with_end=True)
        text += "\n" + more
        offsets += [heredoc.span.start, *places]
    return ShellText(text, _placer(offsets, instruction.span))


def _heredoc_text(file: Dockerfile, heredoc: Heredoc, *, with_end: bool) -> tuple[str, list[int]]:
    """Return the lines of a heredoc, without leading tabs where they are chomped."""
    parts: list[str] = []
    offsets: list[int] = []
    place = heredoc.span.start
    lines = file.slice(heredoc.span).splitlines(keepends=True)
    for line in lines if with_end else lines[:-1]:
        kept = line.lstrip("\t") if heredoc.chomp else line
        first = place + len(line) - len(kept)
        parts.append(kept)
        offsets.extend(range(first, first + len(kept)))
        place += len(line)
    return "".join(parts), offsets


def _placer(offsets: Sequence[int], whole: Span) -> Callable[[int, int], Span]:
    def place(start: int, end: int) -> Span:
        if not offsets:
            return whole
        first = offsets[min(start, len(offsets) - 1)]
        last = offsets[min(max(end - 1, start), len(offsets) - 1)]
        return Span(first, max(last + (end > start), first))

    return place


# following


@dataclass(frozen=True, slots=True)
class _Follower:
    """Follows the commands of one text."""

    build: Build
    around: Surroundings
    stage: Stage
    instruction: Instruction
    place: Callable[[int, int], Span]
    make: str = ""

    def follow(self, commands: Sequence[Command], frame: Frame, depth: int) -> Iterator[Ran]:
        """Yield the commands with what holds where they run."""
        frames: dict[tuple[int, ...], Frame] = {(): frame}
        for command in commands:
            scope = command.scope
            here = frames[_known_scope(frames, scope)].certain_at(command.around)
            ran = self._ran(command, here)
            yield ran
            yield from self._inner(ran, here, depth)
            yield from self._made(ran, here, depth)
            frames[scope] = after(here, ran.plain if command.words else command)

    def _ran(self, command: Command, frame: Frame) -> Ran:
        plain = unwrapped(command)
        prefix = {a.name: assigned_value(frame, a) for a in plain.assignments}
        environment = {**frame.environment, **(prefix if plain.words else {})}
        return Ran(
            command,
            plain,
            self.stage,
            self.instruction,
            self.place(command.start, command.end),
            frame.directory,
            environment,
            frame.values,
            frame.complete,
            self.make,
            frame.options,
            frame.choices,
            self.place,
        )

    def _made(self, ran: Ran, frame: Frame, depth: int) -> Iterator[Ran]:
        """Yield what make runs, where the project's Makefile is known."""
        making = making_of(ran.plain, frame)
        if making is None or depth >= MAX_INNER or frame.directory is None:
            return
        directory = joined(frame.directory, making.directory)
        folder = context_path(self.build, self.stage, self.instruction, directory or "")
        if directory is None or folder is None:
            return
        found = steps_of(making, folder, self.around.texts, frame)
        if found is None:
            return
        path, makefile, steps = found
        added = exported_by(makefile, making, frame)
        values = {**frame.values, **ran.environment, **added}
        exported = frozenset(ran.environment) | added.keys()
        inner = replace(frame, values=values, exported=exported, directory=directory)
        for step in steps:
            if not self._may_make():
                return
            follower = replace(
                self, place=lambda first, last: ran.span, make=f"{path}: {step.target}"
            )
            yield from follower.follow(commands_of(step.text), inner, depth + 1)

    def _may_make(self) -> bool:
        """Count the lines of Makefiles that are followed: targets that call make grow fast."""
        count = self.build.once("lines of make", self.around, lambda: [0])
        count[0] += 1
        return count[0] <= MAX_MADE

    def _inner(self, ran: Ran, frame: Frame, depth: int) -> Iterator[Ran]:
        script = script_of(ran.plain)
        if script is None or depth >= MAX_INNER:
            return
        start, word = script.start, script.word

        def place(first: int, last: int) -> Span:
            if start is None:
                return self.place(word.start, word.end)
            return self.place(start + first, start + last)

        around = (*ran.command.around, "inner")
        values = {**frame.values, **ran.environment}
        inner = replace(frame, values=values, exported=frozenset(ran.environment))
        commands = [replace(c, around=(*around, *c.around)) for c in commands_of(script.text)]
        yield from replace(self, place=place).follow(commands, inner, depth + 1)


def _known_scope(
    frames: Mapping[tuple[int, ...], Frame], scope: tuple[int, ...]
) -> tuple[int, ...]:
    while scope not in frames:
        scope = scope[:-1]
    return scope
