"""Commands in shell text: words, operators, what is around them, and where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.lint.shell.commands import commands_of
from gotare.lint.shell.model import Command
from gotare.lint.shell.wrappers import script_of, shell_options, unwrapped


def only(text: str) -> Command:
    (command,) = commands_of(text)
    return command


def shown(text: str) -> list[list[str]]:
    return [[word.shown for word in command.words] for command in commands_of(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("go build -o /x .", ["go", "build", "-o", "/x", "."]),
        ("""echo "a  b" 'c $d' e\\ f""", ["echo", "a  b", "c $d", "e f"]),
        ('go build -ldflags="-s -w" .', ["go", "build", "-ldflags=-s -w", "."]),
        ('echo " $A b "', ["echo", " $A b "]),
        ('echo "\\"q\\" \\$x"', ["echo", '"q" $x']),
        ("echo $'a\\tb'", ["echo", "a\tb"]),
        ('echo ""', ["echo", ""]),
        ("echo {a,b} *.go ~/x 12", ["echo", "{a,b}", "*.go", "~/x", "12"]),
        ("\n\n  ls  \n", ["ls"]),
        ("[ -f x ]", ["[", "-f", "x"]),
        ("é ü", ["é", "ü"]),
        ("cd $A/$B/c", ["cd", "$A/$B/c"]),
        ("$A-$B.x é$C-$1-$D/e 2", ["$A-$B.x", "é$C-$1-$D/e", "2"]),
        ("awk '{print $1, $A/$B/c}' \\$A $$B", ["awk", "{print $1, $A/$B/c}", "$A", "$$B"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert shown(text) == [words]


def test_variables_beside_each_other() -> None:
    command = only("U=é$A/$B/c go $C > $A-$B/d")
    assert [(a.name, a.value.shown, a.start, a.end) for a in command.assignments] == [
        ("U", "é$A/$B/c", 0, 10)
    ]
    assert [word.shown for word in command.words] == ["go", "$C"]
    (redirection,) = command.redirections
    assert redirection.target is not None
    assert redirection.target.text == "$A-$B/d"
    assert [part.name for part in redirection.target.parts] == ["A", "", "B", ""]


@pytest.mark.parametrize(
    ("text", "operators", "following"),
    [
        ("a && b || c; d", ["", "&&", "||", ";"], ["&&", "||", ";", ""]),
        ("a | b |& c", ["", "|", "|&"], ["|", "|&", ""]),
        ("a & b", ["", "&"], ["&", ""]),
        ("a\nb", ["", ";"], [";", ""]),
        ("a > x && b", ["", "&&"], ["&&", ""]),
        ("cat <<E && b\nx\nE\n", ["", "&&"], None),
    ],
)
def test_operators(text: str, operators: list[str], following: list[str] | None) -> None:
    commands = commands_of(text)
    assert [command.operator for command in commands] == operators
    if following is not None:
        assert [command.following for command in commands] == following


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("(a)", ("subshell",)),
        ("{ a; }", ("group",)),
        ("! a", ("negated",)),
        ("if a; then b; fi", ("condition",)),
        ("while a; do b; done", ("condition",)),
        ("for i in x; do a; done", ()),
        ("f() { a; }", ("function", "group")),
        ("case x in y) a;; esac", ("case",)),
        ("echo $(a)", ("substitution",)),
        ("echo `a`", ("substitution",)),
        ('A="$(a)"', ("substitution",)),
        ("cat <(a)", ("substitution",)),
    ],
)
def test_the_first_is_in(text: str, around: tuple[str, ...]) -> None:
    assert commands_of(text)[0].around == around


def test_branches_and_loops() -> None:
    told = {c.name: c.around for c in commands_of("if a; then b; elif c; then d; else e; fi")}
    assert told == {
        "a": ("condition",),
        "b": ("branch",),
        "c": ("branch", "condition"),
        "d": ("branch", "branch"),
        "e": ("branch",),
    }
    assert commands_of("for i in 1 2; do a; done")[1].around == ("loop",)


@pytest.mark.parametrize(
    ("text", "certain"),
    [("a && b", True), ("a || b", False), ("if x; then b; fi", False), ("x; (b)", True)],
)
def test_certainty(text: str, certain: bool) -> None:
    assert next(c for c in commands_of(text) if c.name == "b").is_certain is certain


def test_assignments() -> None:
    command = only('A=1 B="x $C" C= go build')
    assert [(a.name, a.value.shown) for a in command.assignments] == [
        ("A", "1"),
        ("B", "x $C"),
        ("C", ""),
    ]
    assert command.assignments[1].value.variables == ("C",)
    alone = only("A=1 B+=2")
    assert alone.words == () and [a.append for a in alone.assignments] == [False, True]
    exported = only("export A=1 B")
    assert exported.exports and exported.name == "export"
    loop = commands_of("for i in a $(b); do c; done")[0]
    assert [word.text for word in loop.assignments[0].choices] == ["a", "$(b)"]


def test_redirections() -> None:
    command = only("a > x 2>&1 < y >> $Z")
    assert [(r.operator, r.target and r.target.shown) for r in command.redirections] == [
        (">", "x"),
        (">&", "1"),
        ("<", "y"),
        (">>", "$Z"),
    ]
    assert command.redirections[1].descriptor == 2
    written = only("cat <<EOF > /x\nline\nEOF\n")
    assert [r.operator for r in written.redirections] == ["<<", ">"]
    assert written.redirections[0].body == "line\n"


def test_scopes() -> None:
    outer, inner, last = commands_of("a; (b); c")
    assert outer.scope == last.scope == () and len(inner.scope) == 1
    left, right = commands_of("a | b")
    assert left.scope != right.scope and left.pipeline == right.pipeline
    one, two = commands_of("a; b")
    assert one.pipeline != two.pipeline


@pytest.mark.parametrize(
    ("text", "words", "names"),
    [
        ("sudo -E -u me apt-get update", ["apt-get", "update"], []),
        ("env -u X A=1 B=2 go build", ["go", "build"], ["A", "B"]),
        ("time -f %e go test", ["go", "test"], []),
        ("exec /app", ["/app"], []),
        ("nice -n 5 timeout -k 1 60 go vet", ["go", "vet"], []),
        ("xargs -n 1 go install", ["go", "install"], []),
        ("gosu app /app", ["/app"], []),
        ("C=1 sudo D=2 env E=3 x", ["x"], ["C", "D", "E"]),
        ("sudo", ["sudo"], []),
        ("go build", ["go", "build"], []),
    ],
)
def test_wrappers(text: str, words: list[str], names: list[str]) -> None:
    plain = unwrapped(only(text))
    assert [word.shown for word in plain.words] == words
    assert [assignment.name for assignment in plain.assignments] == names


@pytest.mark.parametrize(
    ("text", "script", "start"),
    [
        ("sh -c 'go build'", "go build", 7),
        ('/bin/bash -ec "go build"', "go build", 15),
        ('sh -c "a \\"b\\""', 'a "b"', None),
        ("eval 'x y'", "x y", 6),
        ("sh script.sh", None, None),
        ("go build -c x", None, None),
        ("sh -c", None, None),
    ],
)
def test_scripts(text: str, script: str | None, start: int | None) -> None:
    found = script_of(only(text))
    assert (found.text if found else None) == script
    assert (found.start if found else None) == start


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("set -eux", {"e", "u", "x"}, set()),
        ("set -o pipefail +x", {"pipefail"}, {"x"}),
        ("set -euo pipefail", {"e", "u", "pipefail"}, set()),
        ("set -o errexit", {"e"}, set()),
        ("set --", set(), set()),
    ],
)
def test_options(text: str, on: set[str], off: set[str]) -> None:
    assert shell_options(only(text)) == (frozenset(on), frozenset(off))


def test_what_cannot_be_read() -> None:
    assert commands_of("") == commands_of(" \n ") == commands_of("a\0b") == ()
    assert commands_of("a; " * 40_000) == ()
    assert any(command.broken for command in commands_of("go build ${a$b}"))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab é\u20ac$\"'\\`(){}[]<>|&;=#\n\t-/", max_size=40))
def test_places(text: str) -> None:
    for command in commands_of(text):
        assert 0 <= command.start <= command.end <= len(text)
        for word in command.words:
            assert text[word.start : word.end] == word.text
