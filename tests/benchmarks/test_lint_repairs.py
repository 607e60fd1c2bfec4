"""Real Dockerfiles are repaired twice, and read by BuildKit before and after."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import lint_repairs
from benchmarks.lint_repairs import Outcome, UnlintedError, lint, repair, section
from tests.lint.dockerfile.buildkit import NoOracleError, Oracle, compiled_oracle

TEXTS = {
    "good/Dockerfile": 'FROM scratch\nCOPY a /a\nUSER 1\nENTRYPOINT ["/a"]\n',
    "bad/Dockerfile": 'FROM alpine:3.22\nRUN apk add curl\nUSER 1\nCMD ["/a"]\n',
    "broken.Dockerfile": "FORM alpine\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with files."""
    folder = tmp_path / "source"
    for path, text in TEXTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def oracle(go: Path) -> Oracle:
    """BuildKit's parser."""
    try:
        return compiled_oracle(go)
    except NoOracleError as error:
        pytest.skip(str(error))


def test_copies_are_repaired(source: Path, oracle: Oracle, tmp_path: Path) -> None:
    outcome = repair(source, oracle, tmp_path / "copy")
    assert (outcome.files, outcome.changed) == (3, ("bad/Dockerfile",))
    assert outcome.after == outcome.before - 1
    assert outcome.faults == []
    assert "apk add --no-cache curl" in (tmp_path / "copy" / "bad" / "Dockerfile").read_text()
    assert {path: (source / path).read_text() for path in TEXTS} == TEXTS


def test_what_a_repair_breaks_is_told(
    source: Path, oracle: Oracle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a linter that appends to files, and finds more each time, stands for a bad repair."""
    found: list[dict[str, str]] = []

    def spoil(folder: Path, paths: list[str], *more: str) -> Any:
        if more:
            place = folder / "bad" / "Dockerfile"
            place.write_text(place.read_text() + "RUN <<E\n")
            found.append({"path": "bad/Dockerfile", "severity": "warning"})
            found.append({"path": "good/Dockerfile", "severity": "info"})
        return {"findings": list(found), "failures": ["r failed"] if len(found) == 4 else []}

    monkeypatch.setattr(lint_repairs, "lint", spoil)
    outcome = repair(source, oracle, tmp_path / "copy")
    first, refused, *rest = outcome.faults
    assert first == "failed: r failed"
    assert refused.startswith("refused: bad/Dockerfile: ")
    assert rest == ["changed again: bad/Dockerfile"]
    assert (outcome.before, outcome.after, outcome.more) == (0, 1, ("bad/Dockerfile",))


def test_a_linter_that_does_not_work_is_told_of(
    source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UnlintedError):
        lint(source, ["missing"], "--no-such-flag")
    monkeypatch.setattr(lint_repairs, "SETS", {"corpus": tmp_path / "missing"})
    monkeypatch.setattr(sys, "argv", ["lint_repairs.py"])
    assert lint_repairs.main() == 1


def test_section() -> None:
    one = Outcome(9, 7, 3, ("a", "b"), ("c",), ("d: e",), ("f", "g"), ())
    row = section({"corpus": one}).splitlines()[-1]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "corpus", "9", "2", "7 → 3", "1", "1", "2"
    ]  # fmt: skip
