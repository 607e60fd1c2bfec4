"""Bodies of functions: which statements are found, and those of function literals among them."""

from __future__ import annotations

import pytest

from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.file import File, read_file


def read(text: str) -> File:
    return read_file(f"package p\n{text}".encode())


def body(text: str) -> list[Statement]:
    return list(read(f"func f() {{\n{text}\n}}").functions[0].body)


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("for { work() }", True),
        ("for ; ; { work() }", True),
        ("wait: for { break wait }", True),
        ("select {}", True),
        ("select { /* forever */ }", True),
        ("for i := 0; i < 3; i++ { work() }", False),
        ("for rows.Next() { work() }", False),
        ("for range ticks { work() }", False),
        ("select { case <-done: }", False),
        ("go func() { select {} }()", True),
    ],
)
def test_endless_statements(text: str, endless: bool) -> None:
    assert ("forever" in [statement.kind for statement in body(text)]) == endless


def test_channels_of_a_select() -> None:
    found = body("select {\ncase <-ctx.Done():\ncase m, ok := <-messages:\n\tuse(m)\ndefault:\n}")
    received = [(s.line, s.targets, s.values) for s in found if s.kind == "receive"]
    assert received == [
        (4, (), (("call", ("select", ("name", "ctx"), "Done"), (), 4),)),
        (5, (("name", "m"), ("name", "ok")), (("name", "messages"),)),
    ]


def test_a_variable_without_a_value_has_its_type() -> None:
    (found,) = body("var srv http.Server")
    assert (found.targets, found.values) == ((("name", "srv"),), (("type", "http.Server"),))
    (found,) = body("var a, b int = 1, 2")
    assert found.values == (("number", "1"), ("number", "2"))


def test_a_literal_says_where_it_ends() -> None:
    found = body("go func(a int) {\n\twork()\n}(1)")
    literal = found[0].values[0][1]
    assert literal == ("function", (("a", "int"),), 3, 5)
    assert [s.line for s in found] == [3, 4]


def test_literals_of_package_variables_are_functions() -> None:
    found = read(
        "var cmd = &cobra.Command{\n\tRun: func(cmd *cobra.Command, args []string) {\n"
        "\t\tserve()\n\t\tgo func() { later() }()\n\t},\n}\nvar other = func() { third() }\n"
    ).functions
    assert [(f.name, f.line) for f in found] == [("", 3), ("", 8)]
    assert found[0].parameters == (("cmd", "*cobra.Command"), ("args", "[]string"))
    assert [s.line for s in found[0].body] == [4, 5, 5]


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        ('switch x { case "a": f() }', ("case", ("binary", "==", ("name", "x"), ("string", "a")))),
        ("switch { case x: f() }", ("case", ("name", "x"))),
        ("switch { case x, y: f() }", ("case", ("binary", "||", ("name", "x"), ("name", "y")))),
        ("switch x { default: f() }", ("default", ("name", "x"))),
        ("switch { default: f() }", ("default", ("name", "true"))),
        ("switch x { case 1: if y { f() } }", ("if", ("name", "y"))),
        ("switch x { case 1: }; f()", None),
    ],
)
def test_what_stands_in_a_case_says_when(code: str, condition: object) -> None:
    file = read_file(f"package p\nfunc m() {{ {code} }}".encode())
    assert next(s.condition for s in file.functions[0].body if s.kind == "call") == condition


def test_an_assignment_with_an_operator_assigns_the_result() -> None:
    (found,) = body('addr += ":80"')
    assert found.values == (("binary", "+", ("name", "addr"), ("string", ":80")),)
    (plain,) = body("a, b := 1, 2")
    assert plain.values == (("number", "1"), ("number", "2"))
