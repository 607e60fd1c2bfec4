"""What expressions are worth: literals, constants, variables, arithmetic, own functions."""

from __future__ import annotations

import pytest

from tests.golang.facts.snippets import short, sunk

GET_ENV = """
func getEnv(key, fallback string) string {
    if value, ok := os.LookupEnv(key); ok {
        return value
    }
    return fallback
}
"""

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


FROM_THE_ENVIRONMENT = [
    # (code in main, text, variable)
    ('sink(os.Getenv("PORT"))', None, "PORT"),
    ('port := os.Getenv("PORT"); sink(port)', None, "PORT"),
    ('port := os.Getenv("PORT"); if port == "" { port = "8080" }; sink(":" + port)', ":8080", "PORT"),
    ('port := "8080"; if p := os.Getenv("PORT"); p != "" { port = p }; sink(port)', "8080", "PORT"),
    ('port := "8080"; if p, ok := os.LookupEnv("PORT"); ok { port = p }; sink(port)', "8080", "PORT"),
    ('port, ok := os.LookupEnv("PORT"); if !ok { port = "8080" }; sink(port)', "8080", "PORT"),
    ('port, ok := os.LookupEnv("PORT"); if !ok || port == "" { port = "1" }; sink(port)', "1", "PORT"),
    ('var a string; if p := os.Getenv("PORT"); p != "" { a = ":" + p } else { a = ":80" }; sink(a)', ":80", "PORT"),
    ('p := os.Getenv("PORT"); if len(p) == 0 { p = "80" }; sink(p)', "80", "PORT"),
    ('p := strings.TrimSpace(os.Getenv("PORT")); if p == "" { p = "80" }; sink(p)', "80", "PORT"),
    ('n, err := strconv.Atoi(os.Getenv("PORT")); if err != nil { n = 80 }; sink(n)', "80", "PORT"),
    ('n := 80; if v := os.Getenv("PORT"); v != "" { if i, err := strconv.Atoi(v); err == nil { n = i } }; sink(n)', "80", "PORT"),
    ('sink(cmp.Or(os.Getenv("PORT"), "8080"))', "8080", "PORT"),
    ('sink(cmp.Or(os.Getenv("A"), os.Getenv("B"), "x"))', "x", "A"),
    ('sink(":" + os.Getenv("PORT"))', None, "PORT"),
    ('sink(os.Getenv("HOST") + ":8080")', ":8080", "HOST"),
    ('sink(net.JoinHostPort(os.Getenv("HOST"), "8080"))', ":8080", "HOST"),
    ('sink(fmt.Sprintf("%s:%s", getEnv("HOST", "0.0.0.0"), getEnv("PORT", "80")))', "0.0.0.0:80", "PORT"),
    ('sink(getEnv("PORT", "8080"))', "8080", "PORT"),
    ('sink(getEnv("PORT", getEnv("OTHER", "80")))', "80", "PORT"),
    ('sink(os.ExpandEnv("$DATA/x"))', None, "DATA"),
    ('const key = "PO" + "RT"; sink(os.Getenv(key))', None, "PORT"),
    ('switch v := os.Getenv("PORT"); v { case "": sink("none"); default: sink(v) }', "none", ""),
    ('p := os.Getenv("PORT"); switch p { case "": p = "80" }; sink(p)', "80", "PORT"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "variable"), FROM_THE_ENVIRONMENT)
def test_the_environment_and_its_defaults(code: str, text: str | None, variable: str) -> None:
    value = sunk(f"{GET_ENV}\nfunc main() {{ {code} }}")
    assert short(value) == (text, variable, "")


HELPERS = [
    ('func env(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }', 'env("PORT", "8080")', "8080"),
    ('func env(k, d string) string { v := os.Getenv(k); if v == "" { return d }; return v }', 'env("PORT", "8080")', "8080"),
    ('func env(k, d string) string { v := os.Getenv(k); if v == "" { v = d }; return v }', 'env("PORT", "8080")', "8080"),
    ('func env(k, d string) string { v, ok := os.LookupEnv(k); if !ok { return d }; return v }', 'env("PORT", "8080")', "8080"),
    ('func env(k, d string) string { if v, ok := os.LookupEnv(k); ok && v != "" { return v }; return d }', 'env("PORT", "8080")', "8080"),
    ('func env(d, k string) (v string) { if v = os.Getenv(k); v == "" { v = d }; return }', 'env("8080", "PORT")', "8080"),
    ('func env(k string, d int) int { if v := os.Getenv(k); v != "" { if n, err := strconv.Atoi(v); err == nil { return n } }; return d }', 'env("PORT", 8080)', "8080"),
    ('func env(k string, d int) int { s := os.Getenv(k); if s == "" { return d }; n, err := strconv.Atoi(s); if err != nil { return d }; return n }', 'env("PORT", 8080)', "8080"),
    ('func env(k string, d int) (int, error) { s := os.Getenv(k); if s == "" { return d, nil }; n, err := strconv.Atoi(s); if err != nil { return 0, fmt.Errorf("no") }; return n, nil }', 'env("PORT", 8080)', "8080"),
    ('func env(k string) string { v := os.Getenv(k); if v == "" { log.Fatalf("no %s", k) }; return v }', 'env("PORT")', None),
    ('func env(k string) string { v, ok := os.LookupEnv(k); if !ok { panic(k) }; return v }', 'env("PORT")', None),
    ('func get(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }\nfunc env(k string, d int) int { n, err := strconv.Atoi(get(k, "")); if err != nil { return d }; return n }', 'env("PORT", 8080)', "8080"),
    ('func env[T any](k string, d T, parse func(string) (T, error)) T { v := os.Getenv(k); if v == "" { return d }; x, err := parse(v); if err != nil { return d }; return x }', 'env("PORT", 8080, strconv.Atoi)', "8080"),
    ('type reader struct{}\nfunc (r reader) get(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }\nfunc env() string { var r reader; return r.get("PORT", "8080") }', "env()", "8080"),
    ('var env = func(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }', 'env("PORT", "8080")', "8080"),
    ('func env(k string, d time.Duration) time.Duration { if v := os.Getenv(k); v != "" { if x, err := time.ParseDuration(v); err == nil { return x } }; return d }', 'env("PORT", 15*time.Second)', "15s"),
    ('func env(k string, d int) time.Duration { if v := os.Getenv(k); v != "" { if n, err := strconv.Atoi(v); err == nil { return time.Duration(n) * time.Second } }; return time.Duration(d) * time.Second }', 'env("PORT", 15)', "15s"),
    ('func env(k string) string { return os.Getenv("PO" + k) }', 'env("RT")', None),
]  # fmt: skip


@pytest.mark.parametrize(("helper", "call", "text"), HELPERS)
def test_helpers_are_known_by_what_they_do(helper: str, call: str, text: str | None) -> None:
    assert short(sunk(f"{helper}\nfunc main() {{ sink({call}) }}")) == (text, "PORT", "")


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
    main = 'package main\nimport "example.com/app/internal/env"\nfunc main() { sink(env.Get("A", "b")) }'
    helper = """package env
    import "os"
    func Get(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }"""
    assert short(sunk(main, env=helper)) == ("b", "A", "")


PACKAGE_LEVEL = [
    ('const port = "8080"\nfunc main() { sink(":" + port) }', ":8080", ""),
    ('var port = "8080"\nfunc main() { sink(port) }', "8080", ""),
    ('var port = os.Getenv("PORT")\nfunc main() { sink(port) }', None, "PORT"),
    ('var port = "80"\nfunc init() { if v := os.Getenv("PORT"); v != "" { port = v } }\nfunc main() { sink(port) }', "80", "PORT"),
    ('var port string\nfunc init() { port = os.Getenv("PORT"); if port == "" { port = "80" } }\nfunc main() { sink(port) }', "80", "PORT"),
    ("const (\n a = iota + 1\n b\n c\n)\nfunc main() { sink(c) }", "3", ""),
    ('func addr() string { return ":8080" }\nfunc main() { sink(addr()) }', ":8080", ""),
    ("func serve(port int) { sink(port) }\nfunc main() { serve(8080) }", "8080", ""),
    ("func serve(port int) { sink(port) }\nfunc main() { serve(80) }\nfunc o() { serve(80) }", "80", ""),
    ("func serve(port int) { sink(port) }\nfunc main() { serve(80) }\nfunc o() { serve(90) }", None, ""),
    ('func run(a string) { if a == "" { a = ":80" }; sink(a) }\nfunc main() { run(os.Getenv("ADDR")) }', ":80", "ADDR"),
    ('type Port int\nfunc main() { sink(Port(80)) }', "80", ""),
    ('type S struct{ a string }\nfunc (s *S) Addr() string { return s.a }\nfunc main() { s := &S{a: ":80"}; sink(s.Addr()) }', ":80", ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "variable"), PACKAGE_LEVEL)
def test_what_packages_declare(code: str, text: str | None, variable: str) -> None:
    assert short(sunk(code)) == (text, variable, "")


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
