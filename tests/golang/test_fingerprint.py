"""Fingerprints: whatever a build reads may change, and each change is seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gotare.golang.fingerprint import (
    Fingerprint,
    changed_since,
    difference,
    package_folders,
    take,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("go.mod", "main.go", "main_test.go", "README.md", "sub/a.go", "sub/page.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def _take(root: Path) -> Fingerprint:
    seen = take(
        files=[root / "go.mod", root / "main.go", root / "sub/a.go", root / "go.work"],
        folders=[root, root / "sub"],
        trees=[root],
        embeds=[root / "sub"],
    )
    copied: Fingerprint = json.loads(json.dumps(seen))
    return copied


def _same_size_and_time(root: Path) -> None:
    path = root / "main.go"
    before = path.stat()
    path.write_text("MAIN.go")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replaced(root: Path) -> None:
    (root / "new").write_text("main.go")
    (root / "new").replace(root / "main.go")


def _new_package(root: Path) -> None:
    (root / "cmd/x").mkdir(parents=True)
    (root / "cmd/x/x.go").touch()


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda root: (root / "main.go").write_text("package main"),
    "same size and time": _same_size_and_time,
    "replaced": _replaced,
    "mode": lambda root: (root / "go.mod").chmod(0o600),
    "deleted": lambda root: (root / "sub/a.go").unlink(),
    "what was absent": lambda root: (root / "go.work").write_text("go 1.24"),
    "new source": lambda root: (root / "b.go").touch(),
    "new header": lambda root: (root / "b.h").touch(),
    "new package": _new_package,
    "new module": lambda root: (root / "sub/go.mod").touch(),
    "new embedded file": lambda root: (root / "sub/b.html").touch(),
    "folder gone": lambda root: (root / "sub").rename(root / ".hidden"),
}


def test_nothing_changed(project: Path) -> None:
    seen = _take(project)
    assert difference(seen) is None


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(project: Path, name: str) -> None:
    seen = _take(project)
    CHANGES[name](project)
    assert difference(seen) is not None


@pytest.mark.parametrize("name", ["README.md", "main_test.go", "dist/index.json", "x_test.go"])
def test_what_no_build_reads_does_not_count(project: Path, name: str) -> None:
    seen = _take(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed")
    assert difference(seen) is None


def test_a_change_during_the_build_is_seen(project: Path) -> None:
    seen = _take(project)
    stat = (project / "main.go").stat().st_ctime_ns
    assert changed_since(seen, stat + 10**9) is None
    assert changed_since(seen, stat) is not None


def test_folders_are_walked_as_go_does(tmp_path: Path) -> None:
    skipped = ("_b/x.go", ".c/x.go", "testdata/x.go", "vendor/x.go", "d/readme")
    for name in ("a/x.go", "e/f/x.go", *skipped):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = [str(Path(folder).relative_to(tmp_path)) for folder in package_folders(str(tmp_path))]
    assert found == ["a", "e/f"]
    assert package_folders(str(tmp_path / "nowhere")) == []
