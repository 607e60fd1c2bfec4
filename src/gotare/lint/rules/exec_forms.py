"""Are the JSON arrays of commands what their authors mean by them?"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.model import Exec, Stage
from gotare.lint.dockerfile.spans import arguments
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "busybox"})
SHELL_ONLY: Final = re.compile(r"""[$`|&;<>()*?\[\]{}~#!\\'"\n=]""")
"""What only a shell understands."""

_OPERATORS: Final = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&", "2>"})
_JSON_START: Final = re.compile(r"""\[\s*["'\u2018\u2019\u201c\u201d]""")
_JSON_THEN: Final = re.compile(r'(\[\s*"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*\s*\])\s*\S')
_VARIABLE: Final = re.compile(r"\$(?:\{\w+[^}]*\}|[A-Za-z_]\w*)")


def _commands(subject: DockerfileSubject) -> Iterator[tuple[Stage, Instruction, Instruction]]:
    """Yield CMD, ENTRYPOINT and HEALTHCHECK with their stages; the last is the one with words: the
    CMD in a HEALTHCHECK, else the instruction itself."""
    for stage, instruction in subject.build.walk():
        if instruction.name in ("CMD", "ENTRYPOINT"):
            yield stage, instruction, instruction
        elif instruction.name == "HEALTHCHECK" and instruction.inner:
            yield stage, instruction, instruction.inner


def looks_like_json(instruction: Instruction) -> bool:
    """Whether a shell form was meant as a JSON array."""
    return instruction.form == "shell" and bool(_JSON_START.match(instruction.value.lstrip()))


# what is no JSON


def _json_then_shell(subject: DockerfileSubject) -> Iterator[Found]:
    for _, instruction, command in _commands(subject):
        said = _JSON_THEN.match(command.value.strip())
        if command.form == "shell" and said:
            rest = command.value.strip()[said.end(1) :].strip()
            idle = re.fullmatch(r"\|\|\s*(?:exit\s+\d+|false|true|:)", rest)
            edit = replace(arguments(command), said[1])
            yield Found(
                f"what follows the JSON array ({rest}) makes a shell run all of it, brackets "
                "and all",
                arguments(command),
                f"write {instruction.name if command is instruction else 'CMD'} {said[1]} alone",
                Fix((edit,), True, "leave the rest out") if idle else None,
            )


def _broken_json(subject: DockerfileSubject) -> Iterator[Found]:
    for _, instruction, command in _commands(subject):
        text = command.value.strip()
        if not looks_like_json(command) or _JSON_THEN.match(text):
            continue
        whole = _repaired(text)
        yield Found(
            f"{instruction.name} is no JSON array, so a shell looks for a program called "
            f"{text.split()[0]}",
            arguments(command),
            f"write {whole}" if whole else "JSON has double quotes, and commas between words",
            Fix((replace(arguments(command), whole),), True, "write JSON") if whole else None,
        )


def _repaired(text: str) -> str:
    """Return the JSON array that a text was meant to be; "" where that is not clear."""
    plain = re.sub("[\u2018\u2019]", "'", re.sub("[\u201c\u201d]", '"', text))
    inner = re.fullmatch(r"\[(.*?),?\s*\]", plain, re.DOTALL)
    word = r"""(?:'[^'"\\]*'|"[^'"\\]*")"""
    if not inner or not re.fullmatch(rf"\s*{word}(?:\s*,?\s*{word})*\s*", inner[1]):
        return ""
    return json.dumps([found[1:-1] for found in re.findall(word, inner[1])], ensure_ascii=False)


# what only a shell understands


def _variable_in_exec(subject: DockerfileSubject) -> Iterator[Found]:
    for stage, instruction, command in _commands(subject):
        if command.form != "json" or _is_shell(command) or _expands(subject, stage, command):
            continue
        for word in command.words:
            used = _VARIABLE.search(word.text)
            if used:
                yield Found(
                    f"no shell replaces {used[0]}: the program is given it as it stands",
                    word.span,
                    "let the program read the environment, or write the value"
                    if instruction.name != "HEALTHCHECK"
                    else "write the value",
                )


def _is_shell(command: Instruction) -> bool:
    """Whether a JSON form runs a shell, or env -S, which replace variables themselves."""
    names = {posixpath.basename(word.text) for word in command.words[:3]}
    return bool(names & (SHELLS | {"env", "envsubst", "eval"}))


def _expands(subject: DockerfileSubject, stage: Stage, command: Instruction) -> bool:
    """Whether the program is made in this file, by code that replaces variables itself."""
    contents = contents_of(subject.build, stage, subject.around)
    program = contents.program(Exec("json", tuple(word.text for word in command.words)))
    built = program.go_build if program else None
    return built is not None and any(
        "os.Expand" in heredoc.content
        for instruction in built.stage.instructions
        for heredoc in instruction.heredocs
    )


def _operator_in_exec(subject: DockerfileSubject) -> Iterator[Found]:
    for _, _, command in _commands(subject):
        if command.form != "json" or _is_shell(command):
            continue
        for word in command.words[1:]:
            if word.text in _OPERATORS:
                yield Found(
                    f"no shell reads {word.text}: the program is given it as an argument",
                    word.span,
                    'write one command, or ["sh", "-c", "…"] where the image has a shell',
                )
                break


def _one_word(subject: DockerfileSubject) -> Iterator[Found]:
    for _, instruction, command in _commands(subject):
        word = command.words[0] if command.form == "json" and command.words else None
        if word and re.search(r"\S\s+\S", word.text) and len(command.words) == 1:
            fixed = json.dumps(word.text.split(), ensure_ascii=False)
            plain = not SHELL_ONLY.search(word.text)
            yield Found(
                f"{instruction.name} looks for a program whose name is {word.text!r}, blanks "
                "and all",
                word.span,
                f"write {fixed}" if plain else "write each word as a string of its own",
                Fix((replace(arguments(command), fixed),), True, "split the words")
                if plain
                else None,
            )


_rule = partial(Rule, kind="dockerfile", family="runtime")

RULES: Final = (
    _rule(
        id="json-then-shell",
        severity=Severity.ERROR,
        title="More follows the JSON array of a command, so it is none.",
        check=_json_then_shell,
        fixes="safe",
        equivalents={"tally": ("tally/invalid-json-form",), "buildkit": ("JSONArgsRecommended",)},
    ),
    _rule(
        id="broken-json",
        severity=Severity.ERROR,
        title="A command looks like a JSON array and is none.",
        check=_broken_json,
        fixes="safe",
        equivalents={"tally": ("tally/invalid-json-form",), "buildkit": ("JSONArgsRecommended",)},
    ),
    _rule(
        id="variable-in-exec-form",
        severity=Severity.WARNING,
        title="A variable stands in a JSON array, where no shell replaces it.",
        check=_variable_in_exec,
    ),
    _rule(
        id="operator-in-exec-form",
        severity=Severity.ERROR,
        title="An operator of the shell stands in a JSON array.",
        check=_operator_in_exec,
    ),
    _rule(
        id="exec-form-one-word",
        severity=Severity.ERROR,
        title="A JSON array has the whole command as one word.",
        check=_one_word,
        fixes="safe",
    ),
)
