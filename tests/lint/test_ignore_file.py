"""What a .dockerignore leaves out; the expectations are moby's own answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.ignore_file import read_ignore_file


@pytest.mark.parametrize(
    ("text", "path", "by"),
    [
        (".git\n", ".git/HEAD", ".git"),
        ("/.git/\n", ".git", ".git"),
        ("*.go\n", "main.go", "*.go"),
        ("*.go\n", "cmd/main.go", None),
        ("**/*.go\n", "cmd/main.go", "**/*.go"),
        ("**/*.go\n", "main.go", "**/*.go"),
        ("docs/**\n", "docs", None),
        ("docs/**\n", "docs/a/b.md", "docs/**"),
        ("a?c\n", "abc", "a?c"),
        ("[ab].go\n", "b.go", "[ab].go"),
        ("[^a].go\n", "a.go", None),
        (r"\*.go", "*.go", r"\*.go"),
        (r"\*.go", "a.go", None),
        ("# .git\n", ".git", None),
        ("\ufeff.git\r\n", ".git", ".git"),
        ("*\n!go.mod\n!cmd\n", "go.mod", None),
        ("*\n!go.mod\n!cmd\n", "cmd/api/main.go", None),
        ("*\n!go.mod\n!cmd\n", "internal/a.go", "*"),
        ("!go.mod\n*\n", "go.mod", "*"),
        ("a/[ab]\n!*/\n", "a/a/b/b", "a/[ab]"),
        ("./vendor/../bin\n", "bin/app", "bin"),
        ("[a\n", "[a", None),
        ("*\n", ".", None),
        ("*\n", "../x", None),
        ("**\n", "a/b", "**"),
    ],
)
def test_a_path_is_left_out_by(text: str, path: str, by: str | None) -> None:
    pattern = read_ignore_file(text).excludes(path)
    assert (pattern.text if pattern else None) == by


def test_a_pattern_knows_where_it_stands() -> None:
    text = "# first\r\n\r\n  ! a/b  \r\n.git\n"
    first, second = read_ignore_file(text).patterns
    assert text[first.span.start : first.span.end] == "! a/b"
    assert (first.written, first.excepts) == ("!a/b", True)
    assert text[second.span.start : second.span.end] == ".git"


@pytest.mark.parametrize(
    ("text", "folder", "may"),
    [
        ("web\n!web/dist\n", "web", True),
        ("web\n!**/dist\n", "web", True),
        ("web\n!api/dist\n", "web", False),
        ("web\n!w*/dist\n", "web/", True),
        ("web\n", "web", False),
    ],
)
def test_an_exception_may_lie_below_a_folder(text: str, folder: str, may: bool) -> None:
    assert read_ignore_file(text).may_except_below(folder) is may


@given(st.text(alphabet="ab*?[]^!\\/. #\r\n-", max_size=40), st.text(alphabet="ab/.*", max_size=12))
def test_any_text_is_read(text: str, path: str) -> None:
    file = read_ignore_file(text)
    found = file.excludes(path)
    assert found is None or (found in file.patterns and not found.excepts)
    for pattern in file.patterns:
        assert text[pattern.span.start : pattern.span.end].strip() != ""
