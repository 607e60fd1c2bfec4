"""Functions that nobody calls are no facts about a program."""

from __future__ import annotations

import pytest

from gotare.golang.facts.listeners import listeners
from gotare.golang.facts.program import Program
from gotare.golang.facts.unused import is_unused
from tests.golang.facts.go_programs import program

CODE = """-- main.go --
func main() { %s }
-- internal/server/server.go --
func Listen() { net.Listen("tcp", ":8080") }
-- cmd/other/other.go --
func main() { server.Listen() }
"""


def listen(main: str, *packages: str) -> tuple[Program, bool]:
    whole = program(CODE % main)
    reached = frozenset(f"example.com/shop{path}" for path in packages)
    one = Program(whole.sources, whole.values, reached)
    (call,) = one.calling("net.Listen")
    return one, is_unused(one, call)


@pytest.mark.parametrize(
    ("main", "packages", "unused"),
    [
        ("server.Listen()", ("", "/internal/server"), False),
        ("run(server.Listen)", ("", "/internal/server"), False),
        ("fmt.Println()", ("", "/internal/server"), True),
        ("fmt.Println()", ("", "/internal/server", "/cmd/other"), False),
        ("x.Listen()", ("", "/internal/server"), False),
    ],
)
def test_what_only_other_programs_call(main: str, packages: tuple[str, ...], unused: bool) -> None:
    one, found = listen(main, *packages)
    assert found is unused
    known = listeners(one.sources, one.values, one.packages).listeners
    assert bool(known) is not unused
