"""When are symbols in a program, and flags that rebuild everything, no matter for a warning?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from tests.lint.test_grades import graded

WARNING, INFO = Severity.WARNING, Severity.INFO
GO: Final = "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\n"
ONE: Final = GO.replace(" AS build", "")
SHIP: Final = '\nFROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n'

STRIPPED: Final = {
    f"{GO}RUN go build -o /app .{SHIP}": WARNING,
    f"{GO}RUN go build -ldflags=-w -o /app .{SHIP}": INFO,
    f'{ONE}RUN go build -o /app .\nENTRYPOINT ["/app"]\n': INFO,
    f'{ONE}RUN go install ./...\nCMD ["app"]\n': INFO,
    f"{GO}RUN go build -o /app .\nFROM golang\nCOPY --from=build /app /\nCMD /app\n": INFO,
}
"""Files whose programs carry symbols, and how bad that is."""

REBUILT: Final = {
    f"{GO}RUN go build -a -o /app .": INFO,
    f"{GO}RUN go mod download\nRUN go build -installsuffix x -a -o /app .": INFO,
    f"{GO}RUN go build -o /b ./b\nRUN go build -installsuffix x -o /app .": INFO,
    f"{GO}RUN --mount=type=cache,target=/go/pkg go build -a -o /app .": INFO,
    f"{GO}RUN --mount=type=cache,target=/root/.cache go build -a -o /app .": WARNING,
    f"{GO}RUN go test ./...\nRUN go build -a -o /app .": WARNING,
    f"{GO}RUN go vet ./... && go build -a -o /app .": WARNING,
    f"{GO}RUN go build -a -o /app .".replace("1.26", "1.19"): WARNING,
}
"""Files that compile everything again, and how bad that is."""


@pytest.mark.parametrize("text", STRIPPED)
def test_symbols_beside_a_toolchain_are_no_matter(text: str) -> None:
    assert [severity for severity, _ in graded("no-strip", text)] == [STRIPPED[text]]


@pytest.mark.parametrize("text", REBUILT)
def test_rebuilding_costs_only_where_something_is_built(text: str) -> None:
    found = graded("rebuild-all-installsuffix", text)
    assert [severity for severity, _ in found] == [REBUILT[text]]
