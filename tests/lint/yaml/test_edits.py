"""Edits of YAML change one thing and keep the style of the rest."""

from __future__ import annotations

import pytest

from gotare.findings import Edit
from gotare.lint.repair import apply_edits
from gotare.lint.yaml.edits import add_before, add_entry, quoted, remove_entry, replace
from gotare.lint.yaml.reading import read


def applied(text: str, edit: Edit | None) -> str:
    assert edit is not None
    return apply_edits(text, [edit])


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a:\n  x: 1\n", "a:\n  x: 1\n  y: 2\n"),
        ("a:\n  x: 1 # why\n\nb: 1\n", "a:\n  x: 1 # why\n  y: 2\n\nb: 1\n"),
        ("a:\n    x: |\n      text\n\nb: 1\n", "a:\n    x: |\n      text\n    y: 2\n\nb: 1\n"),
        ("a:\n  x:\n  - 1\n  - 2", "a:\n  x:\n  - 1\n  - 2\n  y: 2"),
        ("a:\n  x:\nb: 1\n", "a:\n  x:\n  y: 2\nb: 1\n"),
        ("a:\r\n  x: 1\r\nb: 1\r\n", "a:\r\n  x: 1\r\n  y: 2\r\nb: 1\r\n"),
        ("a: {x: 1}\n", "a: {x: 1, y: 2}\n"),
        ("a: { x: 1 } # why\n", "a: { x: 1, y: 2 } # why\n"),
        ("a: {}\n", "a: {y: 2}\n"),
        ("a:\n  <<: &m {z: 1}\n", "a:\n  <<: &m {z: 1}\n  y: 2\n"),
    ],
)
def test_an_entry_is_added_behind_the_others(text: str, after: str) -> None:
    assert applied(text, add_entry(text, read(text).first["a"], ["y: 2"])) == after
    assert read(after).first["a"]["y"].number == 2


def test_lines_keep_their_own_indentation() -> None:
    text = "- name: x\n  image: y\n- name: z\n"
    edit = add_entry(text, read(text).first[0], ["securityContext:", "  runAsNonRoot: true"])
    after = applied(text, edit)
    assert after.splitlines()[2:4] == ["  securityContext:", "    runAsNonRoot: true"]
    assert read(after).first[0].at("securityContext", "runAsNonRoot").boolean is True


@pytest.mark.parametrize("text", ["a: 1\n", "a: [1]\n", "a: {x: 1,\n  z: 2}\n"])
def test_no_entry_is_added_where_none_fits(text: str) -> None:
    assert add_entry(text, read(text).first["a"], ["y: 2"]) is None


def test_several_lines_do_not_go_into_brackets() -> None:
    text = "a: {x: 1}\n"
    assert add_entry(text, read(text).first["a"], ["y:", "  z: 2"]) is None


def test_two_edits_of_one_mapping_touch() -> None:
    text = "a:\n  x: 1\n"
    first, second = (add_entry(text, read(text).first["a"], [line]) for line in ("y: 2", "z: 3"))
    assert first is not None
    assert second is not None
    assert first.start < second.end
    assert second.start < first.end


def test_an_entry_is_added_before_another() -> None:
    text = "# top\non: push\n\njobs: {}\n"
    edit = add_before(text, read(text).first, "jobs", ["permissions:", "  contents: read"])
    assert applied(text, edit) == ("# top\non: push\n\npermissions:\n  contents: read\njobs: {}\n")
    assert add_before(text, read(text).first, "absent", ["x: 1"]) is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('version: "3" # old\na: 1\n', "a: 1\n"),
        ("a: 1\nversion: 3", "a: 1\n"),
        ("version: |\n  3\na: 1\n", "a: 1\n"),
        ("\ufeffversion: 3\r\na: 1\r\n", "\ufeffa: 1\r\n"),
    ],
)
def test_an_entry_is_removed_with_its_line(text: str, after: str) -> None:
    assert applied(text, remove_entry(text, read(text).first.entries["version"])) == after


def test_what_shares_its_line_is_not_removed() -> None:
    text = "{version: 3, a: 1}\n"
    assert remove_entry(text, read(text).first.entries["version"]) is None


def test_scalars_are_quoted_and_replaced() -> None:
    text = "- 22:22 # ssh\n- C:\\x\n"
    nodes = read(text).first
    assert applied(text, quoted(nodes[0])) == '- "22:22" # ssh\n- C:\\x\n'
    after = applied(text, quoted(nodes[1]))
    assert read(after).first[1].value == "C:\\x"
    assert applied(text, replace(nodes[0], "1")) == "- 1 # ssh\n- C:\\x\n"
