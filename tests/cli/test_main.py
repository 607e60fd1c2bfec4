"""The command as a whole: exit codes, errors, help, and what goes where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from gotare import __version__
from gotare.cli import main
from gotare.cli.app import COMMANDS
from gotare.errors import (
    AuthError,
    BaseError,
    CompileError,
    ConfigError,
    CorruptError,
    EngineError,
    GotareError,
    NotFoundError,
    PlatformError,
    ProjectError,
    ReferenceError_,
    RegistryError,
    StoreError,
    ToolchainError,
    ToolError,
    UsageError,
    ValidationError,
)
from tests.build.projects import tiny
from tests.build.run import command, environment, gotare, load


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command that raises."""

    def broken(args: list[str]) -> int:
        raise error

    monkeypatch.setattr(main, "_run", broken)
    return main.run(["build"])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (GotareError, 3),
        (UsageError, 2),
        (ConfigError, 2),
        (PlatformError, 2),
        (ReferenceError_, 2),
        (ProjectError, 3),
        (ToolchainError, 3),
        (BaseError, 3),
        (StoreError, 3),
        (NotFoundError, 3),
        (CorruptError, 3),
        (RegistryError, 3),
        (AuthError, 3),
        (EngineError, 3),
        (ValidationError, 1),
    ],
)
def test_every_error_has_its_code(
    kind: type[GotareError],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raising(kind("what is wrong", "what to do"), monkeypatch) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "error: what is wrong\nhint: what to do\n")


@pytest.mark.parametrize("kind", [CompileError, ToolError])
def test_output_of_programs_comes_before_the_error(
    kind: type[CompileError] | type[ToolError],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raising(kind("go failed", "its lines\n"), monkeypatch) == 3
    assert capsys.readouterr().err == "its lines\nerror: go failed\n"


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (OSError(28, "No space left on device", "/x"), 3, "error: [Errno 28] No space left"),
        (ZeroDivisionError("x"), 3, "error: internal error: ZeroDivisionError: x\nhint: this is"),
    ],
)
def test_other_ends(
    error: BaseException,
    code: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raising(error, monkeypatch) == code
    assert capsys.readouterr().err.startswith(text)


def test_a_defect_can_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOTARE_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError(), monkeypatch)


def test_version(tmp_path: Path) -> None:
    done = gotare("--version", cache=tmp_path)
    assert (done.code, done.out) == (0, f"gotare {__version__}\n")


def test_without_a_command_it_shows_its_help(tmp_path: Path) -> None:
    done = gotare(cache=tmp_path)
    assert done.code == 2
    assert done.err.startswith("Usage: gotare [OPTIONS] COMMAND")


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(tmp_path: Path, name: str) -> None:
    done = gotare(*filter(None, [name, "--help"]), cache=tmp_path)
    assert done.code == 0
    assert done.out.startswith("Usage: gotare")
    assert gotare(*filter(None, [name, "-h"]), cache=tmp_path).out == done.out
    if not name:
        for command_name, words in COMMANDS.items():
            assert command_name in done.out and words.split(",")[0] in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_options(name: str) -> None:
    from gotare.cli.app import Commands, cli

    assert isinstance(cli, Commands)
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    options = {option for parameter in found.params for option in parameter.opts}
    assert {"-C", "--json", "-q", "--quiet", "-v", "--verbose"} <= options


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense'. See gotare --help."),
        (["valdate"], "Did you mean 'validate'?"),
        (["build", "--no-such"], "No such option"),
        (["build", "--sbom", "x"], "'x' is not one of"),
        (["copy"], "Missing argument"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], words: str) -> None:
    gotare(*arguments, cache=tmp_path).failed(2, words, "hint: gotare")


def test_without_a_command_there_is_help(tmp_path: Path) -> None:
    done = gotare(cache=tmp_path)
    assert "Commands:" in done.out + done.err


def test_a_reader_that_goes_away_is_no_defect(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    arguments = command("build", "-C", project, "--json")
    env = environment(tmp_path / "cache")
    with subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        assert it.stdout and it.stderr
        it.stdout.close()
        said = it.stderr.read().decode()
        it.wait()
    assert "Traceback" not in said and "internal error" not in said
    assert it.returncode == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    project, marker = tiny(tmp_path / "tiny"), tmp_path / "started"
    slow = tmp_path / "go"
    slow.write_text(f'#!/bin/sh\necho $$ > "{marker}"\nexec sleep 60\n')
    slow.chmod(0o755)
    arguments = command("build", "-C", project, f"--go={slow}")
    env = environment(tmp_path / "cache")
    with subprocess.Popen(arguments, env=env, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not marker.exists() or not marker.read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child = int(marker.read_text())
        time.sleep(0.2)  # a signal while Python is still starting a program would lose it
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert said.endswith("error: interrupted\n")
    assert not _runs(child)
    assert not (project / "dist").exists()


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_standard_error_may_be_closed(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    words = " ".join(f"'{word}'" for word in command("build", "-C", project, "-q")[1:])
    subprocess.run(
        ["sh", "-c", f"{sys.executable} {words} 2>&- >&-"],
        env=environment(tmp_path / "cache"),
        check=False,
    )
    assert load(project / "dist")


def test_nothing_of_a_color_where_nobody_sees_it(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    done = gotare("build", "-C", project, "-v", cache=tmp_path / "cache")
    assert "\x1b" not in done.out + done.err
    assert f"compile linux/{'amd64' if os.uname().machine == 'x86_64' else 'arm64'} …" in done.err
