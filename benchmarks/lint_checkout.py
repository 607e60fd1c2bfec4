"""Writes the files of a commit into a folder, without those that a partial copy lacks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from benchmarks.lint_corpus import git

_EXECUTABLE = "100755"
_LINK = "120000"


def check_out(repository: Path, commit: str, folder: Path) -> int:
    """Write a commit of a git directory into a folder; return how many files are absent.

    Raises UnreadError when the commit itself cannot be read.
    """
    entries = list(_entries(repository, commit))
    absent = 0
    with subprocess.Popen(
        ["git", "--git-dir", str(repository), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"GIT_NO_LAZY_FETCH": "1"},
    ) as reader:
        assert reader.stdin and reader.stdout
        for mode, blob, path in entries:
            reader.stdin.write(blob.encode() + b"\n")
            reader.stdin.flush()
            header = reader.stdout.readline().split()
            if header[-1] == b"missing":
                absent += 1
                continue
            content = reader.stdout.read(int(header[2]))
            reader.stdout.read(1)
            _write(folder, mode, path, content)
        reader.stdin.close()
    return absent


def _entries(repository: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    tree = git(repository, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
    for entry in filter(None, tree.split("\0")):
        facts, _, path = entry.partition("\t")
        mode, kind, blob = facts.split()
        if kind == "blob" and ".." not in PurePosixPath(path).parts:
            yield mode, blob, path


def _write(folder: Path, mode: str, path: str, content: bytes) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if mode == _LINK:
        place.symlink_to(os.fsdecode(content))
        return
    place.write_bytes(content)
    if mode == _EXECUTABLE:
        place.chmod(0o755)
