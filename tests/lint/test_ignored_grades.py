"""When is a file that gets into a build a lesser matter?"""

from __future__ import annotations

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

WARNING, INFO = Severity.WARNING, Severity.INFO

VARIABLES = {
    "PORT=8080\nPREFIX=/app\n": INFO,
    "# none yet\n": INFO,
    "PORT=8080\nAPI_TOKEN=r8f1x\n": WARNING,
    "export DB_PASSWORD='hunter2'\n": WARNING,
    "DATABASE_URL=postgres://app:hunter2@db/app\n": WARNING,
    "API_TOKEN=\nRESET_PASSWORD={{ .ResetPassword }}\n": INFO,
    None: WARNING,
}
"""What a file of variables says, None for what nobody can read, and how bad that is."""

PRIVATE = "PRIVATE " + "KEY"
KEYS = {
    f"-----BEGIN {PRIVATE}-----\nMC4C\n": [WARNING],
    f"-----BEGIN ENCRYPTED {PRIVATE}-----\nMC4C\n": [INFO],
    "-----BEGIN CERTIFICATE-----\nMC4C\n": [],
    "not a key that is known": [WARNING],
}


def graded(rule: str, name: str, text: str | None) -> list[Severity]:
    """Return how bad it is that a file gets into a build."""
    texts = {"Dockerfile": "FROM golang:1.26\nCOPY . .\n"} | ({name: text} if text else {})
    around = Surroundings(files=frozenset({"Dockerfile", name}), texts=texts)
    linted = lint_text(Source(".dockerignore", "dockerignore", ".git\n"), around, only(rule))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


@pytest.mark.parametrize("text", VARIABLES)
def test_variables_may_be_known_to_hold_no_secret(text: str | None) -> None:
    assert graded("dockerignore-env", ".env", text) == [VARIABLES[text]]


@pytest.mark.parametrize("text", KEYS)
def test_a_key_may_be_encrypted_or_none_at_all(text: str) -> None:
    assert graded("dockerignore-keys", "app.pem", text) == KEYS[text]
