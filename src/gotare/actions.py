"""GitHub actions that workflows use, each pinned to the commit of a release.

A tag can be moved to other code, and has been; a commit cannot. The ids are those of the tags in
the actions' own repositories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """A release of an action. `path` is that of the action in its repository."""

    repository: str
    version: str
    commit: str
    path: str = ""

    def __str__(self) -> str:
        """As it stands after `uses:`."""
        where = f"{self.repository}/{self.path}" if self.path else self.repository
        return f"{where}@{self.commit} # {self.version}"


_CODEQL: Final = ("github/codeql-action", "v4.36.2", "8aad20d150bbac5944a9f9d289da16a4b0d87c1e")

ACTIONS: Final = {
    "checkout": Action(
        "actions/checkout", "v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"
    ),
    "setup_go": Action(
        "actions/setup-go", "v7.0.0", "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e"
    ),
    "setup_python": Action(
        "actions/setup-python", "v7.0.0", "5fda3b95a4ea91299a34e894583c3862153e4b97"
    ),
    "attest": Action(
        "actions/attest-build-provenance", "v4.1.0", "a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32"
    ),
    "buildx": Action(
        "docker/setup-buildx-action", "v4.3.0", "37fe631027851001ddb9b187196cc803df7f5f0e"
    ),
    "login": Action(
        "docker/login-action", "v4.1.0", "4907a6ddec9925e35a0a9e82d7399ccc52663121"
    ),
    "metadata": Action(
        "docker/metadata-action", "v6.2.0", "dc802804100637a589fabce1cb79ff13a1411302"
    ),
    "build_push": Action(
        "docker/build-push-action", "v7.3.0", "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a"
    ),
    "golangci": Action(
        "golangci/golangci-lint-action", "v9.3.0", "ba0d7d2ec06a0ea1cb5fa41b2e4a3ab91d21278a"
    ),
    "hadolint": Action(
        "hadolint/hadolint-action", "v3.3.0", "2332a7b74a6de0dda2e2221d575162eba76ba5e5"
    ),
    "grype": Action(
        "anchore/scan-action", "v7.4.0", "e1165082ffb1fe366ebaf02d8526e7c4989ea9d2"
    ),
    "sarif": Action(*_CODEQL, "upload-sarif"),
}  # fmt: skip
"""By the name that the templates use."""
