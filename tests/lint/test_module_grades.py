"""When may `go mod tidy` in an image build change nothing, and an old Go compile nothing?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only
from tests.lint.test_grades import graded

WARNING, INFO = Severity.WARNING, Severity.INFO
GO: Final = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\n"
TIDIED: Final = f"{GO}RUN go mod tidy && go build -o /app .\n"
BARE: Final = {"go.mod": "module m\n"}
NEEDS: Final = {"go.mod": "module m\nrequire example.com/a v1.0.0\n"}

KNOWN: Final = {
    "nothing": (Surroundings(), INFO),
    "sums": (Surroundings(files=frozenset({"go.mod", "go.sum"}), texts=NEEDS), INFO),
    "no requirements": (Surroundings(files=frozenset({"go.mod"}), texts=BARE), INFO),
    "no sums": (Surroundings(files=frozenset({"go.mod"}), texts=NEEDS), WARNING),
}
"""What is known of a project, and how bad `go mod tidy` is there."""

OLD: Final = "FROM golang:1.19 AS base\nRUN apk add git\n"
COMPILES: Final = {
    f"{OLD}FROM base\nRUN go mod tidy && go mod vendor\n": INFO,
    f"{OLD}FROM base\nRUN <<EOT\nset -e\ngo mod vendor\ncp -r go.mod vendor /out\nEOT\n": INFO,
    f"{OLD}FROM base\nRUN go mod download\nRUN go build -o /app .\n": WARNING,
    f"{OLD}FROM base\nRUN go mod download && make\n": WARNING,
    f"{OLD}FROM base\nRUN go mod download\nFROM base\nRUN go install ./...\n": WARNING,
    f"{OLD}FROM base\nRUN go mod download\nCMD go run .\n": WARNING,
    f"{OLD}FROM base\nRUN go mod vendor && ./build.sh\n": WARNING,
    f"{OLD}COPY . .\n": WARNING,
    f"{OLD}FROM base\nRUN golangci-lint config verify && golangci-lint --build-tags x run\n": INFO,
    f"{OLD}FROM base\nCOPY . .\nRUN test -z $(gofmt -l .) && go vet ./...\n": INFO,
    f"{OLD}FROM base\nRUN staticcheck ./...\nFROM base\nRUN go build -o /app .\n": WARNING,
    f"{OLD}FROM base\nRUN golangci-lint run\nRUN ./build.sh\n": WARNING,
    f"{OLD}FROM base\nRUN go vet ./...\nCMD go run .\n": WARNING,
}
"""Files with a Go of an ended branch, and how bad it is."""


@pytest.mark.parametrize("known", KNOWN)
def test_tidy_changes_nothing_where_go_mod_is_complete(known: str) -> None:
    around, severity = KNOWN[known]
    source = Source("Dockerfile", "dockerfile", TIDIED)
    linted = lint_text(source, around, only("mod-tidy-in-build"))
    assert linted.failures == ()
    assert [found.severity for found in linted.findings] == [severity]


def test_tidy_fills_a_module_that_is_made_before_it() -> None:
    text = f"{GO}RUN go mod init m && go mod tidy && go build .\n"
    assert {severity for severity, _ in graded("mod-tidy-in-build", text)} == {WARNING}


@pytest.mark.parametrize("text", COMPILES)
def test_a_go_that_compiles_nothing_may_be_old(text: str) -> None:
    found = graded("go-end-of-life", text)
    assert [severity for severity, _ in found] == [COMPILES[text]]
