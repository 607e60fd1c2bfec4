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


BUILD = "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\n"
SHIP = "FROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ['/app']\n".replace("'", '"')


@pytest.mark.parametrize(
    ("end", "severity"),
    [
        (f"RUN go build -o /app .\n{SHIP}", WARNING),
        (f"RUN go build -ldflags=-w -o /app .\n{SHIP}", INFO),
        (f"RUN go build -o /app .\n{SHIP}".replace("scratch", "golang:1.26"), INFO),
    ],
)
def test_symbols_matter_little_beside_go_itself(end: str, severity: Severity) -> None:
    assert grades("no-strip", f"{BUILD}{end}") == [severity]


@pytest.mark.parametrize("steps", ["RUN go build -o /app .", "RUN go build ."])
def test_symbols_matter_little_in_a_single_stage(steps: str) -> None:
    text = f"{BUILD}{steps}\n".replace(" AS build", "") + 'ENTRYPOINT ["/app"]\n'
    assert grades("no-strip", text) == [INFO]


@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        ("RUN go build -a -o /app .", INFO),
        ("RUN go build -installsuffix cgo -o /app .", INFO),
        ("RUN --mount=type=cache,target=/root/.cache/go-build go build -a -o /app .", WARNING),
        ("RUN --mount=type=cache,target=/go/pkg/mod go build -a -o /app .", INFO),
        ("RUN go vet ./...\nRUN go build -a -o /app .", WARNING),
    ],
)
def test_compiling_all_costs_where_something_was_compiled(steps: str, severity: Severity) -> None:
    assert grades("rebuild-all-installsuffix", f"{BUILD}{steps}\n{SHIP}") == [severity]


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        ("go get", INFO),
        ("go get -d -v ./...", INFO),
        ("go get -u ./...", WARNING),
        ("go get example.com/tool", WARNING),
        ("go get example.com/tool@latest", WARNING),
        ("go get example.com/tool@v1.2.3", INFO),
    ],
)
def test_what_go_mod_or_a_version_settles_is_no_surprise(command: str, severity: Severity) -> None:
    assert grades("go-get-in-build", f"{BUILD}RUN {command}\n") == [severity]


@pytest.mark.parametrize(
    ("argument", "severity"),
    [
        ("ARG TARGETOS=linux", INFO),
        ('ARG TARGETOS="linux"', INFO),
        ("ARG TARGETOS=windows", Severity.ERROR),
        ("ARG TARGETARCH=amd64", Severity.ERROR),
        ("ARG BUILDARCH=amd64", INFO),
    ],
)
def test_linux_is_what_nearly_all_images_are_for(argument: str, severity: Severity) -> None:
    assert grades("targetarch-default", f"FROM golang:1.26\n{argument}\n") == [severity]
    assert grades("targetarch-default", f"{argument}\nFROM golang:1.26\n") == [severity]


@pytest.mark.parametrize(
    ("program", "severity"),
    [("/bin/fusermount", INFO), ("/usr/sbin/gosu", INFO), ("/out/bin/app", WARNING)],
)
def test_a_program_of_the_distribution_is_small(program: str, severity: Severity) -> None:
    text = f"FROM golang:1.26 AS build\nFROM alpine:3.24\nCOPY --from=build {program} /app\n"
    assert grades("chown-copy-doubles", f"{text}RUN chown 1:1 /app\n") == [severity]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("tini", INFO),
        ("${VERSION}/tini-static-amd64", INFO),
        ("dumb-init_1.2.5_x86_64", INFO),
        ("gosu-amd64", INFO),
        ("su-exec", INFO),
        ("tinygo", WARNING),
        ("tini/app", WARNING),
    ],
)
def test_an_init_that_is_fetched_is_small(name: str, severity: Severity) -> None:
    text = f"FROM alpine:3.24\nENV VERSION=1\nADD https://example.com/{name} /init\n"
    assert grades("chown-copy-doubles", f"{text}RUN chmod +x /init\n") == [severity]


@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        ("ARG REVISION\nCOPY . .", INFO),
        ("ARG REVISION\nCOPY go.mod go.sum ./", WARNING),
        ("COPY . .\nARG REVISION", WARNING),
    ],
)
def test_an_argument_matters_little_where_any_file_does(steps: str, severity: Severity) -> None:
    text = f"FROM golang:1.26\nWORKDIR /src\n{steps}\nRUN go mod download\n"
    text += 'RUN go build -ldflags "-X main.revision=${REVISION}" .\n'
    assert grades("arg-before-download", text) == [severity]


@pytest.mark.parametrize(
    ("head", "severity"),
    [
        ("FROM golang:latest", WARNING),
        ("ARG TAG=latest\nFROM golang:$TAG", INFO),
        ("ARG IMAGE=golang\nFROM ${IMAGE}", INFO),
        ("ARG FROM_HERE=docker.io/library/\nFROM ${FROM_HERE}golang", WARNING),
        ("ARG FROM_HERE=docker.io/library/\nFROM ${FROM_HERE}golang:latest", WARNING),
    ],
)
def test_a_build_argument_may_name_a_version(head: str, severity: Severity) -> None:
    assert grades("latest-tag", f"{head}\nRUN go version\n") == [severity]
