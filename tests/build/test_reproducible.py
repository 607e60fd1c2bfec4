"""The same digest wherever and whenever, and whoever builds it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gotare.oci.layout import Layout
from tests.build.projects import example, tiny
from tests.build.run import check, digests, environment, result, root_of
from tests.conftest import need
from tests.golang.sources import git

PLATFORMS = (
    "linux/386",
    "linux/amd64",
    "linux/arm/v7",
    "linux/arm64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
)
DAY = 86_400

LATER = f"""
import sys, time
from gotare.cli.main import run
now, now_ns = time.time, time.time_ns
time.time, time.time_ns = lambda: now() + {DAY}, lambda: now_ns() + {DAY} * 10**9
sys.exit(run(sys.argv[1:]))
"""
"""Runs gotare with a clock that is a day ahead."""


@dataclass(frozen=True)
class Builder:
    """Somebody who clones and builds."""

    umask: int = 0o022
    variables: Mapping[str, str] = field(default_factory=dict)
    day_before: bool = False
    user: int | None = None
    go_cache: str = ""


def clone(origin: Path, folder: Path, builder: Builder) -> Path:
    """Clone as the builder would."""
    before = os.umask(builder.umask)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        git(origin, "clone", "-q", str(origin), str(folder))
        git(folder, "remote", "set-url", "origin", "https://git.example.com/me/hello.git")
    finally:
        os.umask(before)
    if builder.day_before:
        then = time.time() - DAY
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (then, then), follow_symlinks=False)
    return folder


def words_of(builder: Builder, arguments: list[str]) -> list[str]:
    """Return the command, run by the builder's user and in the builder's time."""
    words = [sys.executable, "-c", LATER if builder.day_before else LATER.replace(str(DAY), "0")]
    if builder.user is None:
        return words + arguments
    # It may go where root's Python and Go are, but is another user with other files.
    search = "dac_read_search"
    who = [f"--reuid={builder.user}", f"--regid={builder.user}", "--clear-groups"]
    may = [f"--inh-caps=+{search}", f"--ambient-caps=+{search}"]
    return [str(need("setpriv")), *who, *may, *words, *arguments]


def built_by(builder: Builder, project: Path, *arguments: str) -> list[str]:
    """Build; return the digests."""
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    go_cache = builder.go_cache or shared_go_cache()
    variables = {"HOME": str(home), "GOCACHE": go_cache, "GOPATH": str(home / "go")}
    env = environment(project.parent / "cache", {**variables, **builder.variables})
    if builder.user is not None:
        for folder in (project.parent, *project.parent.rglob("*")):
            os.chown(folder, builder.user, builder.user, follow_symlinks=False)
    done = subprocess.run(
        words_of(builder, ["build", "-C", str(project), "--json", *arguments]),
        env=env,
        umask=builder.umask,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    document = json.loads(done.stdout)
    store = Layout(project / "dist")
    for image in document["images"]:
        check(store, root_of(store, image["digest"]))
    return list(digests(document))


def shared_go_cache() -> str:
    """Return where this user's `go` keeps what it compiled."""
    default = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return os.environ.get("GOCACHE") or str(Path(default) / "go-build")


@pytest.fixture
def origin(tmp_path: Path, go: Path) -> Path:
    """examples/hello in a repository with a tag."""
    return published(example("hello", tmp_path / "origin"))


def published(folder: Path) -> Path:
    """Make a project a repository with a tag."""
    (folder / ".gitignore").write_text("dist/\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "tag", "v1.0.0")
    return folder


def test_all_platforms_from_two_clones(origin: Path, tmp_path: Path) -> None:
    """Everything differs between the two builders, and the standard library is compiled once."""
    one = Builder(umask=0o022, variables={"TZ": "UTC", "LANG": "C"})
    other = Builder(
        umask=0o077,
        variables={"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"},
        day_before=True,
    )
    platforms = f"--platform={','.join(PLATFORMS)}"
    first = built_by(one, clone(origin, tmp_path / "one" / "hello", one), platforms)
    far = tmp_path / "another" / "place, with spaces" / "app"
    second = built_by(other, clone(origin, far, other), platforms)
    assert second == first
    store = Layout(far / "dist")
    image = check(store, root_of(store, first[0]))
    assert sorted(image.manifests) == sorted(PLATFORMS)
    for platform in PLATFORMS:
        assert image.config(platform)["created"] == "2024-01-02T03:04:05Z"
        assert str(tmp_path).encode() not in image.content("usr/local/bin/hello", platform)


def test_another_user(tmp_path: Path, go: Path) -> None:
    """A small program, because everything is compiled anew for them."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    origin = published(tiny(tmp_path / "origin"))
    me = Builder()
    first = built_by(me, clone(origin, tmp_path / "one" / "hello", me))
    with tempfile.TemporaryDirectory() as folder:  # pytest's are closed to others
        Path(folder).chmod(0o755)
        place = Path(folder) / "theirs"
        them = Builder(user=65534, umask=0o027, go_cache=str(place / "go-cache"))
        assert built_by(them, clone(origin, place / "hello", them)) == first
        assert (place / "hello" / "dist" / "index.json").stat().st_uid == 65534


def test_a_source_archive_is_like_a_clone_with_the_same_words(origin: Path, tmp_path: Path) -> None:
    builder = Builder(variables={"SOURCE_DATE_EPOCH": "1704164645"})
    revision = git(origin, "rev-parse", "HEAD")
    cloned = clone(origin, tmp_path / "one" / "hello", builder)
    git(cloned, "remote", "remove", "origin")
    unpacked = tmp_path / "two" / "hello"
    unpacked.parent.mkdir()
    shutil.copytree(cloned, unpacked, ignore=shutil.ignore_patterns(".git"))
    said = ["--version=v1.0.0", f"--revision={revision}"]
    assert built_by(builder, unpacked, *said) == built_by(builder, cloned, *said)


def test_a_cold_go_cache_makes_no_difference(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    first = digests(result(project, tmp_path / "cache"))
    cold = {"GOCACHE": str(tmp_path / "go-cache")}
    assert digests(result(project, tmp_path / "cache2", **cold)) == first


def test_the_order_of_arguments_and_files_makes_no_difference(tmp_path: Path, go: Path) -> None:
    one = tiny(tmp_path / "one", {"a/1": "1", "a/2": "2", "a/3": "3"})
    two = tiny(tmp_path / "two", {"a/3": "3", "a/2": "2", "a/1": "1"})
    for project in (one, two):
        (project / "gotare.yaml").write_text("files: [{source: a, destination: /a}]\n")
    flags = ["--label=a=1", "--label=b=2", "--env=A=1", "--env=B=2", "--port=80", "--port=443"]
    first = digests(result(one, tmp_path / "cache", *flags))
    assert digests(result(two, tmp_path / "cache2", *reversed(flags))) == first


def test_jobs_make_no_difference(tmp_path: Path, go: Path) -> None:
    project = tiny(tmp_path / "tiny")
    first = digests(result(project, tmp_path / "cache"))
    again = result(project, tmp_path / "cache2", GOMAXPROCS="1", GOFLAGS="-p=1")
    assert digests(again) == first
