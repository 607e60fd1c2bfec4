"""A Dockerfile that is too long for a model is told of, and not looked at by halves."""

from __future__ import annotations

import pytest

from gotare.errors import TextError
from gotare.lint.dockerfile.bounds import MAX_COMMANDS, MAX_TEXT, check_length
from gotare.lint.dockerfile.parse import parse_dockerfile
from gotare.lint.dockerfile.stages import MAX_INSTRUCTIONS, MAX_STAGES

FROM = "FROM alpine:3.23\n"


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (FROM + "USER a\n" * MAX_INSTRUCTIONS, f"{MAX_INSTRUCTIONS} instructions", 2001),
        (FROM * (MAX_STAGES + 1), f"{MAX_STAGES} stages", 301),
        (FROM + "#" + "x" * MAX_TEXT, f"{MAX_TEXT} characters", 1),
        (FROM + "RUN a" + " && b" * MAX_COMMANDS, f"{MAX_COMMANDS} commands", 2),
        (FROM + "RUN <<E\n" + "a\n" * MAX_COMMANDS + "E\n", f"{MAX_COMMANDS} commands", 2),
        (FROM + "RUN a; b\n" + ("RUN a" + "; b" * 999 + "\n") * 3, "commands", 5),
    ],
    ids=["instructions", "stages", "characters", "commands", "heredoc", "together"],
)
def test_too_much_is_told_with_its_place(text: str, what: str, line: int) -> None:
    file = parse_dockerfile(text)
    with pytest.raises(TextError, match=what) as caught:
        check_length(file)
    assert file.line_of(caught.value.offset) == line
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        FROM + "USER a\n" * (MAX_INSTRUCTIONS - 1),
        FROM * MAX_STAGES,
        FROM + "RUN a" + " && b" * (MAX_COMMANDS - 1),
        FROM + "COPY <<E /x\n" + "a\n" * (MAX_COMMANDS + 1) + "E\n",
    ],
    ids=["nothing", "instructions", "stages", "commands", "a file"],
)
def test_what_is_just_within_is_looked_at(text: str) -> None:
    check_length(parse_dockerfile(text))
