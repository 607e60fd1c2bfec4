"""How programs end, and what keeps them running until then."""

from __future__ import annotations

import pytest

from gotare.golang.facts.loops import loops
from gotare.golang.facts.shutdown import shutdown
from gotare.golang.facts.types import Shutdown
from tests.golang.facts.go_programs import cases, program


def line_of(found: Shutdown | None) -> str:
    if found is None:
        return "none"
    words = [*found.signals]
    words += ["graceful"] if found.graceful else []
    words += [f"{found.grace:g}"] if found.grace is not None else []
    return " ".join(words)


@pytest.mark.parametrize(("expected", "code"), cases("shutdown"))
def test_how_programs_end(expected: str, code: str) -> None:
    one = program(code)
    found = shutdown(one.sources, one.values, one.packages)
    assert line_of(found) == expected
    assert found is None or found.at.line


@pytest.mark.parametrize(("expected", "code"), cases("loops"))
def test_what_keeps_programs_running(expected: str, code: str) -> None:
    one = program(code)
    found = loops(one.sources, one.values, one.packages)
    assert (found.what if found else "none") == expected
    assert found is None or found.line


def test_packages_that_are_not_reached_do_not_count() -> None:
    one = program(
        "-- main.go --\nfunc main() { work() }\n"
        "-- internal/server/server.go --\nfunc Wait(c chan os.Signal) "
        "{ signal.Notify(c, syscall.SIGTERM); select {} }\n"
    )
    reached = frozenset({"example.com/shop"})
    assert shutdown(one.sources, one.values, one.packages) is not None
    assert loops(one.sources, one.values, one.packages) is not None
    assert shutdown(one.sources, one.values, reached) is None
    assert loops(one.sources, one.values, reached) is None
