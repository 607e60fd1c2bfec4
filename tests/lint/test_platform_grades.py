"""When does the default of a platform's argument matter little?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.declared_builds import Declared
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only
from tests.lint.test_grades import graded

ERROR, INFO = Severity.ERROR, Severity.INFO
TEXT: Final = "FROM golang:1.26\nARG TARGETARCH=amd64\nRUN GOARCH=$TARGETARCH go build .\n"


def declared(*given: str) -> Declared:
    return Declared("Dockerfile", ".", "Makefile", exact=True, args=frozenset(given))


@pytest.mark.parametrize(
    ("around", "severity"),
    [
        (Surroundings(), ERROR),
        (Surroundings(builds=(declared("TARGETARCH", "A"),)), INFO),
        (Surroundings(builds=(declared("TARGETARCH"), declared("A"))), ERROR),
        (Surroundings(builds=(declared(),), given_args=frozenset({"TARGETARCH"})), ERROR),
        (Surroundings(given_args=frozenset({"TARGETARCH"})), INFO),
        (Surroundings(given_args=frozenset({"TARGETOS"})), ERROR),
    ],
)
def test_a_default_that_builds_overrule_does_little_harm(
    around: Surroundings, severity: Severity
) -> None:
    linted = lint_text(Source("Dockerfile", "dockerfile", TEXT), around, only("targetarch-default"))
    assert linted.failures == ()
    assert [found.severity for found in linted.findings] == [severity]


@pytest.mark.parametrize(
    ("head", "severity"),
    [
        ("ARG base\nFROM ${base} AS build", INFO),
        ("ARG tag\nFROM golang:1.26 AS build\nFROM example.com/base:$tag", INFO),
        ("ARG base=golang:1.26\nFROM ${base} AS build", ERROR),
        ("ARG base\nFROM ${base:-golang:1.26} AS build", ERROR),
        ("ARG other\nFROM golang:1.26 AS build", ERROR),
    ],
)
def test_a_base_without_a_default_is_built_by_scripts(head: str, severity: Severity) -> None:
    text = f"{head}\nARG TARGETARCH=amd64\nRUN GOARCH=$TARGETARCH go build .\n"
    found = graded("targetarch-default", text)
    assert [each for each, _ in found] == [severity]
