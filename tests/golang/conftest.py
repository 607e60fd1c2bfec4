"""The Go toolchain that the tests of this folder use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gotare.golang.toolchain import Go, find_go


@pytest.fixture(scope="session")
def gocmd(go: Path) -> Go:
    """The go command as gotare finds it."""
    return find_go(go, os.environ)
