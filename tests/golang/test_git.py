"""What git knows is read with few processes; whatever is missing is told and never fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.git import GitFacts, git_state_files, normal_url, read_git
from tests.golang.sources import git, write

ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CEILING_DIRECTORIES": "/"}
TIME = 1704164645


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = write(tmp_path / "repo", {"main.go": "package main\n", "README.md": "r\n"})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def _read(folder: Path, *inputs: Path) -> GitFacts:
    facts = read_git(folder, ENV, inputs)
    assert facts
    return facts


def test_revision_time_and_version(repo: Path) -> None:
    head = git(repo, "rev-parse", "HEAD")
    assert _read(repo) == GitFacts(head, TIME)
    git(repo, "tag", "v1.2.3")
    assert _read(repo).version == "v1.2.3"
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    assert _read(repo / ".").version == f"v1.2.3-1-g{git(repo, 'rev-parse', '--short', 'HEAD')}"
    assert _read(repo).json()["time"] == TIME


def test_only_inputs_make_it_dirty(repo: Path) -> None:
    inputs = (repo / "main.go", repo / "new.go")
    assert not _read(repo, *inputs).dirty
    write(repo, {"README.md": "changed", "notes.txt": "untracked"})
    assert not _read(repo, *inputs).dirty
    write(repo, {"new.go": "package main\n"})
    assert _read(repo, *inputs).dirty, "an input that is not committed"
    (repo / "new.go").unlink()
    write(repo, {"main.go": "package main // changed\n"})
    assert _read(repo, *inputs).dirty
    git(repo, "add", "main.go")
    assert _read(repo, *inputs).dirty, "staged is not committed"
    (repo / "main.go").unlink()
    assert _read(repo, *inputs).dirty
    assert not _read(repo).dirty, "nothing was asked for"


def test_inputs_below_and_beside_the_folder(repo: Path) -> None:
    write(repo, {"svc/main.go": "a", "lib/l ü\n.go": "b"})
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "more")
    inputs = (repo / "svc/main.go", repo / "lib/l ü\n.go", repo.parent / "outside.go")
    assert not _read(repo / "svc", *inputs).dirty
    write(repo, {"lib/l ü\n.go": "c"})
    assert _read(repo / "svc", *inputs).dirty
    many = [repo / f"d{n}" / "x.go" for n in range(300)]
    assert _read(repo, *many, *inputs).dirty


def test_reading_does_not_touch_the_index(repo: Path) -> None:
    os.utime(repo / "main.go")
    before = (repo / ".git/index").stat().st_mtime_ns
    _read(repo, repo / "main.go")
    assert (repo / ".git/index").stat().st_mtime_ns == before


def test_no_repository(tmp_path: Path) -> None:
    assert read_git(tmp_path, ENV) is None
    assert git_state_files(tmp_path) == ()


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "git@example.com:me/app.git")
    facts = _read(tmp_path)
    assert facts.revision == ""
    assert facts.url == "https://example.com/me/app"
    assert facts.warning == "the git repository has no commit yet"


def test_no_git_program(repo: Path) -> None:
    head = git(repo, "rev-parse", "HEAD")
    facts = read_git(repo, {"PATH": "/nowhere"})
    assert facts and facts.revision == head
    assert "cannot run git" in facts.warning
    git(repo, "pack-refs", "--all")
    packed = read_git(repo, {"PATH": "/nowhere"})
    assert packed and packed.revision == head
    git(repo, "checkout", "-q", "--detach")
    detached = read_git(repo, {"PATH": "/nowhere"})
    assert detached and detached.revision == head


def test_repository_of_another_user(repo: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder to another user needs root")
    for path in (repo, repo / ".git"):
        os.chown(path, 12345, 12345)
    facts = _read(repo)
    assert facts.revision == ""
    assert "another user owns it" in facts.warning
    assert "safe.directory" in facts.warning


def test_broken_repository(repo: Path) -> None:
    shutil.rmtree(repo / ".git/objects")
    facts = _read(repo)
    assert facts.revision == ""
    assert facts.warning.startswith("git: ")


def test_shallow_clone(repo: Path, tmp_path: Path) -> None:
    git(repo, "tag", "v1.0.0")
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", str(clone))
    facts = _read(clone)
    assert facts.revision == git(repo, "rev-parse", "HEAD")
    assert facts.version == ""
    assert "shallow" in facts.warning
    assert facts.url == "", "a local path says nothing to others"


def test_worktree(repo: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(repo, "worktree", "add", "-q", "-b", "side", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "second")
    assert _read(tree, tree / "main.go").revision == git(tree, "rev-parse", "HEAD")
    write(tree, {"main.go": "changed"})
    assert _read(tree, tree / "main.go").dirty
    files = git_state_files(tree)
    assert repo / ".git/worktrees/tree/HEAD" in files
    assert repo / ".git/refs/heads/side" in files


def test_submodule(repo: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo), "sub")
    facts = _read(outer / "sub", outer / "sub/main.go")
    assert facts.revision == git(repo, "rev-parse", "HEAD")
    assert not facts.dirty
    assert outer / ".git/modules/sub/HEAD" in git_state_files(outer / "sub")


def _state(folder: Path) -> dict[Path, tuple[int, int] | None]:
    def one(path: Path) -> tuple[int, int] | None:
        return (path.stat().st_mtime_ns, path.stat().st_ino) if path.exists() else None

    return {path: one(path) for path in git_state_files(folder)}


@pytest.mark.parametrize(
    "command",
    [
        ("commit", "-q", "--allow-empty", "-m", "second"),
        ("tag", "v1.0.0"),
        ("tag", "deep/v1.0.0"),
        ("tag", "-d", "v0.0.1"),
        ("checkout", "-q", "-b", "other"),
        ("pack-refs", "--all"),
        ("remote", "add", "origin", "https://example.com/x"),
    ],
)
def test_state_files_tell_changes(repo: Path, command: tuple[str, ...]) -> None:
    git(repo, "tag", "v0.0.1")
    before = _state(repo)
    git(repo, *command)
    assert _state(repo) != before


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@github.com:me/app.git", "https://github.com/me/app"),
        ("ssh://git@git.example:2222/me/app.git", "https://git.example/me/app"),
        ("https://me:secret@GitHub.com/me/app.git/", "https://github.com/me/app"),
        ("https://token@git.example:8443/me/app", "https://git.example:8443/me/app"),
        ("git://git.example/app", "https://git.example/app"),
        ("git.example:me/app", "https://git.example/me/app"),
        ("/srv/git/app", ""),
        ("../app", ""),
        ("file:///srv/app", ""),
        ("https://[::1/x", ""),
        ("https://git.example:port/x", ""),
        ("https://me:1/secret@git.example/x", ""),
        ("https://to/ken@git.example/x", ""),
        ("https://git.example/@me/x", "https://git.example/@me/x"),
        ("", ""),
    ],
)
def test_addresses(remote: str, url: str) -> None:
    assert normal_url(remote) == url


@given(st.text())
def test_no_address_holds_credentials(text: str) -> None:
    for remote in (f"https://user:{text}@git.example/x", f"ssh://user:{text}@git.example/x"):
        assert normal_url(remote) in ("", "https://git.example/x") or "@" in text
        assert "user:" not in normal_url(remote) or "user:" in text
    assert "user:" not in normal_url(text) or "user:" in text


def test_remote_of_the_branch(repo: Path) -> None:
    git(repo, "remote", "add", "fork", "git@git.example:fork/app.git")
    assert _read(repo).url == "https://git.example/fork/app", "the only one"
    git(repo, "remote", "add", "origin", "https://git.example/app")
    assert _read(repo).url == "https://git.example/app"
    git(repo, "config", "branch.main.remote", "fork")
    assert _read(repo).url == "https://git.example/fork/app"
