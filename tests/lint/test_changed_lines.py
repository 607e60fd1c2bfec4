"""Which lines git says are changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gotare.errors import ToolError, UsageError
from gotare.findings import Finding, Location, Severity
from gotare.lint.changed_lines import changed_lines

ENV = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.test",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.test",
}


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, env=ENV, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("one\ntwo\nthree\nfour\nfive\n")
    (tmp_path / "gone").write_text("x\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / 'od"d é').write_text("++ one\n-- two\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def touched(root: Path, path: str, lines: int = 6, revision: str = "HEAD") -> list[int]:
    changed = changed_lines(root, revision, ENV)
    place = (root / path).resolve()
    return [
        line
        for line in range(1, lines + 1)
        if changed.touches(Finding("r", Severity.INFO, "m", Location(path, line, 1, line)), place)
    ]


def test_nothing_is_changed(repository: Path) -> None:
    assert touched(repository, "a") == []


def test_lines_that_are_other_or_new(repository: Path) -> None:
    (repository / "a").write_text("one\nTWO\nthree\nfour\nnew\nfive\n")
    assert touched(repository, "a") == [2, 5]


def test_around_lines_that_are_gone(repository: Path) -> None:
    (repository / "a").write_text("one\nfour\nfive\n")
    assert touched(repository, "a") == [1, 2]


def test_new_files_are_changed_as_a_whole(repository: Path) -> None:
    (repository / "new").write_text("x\n")
    (repository / "gone").unlink()
    assert touched(repository, "new", 3) == [1, 2, 3]
    assert touched(repository, "gone") == []


def test_odd_names_and_lines_that_look_like_heads(repository: Path) -> None:
    (repository / "sub" / 'od"d é').write_text("++ ONE\n-- TWO\n@@ -1 +1 @@\n+++ b/a\n")
    assert touched(repository, 'sub/od"d é') == [1, 2, 3, 4]
    assert touched(repository, "a") == []


def test_a_finding_that_reaches_a_changed_line_counts(repository: Path) -> None:
    (repository / "a").write_text("one\ntwo\nTHREE\nfour\nfive\n")
    changed = changed_lines(repository, "HEAD", ENV)
    finding = Finding("r", Severity.INFO, "m", Location("a", 1, 1, 3))
    assert changed.touches(finding, (repository / "a").resolve())


def test_from_a_folder_below(repository: Path) -> None:
    (repository / "a").write_text("ONE\n")
    changed = changed_lines(repository / "sub", "HEAD", ENV)
    assert (repository / "a").resolve() in changed.ranges


@pytest.mark.parametrize("revision", ["", "--output=x", "-p"])
def test_flags_are_no_revisions(repository: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="not a revision"):
        changed_lines(repository, revision, ENV)


def test_a_revision_that_is_not_there(repository: Path) -> None:
    with pytest.raises(UsageError, match="git knows no revision 'nothing'"):
        changed_lines(repository, "nothing", ENV)


def test_no_repository(tmp_path: Path) -> None:
    env = {**ENV, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    with pytest.raises(ToolError, match="--diff: fatal: not a git repository"):
        changed_lines(tmp_path, "HEAD", env)
