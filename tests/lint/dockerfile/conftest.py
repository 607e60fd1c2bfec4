"""The fixture for BuildKit's own parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.dockerfile.buildkit import NoOracleError, Oracle, compiled_oracle


@pytest.fixture(scope="session")
def oracle(go: Path) -> Oracle:
    """BuildKit's parser and lexer as a program."""
    try:
        return compiled_oracle(go)
    except NoOracleError as error:
        pytest.skip(str(error))
