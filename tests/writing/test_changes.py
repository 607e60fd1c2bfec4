"""Existing files are compared with what would be written; their form and mode stay."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import WriteError
from gotare.writing.atomic import write_all
from gotare.writing.changes import Change, NewFile, compare
from gotare.writing.diff import diff_lines
from gotare.writing.text import Form, decode


def one(root: Path, path: str, text: str) -> Change:
    (change,) = compare(root, [NewFile(path, text)])
    return change


def test_a_new_file_is_created(tmp_path: Path) -> None:
    change = one(tmp_path, "k8s/base/a.yaml", "a: 1\n")
    assert (change.action, change.before, change.after) == ("created", None, b"a: 1\n")
    assert list(tmp_path.iterdir()) == []


def test_the_same_content_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n")
    assert one(tmp_path, "a", "x\n").action == "unchanged"


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfx\r\ny\r\n")
    assert one(tmp_path, "a", "x\ny\n").action == "unchanged"
    change = one(tmp_path, "a", "x\nz\n")
    assert (change.action, change.after) == ("updated", b"\xef\xbb\xbfx\r\nz\r\n")


def test_a_file_with_the_marker_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("# gotare: keep\nmine\n")
    change = one(tmp_path, "a", "x\n")
    assert (change.action, change.after, change.writes) == (
        "kept",
        b"# gotare: keep\nmine\n",
        False,
    )


def test_blocks_stay_in_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    mine = b"# gotare: keep begin a\ncaf\xe9\n# gotare: keep end\n"
    (tmp_path / "a").write_bytes(b"one\n" + mine + b"two\n")
    change = one(tmp_path, "a", "one\ntwo\nthree\n")
    assert change.after == b"one\n" + mine + b"two\nthree\n"
    assert change.blocks == ("a",)


@given(st.binary(max_size=60))
def test_every_file_survives_decoding(data: bytes) -> None:
    text = decode(data)
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    assert Form().encode(text) == plain


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out", ""])
def test_paths_outside_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(WriteError, match="not a path inside"):
        one(tmp_path, path, "x")


def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "file").write_text("precious")
    (root / "docs").symlink_to(outside)
    (root / "Makefile").symlink_to(outside / "file")
    (root / "loop").symlink_to("loop")
    for path in ("docs/container.md", "Makefile"):
        with pytest.raises(WriteError, match="leads out of the project"):
            one(root, path, "x")
    with pytest.raises(WriteError, match="circle"):
        one(root, "loop/a", "x")


def test_a_link_inside_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/compose.yaml").write_text("old\n")
    (tmp_path / "compose.yaml").symlink_to("deploy/compose.yaml")
    write_all([one(tmp_path, "compose.yaml", "new\n")])
    assert (tmp_path / "compose.yaml").is_symlink()
    assert (tmp_path / "deploy/compose.yaml").read_text() == "new\n"
    with pytest.raises(WriteError, match="are the same file"):
        compare(tmp_path, [NewFile("compose.yaml", "a"), NewFile("deploy/compose.yaml", "b")])


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(9 << 20)
    for path, words in (
        ("docs", "is a folder"),
        ("pipe", "not a file"),
        ("file/a", "is a file, not a folder"),
        ("large", "larger than 8 MiB"),
    ):
        with pytest.raises(WriteError, match=words) as caught:
            one(tmp_path, path, "x")
        assert caught.value.hint


def test_the_diff_is_unified_and_harmless(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n\x1b[31mtwo\nthree")
    lines = list(diff_lines(one(tmp_path, "a", "one\nthree\n")))
    assert lines == [
        "--- a/a",
        "+++ b/a",
        "@@ -1,3 +1,2 @@",
        " one",
        "-\\x1b[31mtwo",
        "-three\n\\ No newline at end of file",
        "+three",
    ]
    assert list(diff_lines(one(tmp_path, "b", "x\n")))[:2] == ["--- /dev/null", "+++ b/b"]


@pytest.mark.parametrize("lines", [20, 4000])
def test_the_diff_is_that_of_difflib_where_lines_are_told_apart(tmp_path: Path, lines: int) -> None:
    before = [line for n in range(lines) for line in (f"name: {n}", "  runs-on: ubuntu")]
    after = [f"{line} # changed" if line.endswith("7") else line for line in before]
    (tmp_path / "a").write_text("\n".join(before) + "\n")
    shown = list(diff_lines(one(tmp_path, "a", "\n".join(after) + "\n")))
    expected = difflib.unified_diff(before[:40], after[:40], "a/a", "b/a", lineterm="")
    assert shown[:12] == list(expected)[:12]
    assert sum(line.startswith("-name") for line in shown) == lines // 10
    assert sum(line.startswith("+name") for line in shown) == lines // 10
