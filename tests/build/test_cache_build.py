"""The cache is never needed: it may vanish, be damaged, be shared, and be left in the middle."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.build.desk import Desk, flip, set_up, truncate
from tests.build.run import (
    check_layout,
    command,
    environment,
    gotare,
    load,
    settle,
)


@pytest.fixture
def desk(tmp_path: Path, go: Path) -> Desk:
    return set_up(tmp_path, go)


# the cache


def test_the_cache_may_vanish(desk: Desk) -> None:
    first = desk.build()
    shutil.rmtree(desk.cache)
    assert desk.build() == first
    for folder in sorted(path for path in desk.cache.iterdir() if path.is_dir()):
        shutil.rmtree(folder)
        shutil.rmtree(desk.project / "dist")
        assert desk.build() == first, folder


@pytest.mark.parametrize("damage", [flip, truncate], ids=["another byte", "truncated"])
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
        flip(record, place, 1)
        assert desk.build() == first, content[place - 40 : place + 40]


def test_no_digit_of_a_remembered_part_is_believed_blindly(desk: Desk) -> None:
    first = desk.build()
    for part in (desk.cache / "parts").iterdir():
        flip(part, part.read_bytes().index(b'"diff_id":"sha256:') + 30, 1)
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
