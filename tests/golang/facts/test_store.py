"""What was read of files is kept, and never believed when anything about it is not right."""

from __future__ import annotations

import marshal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.content_key import digest_of
from gotare.golang.facts import store as store_module
from gotare.golang.facts.plain import file_of, plain_of, without_lines
from gotare.golang.facts.store import Store
from gotare.golang.syntax.file import read_file

SOURCE = b"""\
package main

import (
	"fmt"
	pg "github.com/lib/pq"
)

//go:generate stringer -type=T

const A, B = 1 + iota, "b"

var fallback = &T{Name: "x", Inner: map[string]int{"a": 1}}

type T struct {
	Name string `env:"NAME"`
}

func (t *T) run(args ...string) (err error) {
	if x := pg.Array(args); len(args) > 0 {
		defer fmt.Println(x, -1, args[0])
	}
	for _, a := range args {
		go func() { fmt.Println(a) }()
	}
	return nil
}
"""
KEY = digest_of(SOURCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one file in it."""
    path = tmp_path / "below" / "store"
    store = Store(path)
    store.keep_file(KEY, read_file(SOURCE))
    store.save()
    return path


def test_kept_and_found(path: Path) -> None:
    assert Store(path).file(KEY) == read_file(SOURCE)
    assert Store(path).file(digest_of(b"")) is None
    assert Store(path.with_name("other")).file(KEY) is None
    assert [entry.name for entry in path.parent.iterdir()] == ["store"]


def test_without_a_path_it_lasts_for_this_run() -> None:
    store = Store(None)
    store.keep(b"k", (1, "a"))
    store.save()
    assert store.plain(b"k") == (1, "a")


@given(position=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_damaged_store_is_none(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int
) -> None:
    path = tmp_path_factory.mktemp("store") / "store"
    store = Store(path)
    store.keep_file(KEY, read_file(SOURCE))
    store.save()
    content = bytearray(path.read_bytes())
    position %= len(content)
    content[position] ^= byte
    path.write_bytes(content)
    assert Store(path).file(KEY) == (read_file(SOURCE) if byte == 0 else None)


@pytest.mark.parametrize("length", [0, 1, 20, 83, 100, -1])
def test_a_cut_store_is_none(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert Store(path).file(KEY) is None


def test_that_of_other_readers_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_readers", lambda: b"another version")
    assert Store(path).file(KEY) is None


@pytest.mark.parametrize("entry", [b"", b"x", marshal.dumps(7), marshal.dumps((1, 2))])
def test_an_entry_that_is_no_file(tmp_path: Path, entry: bytes) -> None:
    store = Store(tmp_path / "s")
    store._used[KEY] = entry
    assert store.file(KEY) is None


def test_the_newest_entries_stay_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "store"
    for number in range(10):
        store = Store(path, limit=5000)
        store.keep(b"%d" % number, ("x" * 1000,))
        store.save()
    kept = Store(path)
    assert [n for n in range(10) if kept.plain(b"%d" % n)] == [6, 7, 8, 9]


def test_what_is_used_stays_before_what_is_not(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path, limit=3500)
    for name in (b"a", b"b", b"c"):
        store.keep(name, ("x" * 1000,))
    store.save()
    again = Store(path, limit=3500)
    assert again.plain(b"a")
    again.keep(b"d", ("x" * 1000,))
    again.save()
    last = Store(path)
    assert [bool(last.plain(name)) for name in (b"a", b"b", b"c", b"d")] == [
        True,
        False,
        True,
        True,
    ]


def test_a_store_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    store = Store(blocked / "store")
    store.keep(b"k", (1,))
    store.save()
    assert store.plain(b"k") == (1,)


def test_nothing_new_writes_nothing(path: Path) -> None:
    before = path.stat().st_mtime_ns, path.stat().st_ino
    store = Store(path)
    assert store.file(KEY)
    store.save()
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


@given(st.binary(max_size=400))
def test_whatever_is_read_can_be_kept(content: bytes) -> None:
    file = read_file(content)
    assert file_of(marshal.loads(marshal.dumps(plain_of(file)))) == file


def test_lines_do_not_count() -> None:
    moved = b"// A comment\n\n" + SOURCE.replace(b"(err error) {", b"(err error) {\n\n// x\n")
    assert read_file(moved) != read_file(SOURCE)
    assert without_lines(read_file(moved)) == without_lines(read_file(SOURCE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"fmt"', b'"log"'),
        (b"stringer -type=T", b"stringer -type=U"),
        (b'"b"', b'"c"'),
        (b'Name: "x"', b'Name: "y"'),
        (b'`env:"NAME"`', b'`env:"OTHER"`'),
        (b"args[0]", b"args[1]"),
        (b"len(args) > 0", b"len(args) > 1"),
        (b"defer fmt.Println(x,", b"defer fmt.Print(x,"),
        (b"return nil", b"return err"),
        (b"return nil", b"return nil)"),
    ],
)
def test_code_does(old: bytes, new: bytes) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert without_lines(read_file(changed)) != without_lines(read_file(SOURCE))
