"""All changes are written, or everything is as it was."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gotare.errors import WriteError
from gotare.writing.atomic import write_all
from gotare.writing.changes import NewFile, compare

FILES = (
    NewFile("Makefile", "new make\n"),
    NewFile("k8s/base/deep/a.yaml", "a: 1\n"),
    NewFile("run.sh", "#!/bin/sh\n", executable=True),
    NewFile("compose.yaml", "new compose\n"),
)


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(root.rglob("*"))
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Makefile").write_text("old make\n")
    (root / "Makefile").chmod(0o640)
    (root / "compose.yaml").write_text("old compose\n")
    return root


def test_everything_is_written_and_modes_stay(project: Path) -> None:
    write_all(compare(project, FILES))
    assert {name: data for name, (_, data) in tree(project).items() if data} == {
        file.path: file.text.encode() for file in FILES
    }
    assert (project / "Makefile").stat().st_mode & 0o777 == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert (project / "run.sh").stat().st_mode & 0o777 == 0o777 & ~umask
    assert (project / "k8s/base/deep/a.yaml").stat().st_mode & 0o777 == 0o666 & ~umask


def test_the_owner_stays(project: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away; run as root")
    os.chown(project / "Makefile", 1234, 4321)
    write_all(compare(project, FILES))
    status = (project / "Makefile").stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)


@pytest.mark.parametrize("at", range(5))
def test_a_failure_at_any_rename_undoes_all(
    project: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before, real, calls = tree(project), os.link, []

    def failing(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) > at:
            raise FileExistsError(errno.EEXIST, "File exists")
        real(source, target)

    changes = compare(project, FILES)
    monkeypatch.setattr(os, "link", failing)
    if at < len(FILES):
        with pytest.raises(WriteError, match="cannot be written"):
            write_all(changes)
        assert tree(project) == before
    else:
        write_all(changes)
        assert tree(project) != before


def test_a_file_system_without_links(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_all(compare(project, FILES))
    assert sorted(name for name, (_, data) in tree(project).items() if data) == sorted(
        file.path for file in FILES
    )


def test_what_appears_in_the_meantime_is_not_lost(project: Path) -> None:
    changes = compare(project, FILES)
    (project / "run.sh").write_text("somebody's\n")
    before = tree(project)
    with pytest.raises(WriteError, match=r"run\.sh was changed in the meantime"):
        write_all(changes)
    assert tree(project) == before


def test_an_interrupt_leaves_everything(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = tree(project), os.fsync

    def interrupted(descriptor: int) -> None:
        real(descriptor)
        if (project / "run.sh").exists() or len(list(project.glob(".gotare-*"))) > 1:
            raise KeyboardInterrupt

    changes = compare(project, FILES)
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all(changes)
    assert tree(project) == before


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.root
def test_a_full_disk_leaves_everything(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=64k"):
        (tmp_path / "Makefile").write_text("old\n")
        before = tree(tmp_path)
        files = [NewFile("Makefile", "new\n"), NewFile("docs/a.md", "x" * 200_000)]
        with pytest.raises(WriteError, match=r"docs/a\.md cannot be written: No space"):
            write_all(compare(tmp_path, files))
        assert tree(tmp_path) == before


@pytest.mark.root
def test_a_read_only_folder_leaves_everything(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "Makefile").write_text("old\n")
    with mounted(tmp_path / "docs", "ro"):
        files = [NewFile("Makefile", "new\n"), NewFile("docs/a.md", "x")]
        with pytest.raises(WriteError, match=r"docs/a\.md cannot be written: Read-only") as caught:
            write_all(compare(tmp_path, files))
        assert "nothing was changed" in (caught.value.hint or "")
        assert (tmp_path / "Makefile").read_text() == "old\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile", "docs"]
