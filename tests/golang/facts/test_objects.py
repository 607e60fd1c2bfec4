"""Following values to what made them: it comes to an end, whatever the code is."""

from __future__ import annotations

import pytest

from gotare.golang.facts.objects import WIDEST
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call
from tests.golang.facts.go_programs import program


def sink(one: Program) -> Call:
    """Return the call of sink, which is nowhere declared."""
    calls = [call for source in one.sources.files for call in one.sources.calls(source)]
    return next(call for call in calls if call.expr[1] == ("name", "sink"))


def made(code: str) -> list[str]:
    """Return what makes the argument of sink, each as "kind line"."""
    one = program(code)
    call = sink(one)
    found = one.objects.origins(call, call.arguments[0])
    return [f"{origin.expr[0]} {origin.key[1]}" for origin in found]


@pytest.mark.parametrize(
    "code",
    [
        "func a() any { return b() }\nfunc b() any { return a() }\nfunc main() { sink(a()) }",
        "func a() (any, error) { return a() }\nfunc main() { x, _ := a(); sink(x) }",
        "func main() { x := y; y := x; x = y; sink(x) }",
        "type T struct { t *T }\nfunc (t *T) next() *T { t.t = t.next(); return t.t.next() }\n"
        "func main() { var t *T; sink(t.next().t.t) }",
        "var a = b\nvar b = a\nfunc main() { sink(a) }",
        "func f(x any) { f(x); g(x) }\nfunc g(x any) { f(x); sink(x) }\nfunc main() { f(nil) }",
        "func main() { for _, x := range x { x = x; sink(x) } }",
    ],
)
def test_circles_end(code: str) -> None:
    assert len(made(code)) <= WIDEST


def test_wide_code_ends() -> None:
    """Twenty functions that each return what all others do are not followed 20 to the 20 times."""
    names = [f"f{number}" for number in range(20)]
    calls = "; ".join(f"if ok {{ return {name}() }}" for name in names)
    functions = "\n".join(f"func {name}() any {{ {calls}; return new(T) }}" for name in names)
    assert len(made(f"{functions}\nfunc main() {{ sink(f0()) }}")) <= WIDEST


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("srv := &http.Server{}\nsink(srv)", ["literal 3"]),
        ("var srv *http.Server\nsrv = &http.Server{}\nsink(srv)", ["literal 4"]),
        ("srv := first()\nsrv = second()\nsink(srv)", ["call 4"]),
        ("srv := first()\nif ok {\n\tsrv = second()\n}\nsink(srv)", ["call 5", "call 3"]),
        ("f := func(w int) {\n\tsink(w)\n}\nuse(f)", ["given 3"]),
        ("a, b := pair()\nuse(a)\nsink(b)", []),
        ("list := []any{first()}\nfor _, x := range list {\n\tsink(x)\n}", ["call 3"]),
    ],
)
def test_where_values_are_made(code: str, expected: list[str]) -> None:
    assert made(code if "var srv" not in code else f"func main() {{\n{code}\n}}") == expected


def test_fields_are_followed_to_what_sets_them() -> None:
    code = (
        "type S struct { one, two *http.ServeMux }\n"
        "func New() *S {\n\ts := &S{one: http.NewServeMux()}\n\ts.two = http.DefaultServeMux\n"
        "\treturn s\n}\nfunc (s *S) Run() { sink(s.%s) }\nfunc main() { New().Run() }"
    )
    assert made(code % "one") == ["call 4"]
    assert made(code % "two") == ["select 5"]


def test_parameters_are_followed_to_all_callers() -> None:
    code = "func run(x any) { sink(x) }\nfunc main() {\n\trun(first())\n\trun(second())\n}"
    assert made(code) == ["call 4", "call 5"]
