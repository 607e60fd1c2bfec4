"""A project in git, and the names under which images tell where they come from."""

from __future__ import annotations

from pathlib import Path

from tests.golang.sources import git

BASE_NAME, BASE_DIGEST = (
    "org.opencontainers.image.base.name",
    "org.opencontainers.image.base.digest",
)
TIME = 1704164645  # of the commits that tests.golang.sources.git makes
TITLE = "org.opencontainers.image."


def commit(project: Path) -> str:
    """Make the project a repository with one commit; return its revision."""
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    return git(project, "rev-parse", "HEAD")
