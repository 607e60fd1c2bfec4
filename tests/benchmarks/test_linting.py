"""Which files are linted for the benchmark, and how the programs that lint them are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import linting
from benchmarks.linting import FIX, GOTARE, HADOLINT, TALLY, Lints, all_files, chosen
from benchmarks.measure import FailedError
from benchmarks.workshop import Workshop

GOOD = "FROM scratch\n"


def corpus(folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a corpus of these files; names that begin with "go" name Go."""
    entries = []
    for name, text in texts.items():
        (folder / "files/o/r").mkdir(parents=True, exist_ok=True)
        (folder / "files/o/r" / name).write_text(text)
        entries.append(
            {"repository": "o/r", "path": name, "go": name.startswith("go"), "sha256": name}
        )
    (folder / "manifest.json").write_text(json.dumps(entries))
    monkeypatch.setattr(linting, "FILES", folder / "files")
    monkeypatch.setattr(linting, "MANIFEST", folder / "manifest.json")


def test_those_that_name_go_come_first_and_broken_ones_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"a": GOOD, "go-b": GOOD, "go-broken": "FORM x\n", "z": GOOD}
    corpus(tmp_path, texts, monkeypatch)
    monkeypatch.setattr(linting, "COUNT", 2)
    assert [path.name for path in chosen()] == ["go-b", "a"]
    monkeypatch.setattr(linting, "COUNT", 4)
    with pytest.raises(FailedError, match="3 files that can be read, not 4"):
        chosen()


def test_an_absent_corpus_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linting, "MANIFEST", tmp_path / "none")
    with pytest.raises(FailedError, match="make lint-corpus"):
        chosen()


def program(folder: Path, name: str, code: int) -> Path:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\nexit {code}\n')
    path.chmod(0o755)
    return path


def test_findings_are_no_failure_and_failures_are_shown(tmp_path: Path) -> None:
    gotare, other, third = (
        program(tmp_path, name, n) for name, n in (("g", 1), ("h", 0), ("t", 2))
    )
    shop = Workshop(tmp_path, Path("go"))
    lints = Lints(shop, gotare, other, third, tmp_path, ("Dockerfile",))
    section = all_files(lints, 2, 1)
    rows = {row.split("|")[1].strip(): row for row in section.table}
    assert rows[GOTARE].rstrip("| ").endswith("2")
    assert "(" in rows[HADOLINT]
    assert "exit code 2" in rows[TALLY]
    assert [aim.reached for aim in section.aims][1] == "not measured"
    calls = (tmp_path / "calls").read_text()
    assert "g lint --no-project Dockerfile\n" in calls
    assert "h --no-color Dockerfile\n" in calls
    assert "--diff-only" in lints.fixing().args and FIX.endswith("--diff-only")
