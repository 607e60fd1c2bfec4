"""Which variables a program reads: names, defaults, and what cannot be done without."""

from __future__ import annotations

import pytest

from gotare.golang.facts.environment import environment, flags_of
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.types import Variable
from gotare.golang.facts.values import Values
from gotare.golang.syntax.file import read_file
from tests.golang.facts.snippets import MODULE, cases, sources_of


def variables(sources: Sources, *packages: str) -> tuple[Variable, ...]:
    """Return the variables of packages, of the main package without any."""
    return environment(sources, Values(sources), set(packages) or {MODULE})


@pytest.mark.parametrize(("expected", "code"), cases("variables"))
def test_variables(expected: list[list[object]], code: str) -> None:
    found = variables(sources_of(code))
    assert [[v.name, v.default, v.required, v.secret, v.kind] for v in found] == expected


HELPER = """package env
import "os"
func Get(k, d string) string {
    if v := os.Getenv(k); v != "" {
        return v
    }
    return d
}
func Unused() string { return os.Getenv("UNUSED") }
"""


def test_a_helper_of_another_package_is_read_where_it_is_called() -> None:
    main = """package main
    import "example.com/app/internal/env"
    func main() {
        use(env.Get("PORT", "80"))
    }"""
    other = """package other
    import "example.com/app/internal/env"
    var x = env.Get("OTHER", "1")
    """
    sources = sources_of(main, env=HELPER, other=other)
    (found,) = variables(sources)
    assert (found.name, found.default, str(found.at)) == ("PORT", "80", "main0.go:4")
    assert [v.name for v in variables(sources, f"{MODULE}/internal/other")] == ["OTHER"]
    assert [v.name for v in variables(sources, f"{MODULE}/internal/env")] == ["UNUSED"]
    assert variables(sources, "example.com/else") == ()


def test_a_variable_read_twice_comes_once_with_all_that_is_known() -> None:
    code = """
    func main() {
        a := os.Getenv("PORT")
        use(a)
        b := cmp.Or(os.Getenv("PORT"), "80")
        use(b)
    }"""
    (found,) = variables(sources_of(code))
    assert (found.name, found.default) == ("PORT", "80")


def test_what_tests_read_does_not_count() -> None:
    text = b'package main\nimport "os"\nvar x = os.Getenv("X")'
    source = SourceFile("main_test.go", MODULE, read_file(text))
    assert variables(Sources([source])) == ()


def test_flags_that_decide_about_the_container() -> None:
    code = """package main
    import "flag"
    var (
        addr = flag.String("listen", ":8080", "address")
        port = flag.Int("metrics-port", 9090, "port")
        conf = flag.String("config", "/etc/app.yaml", "file")
        level = flag.String("log-level", "info", "level")
        debug = flag.Bool("debug", false, "debug")
    )"""
    sources = sources_of(code)
    found = flags_of(sources, Values(sources), {MODULE})
    assert [(f.name, f.default, f.at.line) for f in found] == [
        ("config", "/etc/app.yaml", 6),
        ("listen", ":8080", 4),
        ("metrics-port", "9090", 5),
    ]
    assert flags_of(sources, Values(sources), {"example.com/else"}) == ()
