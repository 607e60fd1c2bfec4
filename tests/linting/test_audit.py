"""The score card: each line met, not met or not applicable, with its evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gotare.cli.main import run
from gotare.lint.rules import all_rules
from gotare.linting.audit_items import ITEMS

GOOD = """# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /app .
FROM scratch
LABEL org.opencontainers.image.source="https://example.test/app"
COPY --from=build /app /app
USER 65532:65532
ENTRYPOINT ["/app"]
"""
BAD = """FROM golang
COPY . .
ENV API_TOKEN=ghp_0123456789abcdefghij0123456789abcdef
RUN go build -o app .
CMD ./app
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with no repository above."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GOTARE_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "place"
    place.mkdir()
    return place


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name.replace("_", ".", 1)).write_text(text)


def card(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert run(["audit", "-C", str(folder), "--json", *more]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def states(document: dict[str, Any]) -> dict[str, str]:
    return {line["title"]: line["state"] for line in document["lines"]}


def test_the_lists_of_the_guides_are_there() -> None:
    sections = [item.section for item in ITEMS]
    assert list(dict.fromkeys(sections)) == ["build", "security", "performance", "production"]
    assert len(ITEMS) >= 29
    assert len({item.title for item in ITEMS}) == len(ITEMS)


def test_every_line_rests_on_rules_that_exist() -> None:
    named = {rule for item in ITEMS for rule in item.rules}
    assert named - set(all_rules()) == set()


def test_a_good_file_meets_what_can_be_met(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text(GOOD)
    (folder / ".dockerignore").write_text(".git\n.env\n")
    found = states(card(folder, capsys, "--no-project"))
    for title in (
        "Use multi-stage builds",
        "Optimize layer caching (dependencies first)",
        "Use .dockerignore",
        "Enable BuildKit caching",
        "Build for specific platforms",
        'Strip debug symbols (-ldflags="-s -w")',
        "Use distroless or scratch base images",
        "Run as non-root user",
        "Never hardcode secrets",
        "Parallel dependency downloads",
        "Add OCI labels (version, source, …)",
        "Stop cleanly (exec form, SIGTERM)",
        "Install no unnecessary packages",
        "Keep Go and base images current",
    ):
        assert found[title] == "met", title
    assert found["Stamp the version into the program"] == "not met"
    assert found["Bring certificates, zones and files along"] == "not applicable"
    assert found["Limit who may call whom"] == "not applicable"
    assert found["Minimize image size (below 20 MB)"] == "not applicable"
    assert found["Drop all capabilities"] == "not applicable"


def test_a_bad_file_meets_little(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Dockerfile").write_text(BAD)
    document = card(folder, capsys, "--no-project")
    found = states(document)
    for title in (
        "Use multi-stage builds",
        "Use .dockerignore",
        "Enable BuildKit caching",
        "Build for specific platforms",
        'Strip debug symbols (-ldflags="-s -w")',
        "Use distroless or scratch base images",
        "Run as non-root user",
        "Scan for vulnerabilities",
        "Never hardcode secrets",
        "Minimize image size (below 20 MB)",
        "Add OCI labels (version, source, …)",
        "Stop cleanly (exec form, SIGTERM)",
    ):
        assert found[title] == "not met", title
    assert document["score"] < 20
    strip = next(line for line in document["lines"] if line["title"].startswith("Strip"))
    assert strip["at"] == "Dockerfile:4"


STAMPED = (
    GOOD.replace("golang:1.26", "golang:1.19")
    .replace("ARG TARGETOS", "ARG VERSION=dev\nARG TARGETOS")
    .replace("-s -w", "-s -w -X main.version=$VERSION")
)
CALLS = """package main

import "net/http"

var version = "dev"

func main() {
	println(version)
	_, _ = http.Get("https://example.test/")
}
"""


def test_what_a_project_needs_is_looked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "go.mod").write_text("module example.test/app\n\ngo 1.19\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text(CALLS)
    (folder / "Dockerfile").write_text(STAMPED)
    found = states(card(folder, capsys))
    assert found["Stamp the version into the program"] == "met"
    assert found["Keep Go and base images current"] == "not met"
    assert found["Bring certificates, zones and files along"] == "not met"


def test_nothing_is_asked_of_an_empty_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = states(card(folder, capsys))
    assert found["Use multi-stage builds"] == "not applicable"
    assert found["Run as non-root user"] == "not applicable"
    assert "met" not in found.values()


def test_settings_and_baseline_hide_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text(BAD)
    (folder / "gotare.yaml").write_text("lint: {ignore: [all]}\n")
    assert states(card(folder, capsys))["Run as non-root user"] == "not met"


def test_files_for_development_do_not_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text(GOOD)
    (folder / "Dockerfile.dev").write_text(BAD)
    (folder / "Dockerfile.alpine").write_text(GOOD.replace("FROM scratch", "FROM alpine:3.22"))
    found = states(card(folder, capsys, "--no-project"))
    assert found["Never hardcode secrets"] == "met"
    assert found["Use distroless or scratch base images"] == "met"


def test_a_scanner_that_never_fails_is_not_enough(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Makefile").write_text("scan:\n\ttrivy image app\n")
    document = card(folder, capsys)
    assert states(document)["Scan for vulnerabilities"] == "met"
    line = next(x for x in document["lines"] if x["title"] == "Scan for vulnerabilities")
    assert line["at"] == "Makefile:2"
    (folder / "Makefile").write_text("# trivy image app\nbuild:\n\tgo build\n")
    assert states(card(folder, capsys))["Scan for vulnerabilities"] == "not met"


def test_a_service_is_asked_for_health_and_metrics(
    folder: Path, go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "go.mod").write_text("module example.test/app\n\ngo 1.24\n")
    (folder / "main.go").write_text(
        'package main\n\nimport "net/http"\n\nfunc main() {\n'
        '\thttp.HandleFunc("/healthz", nil)\n\thttp.ListenAndServe(":8080", nil)\n}\n'
    )
    found = states(card(folder, capsys))
    assert found["Implement health check endpoints"] == "met"
    assert found["Set up monitoring"] == "not met"
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    found = states(card(folder, capsys))
    assert found["Implement health check endpoints"] == "not applicable"


def test_the_card_is_printed_and_may_fail(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Dockerfile").write_text(BAD)
    assert run(["audit", "-C", str(folder), "--no-project"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("build  ")
    assert "\n  NOT MET  Use multi-stage builds" in printed
    assert printed.splitlines()[-1].startswith("score  ")
    assert run(["audit", "-C", str(folder), "--no-project", "--min-score", "90"]) == 1
    (folder / "Dockerfile").unlink()
    assert run(["audit", "-C", str(folder), "--no-project", "--min-score", "0"]) == 0
