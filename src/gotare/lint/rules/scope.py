"""Do the variables in a Dockerfile have a value where they are used?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.edit import insert_before_comments
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.resolve import AUTOMATIC, PREDEFINED
from gotare.lint.dockerfile.syntax import Dockerfile, Instruction, Pair, Span
from gotare.lint.dockerfile.usage import plain_names, shell_use, words_with_names
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

_ENVIRONMENT_KNOWN: Final = frozenset(
    {"scratch", "alpine", "debian", "ubuntu", "busybox", "distroless", "golang"}
)
"""Families whose images set few variables, and always the same."""

_MOST: Final = 50
"""Variables, the last ones, among which a misspelt one is looked for."""

_ALWAYS: Final = AUTOMATIC | PREDEFINED | {"PATH"}
_COMMANDS: Final = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK"})
"""What the image's own shell expands when a container runs, with variables of that moment."""


def _arg_out_of_scope(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        told: set[str] = set()
        for instruction in stage.instructions:
            uses = {
                name: span
                for name, span in _unset(subject, stage, instruction).items()
                if name not in told and _elsewhere(subject, stage, name)
            }
            if uses:
                told |= uses.keys()
                yield _out_of_scope(subject, stage, instruction, uses)


def _unset(
    subject: DockerfileSubject, stage: Stage, instruction: Instruction
) -> Mapping[str, Span]:
    """Return the variables that an instruction uses and that are certainly not set there, each with
    its first place. In RUN only ARGs of the file are looked at: the shell may set others."""
    state = stage.state_at(instruction)
    windows = stage.facts is not None and stage.facts.system == "windows"
    if not state.complete or windows or instruction.name in _COMMANDS:
        return {}
    known = {*state.variables, *_ALWAYS}
    if instruction.name == "RUN":
        return _unset_in_run(instruction, [n for n in _declared(subject) if n not in known])
    if instruction.name == "ARG":
        known |= {pair.key.text for pair in instruction.pairs}
    found: dict[str, Span] = {}
    for word, names in words_with_names(instruction, subject.file.escape):
        for name in names:
            if name not in known:
                found.setdefault(name, word.span)
    return found


def _unset_in_run(instruction: Instruction, names: list[str]) -> Mapping[str, Span]:
    if instruction.form != "shell":
        return {}
    found = {name: shell_use(instruction, name) for name in names}
    used = {name: span for name, span in found.items() if span}
    return dict(sorted(used.items(), key=lambda item: item[1].start))


def _declared(subject: DockerfileSubject) -> Mapping[str, Pair]:
    """Return what ARG declares anywhere in the file, by name; one with a default first."""
    return subject.build.once("declared", subject.file, lambda: _declared_in(subject.file))


def _declared_in(file: Dockerfile) -> Mapping[str, Pair]:
    found: dict[str, Pair] = {}
    for instruction in file.instructions:
        for pair in instruction.pairs if instruction.name == "ARG" else ():
            if pair.key.text not in found or found[pair.key.text].value is None:
                found[pair.key.text] = pair
    return found


def _elsewhere(subject: DockerfileSubject, stage: Stage, name: str) -> str:
    """Return where an ARG is declared that is not in scope; "" where it is nowhere."""
    if name in subject.build.global_args:
        return "before the first FROM"
    holders = _holders(subject).get(name)
    if not holders:
        return ""
    if stage in holders:
        return "only after this"
    title = holders[0].title
    return f"in {title}" if title.startswith("stage ") else f"in the stage {title}"


def _holders(subject: DockerfileSubject) -> Mapping[str, list[Stage]]:
    """Return the stages that declare an ARG, by its name."""

    def found() -> dict[str, list[Stage]]:
        holders: dict[str, list[Stage]] = {}
        for stage, instruction in subject.build.walk():
            for pair in instruction.pairs if instruction.name == "ARG" else ():
                holders.setdefault(pair.key.text, []).append(stage)
        return holders

    return subject.build.once("holders", subject.file, found)


def _out_of_scope(
    subject: DockerfileSubject, stage: Stage, instruction: Instruction, uses: Mapping[str, Span]
) -> Found:
    names = list(uses)
    lines = [f"ARG {_declaration(subject, name)}" for name in names]
    edit = insert_before_comments(subject.file, instruction, lines)
    them, are = ("them", "are") if names[1:] else ("it", "is")
    where = _elsewhere(subject, stage, names[0])
    return Found(
        f"{_listed(names)} {are} empty here: ARG declares {them} {where}",
        uses[names[0]],
        f"write {' and '.join(lines)} before this, in {stage.title}",
        Fix((edit,), True, "declare it in this stage"),
    )


def _listed(names: list[str]) -> str:
    shown = [f"${name}" for name in names]
    return " and ".join([*([", ".join(shown[:-1])] if shown[1:] else []), shown[-1]])


def _declaration(subject: DockerfileSubject, name: str) -> str:
    pair = _declared(subject).get(name)
    if name in subject.build.global_args or pair is None or pair.value is None:
        return name
    return f"{name}={pair.value.text}"


def _undefined_variable(subject: DockerfileSubject) -> Iterator[Found]:
    yield from undefined_in_from(subject)
    for stage, instruction in subject.build.walk():
        known = stage.facts is not None and stage.facts.family in _ENVIRONMENT_KNOWN
        if not known or instruction.name == "RUN":
            continue
        for name, span in _unset(subject, stage, instruction).items():
            if not _elsewhere(subject, stage, name) and not _means_the_base(instruction, name):
                hint = _nearest(name, stage) or f"declare it: ARG {name}"
                yield Found(f"${name} is not set here: nothing comes in its place", span, hint)


def _means_the_base(instruction: Instruction, name: str) -> bool:
    """ENV LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH means the base's value, if there is one."""
    if name.startswith("GOLANG_") or name == "SSL_CERT_FILE":
        return True
    return instruction.name == "ENV" and any(p.key.text == name for p in instruction.pairs)


def _nearest(name: str, stage: Stage) -> str:
    from difflib import get_close_matches

    names = list(stage.state.variables)[-_MOST:]
    near = get_close_matches(name, names, 1, 0.75)
    return f"did you mean ${near[0]}?" if near else ""


def _env_used_where_set(subject: DockerfileSubject) -> Iterator[Found]:
    for stage, instruction in subject.build.walk():
        if instruction.name != "ENV" or len(instruction.pairs) < 2:
            continue
        before = stage.state_at(instruction).variables
        earlier: set[str] = set()
        for pair in instruction.pairs:
            for name in plain_names(pair.value.text if pair.value else "", subject.file.escape):
                if name in earlier and name != pair.key.text:
                    old = "its value from before" if name in before else "nothing"
                    yield Found(
                        f"${name} is {old} here: what an ENV sets holds after it only",
                        pair.span,
                        f"set {pair.key.text} in an ENV of its own, after this one",
                    )
            earlier.add(pair.key.text)


def undefined_in_from(subject: DockerfileSubject) -> Iterator[Found]:
    """Yield the variables of FROM that no ARG before the first FROM declares."""
    known = {*subject.build.global_args, *AUTOMATIC}
    for stage in subject.build.stages:
        for word, names in words_with_names(stage.source, subject.file.escape):
            for name in names:
                if name not in known:
                    yield Found(
                        f"${name} has no value in FROM: only an ARG before the first FROM counts",
                        word.span,
                        f"write ARG {name}=… before the first FROM",
                        severity=Severity.ERROR,
                    )


_rule = partial(Rule, kind="dockerfile", family="correctness")

RULES: Final = (
    _rule(
        id="arg-out-of-scope",
        severity=Severity.WARNING,
        title="An ARG is used outside the stage that declares it, so it is empty.",
        check=_arg_out_of_scope,
        fixes="safe",
        equivalents={"buildkit": ("UndefinedVar",)},
    ),
    _rule(
        id="undefined-variable",
        severity=Severity.WARNING,
        title="A variable is used that nothing sets.",
        check=_undefined_variable,
        equivalents={"buildkit": ("UndefinedVar", "UndefinedArgInFrom")},
    ),
    _rule(
        id="env-used-where-set",
        severity=Severity.WARNING,
        title="A variable is used in the same ENV that sets it.",
        check=_env_used_where_set,
        equivalents={"buildkit": ("UndefinedVar",), "hadolint": ("DL3044",)},
    ),
)
