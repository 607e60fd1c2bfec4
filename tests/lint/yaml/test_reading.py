"""YAML becomes nodes that know their places; what is wrong is told, and the rest is read."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.yaml.nodes import NOTHING, Node, scalars
from gotare.lint.yaml.reading import MAX_LENGTH, errors_of, read

TEXT = """\
# services
base: &base
  image: "a:1"  # quoted
  ports:
  - 80:80
  - '1:1'
web:
  <<: *base
  run: |
    one
      two

  flow: {a: [1, 2], b: }
  empty:
  tagged: !!str &anchor yes
  again: *anchor
"""


def part(text: str, span: Span) -> str:
    return text[span.start : span.end]


def test_every_value_has_its_place() -> None:
    web = read(TEXT).first["web"]
    for path, written in [
        (("image",), '"a:1"'),
        (("ports", 0), "80:80"),
        (("ports", 1), "'1:1'"),
        (("run",), "|\n    one\n      two"),
        (("flow",), "{a: [1, 2], b: }"),
        (("flow", "a", 1), "2"),
        (("tagged",), "yes"),
        (("again",), "yes"),
    ]:
        assert part(TEXT, web.at(*path).span) == written


def test_an_entry_reaches_from_its_key_to_its_value() -> None:
    web = read(TEXT).first["web"]
    assert part(TEXT, web.place("flow")) == "flow: {a: [1, 2], b: }"
    assert part(TEXT, web.place("again")) == "again: *anchor"
    assert part(TEXT, web.entries["empty"].key.span) == "empty"
    assert web.place("absent") == web.span


def test_merge_keys_are_merged_and_own_ones_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n"
    merged = read(text).first["c"]
    assert {name: entry.value.text for name, entry in merged.entries.items()} == {
        "x": "3",
        "y": "1",
        "z": "2",
    }
    assert [name for name, entry in merged.entries.items() if entry.merged] == ["y", "z"]
    assert [entry.name for entry in merged.own] == ["<<", "x"]


def test_what_is_not_there_is_false_and_can_be_asked_again() -> None:
    node = read("a: [1]").first
    assert node.at("a", 0).text == "1"
    for nothing in (node["b"], node["b"]["c"], node.at("a", 7), node.at("a", 0)["x"][3]):
        assert nothing is NOTHING
        assert not nothing
        assert (nothing.text, nothing.boolean, nothing.number, nothing.strings) == (
            "", None, None, (),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "boolean", "number", "string"),
    [
        ("true", True, None, "true"),
        ("No", False, None, "No"),
        ("'on'", True, None, "on"),
        ("0", None, 0, "0"),
        ('"-12"', None, -12, "-12"),
        ("~", None, None, ""),
        ("''", None, None, ""),
        ("1.5", None, None, "1.5"),
        ("9" * 30, None, None, "9" * 30),
    ],
)
def test_scalars(text: str, boolean: bool | None, number: int | None, string: str) -> None:
    node = read(f"a: {text}").first["a"]
    assert (node.boolean, node.number, node.text) == (boolean, number, string)


def test_documents_are_read_one_by_one() -> None:
    stream = read("---\na: 1\n---\n\n---\nb: 2\n...\n---\nc: 3\n")
    assert [list(document.entries) for document in stream.documents] == [["a"], ["b"], ["c"]]
    assert stream.problems == ()


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: 1\n\tb: 2\n", "a tab indents this line", "\tb: 2"),
        ("a: [1, 2\nb: 3\n", "flow sequence", ": 3"),
        ("a: 'x\n", "quoted scalar", ""),
        ("a: \x01\n", "a character that YAML does not allow", "\x01"),
        ("a: 1\n b: 2\n", "mapping values are not allowed", ": 2"),
        ("a: *nothing\nb: @x\n", "cannot start any token", "@x"),
    ],
)
def test_what_is_broken_is_told_with_its_place(text: str, message: str, place: str) -> None:
    (problem,) = errors_of(read(text).problems)
    assert message in problem.message
    assert part(text, problem.span).startswith(place)
    assert problem.hint


def test_a_broken_document_leaves_the_others() -> None:
    text = "a: 1\n---\nb: [1\n---\nc: {x: 1}}\n---\nd: 4\n"
    stream = read(text)
    assert [list(document.entries) for document in stream.documents] == [["a"], ["d"]]
    assert len(stream.problems) == 2


def test_a_key_that_is_there_twice_is_told_and_the_last_one_counts() -> None:
    text = "a:\n  x: 1\n  y: 2\n  x: 3\n"
    stream = read(text)
    (problem,) = stream.problems
    assert (problem.kind, problem.message) == ("duplicate", "the key x is there twice")
    assert problem.span == Span(text.rindex("x"), text.rindex("x") + 1)
    assert stream.first.at("a", "x").number == 3
    assert errors_of(stream.problems) == ()


# bombs


def test_what_refers_to_itself_ends() -> None:
    node = read("a: &a [*a, {b: *a}]\nc: &c\n  <<: *c\n  d: 1\n").first
    assert [scalar.value for scalar in scalars(node)][:1] == ["a"]
    assert node["c"]["d"].number == 1


def test_laughs_stay_as_they_are_written() -> None:
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    stream = read("\n".join(lines))
    assert stream.problems == ()
    assert sum(1 for _ in scalars(stream.first)) == 41


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 5000, "nested more than"),
        ("a: " + "{a: " * 5000, "nested more than"),
        ("- x\n" * 210_000, "more than 200,000 values"),
        ("x" * (MAX_LENGTH + 1), "characters"),
    ],
)
def test_what_is_too_much_is_told(text: str, message: str) -> None:
    (problem,) = read(text).problems
    assert problem.kind == "bomb"
    assert message in problem.message


def test_merging_over_and_over_is_told() -> None:
    wide = ", ".join(f"k{n}: 1" for n in range(2000))
    text = f"a: &a {{{wide}}}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(200))
    assert "merge" in read(text).problems[0].message


# properties

PIECES = st.sampled_from([
    "a", "b:", ": ", "- ", "\n", "  ", "\t", "'", '"', "|", ">", "&x ", "*x", "<<: ", "{", "}",
    "[", "]", ",", "#", "---\n", "...\n", "!!str ", "%", "é", "\u2028", "\ufeff", "\r\n", "\x00",
    "\ud800", "1", "true", "? ",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@example("\ufeffa: 1\n")
@example("? \n: \n")
def test_reading_never_fails_and_places_lie_in_the_text(text: str) -> None:
    stream = read(text)
    for problem in stream.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for document in stream.documents:
        for node in [document, *scalars(document)]:
            assert 0 <= node.span.start <= node.span.end <= len(text)


VALUES = st.recursive(
    st.text("abc é\U0001f600-:#'\"{}[]", max_size=8) | st.integers(-99, 99),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), VALUES, min_size=1), st.booleans())
def test_it_reads_what_others_write(value: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    stream = read(text)
    assert stream.problems == ()
    assert plain(stream.first) == value
    for scalar in scalars(stream.first):
        written = part(text, scalar.span)
        assert "\n" in written or yaml.load(written, yaml.BaseLoader) == scalar.value


def plain(node: Node) -> object:
    if node.kind == "mapping":
        return {name: plain(entry.value) for name, entry in node.entries.items()}
    if node.kind == "sequence":
        return [plain(item) for item in node]
    is_number = node.is_plain and node.number is not None
    return node.number if is_number else node.value


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cn", "Cs"]), max_size=5)


@given(st.recursive(PRINTABLE, lambda inner: st.lists(inner, max_size=3), max_leaves=9))
def test_json_is_yaml(value: object) -> None:
    assert plain(read(json.dumps({"a": value}, ensure_ascii=False)).first["a"]) == value
