"""Which actions may be taken by a tag, more or less?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

ACTIONS: Final = {
    "actions/checkout@v4": Severity.INFO,
    "github/codeql-action/init@v4": Severity.INFO,
    "actions/checkout": Severity.WARNING,
    "docker/login-action@v4": Severity.WARNING,
    "my-actions/checkout@v1": Severity.WARNING,
}
"""What a step uses, and how bad it is that no commit is named."""


@pytest.mark.parametrize("action", ACTIONS)
def test_tags_of_github_are_a_lesser_matter(action: str) -> None:
    path = ".github/workflows/ci.yml"
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {action}\n"
    linted = lint_text(
        Source(path, "workflow", text), Surroundings(), only("workflow-unpinned-action")
    )
    assert [found.severity for found in linted.findings] == [ACTIONS[action]]
