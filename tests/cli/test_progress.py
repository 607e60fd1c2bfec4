"""Progress: plain lines, a live display, and neither when nobody wants it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import threading
from pathlib import Path

import pytest

from gotare.cli.show_progress import PlainProgress, live_progress, plain_progress
from gotare.cli.show_result import megabytes, result_lines
from gotare.oci.types import Descriptor
from gotare.result import BuildResult, BuiltImage, BuiltLayer, BuiltPlatform
from tests.build.projects import tiny
from tests.build.run import HOST, command, environment, load

DIGEST = "sha256:" + "ab" * 32


def test_plain_lines_tell_of_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_progress(verbose=False) as progress:
        progress.step("compile", "linux/amd64")
        progress.end("compile", "linux/amd64")
        progress.end("pack", "linux/amd64", "reused")
        progress.warn("mind the gap")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "compile linux/amd64",
        "pack linux/amd64: reused",
        "warning: mind the gap",
    ]


def test_verbose_lines_tell_of_starts_once(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_progress(verbose=True) as progress:
        for done in range(3):
            progress.step("push", "a", done, 3)
        progress.step("push", "b")
    assert capsys.readouterr().err.splitlines() == ["push a …", "push b …"]


def test_lines_of_threads_do_not_mix(capsys: pytest.CaptureFixture[str]) -> None:
    progress = PlainProgress(verbose=True)

    def work(name: str) -> None:
        for number in range(50):
            progress.step("push", f"{name}{number}")
            progress.end("push", f"{name}{number}", "x" * 50)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 400
    assert all(line.endswith(("…", "x" * 50)) for line in lines)


def test_the_live_display_takes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with live_progress({"NO_COLOR": "1"}) as progress:
        progress.step("push", "[red]a[/red]", 1_000_000, 3_000_000)
        progress.step("push", "[red]a[/red]", 3_000_000, 3_000_000)
        progress.end("push", "[red]a[/red]", "reused [x]")
        progress.end("pack", "never begun")
        progress.warn("[bold]mind[/bold] the gap")
    assert "warning: [bold]mind[/bold] the gap" in screen.getvalue()


def on_a_terminal(arguments: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Run with a terminal for standard error; return the code and what it showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(arguments, env=env, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return process.returncode, shown.decode()


def test_a_terminal_gets_a_display_that_goes_away(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    env = environment(tmp_path / "cache", {"TERM": "xterm", "COLUMNS": "100"})
    env.pop("NO_COLOR", None)
    code, shown = on_a_terminal(command("build", "-C", project), env)
    assert code == 0
    assert load(project / "dist")
    assert f"linux/{HOST.architecture}" in shown
    assert "\x1b[" in shown


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": "xterm", "QUIET": "1"}])
def test_terminals_that_get_none(tmp_path: Path, go: Path, variables: dict[str, str]) -> None:
    project = tiny(tmp_path / "tiny")
    flags = ["-q"] if "QUIET" in variables else []
    env = environment(tmp_path / "cache", variables)
    code, shown = on_a_terminal(command("build", "-C", project, *flags), env)
    assert code == 0
    assert "\x1b" not in shown
    assert bool(shown) == (not flags)


def test_no_color_on_a_terminal(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    env = environment(tmp_path / "cache", {"TERM": "xterm", "NO_COLOR": "1"})
    code, shown = on_a_terminal(command("build", "-C", project), env)
    assert code == 0
    assert "\x1b[3" not in shown  # a foreground colour


# the table


def built(name: str, *platforms: str, cached: bool = False) -> BuiltImage:
    """Return an image of one layer for each platform."""
    layer = BuiltLayer(DIGEST, "binary", 2_000_000, 50_000)
    made = tuple(BuiltPlatform(platform, DIGEST, (layer,), "static") for platform in platforms)
    root = Descriptor("application/vnd.oci.image.index.v1+json", DIGEST, 100)
    return BuiltImage(name, (name,), (), root, made, (), cached)


def test_the_table_is_aligned() -> None:
    images = (built("api", "linux/amd64", "linux/arm/v7"), built("w", "linux/amd64", cached=True))
    timings = {"compile": 1.25, "pack": 0.05, "build": 9.0, "total": 1.5}
    lines = result_lines(BuildResult(images, timings, ("oci:dist:api",))).splitlines()
    assert lines[0].split() == ["IMAGE", "PLATFORM", "SIZE", "COMPRESSED", "LAYERS", "DIGEST"]
    place = lines[0].index("DIGEST")
    assert [line[place : place + 19] for line in lines[1:5]] == [DIGEST[:19]] * 4
    assert lines[1].split()[2:6] == ["2.00", "MB", "50.0", "kB"]
    assert "index of 2" in lines[3]
    assert "1 reused" in lines[4]
    assert lines[5] == "-> oci:dist:api"
    assert lines[6] == "1.5 s (compile 1.2 s, pack 50 ms)"


def test_the_table_of_nothing_to_do() -> None:
    lines = result_lines(BuildResult((built("api", "linux/amd64"),), {})).splitlines()
    assert lines[-1] == "unchanged: nothing to build"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.0 kB"),
        (999, "1.0 kB"),
        (99_999, "100.0 kB"),
        (100_000, "0.10 MB"),
        (5 * 10**9, "5000.00 MB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert megabytes(size) == text
