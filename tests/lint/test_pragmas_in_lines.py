"""Where comments count in YAML, Go and other files that are read line by line."""

from __future__ import annotations

import pytest

from gotare.lint.pragmas import pragmas_of
from gotare.lint.rule import Kind


def ranges(kind: Kind, text: str) -> list[tuple[int, int]]:
    return [(pragma.first, pragma.last) for pragma in pragmas_of(kind, text, None)]


YAML = """services:
  # gotare: ignore=a
  api:
    image: x

    ports: [1]
  db:
    image: y  # gotare: ignore=b reason
    # gotare: ignore=c
    # and why

    environment:
      A: b
# gotare: ignore=d
"""


def test_in_yaml_a_comment_counts_for_the_block() -> None:
    assert ranges("compose", YAML) == [(3, 6), (8, 8), (12, 13), (14, 14)]


def test_in_a_list_a_comment_counts_for_the_item() -> None:
    text = "a:\n  # gotare: ignore=x\n  - name: b\n    c: d\n  - name: e\n"
    assert ranges("kubernetes", text) == [(3, 4)]


def test_in_go_a_comment_counts_for_the_next_line_or_its_own() -> None:
    text = "package main\n\n// gotare: ignore=x\nfunc a() {\n\tb() // gotare: ignore=y z\n}\n"
    assert ranges("go", text) == [(4, 4), (5, 5)]
    assert ranges("go", 'const a = "# gotare: ignore=x"\n') == []


def test_in_a_makefile_and_an_ignore_file() -> None:
    assert ranges("makefile", "# gotare: ignore=x\nbuild:\n\tgo build\n") == [(2, 2)]
    assert ranges("dockerignore", "# gotare: ignore=x\n*.md\n") == [(2, 2)]


@pytest.mark.parametrize("text", ["a: b#gotare: ignore=x\n", 'a: "gotare: ignore=x"\n', ""])
def test_what_is_no_comment(text: str) -> None:
    assert ranges("compose", text) == []


def test_zizmor_names_its_audits_in_brackets() -> None:
    (pragma,) = pragmas_of("workflow", "a:\n  uses: b@v1 # zizmor: ignore[unpinned-uses]\n", None)
    assert (pragma.tool, pragma.names, pragma.first) == ("zizmor", ("unpinned-uses",), 2)


def test_the_place_of_a_pragma_is_its_comment() -> None:
    text = "a: b # gotare: ignore=x why\n"
    (pragma,) = pragmas_of("compose", text, None)
    assert text[pragma.span.start : pragma.span.end] == "# gotare: ignore=x why"
