"""Makes the model of a Dockerfile: `build_of`. The values are in `model.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gotare.lint.dockerfile.model import (
    Base,
    BaseFacts,
    Build,
    Exec,
    Exposed,
    Healthcheck,
    Problem,
    Stage,
    State,
    Variable,
)
from gotare.lint.dockerfile.resolve import AUTOMATIC, base_of, expanded, variables_in
from gotare.lint.dockerfile.state import Scope, applied, declared, inherited, state_of_base
from gotare.lint.dockerfile.syntax import Dockerfile, Flag, Instruction, Span, Word

__all__ = [
    "Base", "BaseFacts", "Build", "Exec", "Exposed", "Healthcheck", "Problem", "Stage", "State",
    "Variable", "build_of",
]  # fmt: skip

MAX_STAGES: Final = 300
MAX_INSTRUCTIONS: Final = 2000
"""What comes after so many is not modelled; `bounds.py` refuses such files."""


def build_of(file: Dockerfile, args: Mapping[str, str] | None = None, target: str = "") -> Build:
    """Return what a file means when it is built with some --build-arg and --target.

    It raises nothing: what BuildKit would refuse is in `problems`.
    """
    instructions = file.instructions[:MAX_INSTRUCTIONS]
    first = next((n for n, i in enumerate(instructions) if i.name == "FROM"), len(instructions))
    problems = [
        Problem("no-from", f"{i.name} stands before the first FROM", i.span)
        for i in instructions[:first]
        if i.name != "ARG"
    ]
    scope = _scope(instructions[:first], args or {}, file.escape)
    stages = _stages(instructions[first:], scope, problems)
    final = _final(stages, target)
    build = Build(file, stages, scope.global_args, (), final, ())
    problems += _duplicates(stages)
    needed = {stage.index for stage in build.needed_by(final)} if final else set()
    return Build(
        file,
        stages,
        scope.global_args,
        _targets(stages, final),
        final,
        tuple(stage for stage in stages if stage.index not in needed),
        tuple(problems),
    )


def _scope(instructions: Sequence[Instruction], given: Mapping[str, str], escape: str) -> Scope:
    """Return the ARGs before the first FROM; later ones may use earlier ones."""
    known: dict[str, Variable] = {}
    automatic = {name: Variable(name, given.get(name), "arg") for name in AUTOMATIC}
    for instruction in instructions:
        for pair in instruction.pairs if instruction.name == "ARG" else ():
            state = State(variables={**automatic, **known})
            variable = declared(state, pair, instruction, Scope({}, given, escape))
            known = {**known, variable.name: variable}
    return Scope(known, given, escape)


def _stages(
    instructions: Sequence[Instruction], scope: Scope, problems: list[Problem]
) -> tuple[Stage, ...]:
    names = _names(instructions)
    made: list[Stage] = []
    for group in _groups(instructions):
        if len(made) < MAX_STAGES:
            made.append(_Maker(scope, made, names, problems).stage(group))
    return tuple(made)


def _groups(instructions: Sequence[Instruction]) -> Iterator[list[Instruction]]:
    group: list[Instruction] = []
    for instruction in instructions:
        if instruction.name == "FROM" and group:
            yield group
            group = []
        group.append(instruction)
    if group:
        yield group


def _names(instructions: Sequence[Instruction]) -> tuple[str, ...]:
    sources = (i for i in instructions if i.name == "FROM")
    return tuple(word.text.lower() if (word := _alias(i)) else "" for i in sources)


def _alias(source: Instruction) -> Word | None:
    words = source.words
    return words[2] if len(words) >= 3 and words[1].text.lower() == "as" else None


@dataclass(slots=True)
class _Maker:
    """Makes one stage, knowing those before it and the names of all."""

    scope: Scope
    before: Sequence[Stage]
    names: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)

    def stage(self, group: Sequence[Instruction]) -> Stage:
        source, rest = group[0], tuple(group[1:])
        alias, flag = _alias(source), source.flag("platform")
        parent = self._parent(source)
        base = self._base(source, parent)
        return Stage(
            len(self.before),
            alias.text.lower() if alias else "",
            source,
            base,
            flag.value if flag else None,
            rest,
            parent,
            alias,
            self._states(rest, parent, base),
            self._uses(rest, parent) | self._perhaps(base),
        )

    def _parent(self, source: Instruction) -> Stage | None:
        if not source.words:
            return None
        said = expanded(source.words[0].text, self._global_values(), self.scope.escape)
        name = (said or "").lower()
        return next((s for s in reversed(self.before) if name and s.name == name), None)

    def _base(self, source: Instruction, parent: Stage | None) -> Base:
        if not source.words:
            return Base("unknown", "", source.span)
        word = source.words[0]
        if parent is not None:
            return Base(
                "stage", word.text, word.span, parent.title, known=parent.facts,
                variables=variables_in(word.text),
            )  # fmt: skip
        base = base_of(word.text, word.span, self._global_values(), self.scope.escape)
        self._judge(base)
        return base

    def _judge(self, base: Base) -> None:
        if base.kind == "unknown" and base.reference is not None:
            text = f"{base.text} expands to nothing that names an image"
            self._problem("empty-base", text, base.span)
        elif base.text.lower() in self.names[len(self.before) + 1 :] and base.known is None:
            text = f"the stage {base.text} comes later, so this is an image of that name"
            self._problem("forward-reference", text, base.span)

    def _problem(self, kind: str, text: str, span: Span) -> None:
        self.problems.append(Problem(kind, text, span, len(self.before)))

    def _global_values(self) -> dict[str, str | None]:
        known = {name: variable.value for name, variable in self.scope.global_args.items()}
        return {**{name: self.scope.given.get(name) for name in AUTOMATIC}, **known}

    def _states(
        self, instructions: Sequence[Instruction], parent: Stage | None, base: Base
    ) -> tuple[State, ...]:
        state = inherited(parent.state) if parent else state_of_base(base.known)
        for trigger in parent.named("ONBUILD") if parent else ():
            state = applied(state, trigger.inner, self.scope) if trigger.inner else state
        states = [state]
        for instruction in instructions:
            states.append(applied(states[-1], instruction, self.scope))
        return tuple(states)

    def _uses(self, instructions: Sequence[Instruction], parent: Stage | None) -> frozenset[int]:
        found = {parent.index} if parent else set()
        for instruction in instructions:
            for text, span in _origins(instruction):
                index = self._index_of(text, span)
                if index is not None:
                    found.add(index)
        return frozenset(found)

    def _perhaps(self, base: Base) -> frozenset[int]:
        """Return the stages that `FROM build-$TARGETARCH` may mean, whose value nobody knows."""
        if base.kind == "stage" or base.reference is not None or "$" not in base.text:
            return frozenset()
        parts = re.split(r"\$(?:\{[^}]*\}|\w+)", base.text.lower())
        pattern = re.compile(".*".join(re.escape(part) for part in parts))
        return frozenset(s.index for s in self.before if s.name and pattern.fullmatch(s.name))

    def _index_of(self, text: str, span: Span) -> int | None:
        number = stage_index(text, self.names)
        if text.isdecimal() and number is None:
            self._problem("unknown-stage", f"there is no stage {text}", span)
        elif number == len(self.before):
            self._problem("cycle", f"the stage copies from itself ({text})", span)
            return None
        return number


def stage_index(text: str, names: Sequence[str]) -> int | None:
    """Return the index of the stage that --from names, by number or by name in any case."""
    if text.isdecimal():
        return int(text) if len(text) < 6 and int(text) < len(names) else None
    lower = text.lower()
    return next((n for n in range(len(names) - 1, -1, -1) if names[n] == lower and lower), None)


def _origins(instruction: Instruction) -> Iterator[tuple[str, Span]]:
    """Yield what --from of COPY and `from=` of mounts name."""
    inner = instruction.inner or instruction
    for flag in inner.flags:
        if flag.name == "from" and inner.name in ("COPY", "ADD") and flag.value:
            yield flag.value, flag.span
        elif flag.name == "mount":
            yield from _mount_origin(flag)


def _mount_origin(flag: Flag) -> Iterator[tuple[str, Span]]:
    for part in (flag.value or "").split(","):
        key, _, value = part.partition("=")
        if key.strip() == "from" and value:
            yield value, flag.span


def _final(stages: Sequence[Stage], target: str) -> Stage | None:
    index = stage_index(target, [stage.name for stage in stages]) if target else None
    if index is not None:
        return stages[index]
    return stages[-1] if stages else None


def _targets(stages: Sequence[Stage], final: Stage | None) -> tuple[Stage, ...]:
    used = frozenset(index for stage in stages for index in stage.uses)
    chosen = final.index if final else -1
    return tuple(s for s in stages if s.index == chosen or s.index not in used)


def _duplicates(stages: Sequence[Stage]) -> Iterator[Problem]:
    seen: set[str] = set()
    for stage in stages:
        if stage.name in seen and stage.name_word:
            text = f"another stage is called {stage.name_word.text} as well"
            yield Problem("duplicate-name", text, stage.name_word.span, stage.index)
        seen.add(stage.name or "\0")
