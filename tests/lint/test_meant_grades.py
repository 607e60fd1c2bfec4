"""Where is what a rule tells of meant so, harmless or not certain?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only
from tests.lint.test_grades import graded

WARNING, INFO = Severity.WARNING, Severity.INFO
RUN: Final = 'COPY app /\nENTRYPOINT ["/app"]\n'
GO: Final = "FROM golang:latest\n"
AMD64: Final = "FROM --platform=linux/amd64 debian:12\n"

TEXTS: Final = {
    ("shell-form-cmd", "FROM alpine:3.23\nCMD /app -v $LEVEL\n"): INFO,
    ("shell-form-cmd", "FROM busybox:1.37\nCMD /app\n"): INFO,
    ("shell-form-cmd", "FROM alpine:3.23\nCMD /app | tee /log\n"): WARNING,
    ("shell-form-cmd", "FROM alpine:3.23\nCMD cd /srv && /app\n"): WARNING,
    ("shell-form-cmd", "FROM debian:12-slim\nCMD /app\n"): WARNING,
    ("shell-form-entrypoint", "FROM alpine:3.23\nENTRYPOINT /app\n"): WARNING,
    ("root-by-default", f"FROM alpine:3.23\nRUN apk add --no-cache iptables\n{RUN}"): INFO,
    ("root-by-default", f"FROM alpine:3.23\nRUN apk add --no-cache device-mapper\n{RUN}"): INFO,
    ("root-by-default", f"#  $ docker run -d --privileged agent\nFROM alpine:3.23\n{RUN}"): INFO,
    ("root-by-default", f"# no --privileged here\nFROM alpine:3.23\n{RUN}"): WARNING,
    ("root-by-default", f"FROM alpine:3.23\nRUN apk add --no-cache tzdata\n{RUN}"): WARNING,
    ("latest-tag", f'{GO}RUN export GOTOOLCHAIN="go$V" && go build .\n'): INFO,
    ("latest-tag", f"{GO}ENV GOTOOLCHAIN=go1.26.1\nRUN go build .\n"): INFO,
    ("latest-tag", f"{GO}ENV GOTOOLCHAIN=local\nRUN go build .\n"): WARNING,
    ("latest-tag", f"{GO}RUN GOTOOLCHAIN=auto go build .\n"): WARNING,
    ("platform-constant", f"{AMD64}RUN curl -O https://x.org/go1.26.linux-amd64.tar.gz\n"): INFO,
    ("platform-constant", f"{AMD64}RUN curl -O https://x.org/tool_x86_64.tar.gz\n"): INFO,
    ("platform-constant", f"{AMD64}RUN curl -O https://x.org/tool_arm64.tar.gz\n"): WARNING,
    ("platform-constant", f"{AMD64}COPY app-amd64 /app\n"): WARNING,
    ("glibc-binary-in-musl", "FROM golang:1.18 AS b\nCOPY . .\nRUN go build -o /app .\n"
     'FROM alpine:3.23\nCOPY --from=b /app /app\nCMD ["/app"]\n'): WARNING,
    ("glibc-binary-in-musl", "FROM golang:1.18 AS b\nCOPY main.go go.mod ./\n"
     "RUN go build -o /app main.go\n"
     'FROM alpine:3.23\nCOPY --from=b /app /app\nCMD ["/app"]\n'): INFO,
}  # fmt: skip
"""Rules and files, and how bad it is."""


@pytest.mark.parametrize(("rule", "text"), TEXTS)
def test_what_is_meant_or_harmless_is_less_bad(rule: str, text: str) -> None:
    assert [severity for severity, _ in graded(rule, text)] == [TEXTS[rule, text]]


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("docker/Dockerfile.nightly", INFO),
        ("canary.Dockerfile", INFO),
        ("nightly/Dockerfile", WARNING),
        ("Dockerfile.nightlyish", WARNING),
    ],
)
def test_nightly_builds_may_take_the_newest(path: str, severity: Severity) -> None:
    linted = lint_text(Source(path, "dockerfile", GO), Surroundings(), only("latest-tag"))
    assert [found.severity for found in linted.findings] == [severity]
