"""A build with nothing to do does nothing, any change is seen, and the cache is never needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build.projects import MAIN, tiny, write
from tests.build.run import (
    check_layout,
    command,
    environment,
    gotare,
    gotare_process,
    load,
    result,
    settle,
)
from tests.golang.sources import git

EMBED = """package main

import _ "embed"

//go:embed words.txt
var words string

func init() { print(words) }
"""
SETTINGS = "files: [{source: conf, destination: /etc/app}]\n"
FILES = {
    "embed.go": EMBED,
    "words.txt": "words",
    "gotare.yaml": SETTINGS,
    "conf/a.txt": "a",
    "conf/deep/b.txt": "b",
    "other/other.go": 'package other\n\nconst Word = "one"\n',
    "main.go": MAIN.replace(
        'import "os"', 'import (\n\t"os"\n\n\t"example.com/tiny/other"\n)'
    ).replace('"tiny "', '"tiny "+other.Word+" "'),
}


@dataclass
class Desk:
    """A project with a cache and a `go` that writes down each call."""

    project: Path
    cache: Path
    go: Path
    calls: Path
    unchanged: bool = False

    def build(self, *arguments: str, **env: str) -> str:
        """Build; return the digest. The layout must hold a valid image of it."""
        place = str(self.go.parent)
        path = f"{place}:{os.environ['PATH']}"
        document = result(self.project, self.cache, *arguments, **{"PATH": path, **env})
        (told,) = document["images"]
        assert load(self.project / "dist").root.digest == told["digest"]
        self.unchanged = document["timings"] == {}
        digest: str = told["digest"]
        return digest

    def take_calls(self) -> list[str]:
        """Return how `go` was called since the last time."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


def wrapper(path: Path, go: Path, calls: Path) -> Path:
    """Write a `go` that notes its arguments and runs the real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\nexec "{go}" "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def desk(tmp_path: Path, go: Path) -> Desk:
    project = tiny(tmp_path / "tiny", FILES)
    git(project, "init", "-q", "-b", "main")
    write(project, {".gitignore": "dist/\n"})
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    calls = tmp_path / "calls"
    return Desk(project, tmp_path / "cache", wrapper(tmp_path / "bin" / "go", go, calls), calls)


def states(*folders: Path) -> dict[str, tuple[int, int, int, int, int]]:
    """Return size, times, inode and mode of everything below the folders."""
    found = {}
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            seen = path.lstat()
            found[str(path)] = (
                seen.st_size,
                seen.st_mtime_ns,
                seen.st_ctime_ns,
                seen.st_ino,
                seen.st_mode,
            )
    return found


# nothing to do


def test_nothing_is_run_or_written(desk: Desk) -> None:
    first = desk.build()
    assert [call for call in desk.take_calls() if call.startswith("build")]
    before = states(desk.project, desk.cache)
    assert desk.build() == first
    assert desk.unchanged
    assert states(desk.project, desk.cache) == before
    assert desk.take_calls() == []


def test_the_first_build_is_remembered(desk: Desk) -> None:
    first = desk.build()
    assert not desk.unchanged
    assert (desk.build(), desk.unchanged) == (first, True)


def test_the_process_does_nothing_either(desk: Desk) -> None:
    gotare_process("build", "-C", desk.project, cache=desk.cache)
    before = states(desk.project, desk.cache)
    done = gotare_process("build", "-C", desk.project, cache=desk.cache)
    assert done.code == 0
    assert done.out.endswith("unchanged: nothing to build\n")
    assert done.err == ""
    assert states(desk.project, desk.cache) == before


def test_no_cache_does_all_of_it(desk: Desk) -> None:
    first = desk.build()
    desk.take_calls()
    assert desk.build("--no-cache") == first
    assert not desk.unchanged
    assert [call for call in desk.take_calls() if call.startswith("build")]


def test_dry_run_is_not_cut_short(desk: Desk) -> None:
    desk.build()
    done = gotare("build", "-C", desk.project, "--dry-run", cache=desk.cache)
    assert "entrypoint" in done.out


# changes


def _edit(name: str, old: str, new: str) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        path = desk.project / name
        path.write_text(path.read_text().replace(old, new))

    return change


def _same_size_and_time(desk: Desk) -> None:
    path = desk.project / "other" / "other.go"
    seen = path.stat()
    path.write_text(path.read_text().replace("one", "two"))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def _new_file(name: str, content: str) -> Callable[[Desk], None]:
    return lambda desk: void(write(desk.project, {name: content}))


def void(_: object) -> None:
    """Drop a value."""


def _tag(desk: Desk) -> None:
    git(desk.project, "tag", "v3.1.4")


def _commit(desk: Desk) -> None:
    git(desk.project, "commit", "-q", "--allow-empty", "-m", "second")


def _remove(name: str) -> Callable[[Desk], None]:
    return lambda desk: (desk.project / name).unlink()


def _chmod(desk: Desk) -> None:
    (desk.project / "conf" / "a.txt").chmod(0o755)


def _replace_by_link(desk: Desk) -> None:
    path = desk.project / "conf" / "a.txt"
    path.unlink()
    path.symlink_to("deep/b.txt")


CHANGES: dict[str, Callable[[Desk], None]] = {
    "a source": _edit("main.go", "tiny ", "TINY "),
    "a source of another package": _edit("other/other.go", "one", "two!"),
    "a source, size and time kept": _same_size_and_time,
    "a new source": _new_file("more.go", "package main\n\nfunc init() { print(1) }\n"),
    "a source that goes": _remove("embed.go"),
    "an embedded file": _edit("words.txt", "words", "other words"),
    "go.mod": _edit("go.mod", "go 1.24", "go 1.23"),
    "gotare.yaml": _edit("gotare.yaml", "/etc/app", "/etc/else"),
    "gotare.yaml that goes": _remove("gotare.yaml"),
    "an asset": _edit("conf/a.txt", "a", "aa"),
    "an asset's mode": _chmod,
    "an asset that becomes a link": _replace_by_link,
    "a new asset": _new_file("conf/c.txt", "c"),
    "a new asset below": _new_file("conf/deep/c.txt", "c"),
    "an asset that goes": _remove("conf/deep/b.txt"),
    "a commit": _commit,
    "a tag": _tag,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_seen(desk: Desk, change: Callable[[Desk], None]) -> None:
    first = desk.build()
    change(desk)
    second = desk.build()
    assert not desk.unchanged
    assert second != first
    assert (desk.build(), desk.unchanged) == (second, True)


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["--label=a=b"], {}),
        (["--version=9"], {}),
        (["--symbols"], {}),
        (["--go-tag=special"], {}),
        ([], {"GOFLAGS": "-tags=special"}),
        ([], {"GOAMD64": "v2"}),
        ([], {"SOURCE_DATE_EPOCH": "1"}),
    ],
    ids=str,
)
def test_a_flag_or_variable_is_seen(desk: Desk, arguments: list[str], env: dict[str, str]) -> None:
    write(desk.project, {"special.go": "//go:build special\n\npackage main\n\nfunc init() {}\n"})
    first = desk.build()
    desk.build(*arguments, **env)
    assert not desk.unchanged
    assert (desk.build(), desk.unchanged) == (first, desk.unchanged)


def test_a_repository_that_appears_is_seen(tmp_path: Path) -> None:
    project, cache = tiny(tmp_path / "tiny"), tmp_path / "cache"
    first = result(project, cache)["images"][0]["digest"]
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "main.go", "go.mod")
    git(project, "commit", "-q", "-m", "first")
    second = result(project, cache)["images"][0]["digest"]
    assert second != first
    revision = git(project, "rev-parse", "HEAD")
    annotations = load(project / "dist").manifest()["annotations"]
    assert annotations["org.opencontainers.image.revision"] == revision


def test_a_go_work_above_that_appears_is_seen(tmp_path: Path) -> None:
    project, cache = tiny(tmp_path / "tiny"), tmp_path / "cache"
    result(project, cache)
    write(tmp_path, {"go.work": "go 1.24\n\nuse ./tiny\n"})
    assert result(project, cache)["timings"]


def test_another_go_is_seen(desk: Desk, go: Path, tmp_path: Path) -> None:
    first = desk.build()
    wrapper(desk.go, go, desk.calls)  # written anew
    desk.take_calls()
    assert desk.build() == first
    assert not desk.unchanged
    assert desk.take_calls()


def test_a_go_that_comes_first_in_path_is_seen(desk: Desk, go: Path, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    path = f"{tmp_path / 'before'}:{desk.go.parent}:{os.environ['PATH']}"
    first = desk.build(PATH=path)
    assert (desk.build(PATH=path), desk.unchanged) == (first, True)
    calls = tmp_path / "other-calls"
    wrapper(tmp_path / "before" / "go", go, calls)
    assert desk.build(PATH=path) == first
    assert not desk.unchanged
    assert calls.read_text()


# what was written


def _flip(path: Path, place: int = 100, bits: int = 0x55) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= bits
    path.write_bytes(content)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage", [Path.unlink, _flip, _truncate], ids=["gone", "another byte", "truncated"]
)
def test_a_damaged_output_is_repaired(desk: Desk, damage: Callable[[Path], None]) -> None:
    first = desk.build()
    files = [path for path in (desk.project / "dist").rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        if path.name == "index.json" and damage is not Path.unlink:
            continue  # it may tell of other images: see the tests of bad input
        damage(path)
        assert desk.build() == first, path
        assert not desk.unchanged


def test_a_lost_layout_is_made_again_without_go(desk: Desk) -> None:
    first = desk.build()
    shutil.rmtree(desk.project / "dist")
    desk.take_calls()
    assert desk.build() == first
    assert desk.take_calls() == []


def test_archives_are_outputs_too(tmp_path: Path) -> None:
    project, cache = tiny(tmp_path / "tiny"), tmp_path / "cache"
    flags = ["--oci-archive=a.tar", "--docker-archive=b.tar"]
    result(project, cache, *flags)
    assert result(project, cache, *flags)["timings"] == {}
    content = (project / "b.tar").read_bytes()
    for name in ("a.tar", "b.tar"):
        (project / name).unlink()
        assert result(project, cache, *flags)["timings"]
        assert (project / name).exists()
    assert (project / "b.tar").read_bytes() == content


# the cache


def test_the_cache_may_vanish(desk: Desk) -> None:
    first = desk.build()
    shutil.rmtree(desk.cache)
    assert desk.build() == first
    for folder in sorted(path for path in desk.cache.iterdir() if path.is_dir()):
        shutil.rmtree(folder)
        shutil.rmtree(desk.project / "dist")
        assert desk.build() == first, folder


@pytest.mark.parametrize("damage", [_flip, _truncate], ids=["another byte", "truncated"])
def test_each_file_of_the_cache_may_be_damaged(desk: Desk, damage: Callable[[Path], None]) -> None:
    first = desk.build()
    kept = desk.cache.with_name("kept")
    shutil.copytree(desk.cache, kept)
    names = [path.relative_to(kept) for path in kept.rglob("*") if path.is_file()]
    assert {name.parts[0] for name in names} >= {"blobs", "bin", "builds", "members", "parts"}
    for name in names:
        if not (kept / name).stat().st_size:
            continue
        shutil.rmtree(desk.project / "dist")
        damage(desk.cache / name)
        assert desk.build() == first, name
        shutil.rmtree(desk.cache)
        shutil.copytree(kept, desk.cache)


def test_no_digit_of_a_record_is_believed_blindly(desk: Desk) -> None:
    """A record with another digit may only lead to more work, never to another answer."""
    first = desk.build()
    (record,) = (desk.cache / "builds").iterdir()
    content = record.read_bytes()
    places = [match.start() + 20 for match in re.finditer(rb"sha256:[0-9a-f]{64}", content)]
    assert len(places) > 10
    for place in (*places[:6], *places[6::5], len(content) // 2):
        record.write_bytes(content)
        _flip(record, place, 1)
        assert desk.build() == first, content[place - 40 : place + 40]


def test_no_digit_of_a_remembered_part_is_believed_blindly(desk: Desk) -> None:
    first = desk.build()
    for part in (desk.cache / "parts").iterdir():
        _flip(part, part.read_bytes().index(b'"diff_id":"sha256:') + 30, 1)
    shutil.rmtree(desk.project / "dist")
    assert desk.build("--no-cache") == first


@pytest.mark.parametrize("folder", ["blobs", "bin", "builds", "members", "parts", ""])
def test_a_file_where_a_folder_should_be(desk: Desk, folder: str) -> None:
    desk.cache.mkdir()
    if folder:
        (desk.cache / folder).write_text("in the way")
    else:
        desk.cache.rmdir()
        desk.cache.write_text("in the way")
    done = gotare("build", "-C", desk.project, cache=desk.cache)
    if done.code:
        done.failed(3, str(desk.cache / folder))
        assert done.hint
    else:
        load(desk.project / "dist")


def test_a_cache_that_cannot_be_written(desk: Desk) -> None:
    first = desk.build()
    shutil.rmtree(desk.project / "dist")
    cache = desk.cache.with_name("file") / "cache"
    cache.parent.write_text("")
    done = gotare("build", "-C", desk.project, "--json", cache=cache)
    assert done.code == 0
    assert f"warning: {cache} cannot be written" in done.err
    assert done.json["images"][0]["digest"] == first
    load(desk.project / "dist")


def test_the_cache_is_bounded(desk: Desk) -> None:
    first = desk.build()
    old = desk.cache / "blobs" / "sha256" / ("0" * 64)
    old.write_bytes(bytes(1 << 20))
    os.utime(old, (1, 1))
    (desk.cache / "pruned").unlink()
    assert desk.build("--label=a=b", GOTARE_CACHE_SIZE="1M") != first
    assert not old.exists()
    done = gotare("build", "-C", desk.project, cache=desk.cache, env={"GOTARE_CACHE_SIZE": "big"})
    done.failed(2, "GOTARE_CACHE_SIZE is not a size", "hint: for example 500M")


# several at once


def test_processes_at_the_same_time(desk: Desk) -> None:
    env = environment(desk.cache)
    arguments = command("build", "-C", desk.project, "--json")
    running = [
        subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], told
    digests = {json.loads(out)["images"][0]["digest"] for out, _ in told}
    assert digests == {load(desk.project / "dist").root.digest}


def test_different_builds_at_the_same_time(desk: Desk) -> None:
    env = environment(desk.cache)
    running = []
    for number in range(3):
        flags = ["--label", f"n={number}", "-t", f"me/app:{number}", f"--version={number}"]
        arguments = command("build", "-C", desk.project, "--json", *flags)
        running.append(
            subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told
    for number, (out, _) in enumerate(told):
        image = load(desk.project / "dist", f"me/app:{number}")
        assert image.root.digest == json.loads(out)["images"][0]["digest"]
        assert image.run()["Labels"]["n"] == str(number)


def test_a_killed_process_leaves_nothing_half_done(desk: Desk) -> None:
    expected = desk.build()
    shutil.rmtree(desk.project / "dist")
    env = environment(desk.cache)
    for tenths in range(1, 25):
        if tenths % 4 == 0:  # some with an empty cache
            shutil.rmtree(desk.cache, ignore_errors=True)
        shutil.rmtree(desk.project / "dist", ignore_errors=True)
        arguments = command("build", "-C", desk.project, "--no-cache", "-q")
        process = subprocess.Popen(arguments, env=env)
        try:
            process.wait(tenths * 0.025)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if (desk.project / "dist" / "index.json").exists():
            assert check_layout(desk.project / "dist") in ([], [expected])
    settle()
    assert desk.build() == expected
    leftovers = [path for path in (desk.project / "dist").rglob("*") if path.name.endswith(".tmp")]
    assert leftovers == []
