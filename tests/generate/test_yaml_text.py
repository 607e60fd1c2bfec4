"""What is written reads back equal, with readers of YAML 1.1 and of YAML 1.2."""

from __future__ import annotations

import io
from typing import Any

import pytest
import ruamel.yaml
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gotare.generate.yaml_text import Alias, Anchored, Commented, Flow, comment, scalar, to_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SPECIAL = """
    y n yes no on off true false null ~ YES No oN 0755 0o17 1e3 1_000 08:30 1:30:00 .5 .inf -.INF
    0x1f 0b11 2001-12-14 2001-12-14t21:59:43.10-05:00 = << - -- --- ... ? : & * ! | > % @ ` a: a:b
    a:/b :a #a a#b {} [] {a [a ]a }a ,a a,b 'a "a \\ <a <<a e1 1e E3 +1 -1 +.e 1. 1.e+3 ./a /a ../a
    ${A:?b} $$ a=b %a @a localhost:6379 50m 256Mi 8080:8080 None NULL Null nUll .NaN
"""
WORDS = st.sampled_from(SPECIAL.split())
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), TEXT, WORDS)
KEYS = st.one_of(TEXT, WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


def read_1_1(text: str) -> Any:
    return yaml.safe_load(text)


def read_1_2(text: str) -> Any:
    return ruamel.yaml.YAML(typ="safe", pure=True).load(io.StringIO(text))


def read(text: str) -> Any:
    """Read with both, which must agree."""
    found = read_1_1(text)
    assert read_1_2(text) == found
    return found


@given(DOCUMENTS)
def test_what_is_written_reads_back_equal(document: dict[str, Any]) -> None:
    assert read(to_yaml(document)) == document


@given(DOCUMENTS, TEXT, TEXT, TEXT, st.booleans())
def test_comments_change_nothing(
    document: dict[str, Any], above: str, beside: str, below: str, blank: bool
) -> None:
    def noted(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: noted(item) for key, item in value.items()}
        elif isinstance(value, list):
            value = [noted(item) for item in value]
        return Commented(value, above, beside, blank)

    marked = {key: noted(value) for key, value in document.items()}
    assert read(to_yaml(marked, above, below)) == document


@given(st.lists(SCALARS, max_size=5))
@example(["yes", "a, b", "]", "*"])
def test_lists_on_one_line(items: list[Any]) -> None:
    text = to_yaml({"a": Flow(items)})
    assert text.count("\n") == 1
    assert read(text) == {"a": items}


@given(TEXT | WORDS)
def test_plain_strings_are_strings_for_everybody(text: str) -> None:
    assert read(f"a: {scalar(text)}\n") == {"a": text}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("info", "info"),
        ("postgres:18-alpine", "postgres:18-alpine"),
        ("/var/lib/postgresql", "/var/lib/postgresql"),
        ("app.kubernetes.io/name", "app.kubernetes.io/name"),
        ("yes", '"yes"'),
        ("Off", '"Off"'),
        ("0755", '"0755"'),
        ("08:30", '"08:30"'),
        ("1e3", '"1e3"'),
        ("256Mi", '"256Mi"'),
        ("", '""'),
        ("two\nlines", '"two\\nlines"'),
        ('a "quoted" \\ word', '"a \\"quoted\\" \\\\ word"'),
        ("\x85\u2028\ufeff", '"\\u0085\\u2028\\ufeff"'),
        ("Grüße", '"Grüße"'),
        (True, "true"),
        (8080, "8080"),
    ],
)
def test_quotes(value: Any, written: str) -> None:
    assert scalar(value) == written


def test_anchors_are_repeated() -> None:
    text = to_yaml({"x": Anchored("one", {"a": "b"}), "z": {"a": Alias("one")}, "w": Alias("one")})
    assert text == "x: &one\n  a: b\nz:\n  a: *one\nw: *one\n"
    assert read(text) == {"x": {"a": "b"}, "z": {"a": {"a": "b"}}, "w": {"a": "b"}}


def test_the_whole_look() -> None:
    document = {
        "services": {
            "api": Commented(
                {
                    "ports": [Commented({"target": 8080, "mode": "host"}, "main.go:44")],
                    "test": Flow(["CMD", "yes"]),
                    "nothing": None,
                    "rules": [["a"], {}],
                },
                "The service.",
            ),
            "db": Commented({"image": Commented("redis", beside="a cache")}, blank=True),
        }
    }
    assert to_yaml(document, "Above.", "Below:\n  kept   as it is") == (
        "# Above.\n"
        "\n"
        "services:\n"
        "  # The service.\n"
        "  api:\n"
        "    ports:\n"
        "      # main.go:44\n"
        "      - target: 8080\n"
        "        mode: host\n"
        '    test: ["CMD", "yes"]\n'
        "    nothing: null\n"
        "    rules:\n"
        "      -\n"
        "        - a\n"
        "      - {}\n"
        "\n"
        "  db:\n"
        "    image: redis # a cache\n"
        "\n"
        "# Below:\n"
        "#   kept   as it is\n"
    )


def test_long_comments_are_broken_and_strange_characters_shown_as_such() -> None:
    lines = comment("word " * 60 + "a\tb\x1b", "    ")
    assert len(lines) > 2
    assert all(line.startswith("    # word") and len(line) <= 100 for line in lines)
    assert lines[-1].endswith("a?b?")
    assert comment("") == []


@pytest.mark.parametrize("value", [1.5, b"a", object()])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no YAML for"):
        to_yaml({"a": value})
