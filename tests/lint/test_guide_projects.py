"""Ignore files, Compose files, manifests, workflows, makefiles and programs as guides have them.

`tests/lint/guide_projects/NAME/` is a project, `NAME.txt` beside it says what is found in it:
warnings and errors, as `path:line rule`. `GOTARE_WRITE_EXPECTED=1` writes it anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gotare.findings import Severity
from gotare.linting.session import LintRequest, Session
from tests.lint.cases import case_env, facts_of
from tests.lint.guide_cases import is_writing

PROJECTS = Path(__file__).parent / "guide_projects"
ALL = sorted(path for path in PROJECTS.iterdir() if path.is_dir())


def found_in(project: Path, place: Path) -> str:
    """Return what is found in a project, a line each."""
    shutil.copytree(project, place)
    known = facts_of(project)
    session = Session(LintRequest(place, bare=True), case_env(place), lambda _: known)
    outcome = session.lint()
    assert outcome.failures == ()
    told = (f for f in outcome.findings if f.severity > Severity.INFO)
    return "".join(f"{f.at.path}:{f.at.line} {f.rule}\n" for f in told)


@pytest.mark.parametrize("project", ALL, ids=lambda path: path.name)
def test_each_flaw_is_found_and_nothing_else(project: Path, tmp_path: Path) -> None:
    found, expected = found_in(project, tmp_path / "project"), project.with_suffix(".txt")
    if is_writing():
        expected.write_text(found)
    assert found == expected.read_text()
