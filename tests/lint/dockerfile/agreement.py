"""Where do gotare and BuildKit differ about a Dockerfile?"""

from __future__ import annotations

import re
from typing import Any

from gotare.lint.dockerfile.forms import INSTRUCTIONS
from gotare.lint.dockerfile.parse import decode_dockerfile, parse_dockerfile
from gotare.lint.dockerfile.syntax import Dockerfile, Heredoc, Instruction

NOT_COMPARED = [""]
"""Arguments that gotare does not read: those of instructions that are refused anyway."""


def differences(content: bytes, answer: Any) -> list[str]:
    """Return what differs; nothing where both say the same. `answer` is BuildKit's."""
    file = parse_dockerfile(decode_dockerfile(content))
    if bool(file.errors) != bool(answer["Error"]):
        ours = "; ".join(error.message for error in file.errors) or "no error"
        return [f"gotare: {ours}; BuildKit: {answer['Error'] or 'no error'}"]
    if answer["Instructions"] is None:
        return []
    found = _compared("escape", file.escape, answer["Escape"])
    if not answer["Error"]:
        blank = sum("blank lines" in message for message, _ in file.warnings)
        found += _compared("warnings", blank, answer["Warnings"])
    return found + _instructions(file, answer["Instructions"])


def _compared(what: str, ours: object, theirs: object) -> list[str]:
    return [] if ours == theirs else [f"{what}: gotare {ours!r}, BuildKit {theirs!r}"]


def _instructions(file: Dockerfile, theirs: list[Any]) -> list[str]:
    ours = [_described(file, instruction) for instruction in file.instructions]
    if len(ours) != len(theirs):
        return [f"{len(ours)} instructions, BuildKit has {len(theirs)}"]
    found = []
    for mine, other in zip(ours, theirs, strict=True):
        place = f"line {mine['Start']} {mine['Name']}"
        for key, value in mine.items():
            found += _compared(f"{place} {key}", value, _like(value, other[key]))
    return found


def _like(ours: object, theirs: Any) -> Any:
    """Return BuildKit's answer without what ours does not tell: lines of what ONBUILD holds."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {key: _like(value, theirs[key]) for key, value in ours.items()}
    return theirs or None if ours is None else theirs


def _described(file: Dockerfile, instruction: Instruction) -> dict[str, Any]:
    start, end = file.lines_of(instruction.span)
    return {
        "Name": _valid(instruction.name),
        "Start": start,
        "End": end,
        **_said(instruction),
        "Heredocs": [_heredoc(heredoc) for heredoc in instruction.heredocs] or None,
    }


def _said(instruction: Instruction) -> dict[str, Any]:
    flags = [
        f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
        for flag in instruction.flags
    ]
    held = instruction.inner if instruction.name == "ONBUILD" else None
    inner = {"Name": _valid(held.name), **_said(held)} if held else None
    arguments = _arguments(instruction)
    said = {
        "Flags": [_bytewise(flag) for flag in flags] or None,
        "JSON": instruction.form == "json",
        "Args": [_valid(argument) for argument in arguments] or None,
        "Inner": inner,
    }
    if arguments is NOT_COMPARED:
        del said["Args"], said["JSON"]
    if instruction.name == "ONBUILD" and not held:
        del said["Inner"]
    return said


def _arguments(instruction: Instruction) -> list[str]:
    """Return the arguments as BuildKit's tree has them."""
    if instruction.name not in INSTRUCTIONS:
        return NOT_COMPARED
    words = [word.text for word in instruction.words]
    if instruction.inner and instruction.name == "HEALTHCHECK":
        if instruction.inner.name != "CMD":
            return NOT_COMPARED
        return [re.split(r"[\t\v\f\r ]", instruction.value)[0], *words]
    for pair in instruction.pairs:
        value = pair.value.text if pair.value else ""
        if instruction.name == "ARG":
            words.append(f"{pair.key.text}={value}" if pair.value else pair.key.text)
        else:
            words += [pair.key.text, value, "" if pair.legacy else "="]
    return words


def _heredoc(heredoc: Heredoc) -> dict[str, Any]:
    return {
        "Name": _valid(heredoc.name),
        "Content": _valid(heredoc.content),
        "Descriptor": heredoc.descriptor,
        "Expand": heredoc.expand,
        "Chomp": heredoc.chomp,
    }


def _bytewise(flag: str) -> str:
    """BuildKit takes each byte of a flag for a character."""
    return flag.encode("utf-8", "surrogateescape").decode("latin-1")


def _valid(text: str) -> str:
    """Return a text as JSON of Go carries it: no bytes that are not UTF-8."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
