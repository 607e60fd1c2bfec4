"""A repair stays on what was selected, by --diff or a baseline, though lines move and change."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gotare.cli.main import run
from gotare.findings import Finding, Location, Severity
from gotare.lint.repair import Desk
from gotare.linting.selection import Selection

OLD = "FROM alpine:3.23\nMAINTAINER me\nRUN cd /tmp; sudo ls\nENV a b\n"
FLAGS = ("--no-project", "--select", "maintainer-deprecated,legacy-env,sudo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one commit that holds a Dockerfile with flaws."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "Dockerfile").write_text(OLD)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-qm", "first")
    return place


def git(folder: Path, *words: str) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    name = ("-c", "user.name=a", "-c", "user.email=a@example.test")
    subprocess.run(["git", *name, *words], cwd=folder, env=env, check=True)


def lint(folder: Path, *arguments: str) -> int:
    return run(["lint", "-C", str(folder), *FLAGS, *arguments])


def text(folder: Path) -> str:
    return (folder / "Dockerfile").read_text()


def test_equal_lines_are_told_apart_with_diff(folder: Path) -> None:
    (folder / "Dockerfile").write_text("ARG x=1\n" + OLD + "MAINTAINER me\nENV a b\n")
    assert lint(folder, "--fix", "--unsafe", "--diff", "HEAD") == 0
    label = text(folder).splitlines()[-2]
    assert label.startswith("LABEL ")
    assert text(folder) == f"ARG x=1\n{OLD}{label}\nENV a=b\n"


def test_a_flaw_of_the_same_rule_on_an_old_line_stays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text(OLD.replace("ENV", "RUN sudo ls\nENV"))
    assert lint(folder, "--diff", "HEAD") == 1
    capsys.readouterr()
    assert lint(folder, "--fix", "--unsafe", "--diff", "HEAD") == 0
    assert text(folder) == OLD.replace("ENV", "RUN ls\nENV")
    assert capsys.readouterr().out == ""


def test_what_the_baseline_knows_stays_unknown_after_lines_moved_and_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder, "--write-baseline") == 0
    (folder / "Dockerfile").write_text(OLD + "MAINTAINER me\n")
    capsys.readouterr()
    assert lint(folder, "--fix", "--unsafe") == 0
    assert text(folder).startswith(OLD)
    assert text(folder).splitlines()[-1].startswith("LABEL ")
    assert capsys.readouterr().out == ""


def finding(rule: str, line: int, column: int = 1, length: int = 1) -> Finding:
    at = Location("f", line, column, line, column + length)
    return Finding(rule, Severity.WARNING, rule, at)


def test_a_finding_that_moves_and_changes_is_known_again() -> None:
    from gotare.findings import Edit

    desk = Desk(lambda path: "a\nb\nb\n")
    selection = Selection([finding("r", 3)], [finding("r", 2), finding("s", 3)], desk)
    desk.edit("f", [Edit(0, 0, "new\n"), Edit(4, 5, "B B")])
    assert selection.repairs(finding("r", 4, 3))
    assert not selection.repairs(finding("r", 3))
    assert not selection.shows(finding("r", 3))
    assert not selection.shows(finding("s", 4))
    assert selection.shows(finding("s", 1)) and not selection.repairs(finding("s", 1))


def test_everything_is_repaired_where_nothing_was_left_out() -> None:
    selection = Selection([], [], Desk(lambda path: ""))
    assert selection.repairs(finding("r", 1)) and selection.shows(finding("r", 1))


@pytest.mark.parametrize("flags", [(), ("--diff", "HEAD")])
def test_a_file_that_cannot_be_read_leaves_the_others_to_be_repaired(
    folder: Path, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile.binary").write_bytes(b"FROM a\0\n")
    (folder / "Dockerfile").write_text(OLD + "MAINTAINER other\n")
    assert lint(folder, "--fix", "--unsafe", *flags, "--select", "unreadable") == 1
    printed = capsys.readouterr()
    assert "Dockerfile.binary:1:1  error    unreadable  binary" in printed.out
    assert text(folder).endswith('LABEL org.opencontainers.image.authors="other"\n')
