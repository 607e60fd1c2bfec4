"""Dockerfiles are read without losing a character, and what they say stands where it is written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.dockerfile.parse import (
    LARGEST,
    MOST_ERRORS,
    MOST_LINES,
    decode_dockerfile,
    encode_dockerfile,
    parse_dockerfile,
)
from gotare.lint.dockerfile.syntax import (
    Blank,
    Comment,
    Directive,
    Dockerfile,
    Instruction,
    Span,
    Unread,
)
from tests.conftest import ROOT
from tests.lint.dockerfile.made_files import damaged, mixed, scraps
from tests.lint.dockerfile.snippets import ACCEPTED, ALL, LONGEST_LINE, REFUSED


def covers(file: Dockerfile) -> bool:
    """Whether the items are the text, one after another."""
    at = 0
    for item in file.items:
        if item.span.start != at or item.span.end <= at:
            return False
        at = item.span.end
    return at == len(file.text)


def spans(instruction: Instruction) -> list[Span]:
    """Return all places that an instruction tells of."""
    found = [instruction.keyword]
    for part in (instruction.flags, instruction.words, instruction.pairs, instruction.comments):
        found += [one.span for one in part]
    for heredoc in instruction.heredocs:
        found += [heredoc.span, heredoc.opener]
    if instruction.inner:
        found += [instruction.inner.span, *spans(instruction.inner)]
    return found


def is_sound(file: Dockerfile) -> bool:
    """Whether each place lies in its item, and each character of a value where it is said to."""
    for one in file.instructions:
        inside = all(one.span.start <= s.start <= s.end <= one.span.end for s in spans(one))
        placed = all(file.text[one.offsets[at]] == c for at, c in enumerate(one.value))
        if not inside or not placed or len(one.value) != len(one.offsets):
            return False
    reported = [*(error.span for error in file.errors), *(span for _, span in file.warnings)]
    return all(0 <= span.start <= span.end <= len(file.text) for span in reported)


def only(text: str) -> Instruction:
    """Return the last instruction of a file without errors."""
    file = parse_dockerfile(f"FROM scratch\n{text}")
    assert file.errors == ()
    return file.instructions[-1]


# nothing is lost


@given(st.text())
def test_any_text_is_kept(text: str) -> None:
    file = parse_dockerfile(text)
    assert covers(file)
    assert is_sound(file)


@given(st.text(alphabet="\\`\n\r\t #'\"$<>{}[]-=:,aEFRUNCOPY\ufeff\u00a0é"))
def test_text_of_telling_characters_is_kept(text: str) -> None:
    for start in ("", "FROM a\nRUN ", "FROM a\nENV ", "# escape=`\nFROM a\nCOPY <<a --"):
        file = parse_dockerfile(start + text)
        assert covers(file)
        assert is_sound(file)


@given(st.integers(0, 2**32))
def test_made_files_are_kept(seed: int) -> None:
    chance = random.Random(seed)
    for text in (mixed(chance), scraps(chance)):
        file = parse_dockerfile(text)
        assert covers(file)
        assert is_sound(file)


def real_texts() -> list[str]:
    """Return the Dockerfiles in the repository."""
    folders = (ROOT / "examples", ROOT / "tests" / "generate" / "golden")
    paths = [path for folder in folders for path in sorted(folder.rglob("*Dockerfile*"))]
    texts = [path.read_text() for path in paths if path.suffix != ".dockerignore"]
    assert len(texts) > 20
    return texts


REAL = real_texts()


@given(st.sampled_from(REAL), st.integers(0, 2**32))
def test_damaged_real_files_are_kept(text: str, seed: int) -> None:
    file = parse_dockerfile(damaged(text, random.Random(seed)))
    assert covers(file)
    assert is_sound(file)


@pytest.mark.parametrize("text", REAL)
def test_real_files_have_no_errors(text: str) -> None:
    file = parse_dockerfile(text)
    assert covers(file)
    assert file.errors == ()
    assert file.warnings == ()


@pytest.mark.parametrize("name", ALL)
def test_snippets_are_kept(name: str) -> None:
    file = parse_dockerfile(ALL[name])
    assert covers(file)
    assert is_sound(file)


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert parse_dockerfile(ACCEPTED[name]).errors == ()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    file = parse_dockerfile(REFUSED[name])
    assert len(file.errors) == 1
    assert file.errors[0].message


@given(st.binary())
def test_any_bytes_are_kept(data: bytes) -> None:
    text = decode_dockerfile(data)
    assert encode_dockerfile(text) == data
    assert covers(parse_dockerfile(text))


# what instructions say


def test_places_over_continued_lines() -> None:
    text = "FROM scratch\nRUN --mount=type=cache,target=/a \\\n  # why\n  go \\\n  build\n"
    file = parse_dockerfile(text)
    run = file.instructions[1]
    assert run.value == "go   build"
    assert file.slice(run.words[0].span) == "go \\\n  build"
    assert file.slice(run.place(run.value.index("build"), len(run.value))) == "build"
    assert [file.slice(flag.span) for flag in run.flags] == ["--mount=type=cache,target=/a"]
    assert [comment.text for comment in run.comments] == [" why"]
    assert file.lines_of(run.span) == (2, 5)


def test_json_words_are_unescaped_and_placed() -> None:
    file = parse_dockerfile('FROM scratch\nCMD ["a\\u0041", \\\n  "b"]\n')
    cmd = file.instructions[1]
    assert cmd.form == "json"
    assert [word.text for word in cmd.words] == ["aA", "b"]
    assert [file.slice(word.span) for word in cmd.words] == ['"a\\u0041"', '"b"']


def test_pairs_keep_their_quotes() -> None:
    file = parse_dockerfile("FROM scratch\nENV A=\"b c\" D='e'\\\n f G=\n")
    pairs = file.instructions[1].pairs
    said = [(pair.key.text, pair.value.text if pair.value else None) for pair in pairs]
    assert said[:1] == [("A", '"b c"')]
    assert file.slice(pairs[0].span) == 'A="b c"'
    assert file.errors  # f has no sign


def test_arg_without_default() -> None:
    arg = only("ARG A B= C=d")
    values = [pair.value.text if pair.value else None for pair in arg.pairs]
    assert values == [None, "", "d"]


def test_legacy_pair() -> None:
    (pair,) = only("ENV A  b c").pairs
    assert pair.legacy
    assert pair.value is not None
    assert pair.value.text == "b c"


def test_heredocs_in_order() -> None:
    text = "FROM scratch\nCOPY --link <<A <<-'B' /x/\n$a\nA\n\tb\n\tB\nCMD c\n"
    file = parse_dockerfile(text)
    first, second = file.instructions[1].heredocs
    assert (first.name, first.content, first.expand, first.chomp) == ("A", "$a\n", True, False)
    assert (second.name, second.content, second.expand, second.chomp) == ("B", "\tb\n", False, True)
    assert file.slice(second.opener) == "<<-'B'"
    assert file.slice(second.span) == "\tb\n\tB\n"
    assert file.instructions[2].name == "CMD"


def test_onbuild_holds_an_instruction() -> None:
    held = only("ONBUILD COPY --from=a b c").inner
    assert held is not None
    assert held.name == "COPY"
    assert [flag.value for flag in held.flags] == ["a"]
    assert [word.text for word in held.words] == ["b", "c"]


def test_healthcheck_holds_its_command() -> None:
    check = only('HEALTHCHECK --interval=3s CMD ["a", "b"]')
    assert check.form == "json"
    assert check.inner is not None
    assert check.inner.name == "CMD"
    assert check.inner.value == '["a", "b"]'
    assert [word.text for word in check.inner.words] == ["a", "b"]
    assert check.words == check.inner.words


def test_healthcheck_none() -> None:
    check = only("HEALTHCHECK none")
    assert check.form == "words"
    assert [word.text for word in check.words] == ["none"]
    assert check.inner is None


def test_kinds_of_items() -> None:
    file = parse_dockerfile("# syntax=a\n# b\n\nFROM c\n")
    assert [type(item) for item in file.items] == [Directive, Comment, Blank, Instruction]
    assert file.items[0] == Directive("syntax", "a", Span(0, 11))


def test_syntax_after_a_shebang() -> None:
    file = parse_dockerfile("#!a\n# syntax=b\n# escape=`\nFROM c\n")
    assert [type(item) for item in file.items[:3]] == [Comment, Directive, Comment]
    assert file.escape == "\\"


def test_offsets_have_slices() -> None:
    text = "FROM scratch\nRUN ab\\\ncd\\\nef\n"
    run = parse_dockerfile(text).instructions[1]
    assert [text[at] for at in run.offsets] == list("abcdef")
    for start in range(7):
        for end in range(start, 7):
            assert list(run.offsets[start:end]) == list(run.offsets)[start:end]
    assert run.offsets[-1] == run.offsets[5]
    with pytest.raises(IndexError):
        run.offsets[6]


# warnings and errors


def test_blank_lines_within_an_instruction_are_told_of() -> None:
    file = parse_dockerfile("FROM scratch\nRUN a \\\n\n\n  b\n")
    ((message, span),) = file.warnings
    assert "blank lines" in message
    assert file.line_of(span.start) == 3


@pytest.mark.parametrize(
    "line", ["CMD ['a', 'b']", 'CMD ["a" "b"]', 'CMD ["a",]', "CMD [a, b]", 'RUN [ "a", b ]']
)
def test_broken_json_is_told_of(line: str) -> None:
    file = parse_dockerfile(f"FROM scratch\n{line}\n")
    assert file.errors == ()
    assert [message for message, _ in file.warnings if "JSON" in message]


@pytest.mark.parametrize(
    "line", ["RUN [ -f a ]", 'RUN [ "$a" = "b" ] && c', "RUN [[ -f a ]]", 'CMD [ "a" , "b" ]']
)
def test_shell_tests_are_no_json(line: str) -> None:
    assert parse_dockerfile(f"FROM scratch\n{line}\n").warnings == ()


def test_reading_goes_on_after_errors() -> None:
    file = parse_dockerfile("FROM a\nFORM b\nCOPY c\nRUN --x d\nUSER e\n")
    assert [file.line_of(error.span.start) for error in file.errors] == [2, 3, 4]
    assert file.errors[0].hint == "did you mean FROM?"
    assert file.instructions[-1].words[0].text == "e"


def test_a_heredoc_without_end_takes_the_rest() -> None:
    file = parse_dockerfile("FROM a\nRUN <<A <<B\nBAD b\nCMD c\n")
    (error,) = file.errors
    assert "'A'" in error.message
    assert file.slice(error.span) == "<<A"
    assert len(file.instructions) == 2


def test_binary_files() -> None:
    for data in (b"\x7fELF\0\0", "FROM a\n".encode("utf-16")):
        file = parse_dockerfile(decode_dockerfile(data))
        assert [type(item) for item in file.items] == [Unread]
        assert len(file.errors) == 1
    assert "UTF-16" in file.errors[0].message


def test_too_large_files() -> None:
    for text in ("FROM a\n" + "#" * LARGEST, "FROM a\n" + "\n" * MOST_LINES):
        file = parse_dockerfile(text)
        assert len(file.errors) == 1
        assert covers(file)


def test_the_longest_line() -> None:
    file = parse_dockerfile(LONGEST_LINE)
    assert file.errors == ()
    assert len(file.instructions[1].value) == 65_531


def test_a_line_that_is_too_long_is_not_looked_into() -> None:
    file = parse_dockerfile("FROM a\nRUN " + "b" * 70_000 + "\nUSER c\n")
    assert [error.span.start for error in file.errors] == [7]
    assert [instruction.form for instruction in file.instructions] == ["words", "none", "words"]


BOMBS = {
    "unknown instructions": "a b\n" * 20_000,
    "heredocs on a line": "FROM a\nRUN " + "<<A " * 10_000,
    "heredocs": "FROM a\n" + "RUN <<A\nA\n" * 2_000,
    "brackets": "FROM a\nCMD " + "[" * 60_000,
    "nested ONBUILD": "FROM a\n" + "ONBUILD " * 8_000,
    "nested variables": "FROM a\nRUN <<" + "${a:-" * 12_000,
    "quotes": "FROM a\nENV " + "\"'a" * 20_000 + "\\",
    "escapes": "FROM a\nENV A=" + "\\" * 60_000,
    "continued": "FROM a\nRUN " + "a \\\n" * 20_000,
    "one long line": "RUN " + "a" * 10_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_read_to_the_end(name: str) -> None:
    file = parse_dockerfile(BOMBS[name])
    assert covers(file)
    assert len(file.errors) <= MOST_ERRORS + 1


def test_paths_and_lines() -> None:
    file = parse_dockerfile("FROM a\nRUN b", "build/Dockerfile")
    assert file.path == "build/Dockerfile"
    run = file.instructions[1]
    assert file.lines_of(run.span) == (2, 2)
    assert file.column_of(run.words[0].span.start) == 5


def test_the_corpus_is_kept() -> None:
    paths = corpus()
    if not paths:
        pytest.skip("not in the repository: benchmarks/lint_corpus.py makes the corpus")
    lost = [path for path in paths if not covers(parse_dockerfile(decode(path)))]
    assert lost == []


def corpus() -> list[Path]:
    """Return the real files that benchmarks/lint_corpus.py has collected, if it has."""
    folder = ROOT / ".cache" / "lint-corpus" / "files"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def decode(path: Path) -> str:
    """Return the text of a file."""
    return decode_dockerfile(path.read_bytes())
