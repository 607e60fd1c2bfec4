"""Repaired Dockerfiles of guides build in the real BuildKit, and their programs run.

The bases are made here (`guide_bases.py`). What must be fetched from elsewhere to be built is left
out: packages of Debian, generators, other people's repositories.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from gotare.lint.around import Known
from tests.build.projects import write
from tests.engine import Engine
from tests.generate.bases import make_bases
from tests.lint.cases import facts_of
from tests.lint.guide_bases import GuideBases
from tests.lint.guide_cases import Guide, fix, repair

pytestmark = pytest.mark.engine

AT_ONCE: Final = 3
REPAIRED: Final = (
    "alpine-as-root-installsuffix", "alpine-for-production", "check-with-a-shell-behind",
    "command-line-tool", "distroless-as-root", "distroless-asks-itself", "labels-of-another-stage",
    "rest-api", "scratch-as-root", "scratch-with-a-passwd", "scratch-with-all-tags",
    "scratch-without-certificates", "stamped-on-alpine", "user-that-nobody-makes-in-full",
    "zones-of-alpine",
)  # fmt: skip
REWRITTEN: Final = ("check-without-a-builder", "one-stage", "order-without-from")


@pytest.fixture(scope="module")
def bases(engine: Engine, go: Path) -> GuideBases:
    """The images that the Dockerfiles stand on."""
    return GuideBases(make_bases(engine, go))


def lay_out(guide: Guide, place: Path) -> Known:
    """Write the project with its Dockerfile; return what is known of it."""
    known = facts_of(write(place.with_name(f"{guide.name}-facts"), guide.sources))
    guide.lay_out(place)
    return known


def built_and_run(bases: GuideBases, place: Path) -> tuple[str, bool]:
    """Build an image; return what its program prints, and whether it would run as root."""
    tag = f"gotare-tests/guide-made:{uuid.uuid4().hex[:12]}"
    try:
        bases.build(place, (place / "Dockerfile").read_text(), tag)
        user = bases.config(tag)["User"].partition(":")[0]
        return bases.run(tag, "version"), user in ("", "root", "0")
    finally:
        bases.remove(tag)


def all_built_and_run(bases: GuideBases, places: Sequence[Path]) -> dict[str, tuple[str, bool]]:
    """Do it with all, some at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda place: built_and_run(bases, place), places)
        return dict(zip([place.name for place in places], done, strict=True))


def test_what_is_repaired_builds_and_runs(bases: GuideBases, tmp_path: Path) -> None:
    for name in REPAIRED:
        guide, place = Guide(name), tmp_path / name
        known = lay_out(guide, place)
        assert guide.repair != "rewrite"
        fix(place, known, unsafe=guide.repair == "unsafe")
    done = all_built_and_run(bases, [tmp_path / name for name in REPAIRED])
    assert done == dict.fromkeys(REPAIRED, ("harbour dev", False))


def test_what_is_rewritten_builds_and_runs(bases: GuideBases, tmp_path: Path) -> None:
    for name in REWRITTEN:
        guide, place = Guide(name), tmp_path / name
        known = lay_out(guide, place)
        assert guide.repair == "rewrite"
        repair(place, known, guide.repair)
    done = all_built_and_run(bases, [tmp_path / name for name in REWRITTEN])
    assert done == dict.fromkeys(REWRITTEN, ("harbour dev", False))
