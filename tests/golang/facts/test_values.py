"""What expressions are worth: literals, constants, variables, arithmetic, own functions."""

from __future__ import annotations

import pytest

from tests.golang.facts.snippets import cases, short, sunk

CONSTANT = [
    ('sink(":8080")', ":8080"),
    ("sink(8080)", "8080"),
    ("sink(0x1F90)", "8080"),
    ("sink(1_000)", "1000"),
    ("sink(true)", "true"),
    ('sink("a" + "b" + "c")', "abc"),
    ("sink(8000 + 80)", "8080"),
    ("sink(2 * 1024 * 1024)", "2097152"),
    ("sink(10 - 4)", "6"),
    ("sink(7 / 2)", "3"),
    ('sink(fmt.Sprintf(":%d", 8080))', ":8080"),
    ('sink(fmt.Sprintf("%s:%v", "h", 1))', "h:1"),
    ('sink(fmt.Sprintf("100%%"))', "100%"),
    ('sink(fmt.Sprintf("%q", "a"))', '"a"'),
    ('sink(net.JoinHostPort("", "8080"))', ":8080"),
    ('sink(net.JoinHostPort("::1", "8080"))', "[::1]:8080"),
    ('sink(":" + strconv.Itoa(8080))', ":8080"),
    ("sink(strconv.FormatInt(int64(80), 10))", "80"),
    ('sink(strings.TrimPrefix(":8080", ":"))', "8080"),
    ('sink(strings.TrimSpace(" x "))', "x"),
    ('sink(strings.ReplaceAll("a-b", "-", "_"))', "a_b"),
    ('sink(filepath.Join("a", "..", "b", "/c"))', "b/c"),
    ("sink(15 * time.Second)", "15s"),
    ("sink(time.Second * 90)", "1m30s"),
    ("sink(time.Hour)", "1h"),
    ("sink(500 * time.Millisecond)", "500ms"),
    ("sink(time.Duration(5) * time.Second)", "5s"),
    ("sink(time.Minute / 2)", "30s"),
    ("sink(time.Minute + 5*time.Second)", "1m5s"),
    ('sink([]string{"a", "b"})', "a,b"),
    ('sink([]byte("secret"))', "secret"),
    ('x := "a"; sink(x)', "a"),
    ('x := "a"; x = "b"; sink(x)', "b"),
    ('x := "a"; sink(x); x = "b"', "a"),
    ('x := "a"; x += ":1"; sink(x)', "a:1"),
    ("const p = 80; sink(p)", "80"),
    ('a, b := "1", "2"; _ = a; sink(b)', "2"),
    ('x := "a"; y := &x; sink(*y)', "a"),
    ("var n int; sink(n)", "0"),
    ("var s string; sink(s)", ""),
]


@pytest.mark.parametrize(("code", "text"), CONSTANT)
def test_what_the_code_says_itself(code: str, text: str) -> None:
    value = sunk(f"func main() {{ {code} }}")
    assert short(value) == (text, "", "")
    assert value.exact


@pytest.mark.parametrize(("expected", "code"), cases("environment", "helpers", "packages"))
def test_what_the_code_follows(expected: list[str | None], code: str) -> None:
    assert list(short(sunk(code))) == expected


def test_a_local_helper() -> None:
    code = """
    func main() {
        env := func(k, d string) string {
            if v := os.Getenv(k); v != "" {
                return v
            }
            return d
        }
        sink(env("PORT", "8080"))
    }"""
    assert short(sunk(code)) == ("8080", "PORT", "")


def test_a_helper_of_another_package() -> None:
    main = """package main
    import "example.com/app/internal/env"
    func main() { sink(env.Get("A", "b")) }"""
    helper = """package env
    import "os"
    func Get(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }"""
    assert short(sunk(main, env=helper)) == ("b", "A", "")


UNKNOWN = [
    ("sink(os.Args[1])", "os.Args[1]"),
    ("sink(compute(1))", "compute(1)"),
    ("sink(a.b.c)", "a.b.c"),
    ('sink("x" + other())', "other()"),
    ("sink(func() int { return 1 })", "func"),
    ("sink(list[3])", "list[3]"),
    ('sink(fmt.Sprintf("%08.3f", x))', "Sprintf"),
    ("sink(fmt.Sprintf(layout, 1))", "Sprintf"),
    ("sink(1 << 3)", "1 << 3"),
    ("x := 1; sink(x + y)", "y"),
    ("sink(10 / 0)", "10 / 0"),
]


@pytest.mark.parametrize(("code", "why"), UNKNOWN)
def test_unknown_stays_unknown_and_says_of_what(code: str, why: str) -> None:
    value = sunk(f"func main() {{ {code} }}\nfunc compute(x int) int {{ return x << 1 }}")
    assert short(value) == (None, "", "")
    assert why in value.why


NOT_EXACT = [
    'a := ":80"; if debug { a = ":90" }; sink(a)',
    'var a string; if tls { a = ":80" } else { a = ":443" }; sink(a)',
    'a := ":80"; switch mode { case "x": a = ":90" }; sink(a)',
]


@pytest.mark.parametrize("code", NOT_EXACT)
def test_what_depends_on_something_else_is_not_exact(code: str) -> None:
    value = sunk(f"func main() {{ {code} }}")
    assert (value.text, value.exact) == (":80", False)


def test_the_branch_that_a_use_stands_in_counts() -> None:
    assert short(sunk('func main() { a := "1"; if x { a = "2"; sink(a) } }')) == ("2", "", "")
    assert short(sunk('func main() { a := "1"; if x { a = "2" } else { sink(a) } }'))[0] == "1"
