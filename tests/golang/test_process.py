"""Programs run in groups that are ended together with their children."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gotare.errors import ToolError
from gotare.golang import process
from gotare.golang.process import Command, end_all, run, run_all, stream


def _sh(script: str, folder: Path = Path("/")) -> Command:
    return Command(("/bin/sh", "-c", script), folder, os.environ)


def test_output_and_code(tmp_path: Path) -> None:
    done = run(_sh("echo out; echo err >&2; pwd; echo $PWD; exit 3", tmp_path))
    assert (done.code, done.stdout, done.stderr) == (3, f"out\n{tmp_path}\n{tmp_path}\n", "err\n")


def test_many_at_once_keep_their_order() -> None:
    line = "0123456789" * 4
    big = f"i=0; while [ $i -lt 3000 ]; do echo {line}; i=$((i+1)); done"
    done = run_all([_sh(big), _sh("echo two; exit 2"), _sh("echo three >&2")])
    assert [d.code for d in done] == [0, 2, 0]
    assert len(done[0].stdout) == 3000 * 41
    assert (done[1].stdout, done[2].stderr) == ("two\n", "three\n")
    assert run_all([_sh("echo one")])[0].stdout == "one\n"


def test_lines_as_they_come() -> None:
    lines: list[str] = []
    assert stream(_sh("echo a; echo b >&2; exit 4"), lines.append) == 4
    assert lines == ["a", "b"]


def test_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot run prog: /nowhere/prog: No such file"):
        run(Command(("/nowhere/prog",), tmp_path, {}))
    with pytest.raises(ToolError, match=r"cannot run sh: /.+/gone: No such file"):
        run(_sh("", tmp_path / "gone"))


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_interruption_ends_children_too() -> None:
    pids: list[int] = []

    def hear(line: str) -> None:
        pids.extend(map(int, line.split()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(_sh("sleep 600 & echo $$ $!; wait"), hear)
    assert len(pids) == 2
    for _ in range(1000):  # the kernel takes a moment
        if all(map(_is_gone, pids)):
            break
        time.sleep(0.01)
    assert all(map(_is_gone, pids))


def test_stubborn_program_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.1)

    def hear(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(_sh("trap '' INT; echo ready; while :; do sleep 600; done"), hear)
    assert not process._running


def test_work_of_other_threads_is_ended() -> None:
    ready, codes = threading.Event(), []

    def work() -> None:
        codes.append(stream(_sh("echo ready; exec sleep 600"), lambda line: ready.set()))

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(60)
    end_all()
    thread.join(60)
    assert codes == [-signal.SIGINT]
