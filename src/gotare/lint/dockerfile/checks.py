"""Why would BuildKit refuse an instruction, or the whole file?

Source: `frontend/dockerfile/instructions/parse.go` of BuildKit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gotare.lint.dockerfile import heredocs
from gotare.lint.dockerfile.flags import UNCHECKED, flag_errors
from gotare.lint.dockerfile.forms import INSTRUCTIONS
from gotare.lint.dockerfile.instruction import Read
from gotare.lint.dockerfile.lexer import LexError
from gotare.lint.dockerfile.lines import GO_SPACE
from gotare.lint.dockerfile.syntax import DockerfileError, Instruction, Item, Span
from gotare.lint.dockerfile.words import Token

Problem = tuple[str, str]
"""A message and a hint."""


def instruction_errors(made: Instruction, read: Read, place: Span) -> Iterator[DockerfileError]:
    """Yield why an instruction is refused, as far as it alone tells."""
    if made.name not in INSTRUCTIONS:
        yield _unknown(made, place)
        return
    for message, hint in _CHECKS.get(made.name, _nothing)(made):
        yield DockerfileError(f"{made.name} {message}", place, hint)
    none = read.arguments.type and read.arguments.type.text.upper() == "NONE"
    if made.name not in UNCHECKED and not none:
        yield from flag_errors(made.name, made.flags)
    if made.name == "HEALTHCHECK":
        for message, hint in _health(read):
            yield DockerfileError(f"HEALTHCHECK {message}", place, hint)


def _unknown(made: Instruction, place: Span) -> DockerfileError:
    from difflib import get_close_matches

    near = get_close_matches(made.name[:40], sorted(INSTRUCTIONS), 1)
    hint = f"did you mean {near[0]}?" if near else "the line above may lack its continuation"
    shown = made.name if len(made.name) <= 40 else f"{made.name[:40]}…"
    return DockerfileError(f"unknown instruction: {shown}", place, hint)


def file_errors(items: Sequence[Item], text: str) -> Iterator[DockerfileError]:
    """Yield why a file as a whole is refused."""
    made = [item for item in items if isinstance(item, Instruction)]
    whole = Span(0, len(text))
    if not made:
        what = "no instructions" if text.strip() else "nothing in it"
        yield DockerfileError(f"the file has {what}", whole, "it begins with FROM")
        return
    first = next((at for at, item in enumerate(made) if item.name == "FROM"), None)
    if first is None and all(item.name in INSTRUCTIONS for item in made):
        yield DockerfileError("the file has no FROM", whole, "every stage begins with FROM")
    for item in made[: first or 0]:
        if item.name != "ARG" and item.name in INSTRUCTIONS:
            yield DockerfileError(
                f"{item.name} stands before the first FROM", item.keyword, "only ARG may"
            )


def _nothing(_made: Instruction) -> Iterable[Problem]:
    return ()


def _one(made: Instruction) -> Iterator[Problem]:
    if len(made.words) != 1:
        yield "requires exactly one argument", ""


def _some(made: Instruction) -> Iterator[Problem]:
    if not made.words:
        yield "requires at least one argument", ""


def _pairs(made: Instruction) -> Iterator[Problem]:
    if not made.pairs:
        yield "requires at least one argument", ""
    elif any(not pair.key.text for pair in made.pairs):
        yield "names cannot be blank", ""


_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")


def _from(made: Instruction) -> Iterator[Problem]:
    words = [word.text for word in made.words]
    if len(words) == 3 and words[1].casefold() == "as":
        if not _STAGE_NAME.fullmatch(words[2].lower()):
            yield f"has an invalid stage name {words[2]!r}", "begin with a letter, no symbols"
    elif len(words) != 1:
        yield "requires either one or three arguments", "FROM image, or FROM image AS name"


def _copy(made: Instruction) -> Iterator[Problem]:
    if len(made.words) < 2:
        yield "requires at least two arguments", "name a source and a destination"
    elif _opens_heredoc(made.words[-1].text):
        yield "cannot have a heredoc as its destination", "name a destination after it"


def _opens_heredoc(word: str) -> bool:
    try:
        return heredocs.opener(Token(word, 0, len(word))) is not None
    except LexError:
        return False


def _volume(made: Instruction) -> Iterator[Problem]:
    yield from _some(made)
    if any(not word.text.strip(GO_SPACE) for word in made.words):
        yield "has an empty path", ""


def _shell(made: Instruction) -> Iterator[Problem]:
    if not made.words:
        yield "requires at least one argument", ""
    elif made.form != "json":
        yield "requires its arguments as a JSON array", 'as in SHELL ["/bin/sh", "-c"]'


def _onbuild(made: Instruction) -> Iterator[Problem]:
    if not made.inner:
        yield "requires at least one argument", ""
    elif made.inner.name.strip(GO_SPACE) in ("ONBUILD", "MAINTAINER", "FROM"):
        yield f"cannot hold {made.inner.name}", ""


def _health(read: Read) -> Iterator[Problem]:
    kind = read.arguments.type
    if not kind:
        yield "requires at least one argument", ""
    elif kind.text.upper() == "NONE":
        if read.arguments.form != "words":
            yield "NONE takes no arguments", ""
    elif kind.text.upper() != "CMD":
        yield f"has the unknown type {kind.text!r}", "write HEALTHCHECK CMD and the command"
    elif not read.arguments.words:
        yield "CMD has no command", ""


_CHECKS: Mapping[str, Callable[[Instruction], Iterable[Problem]]] = {
    "ADD": _copy,
    "ARG": _pairs,
    "COPY": _copy,
    "ENV": _pairs,
    "EXPOSE": _some,
    "FROM": _from,
    "LABEL": _pairs,
    "MAINTAINER": _one,
    "ONBUILD": _onbuild,
    "SHELL": _shell,
    "STOPSIGNAL": _one,
    "USER": _one,
    "VOLUME": _volume,
    "WORKDIR": _one,
}
