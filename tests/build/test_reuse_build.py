"""A build with nothing to do does nothing, any change is seen, and the cache is never needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.build.desk import Desk, flip, set_up, states, truncate, wrapper
from tests.build.projects import tiny, write
from tests.build.run import (
    gotare,
    gotare_process,
    load,
    result,
)
from tests.golang.sources import git

pytestmark = pytest.mark.usefixtures("still_source")


@pytest.fixture
def desk(tmp_path: Path, go: Path) -> Desk:
    return set_up(tmp_path, go)


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
    assert "runs   /usr/local/bin/tiny" in done.out


def test_another_gotare_builds_anew(desk: Desk, still_source: Path) -> None:
    first = desk.build()
    for name, is_of_builds in (("lint/run.py", False), ("pack.py", True), ("probe/main.go", True)):
        path = still_source / name
        before = path.stat()
        path.write_text(path.read_text() + "\n")
        assert (desk.build(), desk.unchanged) == (first, not is_of_builds), name
        path.write_text(path.read_text()[:-1])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert desk.build() == first


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


@pytest.mark.parametrize(
    "damage", [Path.unlink, flip, truncate], ids=["gone", "another byte", "truncated"]
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
