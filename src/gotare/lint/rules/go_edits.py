"""Which edits give a go command a flag, a variable or linker flags, or take them away?

They return None where the text is none that can be edited safely: a JSON form, a Makefile, a value
that comes from a variable.
"""

from __future__ import annotations

import re

from gotare.findings import Edit
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.goflags import GoFlag
from gotare.lint.dockerfile.syntax import Dockerfile
from gotare.lint.rules.text_edits import without


def is_text(command: GoCommand) -> bool:
    """Whether a command stands in the Dockerfile as shell text, by the name of go."""
    words = command.ran.plain.words
    return (
        not command.ran.make
        and command.instruction.form == "shell"
        and command.tool in ("go", "xx-go")
        and bool(words)
        and words[0].literal is not None
    )


def add_flag(file: Dockerfile, command: GoCommand, flag: str) -> Edit | None:
    """Return the edit that adds a flag right after `go build` (and -C, which must come first)."""
    if not is_text(command):
        return None
    words = command.ran.plain.words
    action = command.action.split()
    if [word.literal for word in words[1 : 1 + len(action)]] != action:
        return None
    at = len(action)
    following = words[at + 1].text if at + 1 < len(words) else ""
    if following in ("-C", "--C"):
        at += 2
    elif following.startswith(("-C=", "--C=")):
        at += 1
    if at >= len(words):
        return None
    end = command.ran.where(words[at]).end
    return Edit(end, end, f" {flag}")


def remove_flag(file: Dockerfile, command: GoCommand, flag: GoFlag) -> Edit | None:
    """Return the edit that takes a flag and its value away."""
    if not is_text(command) or flag.from_goflags or not _is_written(file, flag):
        return None
    return without(file, flag.span)


def _is_written(file: Dockerfile, flag: GoFlag) -> bool:
    """Whether a flag stands in the text under its name, and is not what a variable holds."""
    text = file.slice(flag.span)
    return bool(re.match(rf"[\"']?--?{re.escape(flag.name)}(?![\w])", text))


def add_variables(command: GoCommand, settings: str, *, first: bool = False) -> Edit | None:
    """Return the edit that puts `NAME=value …` before a command: `first` of its variables, or
    after those that it has."""
    if not is_text(command):
        return None
    ran = command.ran
    is_plain = ran.command is ran.plain or ran.command == ran.plain
    if is_plain and first:
        start = ran.place(ran.command.start, ran.command.end).start
    elif is_plain or ran.command.name == "env":
        start = ran.where(ran.plain.words[0]).start
    else:
        return None
    return Edit(start, start, f"{settings} ")


def remove_variable(file: Dockerfile, command: GoCommand, name: str) -> Edit | None:
    """Return the edit that takes a variable away that stands before a command."""
    setting = command.settings.get(name)
    if not is_text(command) or setting is None or setting.origin != "prefix" or not setting.span:
        return None
    return without(file, setting.span)


_LDFLAGS = re.compile(r"(?P<open>[\"']?)--?ldflags(?:=|\s+(?:\\\s*)?)(?P<quote>[\"']?)")


def add_ldflags(file: Dockerfile, command: GoCommand, flags: str) -> Edit | None:
    """Return the edit that puts linker flags before those that are there."""
    flag = command.flag("ldflags")
    if flag is None:
        return None if command.uncertain else add_flag(file, command, f'-ldflags="{flags}"')
    if not is_text(command) or flag.from_goflags:
        return None
    text = file.slice(flag.span)
    found = _LDFLAGS.match(text)
    if not found:
        return None
    at, rest = flag.span.start + found.end(), text[found.end() :]
    if found["quote"] or found["open"]:
        quote = found["quote"] or found["open"]
        return Edit(at, at, flags if rest.startswith(quote) else f"{flags} ")
    if not rest or re.search(r"[\"'\s]", rest):
        return None
    return Edit(at, flag.span.end, f'"{flags} {rest}"')


def remove_from_value(file: Dockerfile, command: GoCommand, flag: GoFlag, text: str) -> Edit | None:
    """Return the edit that takes a text out of a flag's value, with the blank beside it."""
    if not is_text(command) or flag.from_goflags:
        return None
    whole = file.slice(flag.span)
    if whole.count(text) != 1:
        return None
    start = whole.index(text)
    end = start + len(text)
    if whole[end : end + 1] in (" ", "\t"):
        end += 1
    elif whole[start - 1 : start] in (" ", "\t"):
        start -= 1
    return Edit(flag.span.start + start, flag.span.start + end, "")
