"""Edits change what they say and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit
from gotare.lint.dockerfile.edit import (
    apply_edits,
    delete,
    indentation,
    insert_after,
    insert_before,
    insert_before_comments,
    insert_words,
    newline,
    replace,
)
from gotare.lint.dockerfile.parse import parse_dockerfile
from gotare.lint.dockerfile.syntax import Dockerfile


def edited(file: Dockerfile, *edits: Edit) -> str:
    """Return the text after edits, none of which is refused."""
    found = apply_edits(file.text, edits)
    assert found.refused == ()
    return found.text


def test_edits_are_sorted() -> None:
    found = apply_edits("abcdef", [Edit(4, 5, "E"), Edit(0, 1, "A"), Edit(2, 2, "-")])
    assert found.text == "Ab-cdEf"
    assert found.refused == ()


def test_overlapping_edits_are_refused() -> None:
    late = Edit(2, 4, "y")
    found = apply_edits("abcdef", [late, Edit(1, 3, "x")])
    assert found.text == "axdef"
    assert found.refused == (late,)


def test_edits_that_touch_are_applied() -> None:
    assert apply_edits("abcd", [Edit(0, 2, "x"), Edit(2, 4, "y")]).text == "xy"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply_edits("ab", [Edit(1, 1, "x"), Edit(1, 1, "y")]).text == "axyb"


def test_an_insertion_comes_before_a_replacement() -> None:
    assert apply_edits("ab", [Edit(1, 2, "B"), Edit(1, 1, "x")]).text == "axB"


def test_the_same_edit_counts_once() -> None:
    assert apply_edits("ab", [Edit(1, 1, "x"), Edit(1, 1, "x")]) == apply_edits(
        "ab", [Edit(1, 1, "x")]
    )


def test_edits_beyond_the_end_are_refused() -> None:
    wrong = (Edit(1, 9, ""), Edit(2, 1, ""))
    assert apply_edits("ab", wrong).refused == wrong


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25))))
def test_what_is_not_edited_stays(text: str, places: list[tuple[int, int]]) -> None:
    edits = [Edit(start, end, "") for start, end in places]
    found = apply_edits(text, edits)
    kept = set(range(len(text)))
    for edit in set(edits) - set(found.refused):
        kept -= set(range(edit.start, edit.end))
    assert found.text == "".join(text[at] for at in sorted(kept))


TEXT = "FROM a\n# why\n  RUN b \\\n    c\nCMD d\n"


def test_replace_a_word() -> None:
    file = parse_dockerfile(TEXT)
    word = file.instructions[0].words[0]
    assert edited(file, replace(word.span, "x:1")) == TEXT.replace("a", "x:1", 1)


def test_insert_lines() -> None:
    file = parse_dockerfile(TEXT)
    run = file.instructions[1]
    assert indentation(file, run) == "  "
    before = edited(file, insert_before(file, run, ["USER e"]))
    assert before == TEXT.replace("  RUN", "  USER e\n  RUN")
    after = edited(file, insert_after(file, run, ["USER e", "USER f"]))
    assert after == TEXT.replace("CMD", "  USER e\n  USER f\nCMD")
    above = edited(file, insert_before_comments(file, run, ["USER e"]))
    assert above == TEXT.replace("# why", "  USER e\n# why")


def test_insert_at_the_end_of_a_file_without_a_line_end() -> None:
    file = parse_dockerfile("FROM a")
    assert edited(file, insert_after(file, file.instructions[0], ["CMD b"])) == "FROM a\nCMD b"


def test_lines_end_as_the_others_do() -> None:
    file = parse_dockerfile("FROM a\r\nCMD b\r\n")
    assert newline(file) == "\r\n"
    text = edited(file, insert_after(file, file.instructions[0], ["USER c"]))
    assert text == "FROM a\r\nUSER c\r\nCMD b\r\n"


def test_byte_order_mark_stays_first() -> None:
    file = parse_dockerfile("\ufeffFROM a\nCMD b\n")
    first = file.instructions[0]
    text = edited(file, insert_before(file, first, ["ARG c"]))
    assert text == "\ufeffARG c\nFROM a\nCMD b\n"
    assert edited(file, delete(file, first)) == "\ufeffCMD b\n"


def test_delete_with_its_comment() -> None:
    file = parse_dockerfile(TEXT)
    run = file.instructions[1]
    assert edited(file, delete(file, run)) == "FROM a\nCMD d\n"
    assert edited(file, delete(file, run, comment=False)) == "FROM a\n# why\nCMD d\n"


def test_a_comment_apart_is_not_deleted() -> None:
    text = "# syntax=a\n# about the file\n\n# about b\nFROM b\n"
    file = parse_dockerfile(text)
    kept = edited(file, delete(file, file.instructions[0]))
    assert kept == "# syntax=a\n# about the file\n\n"


def test_insert_words() -> None:
    file = parse_dockerfile("FROM a\nCOPY b c\n")
    text = edited(file, insert_words(file.instructions[1], "--link"))
    assert text == "FROM a\nCOPY --link b c\n"
