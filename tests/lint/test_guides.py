"""Dockerfiles with the flaws that guides teach: each flaw is found, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotare.findings import Finding, Severity
from gotare.lint.around import Neighbourhood
from gotare.lint.files import find_targets
from gotare.lint.policy import Policy
from gotare.lint.rules import all_rules
from gotare.lint.run import Source, lint, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import facts_of

FAMILIES = frozenset({"runtime", "security", "correctness"})

BUILDER = """\
FROM golang:1.26-alpine AS builder
WORKDIR /build
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o service ./cmd/service

"""

STAMPED = """\
FROM golang:1.26-alpine AS builder
ARG VERSION=dev
ARG DATE
WORKDIR /build
COPY . .
RUN CGO_ENABLED=0 go build -ldflags="-s -w -X main.Version=${VERSION}" -o service .

"""

GUIDES = {
    "distroless with a user of its own and a check that needs no shell": (
        BUILDER
        + """\
FROM gcr.io/distroless/static:nonroot
COPY --from=builder /build/service /service
USER nonroot:nonroot
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s CMD ["/service", "healthcheck"]
ENTRYPOINT ["/service"]
""",
        (),
    ),
    "labels with arguments of the build stage": (
        STAMPED
        + """\
FROM gcr.io/distroless/static:nonroot
LABEL org.opencontainers.image.version="${VERSION}"
LABEL org.opencontainers.image.created="${DATE}"
LABEL org.opencontainers.image.title="Service"
COPY --from=builder /build/service /service
ENTRYPOINT ["/service"]
""",
        ("9 arg-out-of-scope", "10 arg-out-of-scope"),
    ),
    "a label at the end, after the command": (
        STAMPED
        + """\
FROM alpine:3.22
RUN addgroup -S team && adduser -S member -G team
WORKDIR /home/member/
COPY --from=builder /build/service .
HEALTHCHECK CMD wget --tries=1 --spider http://localhost:8080/health || exit 1
USER member
CMD ["./service"]
LABEL maintainer="me@example.com" \\
      version="${VERSION}"
""",
        ("16 arg-out-of-scope",),
    ),
    "variants beside each other, without the stage that they copy from": (
        """\
FROM gcr.io/distroless/static:nonroot
COPY --from=builder /build/service /service
ENTRYPOINT ["/service"]

FROM scratch
COPY --from=builder --chown=65532:65532 /build/service /service
USER 65532:65532
ENTRYPOINT ["/service"]
""",
        ("2 unknown-from-stage", "6 unknown-from-stage"),
    ),
    "bases that are not pinned, or not as it is meant": (
        """\
FROM golang:latest
FROM alpine
FROM gcr.io/distroless/static:nonroot-arm64@sha256:0a1b2c...
""",
        ("1 latest-tag", "2 latest-tag", "3 architecture-tag", "3 invalid-base"),
    ),
    "a token for private modules": (
        """\
FROM golang:1.26-alpine AS builder
ARG GIT_TOKEN
ENV GIT_TOKEN=${GIT_TOKEN}
RUN git clone https://${GIT_TOKEN}@example.com/private/service.git
RUN --mount=type=secret,id=git_token \\
    git clone https://$(cat /run/secrets/git_token)@example.com/private/service.git
""",
        ("2 secret-in-arg", "3 secret-in-env", "4 secret-in-run"),
    ),
    "an image full of tools": (
        """\
FROM alpine
RUN apk add --no-cache bash curl vim git
COPY service /service
""",
        ("1 root-by-default", "1 latest-tag", "2 tools-in-final-image"),
    ),
    "one stage": (
        """\
FROM golang:1.26
WORKDIR /app
COPY . .
RUN go mod download
RUN go build -o service
EXPOSE 8080
CMD ["./service"]
""",
        ("1 root-by-default", "1 toolchain-in-final-image"),
    ),
    "alpine as root, in root's home": (
        BUILDER
        + """\
FROM alpine:latest
RUN apk --no-cache add ca-certificates
WORKDIR /root/
COPY --from=builder /build/service .
EXPOSE 8080
CMD ["./service"]
""",
        ("8 root-by-default", "8 latest-tag"),
    ),
    "scratch as root": (
        BUILDER
        + """\
FROM scratch
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=builder /build/service /service
EXPOSE 8080
CMD ["/service"]
""",
        ("8 root-by-default",),
    ),
    "distroless as root": (
        BUILDER
        + """\
FROM gcr.io/distroless/static-debian12
COPY --from=builder /build/service /service
CMD ["/service"]
""",
        ("8 root-by-default",),
    ),
    "a user that nobody makes": (
        BUILDER
        + """\
FROM alpine:3.22
RUN apk add --no-cache ca-certificates
COPY --from=builder /build/service /service
USER member
ENTRYPOINT ["/service"]
""",
        ("11 user-not-created",),
    ),
    "a program that reloads itself": (
        """\
FROM golang:1.26-alpine
RUN go install github.com/air-verse/air@latest
WORKDIR /app
COPY . .
CMD ["air", "-c", ".air.toml"]
""",
        (),
    ),
    "a check with something behind it": (
        BUILDER
        + """\
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=builder /build/service /service
HEALTHCHECK --interval=30s \\
  CMD ["/service", "healthcheck"] || exit 1
ENTRYPOINT ["/service"]
""",
        ("11 json-then-shell",),
    ),
    "scratch with a passwd of its own": (
        """\
FROM golang:1.26 AS builder
WORKDIR /build
COPY . .
RUN CGO_ENABLED=0 go build -o service .
RUN echo "member:x:65534:65534:member:/:" > /tmp/passwd

FROM scratch
COPY --from=builder /tmp/passwd /etc/passwd
COPY --from=builder /build/service /service
USER member
ENTRYPOINT ["/service"]
""",
        (),
    ),
    "secrets in the environment": (
        BUILDER
        + """\
FROM gcr.io/distroless/static-debian12:nonroot
ENV API_KEY=abc123
ENV DB_PASSWORD=secret
COPY --from=builder /build/service /service
ENTRYPOINT ["/service"]
""",
        ("9 secret-in-env", "10 secret-in-env"),
    ),
    "a tool for several platforms": (
        """\
FROM --platform=$BUILDPLATFORM golang:1.26 AS builder
ARG TARGETOS
ARG TARGETARCH
ARG VERSION
WORKDIR /build
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \\
    go build -ldflags="-X main.Version=${VERSION}" -o tool ./cmd/tool
FROM scratch
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=builder /build/tool /tool
ENTRYPOINT ["/tool"]
""",
        ("9 root-by-default",),
    ),
    "a debug variant": (
        BUILDER
        + """\
FROM gcr.io/distroless/static-debian12:debug AS debug

FROM gcr.io/distroless/static-debian12:nonroot AS prod
COPY --from=builder /build/service /service
USER 65532:65532
ENTRYPOINT ["/service"]
""",
        (),
    ),
}


def found_in(text: str, path: str = "Dockerfile") -> list[str]:
    """Return warnings and errors of the general families, as `line rule`."""
    linted = lint_text(Source(path, "dockerfile", text), Surroundings(), Policy())
    assert linted.failures == ()
    families = {rule.id: rule.family for rule in all_rules().values()}
    return [
        f"{f.at.line} {f.rule}"
        for f in linted.findings
        if f.severity > Severity.INFO and families.get(f.rule, "correctness") in FAMILIES
    ]


@pytest.mark.parametrize("name", GUIDES)
def test_each_flaw_of_the_guides_is_found_and_nothing_else(name: str) -> None:
    text, expected = GUIDES[name]
    assert found_in(text) == list(expected)


ROOT = Path(__file__).parents[2]
GOLDEN = sorted(
    path
    for path in (ROOT / "tests/generate/golden/dockerfile").rglob("Dockerfile*")
    if path.suffix != ".dockerignore"
)
UNKNOWN = {"missing-certificates", "missing-zones", "healthcheck-missing", "unpinned-base"}
"""What is said, as an information, where nobody knows what the program does."""


def families_of(findings: tuple[Finding, ...]) -> set[str]:
    families = {rule.id: rule.family for rule in all_rules().values()}
    return {f.rule for f in findings if families.get(f.rule) in FAMILIES}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_init_writes_has_no_flaw(path: Path) -> None:
    linted = lint_text(Source(path.name, "dockerfile", path.read_text()), Surroundings(), Policy())
    assert families_of(linted.findings) <= UNKNOWN
    assert {f.severity for f in linted.findings if f.rule in UNKNOWN} <= {Severity.INFO}


@pytest.mark.parametrize("name", ["rest-api", "cli", "grpc"])
def test_what_init_writes_fits_the_project(name: str) -> None:
    project = ROOT / "examples" / name
    targets = [t for t in find_targets(project, [], dict(os.environ)) if t.kind == "dockerfile"]
    look = Neighbourhood(project, lambda _: facts_of(project)).look
    result = lint(targets, look, Policy())
    assert targets
    assert result.failures == ()
    assert families_of(result.findings) <= {"unpinned-base"}


PIECES = sorted(
    {
        line
        for path in (Path(__file__).parent / "rules").rglob("bad*/Dockerfile")
        for line in path.read_text("utf-8", "surrogateescape").splitlines(keepends=True)
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.integers(0, 400))
def test_no_rule_fails_on_lines_that_do_not_belong_together(lines: list[str], cut: int) -> None:
    text = "".join(lines)
    for each in (text, "FROM golang:1.26 AS build\n" + text, text[:cut]):
        linted = lint_text(Source("Dockerfile", "dockerfile", each), Surroundings(), Policy())
        assert linted.failures == ()
        for finding in linted.findings:
            for edit in finding.fix.edits if finding.fix and not finding.fix.path else ():
                assert 0 <= edit.start <= edit.end <= len(each)
