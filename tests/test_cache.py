"""The cache: bounded, and never needed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gotare.cache import DEFAULT_LIMIT, Cache, cache_limit, cache_root, open_cache
from gotare.errors import UsageError

HOUR = 3600


def _fill(cache: Cache, ages: dict[str, float], now: float) -> None:
    for name, age in ages.items():
        path = cache.folder("blobs") / name
        path.write_bytes(bytes(1000))
        os.utime(path, (now - age, now - age))


def _names(cache: Cache) -> set[str]:
    return {path.name for path in (cache.root / "blobs").iterdir()}


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache, now = Cache(tmp_path, limit=2500), time.time()
    _fill(cache, {"old": 9 * HOUR, "older": 10 * HOUR, "newer": 2 * HOUR, "new": 1}, now)
    assert cache.prune(now) == 2000
    assert _names(cache) == {"newer", "new"}


def test_what_was_just_used_stays_even_above_the_limit(tmp_path: Path) -> None:
    cache, now = Cache(tmp_path, limit=10), time.time()
    _fill(cache, {"a": 10, "b": 20}, now)
    assert cache.prune(now) == 0
    assert _names(cache) == {"a", "b"}


def test_it_is_not_pruned_all_the_time_nor_twice_at_once(tmp_path: Path) -> None:
    cache, now = Cache(tmp_path, limit=10), time.time()
    assert cache.prune(now) == 0
    _fill(cache, {"a": 9 * HOUR}, now)
    assert cache.prune(now + 60) == 0
    assert cache.prune(now + HOUR) == 1000


def test_below_the_limit_nothing_goes(tmp_path: Path) -> None:
    cache, now = Cache(tmp_path, limit=DEFAULT_LIMIT), time.time()
    _fill(cache, {"a": 1000 * HOUR}, now)
    assert cache.prune(now) == 0
    assert _names(cache) == {"a"}


def test_where_it_is(tmp_path: Path) -> None:
    assert cache_root({}, tmp_path) == tmp_path / ".cache/gotare"
    assert cache_root({"XDG_CACHE_HOME": "/x"}, tmp_path) == Path("/x/gotare")
    assert cache_root({"XDG_CACHE_HOME": "/x", "GOTARE_CACHE": "/y"}, tmp_path) == Path("/y")


@pytest.mark.parametrize(
    ("text", "size"), [("", DEFAULT_LIMIT), ("500M", 500 << 20), ("4g", 4 << 30), ("10KB", 10240)]
)
def test_its_size(text: str, size: int) -> None:
    assert cache_limit({"GOTARE_CACHE_SIZE": text}) == size


@pytest.mark.parametrize("text", ["big", "-1", "1.5G", "G"])
def test_a_size_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="not a size"):
        cache_limit({"GOTARE_CACHE_SIZE": text})


def test_one_that_cannot_be_written_is_replaced_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with open_cache({"GOTARE_CACHE": str(tmp_path / "file" / "x")}, tmp_path) as (cache, warning):
        assert "cannot be written" in str(warning)
        (cache.folder("blobs") / "a").touch()
        root = cache.root
    assert not root.exists()
    with open_cache({}, tmp_path) as (cache, warning):
        assert warning is None
    assert cache.root.is_dir()
