"""What rules cost grows as a Dockerfile does: calls are counted, not seconds."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from gotare.lint.readers import reader_of
from gotare.lint.rules import rules_of
from gotare.lint.subjects import Surroundings

FEW, MANY = 40, 160
MOST = 1.6
"""How much more than four times as much four times the lines may cost."""

HEAD = "FROM golang:1.26-alpine AS build\nWORKDIR /src\nARG VERSION\n"
TAIL = 'FROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n'
LINES = [
    "RUN CGO_ENABLED=1 go build -ldflags=\"-X main.v=$VERSION\" -o /app ./cmd/app%",
    "RUN --mount=type=cache,target=/go/pkg/mod go mod download",
    "RUN go mod download && go build -o /app%",
    "RUN apt-get update && apt-get install -y git%",
    "RUN apk add --no-cache git%",
    "RUN curl -sSfL https://example.com/% | sh",
    "RUN wget https://example.com/releases/download/v%/tool.tar.gz",
    "RUN adduser -D user%\nUSER user%",
    "RUN cd /a% && chmod 777 b",
    "RUN <<EOF\ngo vet ./...\necho $NAME%\nEOF",
    "COPY a% b%\n",
    "COPY --from=build /a% /b%",
    "ADD https://example.com/a% /a%",
    "ENV A%=$B% C=$A%",
    "ARG A%\nLABEL a%=$A% b%=$B%",
    "EXPOSE %\nVOLUME /a%",
    "WORKDIR a%",
    "HEALTHCHECK CMD curl http://localhost/%",
    "ENTRYPOINT exec /app $A%",
    "# about the next\nMAINTAINER me%",
    "FROM build AS stage%\nRUN go build -o /app%",
    "FROM alpine:3.23 AS s%\nCOPY --from=build /app /app%",
]  # fmt: skip


def calls(line: str, count: int) -> int:
    """Return how many functions are called while a file with a line many times is linted."""
    text = HEAD + "".join(line.replace("%", str(n)) + "\n" for n in range(count)) + TAIL
    made = 0

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        subject = reader_of("dockerfile")("Dockerfile", text, Surroundings())
        for rule in rules_of("dockerfile"):
            for _ in rule.findings(subject):
                pass
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize("line", LINES)
def test_four_times_the_lines_cost_little_more_than_four_times_as_much(line: str) -> None:
    calls(line, 1)  # what is imported and compiled once
    few, many = calls(line, FEW), calls(line, MANY)
    assert few > 1000
    assert many < few * MANY / FEW * MOST, f"{few} calls for {FEW} lines, {many} for {MANY}"
