"""Variables are expanded as BuildKit's shell lexer does it."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotare.lint.dockerfile.parse import parse_dockerfile
from gotare.lint.dockerfile.patterns import Steps, match_end, parse_pattern
from gotare.lint.dockerfile.variables import Expanded, expand, expand_content, expandable
from tests.lint.dockerfile.buildkit import Oracle

ENV = {"A": "banana", "E": "", "P": "/foo/bar.tar.gz", "S": "a b", "é": "ü"}

WORDS = {
    "plain": "plain",
    "$A": "banana",
    "${A}": "banana",
    "x$A.y": "xbanana.y",
    "$U": "",
    "[$é]": "[ü]",
    "${U:-d}": "d",
    "${E:-d}": "d",
    "${E-d}": "",
    "${A:-d}": "banana",
    "${A:+d}": "d",
    "${E:+d}": "",
    "${E+d}": "d",
    "${U+d}": "",
    "${A:?e}": "banana",
    "${U:-${V:-${A}}}": "banana",
    '${U:-"a b"}': "a b",
    "${U:-'$A'}": "$A",
    "${A#*a}": "nana",
    "${A##*a}": "",
    "${A%a*}": "banan",
    "${A%%a*}": "b",
    "${P##*/}": "bar.tar.gz",
    "${P%/*}": "/foo",
    "${P%%.*}": "/foo/bar",
    "${P#?foo}": "/bar.tar.gz",
    "${A#'*'}": "banana",
    "${A/a/o}": "bonana",
    "${A//a/o}": "bonono",
    "${A//a/}": "bnn",
    "${P//\\//-}": "-foo-bar.tar.gz",
    "${A//?/.}": "......",
    "${A//an/<$E>}": "b<><>a",
    "\\$A": "$A",
    "'$A'": "$A",
    '"$A"': "banana",
    '"\\$A \\" \\n"': '$A " \\n',
    "a\\ b": "a b",
    "$": "$",
    "$(a)": "$(a)",
    "$$": "",
    "a$1b": "ab",
}
ERRORS = ("${A", "${}", "${:a}", "${A!}", "${A:=b}", "${U:?gone}", "${E:?}", "'a", '"a', "${A#\\x}")


@pytest.mark.parametrize("word", WORDS)
def test_words(word: str) -> None:
    assert expand(word, ENV).text == WORDS[word]


@pytest.mark.parametrize("word", ERRORS)
def test_errors(word: str) -> None:
    found = expand(word, ENV)
    assert found.text is None
    assert found.error


def test_the_message_of_a_word() -> None:
    assert expand("${U:?give it}", ENV).error == "U: give it"


def test_names() -> None:
    found = expand("$A${U:-$V}$A", ENV)
    assert (found.text, found.used) == ("bananabanana", ("A", "V", "U"))
    assert found.undefined == ("V", "U")


def test_unknown_values() -> None:
    env = {"A": None, "B": "b"}
    assert expand("$A-$B", env) == Expanded(None, ("A", "B"))
    assert expand("${A:-c}", env).text is None
    assert expand("${A:?c}", env).error == ""
    assert expand("$B", env).text == "b"


def test_backtick_escapes() -> None:
    assert expand("c:\\a`$A`", {"A": "b"}, "`").text == "c:\\a$A"


def test_content_of_heredocs() -> None:
    assert expand_content("echo '$A' \"b\"\n\\$A\n", ENV).text == "echo 'banana' \"b\"\n$A\n"


def test_words_of_a_value() -> None:
    assert expand("$S c", ENV).words == ("a", "b", "c")
    assert expand('"$S" c', ENV).words == ("a b", "c")
    # BuildKit loses what stands before braces with an operator, and gotare says so.
    assert expand("$A${U:-b}", ENV).words == ("b",)


BOMBS = {
    "doubled": ('"' + "$A" * 30_000 + '"', "x" * 60_000),
    "nested": ("${U:-" * 12_000, ""),
    "deep": ("${U:-" * 200 + "}" * 200, ""),
    "replaced": ("${A//?/$A}$A", "x" * 2_000),
    "stars": ("${A//*a*a*a*a*b/}" * 100, "a" * 300),
    "trimmed": ("${A%%*b}" * 5_000, "a" * 60_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    word, value = BOMBS[name]
    found = expand(word, {"A": value})
    assert found.text is None
    assert found.error


SCRAPS = (*WORDS, *ERRORS, '"', "'", "\\", "`", "{", "}", " ", "\t", "/", "<<", "<< a", "\u00a0")


def words(chance: random.Random) -> list[tuple[str, dict[str, str], str]]:
    """Return words of a few scraps, some with one more character."""
    made = []
    for _ in range(1500):
        word = "".join(chance.choice(SCRAPS) for _ in range(chance.randint(1, 4)))
        if chance.random() < 0.3:
            at = chance.randint(0, len(word))
            word = word[:at] + chance.choice("${}:-+?#%/\\\"'*?a ") + word[at:]
        made.append((word, ENV, chance.choice("\\\\`")))
    return made


def told(found: Expanded) -> object:
    """Return what BuildKit tells too."""
    if found.error:
        return "error"
    return found.text, list(found.words), sorted(found.used), sorted(found.undefined)


def told_by(answer: dict[str, object]) -> object:
    """Return the same of BuildKit's answer."""
    if answer["Error"]:
        return "error"
    lists = (answer["Words"] or [], answer["Used"] or [], answer["Undefined"] or [])
    return answer["Text"], *lists


def test_the_table_is_buildkits(oracle: Oracle) -> None:
    answers = oracle.words((word, ENV, "\\") for word in WORDS)
    assert [answer["Text"] for answer in answers] == list(WORDS.values())
    refused = oracle.words((word, ENV, "\\") for word in ERRORS)
    assert all(answer["Error"] for answer in refused)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_words_by_chance(oracle: Oracle, seed: int) -> None:
    asked = words(random.Random(seed))
    for (word, env, escape), answer in zip(asked, oracle.words(asked), strict=True):
        assert told(expand(word, env, escape)) == told_by(answer), word


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_contents_by_chance(oracle: Oracle, seed: int) -> None:
    asked = [(word, env, "\\") for word, env, _ in words(random.Random(seed))]
    for (word, env, _), answer in zip(asked, oracle.words(asked, raw=True), strict=True):
        assert told(expand_content(word, env)) == told_by(answer), word


@given(st.text())
def test_any_text(text: str) -> None:
    found = expand(text, {"a": "b"})
    assert (found.text is None) == bool(found.error)


def matches(parts: tuple[str, ...], value: str) -> bool:
    """Whether a pattern matches all of a value, by trying."""
    if not parts:
        return not value
    if parts[0] == "**":
        return matches(parts[1:], value) or bool(value and matches(parts, value[1:]))
    return bool(value) and parts[0] in (value[0], "??") and matches(parts[1:], value[1:])


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=8), st.booleans())
def test_patterns(pattern: str, value: str, longest: bool) -> None:
    parts = parse_pattern(pattern)
    ends = [end for end in range(len(value) + 1) if matches(parts, value[:end])]
    found = match_end(parts, value, 0, Steps(), longest=longest)
    assert found == (None if not ends else ends[-1 if longest else 0])


LINES = {
    "FROM --platform=$A b AS c": ["$A", "b"],
    "COPY --from=a --chown=b c <<EOF d\nEOF": ["b", "c", "d"],
    'ADD --checksum=a ["b", "c"]': ["a", "b", "c"],
    "ENV A=b C=d": ["A", "b", "C", "d"],
    "ARG A B=c": ["A", "B", "c"],
    "RUN --mount=type=a --network=none b": ["type=a"],
    "CMD a": [],
    "HEALTHCHECK CMD a": [],
    "ONBUILD USER a": [],
    "WORKDIR /a b": ["/a b"],
    "EXPOSE 1 2": ["1", "2"],
}


@pytest.mark.parametrize("line", LINES)
def test_what_is_expanded(line: str) -> None:
    file = parse_dockerfile(f"FROM a\n{line}\n")
    assert [word.text for word in expandable(file.instructions[1])] == LINES[line]
