"""What the tests of generated files share: base images in the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import Engine
from tests.generate.bases import Bases, make_bases


@pytest.fixture(scope="session")
def bases(engine: Engine, go: Path) -> Bases:
    """The images that generated Dockerfiles stand on, made here."""
    return make_bases(engine, go)
