"""Runs other programs in process groups of their own, and ends the groups when asked.

Ctrl-C or an error ends what was started together with its children (compilers, linkers): SIGINT
first, which lets `go` remove its temporary files, and SIGKILL after a moment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from gotare.errors import ToolError
from gotare.frozen import dataclass
from gotare.interrupts import INTERRUPTS

GRACE = 3.0
"""Seconds between SIGINT and SIGKILL."""

_running: set[subprocess.Popen[bytes]] = set()
_ahead: list[tuple[Command, subprocess.Popen[bytes]]] = []
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, directory and environment."""

    args: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind."""

    code: int
    stdout: str
    stderr: str


def run(command: Command) -> Finished:
    """Run a program to its end. Raises ToolError when it cannot be started."""
    with _started(command, subprocess.PIPE, subprocess.PIPE) as process:
        stdout, stderr = process.communicate()
    return Finished(process.returncode, _text(stdout), _text(stderr))


def run_all(
    commands: Sequence[Command], meanwhile: Iterator[object] | None = None
) -> list[Finished]:
    """Run programs at the same time; the results come in the order of the commands.

    Their output goes to unnamed files, so that no thread is needed to drain pipes. `meanwhile` is
    advanced, step by step, as long as one of them runs.
    """
    if len(commands) == 1 and meanwhile is None:
        return [run(commands[0])]
    import tempfile

    with ExitStack() as stack:
        started = []
        for command in commands:
            stdout = stack.enter_context(tempfile.TemporaryFile())
            stderr = stack.enter_context(tempfile.TemporaryFile())
            process = stack.enter_context(_started(command, stdout, stderr))
            started.append((process, stdout, stderr))
        for _ in meanwhile or ():
            if all(process.poll() is not None for process, _, _ in started):
                break
        return [
            Finished(process.wait(), _content(stdout), _content(stderr))
            for process, stdout, stderr in started
        ]


def start_ahead(command: Command) -> None:
    """Start a program that `stream` will probably be asked for. Raises ToolError."""
    process = _start(command, subprocess.PIPE, subprocess.STDOUT)
    with _lock:
        _ahead.append((command, process))


def wait_for_ahead(seconds: float) -> None:
    """Wait until what was started ahead has written something or ended, or for some seconds."""
    import select

    outputs = [process.stdout for _, process in _ahead if process.stdout]
    if outputs:
        select.select(outputs, [], [], seconds)


def is_ahead(command: Command) -> bool:
    """Whether this very program was started ahead."""
    return any(started == command for started, _ in _ahead)


def _take_ahead(command: Command) -> subprocess.Popen[bytes] | None:
    """Return the process if it was started ahead; end what was started for another command."""
    with _lock:
        found, _ahead[:] = list(_ahead), []
    for started, process in found:
        if started == command:
            return process
        _discard(process)
    return None


def stream(command: Command, each_line: Callable[[str], None]) -> int:
    """Run a program, passing each line of its two outputs as it comes; return its exit code."""
    ahead = _take_ahead(command)
    with _started(command, subprocess.PIPE, subprocess.STDOUT, ahead) as process:
        assert process.stdout
        for line in process.stdout:
            each_line(_text(line).rstrip("\n"))
        return process.wait()


def end_all() -> None:
    """End every program that this module started and that still runs (for other threads' work)."""
    with _lock:
        running = tuple(_running)
    for process in running:
        _discard(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children, and wait for it.

    What it started in the background may ignore SIGINT (POSIX sh makes it), so whatever is left of
    the group when the program has gone, or has not gone in time, is killed.
    """
    if process.poll() is not None:
        return
    _signal(process, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    _signal(process, signal.SIGKILL)
    process.wait()


@contextmanager
def _started(
    command: Command,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    ahead: subprocess.Popen[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    process = ahead or _start(command, stdout, stderr)
    try:
        yield process
    except BaseException:
        end(process)
        raise
    finally:
        _forget(process)


def _discard(process: subprocess.Popen[bytes]) -> None:
    end(process)
    _forget(process)


def _forget(process: subprocess.Popen[bytes]) -> None:
    with _lock:
        _running.discard(process)
    if process.stdout:
        process.stdout.close()
    if process.stderr:
        process.stderr.close()


def _start(
    command: Command, stdout: int | IO[bytes], stderr: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        with INTERRUPTS.held():  # until the process is known, nobody could end it
            process = subprocess.Popen(
                command.args,
                cwd=command.cwd,
                # Programs believe PWD when it is the same directory; a stale one misleads them.
                env={**command.env, "PWD": str(command.cwd)},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            with _lock:
                _running.add(process)
            return process
    except OSError as error:
        what = command.cwd if str(error.filename) == str(command.cwd) else command.args[0]
        raise ToolError(
            f"cannot run {Path(command.args[0]).name}: {what}: {error.strerror}"
        ) from error


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return _text(file.read())


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
