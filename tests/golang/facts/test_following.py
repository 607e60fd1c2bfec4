"""Whatever the code is, following it ends and never raises; and parts that stand alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.golang.facts.conditions import empty_operands, says
from gotare.golang.facts.durations import duration_text, parse_duration
from gotare.golang.facts.environment import environment, flags_of
from gotare.golang.facts.go_text import LONGEST, shown
from gotare.golang.facts.text_functions import FUNCTIONS, pieces
from gotare.golang.facts.values import Value, Values, number_text
from gotare.golang.syntax.file import read_file
from tests.golang.facts.snippets import MODULE, sources_of

NAMES = ("a", "b", "c", "key", "T", "os", "x.F", "y.G.H")


def _code() -> st.SearchStrategy[str]:
    """Return bodies of functions that call, assign and select each other without sense."""
    leaf = st.sampled_from(
        (*NAMES, '"s"', "1", 'os.Getenv("A")', "os.Getenv(key)", "nil", "time.Second", "*a", "&b")
    )
    expr = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("{}({}, {})".format, st.sampled_from("fgh"), inner, inner),
            st.builds("{} + {}".format, inner, inner),
            st.builds("{} * {}".format, inner, inner),
            st.builds("T{{F: {}, G: {}}}".format, inner, inner),
            st.builds("func() int {{ return {} }}()".format, inner),
            st.builds("cmp.Or({}, {})".format, inner, inner),
            st.builds('fmt.Sprintf("%s:%d", {}, {})'.format, inner, inner),
            st.builds("x.m({})".format, inner),
        ),
        max_leaves=6,
    )
    statement = st.one_of(
        st.builds("{} = {}".format, st.sampled_from(NAMES), expr),
        st.builds("{} := {}".format, st.sampled_from(("a", "b", "x", "y")), expr),
        st.builds('if {} == "" {{ {} = {} }}'.format, expr, st.sampled_from(NAMES), expr),
        st.builds("return {}".format, expr),
        st.builds("for _, a := range {} {{ sink(a) }}".format, expr),
        st.builds("switch {} {{ case {}: b = {} }}".format, expr, expr, expr),
        st.builds('flag.StringVar(&{}, "n", {}, "u")'.format, st.sampled_from(NAMES), expr),
        st.builds("sink({})".format, expr),
    )
    return st.lists(statement, min_size=1, max_size=5).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(_code(), _code(), _code(), _code())
def test_following_any_code_ends(one: str, two: str, three: str, four: str) -> None:
    code = f"""package main
import ("os"; "cmp"; "fmt"; "flag"; "time"; "github.com/spf13/viper")
type T struct {{ F string `env:"F"`; G struct {{ H string `env:"H"` }}; T *T }}
var key = f(1, 2)
var c = T{{F: key}}
func f(a, b string) string {{ {one} }}
func g(key string, x T) (a, b string) {{ {two} }}
func h(x, y *T) T {{ {three} }}
func (x *T) m(a string) string {{ {four} }}
"""
    sources = sources_of(code)
    values = Values(sources)
    for source in sources.files:
        for call in sources.calls(source):
            for argument in call.arguments:
                found = values.value(call, argument)
                assert isinstance(found, Value)
                values.seconds(call, argument)
    assert isinstance(environment(sources, values, {MODULE}), tuple)
    assert isinstance(flags_of(sources, values, {MODULE}), tuple)


@pytest.mark.parametrize(
    "code",
    [
        "var a = b\nvar b = a\nfunc main() { sink(a) }",
        "func f(n int) int { return f(n) }\nfunc main() { sink(f(1)) }",
        "func f(n int) int { return g(n) }\nfunc g(n int) int { return f(n) }\n"
        "func main() { sink(f(1)) }",
        "func f(n int) { f(n); sink(n) }",
        "type T struct { T *T; F string }\nfunc f(t *T) { sink(t.T.T.T.F) }",
        "type T struct { T }\nfunc f(t T) { sink(t.F) }",
        "func main() { var a string; a = a + a; a = a + a; a = a + a; sink(a) }",
        "func main() { x := func() int { return x() }; sink(x()) }",
    ],
)
def test_circles(code: str) -> None:
    sources = sources_of(code)
    values = Values(sources)
    call = next(c for c in sources.calls(sources.files[0]) if c.expr[1] == ("name", "sink"))
    assert values.value(call, call.arguments[0]).text in (None, "")


def test_very_much_of_everything() -> None:
    doubled = "\n".join(
        f"func f{n}(a int) int {{ return f{n + 1}(a) + f{n + 1}(a) }}" for n in range(40)
    )
    chained = "\n".join(f"    v{n + 1} := v{n} + v{n}" for n in range(60))
    code = f'{doubled}\nfunc main() {{\n    v0 := "x"\n{chained}\n    sink(v60); sink(f0(1))\n}}'
    sources = sources_of(code)
    values = Values(sources)
    calls = [c for c in sources.calls(sources.files[0]) if c.expr[1] == ("name", "sink")]
    assert [values.value(c, c.arguments[0]).text for c in calls] == [None, None]


def test_deep_nesting() -> None:
    code = f"func main() {{ sink({'(' * 300}1{')' * 300}); sink({'f(' * 150}1{')' * 150}) }}"
    sources = sources_of(code)
    values = Values(sources)
    calls = [c for c in sources.calls(sources.files[0]) if c.expr[1] == ("name", "sink")]
    assert [values.value(c, c.arguments[0]).text in (None, "1") for c in calls] == [True, True]


def expressions() -> st.SearchStrategy[Any]:
    texts = st.text(max_size=8)
    return st.recursive(
        st.tuples(st.sampled_from(("name", "string", "number", "type", "other")), texts),
        lambda inner: st.one_of(
            st.tuples(st.just("select"), inner, texts),
            st.tuples(st.just("call"), inner, st.tuples(inner), st.just(1)),
            st.tuples(
                st.just("binary"), st.sampled_from(("==", "!=", "&&", "||", "<")), inner, inner
            ),
            st.tuples(st.just("unary"), st.sampled_from(("!", "*", "&", "-")), inner),
            st.tuples(st.just("index"), inner, inner),
            st.tuples(
                st.just("literal"), texts, st.tuples(st.tuples(st.none(), inner)), st.just(1)
            ),
        ),
        max_leaves=12,
    )


@given(expressions())
def test_any_expression_is_shown_and_read_as_a_condition(expr: Any) -> None:
    assert len(shown(expr)) <= LONGEST
    assert says(expr) in ("empty", "present", "other")
    assert isinstance(empty_operands(expr), list)


CONDITIONS = [
    ('v == ""', "empty"),
    ('v != ""', "present"),
    ('"" == v', "empty"),
    ("len(v) > 0", "present"),
    ("len(v) == 0", "empty"),
    ("n <= 0", "empty"),
    ("n < 1", "empty"),
    ("0 < n", "present"),
    ("err != nil", "empty"),
    ("err == nil", "present"),
    ("ok", "present"),
    ("!ok", "empty"),
    ('ok && v != ""', "present"),
    ("err == nil && n > 0", "present"),
    ("err != nil || n <= 0", "empty"),
    ('v == "" && debug', "empty"),
    ("p == nil", "empty"),
    ("debug", "other"),
    ('v == "x"', "other"),
    ('v == "" || ok', "other"),
]


@pytest.mark.parametrize(("code", "said"), CONDITIONS)
def test_conditions(code: str, said: str) -> None:
    file = read_file(f"package p\nfunc f() {{ if {code} {{ x() }} }}".encode())
    assert says(file.functions[0].body[0].values[0]) == said


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("1h30m", 5400), ("250ms", 0.25), ("1.5s", 1.5), ("0", 0), ("-2s", -2),
     ("", None), ("15", None), ("s", None), ("1 s", None), ("1d", None), ("9" * 30 + "h", None)],
)  # fmt: skip
def test_durations_in_text(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@given(st.integers(-(10**9) * 3600 * 24, 10**9 * 3600 * 24))
def test_durations_read_back(nanoseconds: int) -> None:
    text = duration_text(nanoseconds / 1e9)
    assert text is not None
    seconds = parse_duration(text)
    assert seconds is not None and abs(seconds - nanoseconds / 1e9) < 1e-6


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e12])
def test_durations_that_go_does_not_have(seconds: float) -> None:
    assert duration_text(seconds) is None


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("15 * time.Second", 15.0),
        ("time.Duration(1500) * time.Millisecond", 1.5),
        ("5000000000", 5.0),
        ("unknown()", None),
        ('"soon"', None),
    ],
)
def test_seconds(code: str, seconds: float | None) -> None:
    sources = sources_of(f"func main() {{ sink({code}) }}")
    call = next(sources.calls(sources.files[0]))
    assert Values(sources).seconds(call, call.arguments[0]) == seconds


@given(st.text(max_size=30), st.integers(0, 4))
def test_any_layout_is_split(layout: str, count: int) -> None:
    split = pieces(layout, count)
    assert split is None or all(isinstance(p, str) or 0 <= p < count for p in split)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(st.text(max_size=12), min_size=4, max_size=4))
def test_functions_of_text_take_any_text(name: str, texts: list[str]) -> None:
    count, compute = FUNCTIONS[name]
    found = compute(texts[: count if count >= 0 else 4])
    assert found is None or isinstance(found, str)


@given(st.text(alphabet="0123456789xXoObBabcdefABCDEF._", min_size=1, max_size=20))
def test_any_number_is_taken(text: str) -> None:
    assert number_text(text)


def test_texts_do_not_grow_without_end() -> None:
    steps = "\n".join(
        f'    v{n + 1} := strings.ReplaceAll(v{n}, "a", "aaaaaaaaaa")' for n in range(30)
    )
    sources = sources_of(f'func main() {{\n    v0 := "a"\n{steps}\n    sink(v3)\n    sink(v30)\n}}')
    values = Values(sources)
    calls = [c for c in sources.calls(sources.files[0]) if c.expr[1] == ("name", "sink")]
    assert [values.value(c, c.arguments[0]).text for c in calls] == ["a" * 1000, None]
