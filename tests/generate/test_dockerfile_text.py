"""Words and values in a Dockerfile mean to BuildKit and the shell what they meant before."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gotare.errors import UsageError
from gotare.generate.dockerfile_text import (
    comment,
    copy,
    exec_form,
    heredoc,
    pairs,
    run,
    shell_double,
    shell_word,
    value,
)
from tests.generate.bases import Bases
from tests.generate.both import inspected

_LINE = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.sampled_from("\\\"'$`{}#&\t"),
    max_size=20,
)
AWKWARD = [
    "", " ", "a b", 'say "hi"', "it's", "$HOME", "${HOME:-x}", "\\", "\\\\n", "end\\", "a\\ b",
    "`id`", "# not a comment", "a=b", "<<EOF", "ünï ☃", "[\"a\"]", "--flag=x", "a\tb", " lead",
    "trail ", "$$", "\\$x", "'", '"', "'\"", "{}", "*?[a]", "a,b;c|d&e>f",
]  # fmt: skip


@pytest.mark.engine
def test_variables_labels_and_commands_reach_the_config_as_they_are(
    bases: Bases, tmp_path: Path
) -> None:
    values = {f"V{number}": text for number, text in enumerate(AWKWARD)}
    written = {name: value(text, name) for name, text in values.items()}
    lines = ["# syntax=docker/dockerfile:1", "FROM scratch", pairs("ENV", written),
             pairs("LABEL", written), f"ENTRYPOINT {exec_form(AWKWARD)}"]  # fmt: skip
    tag = "gotare-tests/values:1"
    try:
        bases.docker_build(tmp_path, "\n".join(lines) + "\n", tag)
        config = inspected(bases, tag)["Config"]
    finally:
        bases.client.remove(tag)
    env = dict(pair.split("=", 1) for pair in config["Env"])
    assert {name: env[name] for name in values} == values
    assert config["Labels"] == values
    assert config["Entrypoint"] == AWKWARD


@pytest.mark.engine
def test_files_with_awkward_names_are_copied(bases: Bases, tmp_path: Path) -> None:
    names = ["sp ace", "a[1]", "*", "q?", "$x", "b{c}", "-dash", "back\\slash", "ünï"]
    for name in names:
        (tmp_path / name).write_text(name)
    copies = [copy([name], f"/to/{name}") for name in names]
    text = heredoc("/to/text", "$HOME \\\nEOF\n`x`\n")
    lines = ["# syntax=docker/dockerfile:1", "FROM scratch", *copies, text, 'CMD ["x"]']
    tag = "gotare-tests/names:1"
    try:
        bases.docker_build(tmp_path, "\n".join(lines) + "\n", tag)
        assert [bases.client.read(tag, f"/to/{n}").decode() for n in names] == names
        assert bases.client.read(tag, "/to/text") == b"$HOME \\\nEOF\n`x`\n"
    finally:
        bases.client.remove(tag)


@pytest.mark.parametrize("text", ["a\nb", "a\r", "\n"])
def test_no_value_holds_a_line_break(text: str) -> None:
    with pytest.raises(UsageError, match="the variable X holds a line break") as error:
        value(text, "the variable X")
    assert error.value.hint


def printed(script: str) -> str:
    """Return what a shell prints."""
    words = ["sh", "-c", f"printf %s {script}"]
    return subprocess.run(words, capture_output=True, check=True).stdout.decode()


@given(text=_LINE)
@example("'\"$x`\\")
def test_words_of_a_shell(text: str) -> None:
    assert printed(shell_word(text)) == text
    assert printed(f'"{shell_double(text)}"') == text


@given(words=st.lists(_LINE, max_size=4))
def test_exec_form(words: list[str]) -> None:
    assert json.loads(exec_form(words)) == words
    assert "\n" not in exec_form(words)


def test_a_run_is_one_instruction() -> None:
    assert run((), ["a", "b\nc"]) == "RUN a \\\n && b \\\n      c"
    assert run(["type=ssh"], ["a"], "--network=none") == (
        "RUN --network=none \\\n    --mount=type=ssh \\\n    a"
    )


@given(st.text("ab ", max_size=300))
def test_comments_are_short_lines(text: str) -> None:
    lines = comment(text).splitlines()
    assert all(line.startswith("# ") and len(line) <= 320 for line in lines)
    assert "".join(line[2:].replace(" ", "") for line in lines) == text.replace(" ", "")
