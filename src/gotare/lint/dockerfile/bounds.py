"""Is a Dockerfile too long for its meaning to be looked at in bounded time?

People write none that come near: of a thousand real ones the longest has 20,000 characters and 511
lines, and the longest RUN 54 commands.
"""

from __future__ import annotations

import re
from typing import Final

from gotare.errors import TextError
from gotare.lint.dockerfile.stages import MAX_INSTRUCTIONS, MAX_STAGES
from gotare.lint.dockerfile.syntax import Dockerfile, Instruction

MAX_TEXT: Final = 250_000
"""Characters."""
MAX_COMMANDS: Final = 3000
"""Commands of all instructions that run some, counted by what stands between them."""
_BETWEEN: Final = re.compile(r"[;&|\n]+")
_HINT: Final = "let a script do what repeats, or COPY the text"


def check_length(file: Dockerfile) -> None:
    """Raise TextError for a file that is too long: of half a model rules would tell lies."""
    instructions = file.instructions
    sources = [each for each in instructions if each.name == "FROM"]
    _check("instructions", MAX_INSTRUCTIONS, instructions)
    _check("stages", MAX_STAGES, sources)
    if len(file.text) > MAX_TEXT:
        raise _error("characters", MAX_TEXT, 0)
    commands = 0
    for each in instructions:
        commands += _commands(each)
        if commands > MAX_COMMANDS:
            raise _error("commands", MAX_COMMANDS, each.span.start)


def _check(what: str, most: int, found: list[Instruction] | tuple[Instruction, ...]) -> None:
    if len(found) > most:
        raise _error(what, most, found[most].span.start)


def _commands(instruction: Instruction) -> int:
    if instruction.name not in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"):
        return 0
    texts = (instruction.value, *(heredoc.content for heredoc in instruction.heredocs))
    return sum(len(_BETWEEN.findall(text)) + 1 for text in texts)


def _error(what: str, most: int, offset: int) -> TextError:
    message = f"the file has more than {most} {what}: nothing in it is looked at"
    return TextError(message, offset, _HINT)
