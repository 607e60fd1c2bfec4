"""What is not said of a stage that the file shows only a part of?"""

from __future__ import annotations

import pytest

from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

BUILD = "FROM golang:1.26-alpine AS build\n"
SHIP = 'FROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n'


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (f"{BUILD}{SHIP}", True),
        (f"{BUILD}...\n{SHIP}", False),
        (f"{BUILD}...\nFROM build AS later\n{SHIP.replace('=build', '=later')}", False),
        (f"{BUILD}{SHIP}...\n", True),
    ],
)
def test_a_stage_with_a_line_that_cannot_be_read_may_hold_anything(
    text: str, is_told: bool
) -> None:
    rule = "copied-path-missing"
    linted = lint_text(Source("Dockerfile", "dockerfile", text), Surroundings(), only(rule))
    assert linted.failures == ()
    assert (rule in {found.rule for found in linted.findings}) == is_told
