"""The base: one table of the guides' decision frameworks."""

from __future__ import annotations

import pytest

from gotare.decide.base import additions_for, choose_base
from gotare.golang.cgo_need import CgoNeed, Effect
from gotare.golang.facts.types import ProgramFacts
from tests.decide.facts import needs, program, temporary


def cgo(package: str, effect: Effect) -> CgoNeed:
    return CgoNeed(package, effect, ("example.com/app", package), ("example.com/app",))


SQLITE = cgo("github.com/mattn/go-sqlite3", "stub")


@pytest.mark.parametrize(
    ("facts", "cgo_needs", "cxx", "base", "mode", "distroless", "why"),
    [
        (program(), (), False, "static", "off", "static", "pure Go"),
        (
            program(needs=(needs("roots"),)), (), False, "static", "off", "static",
            "pure Go; outbound TLS (main.go:7)",
        ),
        (
            program(needs=(needs("zones", what="time.LoadLocation"),)), (), False, "static", "off",
            "static", "pure Go; LoadLocation (main.go:7)",
        ),
        (
            program(needs=(needs("zones", linked=True),)), (), False, "static", "off", "static",
            "pure Go",
        ),
        (
            program(), (SQLITE,), False, "static", "dynamic", "base",
            "cgo: github.com/mattn/go-sqlite3 (imported by example.com/app) fails at run time "
            "without; its shared libraries are added",
        ),
        (
            program(), (cgo("example.com/c", "fails"),), True, "static", "dynamic", "cc",
            "cgo: example.com/c (imported by example.com/app) cannot be built without it; its "
            "shared libraries are added",
        ),
        (
            program(), (cgo("example.com/soft", "degrades"),), False, "static", "off", "static",
            "pure Go; example.com/soft does without cgo",
        ),
    ],
)  # fmt: skip
def test_base(
    facts: ProgramFacts,
    cgo_needs: tuple[CgoNeed, ...],
    cxx: bool,
    base: str,
    mode: str,
    distroless: str,
    why: str,
) -> None:
    choice = choose_base([facts], cgo_needs, cxx)
    assert (choice.base, choice.cgo, choice.distroless) == (base, mode, distroless)
    assert choice.why == why


def test_lib_pq_is_pure_go() -> None:
    """A guide says that lib/pq needs cgo "for some features"; it imports no C at all."""
    assert choose_base([program()], (), False).cgo == "off"


@pytest.mark.parametrize(
    ("facts", "added"),
    [
        (program(), ()),
        (program(needs=(needs("roots"),)), ("certificates",)),
        (program(needs=(needs("roots", linked=True),)), ()),
        (program(needs=(needs("zones"), needs("users"))), ("zones", "users")),
        (program(files=(temporary(),)), ("tmp",)),
        (program(needs=(needs("mime"), needs("hostname"))), ()),
    ],
)
def test_additions_of_an_empty_base(facts: ProgramFacts, added: tuple[str, ...]) -> None:
    assert additions_for([facts]) == added
