"""The corpus of Dockerfiles is taken from git, each content once, and compared with BuildKit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import lint_agreement, lint_corpus
from benchmarks.facts_report import with_section
from benchmarks.lint_agreement import Outcome, compare, section
from benchmarks.lint_corpus import Repository, UnreadError, is_dockerfile, listed, take
from tests.lint.dockerfile.buildkit import NoOracleError

PATHS = {
    "Dockerfile": True,
    "a/b/Dockerfile.dev": True,
    "api.Dockerfile": True,
    "build/dockerfile": True,
    "Containerfile": True,
    "Dockerfile-alpine": True,
    "Dockerfile.1.24": True,
    "Dockerfile.tmpl": False,
    "Dockerfile.dockerignore": False,
    "dockerfile.go": False,
    "MyDockerfile": False,
    "Dockerfiles/README.md": False,
}


@pytest.mark.parametrize("path", PATHS)
def test_names(path: str) -> None:
    assert is_dockerfile(path) == PATHS[path]


def test_the_list_is_pinned() -> None:
    found = listed(())
    assert len(found) > 90
    assert all(len(one.commit) == 40 and one.name.count("/") == 1 for one in found)
    assert [one.name for one in listed(("dapr/",))] == ["dapr/dapr"]


@pytest.fixture
def mirror(tmp_path: Path) -> tuple[Path, str]:
    """A folder with a copy of one repository, and its commit."""
    source = tmp_path / "source"
    texts = {"Dockerfile": "FROM golang:1\n", "a/Dockerfile": "FROM golang:1\n", "go.mod": "x"}
    texts["b/Dockerfile.dev"] = "FROM scratch\nRUN <<E\nE\n"
    for path, text in texts.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    (source / "c.Dockerfile").symlink_to("Dockerfile")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "a")):
        subprocess.run(["git", "-C", source, *words], check=True, capture_output=True)
    place = tmp_path / "mirror" / "me+app" / "repo"
    subprocess.run(["git", "clone", "-q", "--bare", source, place], check=True, capture_output=True)
    head = subprocess.run(
        ["git", "-C", source, "rev-parse", "HEAD"], capture_output=True, text=True
    )
    return tmp_path / "mirror", head.stdout.strip()


def test_files_are_taken_once(
    mirror: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_corpus, "FILES", tmp_path / "files")
    folder, commit = mirror
    found = take(Repository("me/app", commit), folder, set())
    assert [(one.path, one.go) for one in found] == [
        ("Dockerfile", True),
        ("b/Dockerfile.dev", False),
    ]
    taken = tmp_path / "files" / "me" / "app" / "b" / "Dockerfile.dev"
    assert taken.read_text() == "FROM scratch\nRUN <<E\nE\n"


def test_a_missing_repository_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UnreadError):
        take(Repository("me/app", "0" * 40), tmp_path, set())


def test_comparison(tmp_path: Path, go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint_agreement, "FILES", tmp_path)
    texts = {"good": "FROM a\nRUN <<E\nE\n", "bad": "FORM a\n"}
    for name, text in texts.items():
        (tmp_path / "me" / "app").mkdir(parents=True, exist_ok=True)
        (tmp_path / "me" / "app" / name).write_text(text)
    manifest = [{"repository": "me/app", "path": name, "go": False} for name in texts]
    try:
        outcome = compare(json.loads(json.dumps(manifest)), go)
    except NoOracleError as error:
        pytest.skip(str(error))
    assert (outcome.files, outcome.repositories, outcome.instructions) == (2, 1, 3)
    assert outcome.heredocs == 1
    assert [line.partition(":")[0] for line in outcome.refused] == ["me/app/bad"]
    assert outcome.differs == {}
    assert outcome.agreement == 1.0


def test_section() -> None:
    outcome = Outcome(4, 2, 1, 10, 20, 3, ["a: b", "c: d"], {"c": ["e"]}, 0.5)
    text = section(outcome)
    assert "| refused by both | 1 |" in text
    assert "| agreement | 75.00% with BuildKit v" in text
    assert "| speed | 8 files a second, on one core |" in text
    page = with_section("# Lint\n", text)
    assert with_section(page, text) == page
