"""Edits of go commands: what is left is the command as it was, but for what was asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit
from gotare.lint.dockerfile.edit import apply_edits
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.parse import parse_dockerfile
from gotare.lint.dockerfile.stages import build_of
from gotare.lint.rules import go_edits
from gotare.lint.rules.go_steps import commands
from gotare.lint.rules.mounts import add_mount, mounts_of
from gotare.lint.subjects import DockerfileSubject


def subject_of(text: str) -> DockerfileSubject:
    file = parse_dockerfile(text)
    return DockerfileSubject(file, build_of(file))


def one(text: str) -> tuple[DockerfileSubject, GoCommand]:
    subject = subject_of(text)
    (command,) = commands(subject)
    return subject, command


def words(command: GoCommand) -> list[str]:
    return [word.text for word in command.ran.plain.words]


def edited(subject: DockerfileSubject, edit: Edit | None) -> GoCommand:
    assert edit is not None
    result = apply_edits(subject.file.text, [edit])
    assert result.refused == ()
    return one(result.text)[1]


FLAGS = ["-a", "-v", "-trimpath", "-installsuffix cgo", "-p=2", "-tags netgo", "-o /app"]
GAPS = [" ", "  ", "\t", " \\\n    ", " \\\n", "  \\\r\n  "]


@st.composite
def builds(draw: st.DrawFn) -> str:
    """A RUN with flags in any order, on one line or on several."""
    flags = draw(st.lists(st.sampled_from(FLAGS), min_size=1, max_size=5, unique=True))
    parts = ["RUN CGO_ENABLED=0 GOOS=linux go build"]
    parts += [draw(st.sampled_from(GAPS)) + flag for flag in flags]
    parts.append(draw(st.sampled_from(["", " .", " \\\n  ./cmd/app", " . && echo done"])))
    return "FROM golang:1.26\n" + "".join(parts) + draw(st.sampled_from(["", "\n", "\nUSER 1\n"]))


@given(builds(), st.data())
def test_a_flag_goes_and_all_else_stays(text: str, data: st.DataObject) -> None:
    subject, command = one(text)
    flag = data.draw(st.sampled_from(command.flags))
    after = edited(subject, go_edits.remove_flag(subject.file, command, flag))
    assert [f.name for f in after.flags] == [f.name for f in command.flags if f is not flag]
    assert after.packages == command.packages
    assert after.settings.keys() == command.settings.keys()


@given(builds())
def test_a_flag_comes_first(text: str) -> None:
    subject, command = one(text)
    after = edited(subject, go_edits.add_flag(subject.file, command, "-buildvcs=false"))
    assert words(after) == [*words(command)[:2], "-buildvcs=false", *words(command)[2:]]


@given(builds(), st.booleans())
def test_a_variable_comes_before_the_command(text: str, first: bool) -> None:
    subject, command = one(text)
    after = edited(subject, go_edits.add_variables(command, "GOARM=7", first=first))
    names = [assignment.name for assignment in after.ran.plain.assignments]
    expected = ["CGO_ENABLED", "GOOS"]
    assert names == (["GOARM", *expected] if first else [*expected, "GOARM"])
    assert words(after) == words(command)


@given(builds())
def test_a_variable_goes(text: str) -> None:
    subject, command = one(text)
    after = edited(subject, go_edits.remove_variable(subject.file, command, "GOOS"))
    assert "GOOS" not in after.settings
    assert words(after) == words(command)


@given(
    builds(), st.sampled_from(["", " --mount=type=ssh", " --network=none \\\n  --mount=type=ssh"])
)
def test_a_mount_is_added(text: str, flags: str) -> None:
    subject, command = one(text.replace("RUN", f"RUN{flags}"))
    edit = add_mount(subject.file, command.instruction, "type=cache,target=/c")
    result = apply_edits(subject.file.text, [edit])
    again, after = one(result.text)
    added = mounts_of(again.build, after.stage, after.instruction)[-1]
    assert (added.kind, added.target) == ("cache", "/c")
    assert words(after) == words(command)
    before = [flag.value for flag in command.instruction.flags]
    assert [flag.value for flag in after.instruction.flags] == [*before, "type=cache,target=/c"]


LDFLAGS = [
    ('-ldflags="-X a.b=c"', ["-s", "-w", "-X", "a.b=c"]),
    ("-ldflags '-X a.b=c'", ["-s", "-w", "-X", "a.b=c"]),
    ("-ldflags=-X=a.b=c", ["-s", "-w", "-X=a.b=c"]),
    ('-ldflags ""', ["-s", "-w"]),
    ('"-ldflags=-X a.b=c"', ["-s", "-w", "-X", "a.b=c"]),
    ('--ldflags \\\n  "-X a.b=c"', ["-s", "-w", "-X", "a.b=c"]),
    ("", ["-s", "-w"]),
]


@pytest.mark.parametrize(("flag", "expected"), LDFLAGS)
def test_linker_flags_are_added(flag: str, expected: Sequence[str]) -> None:
    from gotare.lint.dockerfile.gobuild import go_builds

    subject, command = one(f"FROM golang:1.26\nRUN go build {flag} -o /app .\n")
    edit = go_edits.add_ldflags(subject.file, command, "-s -w")
    assert edit is not None
    after = subject_of(apply_edits(subject.file.text, [edit]).text)
    (build,) = go_builds(after.build, after.around)
    assert list(build.ldflags) == expected
    assert build.packages == (".",)


@pytest.mark.parametrize(
    "run",
    [
        'RUN ["go", "build", "-a", "."]',
        "RUN GOFLAGS=-a go build .",
        "ARG GO=go\nRUN $GO build -a .",
        "RUN FLAG=-a; go build $FLAG .",
    ],
)
def test_what_is_no_plain_text_is_left_alone(run: str) -> None:
    subject, command = one(f"FROM golang:1.26\n{run}\n")
    flag = command.flag("a")
    assert flag is not None
    assert go_edits.remove_flag(subject.file, command, flag) is None


def test_the_flag_that_must_be_first_stays_first() -> None:
    subject, command = one("FROM golang:1.26\nRUN go build -C cmd -o /app .\n")
    after = edited(subject, go_edits.add_flag(subject.file, command, "-trimpath"))
    assert words(after) == ["go", "build", "-C", "cmd", "-trimpath", "-o", "/app", "."]


@pytest.mark.parametrize("prefix", ["time", "nice -n 5", "exec"])
def test_nothing_is_put_between_a_wrapper_and_its_command(prefix: str) -> None:
    _, command = one(f"FROM golang:1.26\nRUN {prefix} go build .\n")
    assert go_edits.add_variables(command, "CGO_ENABLED=0") is None


def test_env_takes_variables_too() -> None:
    subject, command = one("FROM golang:1.26\nRUN env GOOS=linux go build .\n")
    after = edited(subject, go_edits.add_variables(command, "CGO_ENABLED=0"))
    assert {"GOOS", "CGO_ENABLED"} <= after.settings.keys()
