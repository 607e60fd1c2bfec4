"""What the user wrote between markers is there after regeneration, at its place, or nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import WriteError
from gotare.writing.markers import is_kept_whole, merge

GENERATED = "# head\nFROM golang\nRUN go build\nFROM static\nUSER 65532\n"


def block(name: str, *lines: str) -> str:
    return "\n".join([f"# gotare: keep begin {name}", *lines, "# gotare: keep end", ""])


def test_without_blocks_the_new_text_is_taken() -> None:
    assert merge("anything\n", GENERATED, "Dockerfile").text == GENERATED


def test_a_block_between_lines_stays_between_them() -> None:
    mine = block("tools", "RUN apk add git")
    old = GENERATED.replace("RUN go build\n", mine + "RUN go build\n")
    new = GENERATED.replace("USER 65532\n", "USER 1000\nEXPOSE 80\n")
    merged = merge(old, new, "Dockerfile")
    assert merged.text == new.replace("RUN go build\n", mine + "RUN go build\n")
    assert (merged.kept, merged.replaced) == (("tools",), ())


def test_a_block_around_a_generated_line_replaces_it() -> None:
    mine = block("user", "USER 1234")
    old = GENERATED.replace("USER 65532\n", mine)
    merged = merge(old, GENERATED, "Dockerfile")
    assert merged.text == old
    assert merged.replaced == (("user", ("USER 65532",)),)


def test_a_block_among_changed_lines_keeps_its_place_among_them() -> None:
    old = GENERATED.replace("RUN go build\n", block("x", "ENV A=1") + "RUN go build\n")
    new = GENERATED.replace("FROM golang\n", "FROM golang:2\n").replace("RUN go", "RUN -x go")
    wanted = new.replace("RUN -x go", block("x", "ENV A=1") + "RUN -x go")
    assert merge(old, new, "Dockerfile").text == wanted


def test_a_named_place_in_the_new_text_is_taken_wherever_it_is() -> None:
    place = block("steps")
    mine = block("steps", "- run: make extra")
    old = "a\nb\n" + mine + "c\n"
    assert merge(old, "c\nnew\n" + place, "ci.yml").text == "c\nnew\n" + mine


def test_blocks_at_one_place_keep_their_order() -> None:
    both = block("one", "1") + block("two", "2")
    old = "a\n" + both + "b\n"
    assert merge(old, "a\nb\nc\n", "f").text == "a\n" + both + "b\nc\n"


@pytest.mark.parametrize(
    "new", ["", "other\n", "# head\nFROM x\nRUN y\nRUN z\nFROM static\nUSER 65532\n"]
)
def test_a_place_that_is_gone_is_an_error(new: str) -> None:
    old = GENERATED.replace("RUN go build\n", block("x", "ENV A=1") + "RUN go build\n")
    with pytest.raises(WriteError, match=r"Dockerfile:3: the place of the block 'x'") as caught:
        merge(old, new, "Dockerfile")
    assert "nothing was written" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# gotare: keep begin a\n", "the block 'a' has no end"),
        ("# gotare: keep end\n", "keep end"),
        ("# gotare: keep begin\nx\n# gotare: keep end\n", "keep begin"),
        (block("a", *block("b").split("\n")), "keep begin b"),
        (block("a") + block("a"), "a second block called 'a'"),
        ("# gotare: keep beginn a\n", "keep beginn a"),
        ("# gotare: keep begin a\n# gotare: keep end b\n", "keep end b"),
    ],
)
def test_wrong_markers_are_errors_with_their_line(text: str, words: str) -> None:
    with pytest.raises(WriteError, match=words) as caught:
        merge(text, "new\n", "f.yml")
    assert caught.value.message.startswith("f.yml:")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "path", "kept"),
    [
        ("a\n# gotare: keep\n", "Makefile", True),
        ("  ## gotare: keep  \n", "a.yaml", True),
        ("a # gotare: keep\n", "a.yaml", False),
        ("# gotare: keeper\n", "a.yaml", False),
        ("# gotare: keep begin x\n", "a.yaml", False),
        ("<!-- gotare: keep -->\n", "docs/a.md", True),
        ("# gotare: keep\n", "docs/a.md", False),
        ("<!-- gotare: keep -->\n", "a.yaml", False),
    ],
)
def test_whole_files(text: str, path: str, kept: bool) -> None:
    assert is_kept_whole(text, path) == kept


LINES = st.lists(st.sampled_from(["a", "b", "c", "{}", "-", "#", "", "  x: 1"]), max_size=12)
OWN = st.lists(st.text("abcxyz :#-\t", max_size=8), max_size=3)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A generated text, and that text with blocks that were put in or wrapped around lines."""
    lines = draw(LINES)
    edited: list[str] = []
    position = number = 0
    while position < len(lines):
        if draw(st.booleans()):
            edited.append(lines[position])
            position += 1
            continue
        number += 1
        edited += block(f"b{number}", *draw(OWN)).split("\n")[:-1]
        position += draw(st.integers(0, 2))
        if position < len(lines):
            edited.append(lines[position])
            position += 1
    return "\n".join([*lines, ""]), "\n".join([*edited, ""])


@given(edits())
def test_regenerating_the_same_changes_nothing(texts: tuple[str, str]) -> None:
    """Either the file stays as the user left it, or, where repeated lines make the place unclear,
    nothing is written. Blocks are never lost."""
    generated, edited = texts
    try:
        merged = merge(edited, generated, "f")
    except WriteError:
        return
    blocks = [part.split("# gotare: keep end")[0] for part in edited.split("keep begin")[1:]]
    assert [
        part.split("# gotare: keep end")[0] for part in merged.text.split("keep begin")[1:]
    ] == (blocks)


UNIQUE = st.lists(st.integers(0, 60), unique=True, min_size=3, max_size=15)


@given(UNIQUE, st.data())
def test_the_users_file_comes_back_where_lines_differ(
    numbers: list[int], data: st.DataObject
) -> None:
    lines = [f"line {number}" for number in numbers]
    start = data.draw(st.integers(1, len(lines) - 1))
    end = data.draw(st.integers(start, len(lines) - 1))
    mine = block("own", *data.draw(OWN)).split("\n")[:-1]
    edited = "\n".join([*lines[:start], *mine, *lines[end:], ""])
    merged = merge(edited, "\n".join([*lines, ""]), "f")
    assert merged.text == edited
    assert sum(len(gone) for _, gone in merged.replaced) == end - start


@given(UNIQUE, st.data())
def test_what_changes_elsewhere_is_taken(numbers: list[int], data: st.DataObject) -> None:
    lines = [f"line {number}" for number in numbers]
    at = data.draw(st.integers(1, len(lines) - 1))
    mine = block("own", *data.draw(OWN)).split("\n")[:-1]
    top, bottom = data.draw(LINES), data.draw(LINES)
    edited = "\n".join([*lines[:at], *mine, *lines[at:], ""])
    merged = merge(edited, "\n".join([*top, *lines, *bottom, ""]), "f")
    assert merged.text == "\n".join([*top, *lines[:at], *mine, *lines[at:], *bottom, ""])
