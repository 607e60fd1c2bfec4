"""Where commands, words and flags stand in the Dockerfile."""

from __future__ import annotations

import pytest

from gotare.lint.dockerfile.gobuild import go_builds
from gotare.lint.dockerfile.runs import ran_by, ran_in
from gotare.lint.subjects import Surroundings
from tests.lint.model.reading import Model


def written(text: str) -> list[str]:
    model = Model("FROM golang:1.24\n" + text)
    build = model.build
    return [build.file.slice(ran.span) for ran in ran_in(build, build.stages[0], model.around)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN a && b  c\n", ["a", "b  c"]),
        ("RUN --mount=type=cache,target=/x a \\\n # why\n && b \\\n   c\n", ["a", "b \\\n   c"]),
        ("RUN <<EOF\na\n  b c\nEOF\n", ["a", "b c"]),
        ("RUN <<-EOF\n\ta\n\t\tb c\n\tEOF\n", ["a", "b c"]),
        ("RUN a <<EOF && b\nx\nEOF\n", ["a <<EOF && b\nx\nEOF\n", "b"]),
        ("RUN é && sh -c 'ü x'\n", ["é", "sh -c 'ü x'", "ü x"]),
        ('RUN sh -c "a \\"b\\""\n', ['sh -c "a \\"b\\""', '"a \\"b\\""']),
        ('RUN ["a", "b"]\n', ['"a", "b"']),
    ],
)
def test_commands(text: str, expected: list[str]) -> None:
    found = written(text)
    assert len(found) == len(expected)
    for place, wanted in zip(found, expected, strict=True):
        assert place.startswith(wanted) or wanted.startswith(place.strip())
        assert wanted.split()[0] in place


def test_flags() -> None:
    text = "FROM golang:1.24\nRUN go build \\\n  -o /x -ldflags='-s -w' \\\n  -tags a .\n"
    model = Model(text)
    (made,) = go_builds(model.build, model.around)
    told = {flag.name: model.build.file.slice(flag.span) for flag in made.command.flags}
    assert told == {"o": "-o /x", "ldflags": "-ldflags='-s -w'", "tags": "-tags a"}


def test_settings() -> None:
    text = "FROM golang:1.24\nENV GOOS=linux\nARG GOARCH=arm64\nRUN CGO_ENABLED=0 go build .\n"
    model = Model(text)
    (made,) = go_builds(model.build, model.around)
    told = {
        name: model.build.file.slice(setting.span)
        for name, setting in made.command.settings.items()
        if setting.span is not None
    }
    assert told == {"GOOS": "GOOS=linux", "GOARCH": "GOARCH=arm64", "CGO_ENABLED": "CGO_ENABLED=0"}


def test_the_shell_form_of_other_instructions() -> None:
    text = "FROM alpine\nHEALTHCHECK --interval=1s CMD curl -f x || exit 1\nCMD exec app $X\n"
    model = Model(text)
    check, command = model.build.stages[0].instructions
    told = [
        model.build.file.slice(ran.span)
        for instruction in (check, command)
        for ran in ran_by(model.build, instruction, model.around)
    ]
    assert told == ["curl -f x", "exit 1", "exec app $X"]


def test_a_command_of_a_makefile_stands_where_make_does() -> None:
    around = Surroundings(texts={"Makefile": "x:\n\tgo build -o y .\n"})
    model = Model("FROM golang\nCOPY . .\nRUN true && make x\n", around)
    (made,) = go_builds(model.build, around)
    assert model.build.file.slice(made.span) == "make x"
    assert made.ran.make == "Makefile: x"


def test_other_instructions_run_nothing() -> None:
    model = Model("FROM alpine\nCOPY a b\n")
    stage = model.build.stages[0]
    assert ran_by(model.build, stage.instructions[0], model.around) == ()
