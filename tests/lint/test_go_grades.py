"""Where is what a rule for Go says less bad than the rule as such?"""

from __future__ import annotations

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

WARNING, INFO = Severity.WARNING, Severity.INFO


def grades(rule: str, text: str) -> list[Severity]:
    """Return how bad the findings of a rule are, in a file whose surroundings nobody knows."""
    linted = lint_text(Source("Dockerfile", "dockerfile", text), Surroundings(), only(rule))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        ("COPY . .\nRUN go build .", INFO),
        ("COPY . .\nRUN go mod tidy && go build .", INFO),
        ("COPY * ./\nRUN go build .", INFO),
        ("COPY . .\nRUN go mod download && go build .", WARNING),
        ("COPY go.mod go.sum main.go ./\nRUN go build .", WARNING),
        ("COPY go.* *.go ./\nRUN go build .", WARNING),
    ],
)
def test_who_sees_one_file_does_not_know_of_vendor(steps: str, severity: Severity) -> None:
    text = f"FROM golang:1.26\nWORKDIR /src\n{steps}\n"
    assert grades("copy-before-download", text) == [severity]
