"""Collects real Dockerfiles of Go repositories into .cache/lint-corpus, which git ignores.

    benchmarks/lint_corpus.py                 all repositories of lint_corpus.txt
    benchmarks/lint_corpus.py caddy dapr      those whose name contains one of the words
    benchmarks/lint_corpus.py --mirror DIR    from copies: DIR/OWNER+NAME/repo is a git directory

Each repository is fetched by git at its pinned commit. `manifest.json` tells where each file comes
from; the same content counts once. The exit code is 1 when a repository could not be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
LIST = Path(__file__).with_suffix(".txt")
CORPUS = ROOT / ".cache" / "lint-corpus"
FILES = CORPUS / "files"
MANIFEST = CORPUS / "manifest.json"

LARGEST = 1 << 20
"""Bytes of a file that is taken."""

_NAME = re.compile(r"(?i)([^/]+\.)?(dockerfile|containerfile)([.-][^/]*)?")
_OTHER = re.compile(
    r"(?i)\.(go|md|tmpl|tpl|gotmpl|j2|in|ya?ml|json|sh|py|rs|tsx?|js|dockerignore|txt|rst|png|svg|golden)"
)
"""What a file is that has Dockerfile in its name and is none, or a template of one."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a commit."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of the corpus. `go`: it names Go, so that gotare's rules have something to look at."""

    repository: str
    commit: str
    path: str
    sha256: str
    size: int
    go: bool


class UnreadError(Exception):
    """A repository could not be fetched or read."""


def listed(words: Sequence[str]) -> list[Repository]:
    """Return the repositories of the list whose name contains one of the words, or all."""
    lines = [line.split() for line in LIST.read_text().splitlines() if not line.startswith("#")]
    found = [Repository(name, commit) for name, commit in lines]
    return [one for one in found if not words or any(word in one.name for word in words)]


def is_dockerfile(path: str) -> bool:
    """Whether a file of this path is one to take."""
    name = PurePosixPath(path).name
    return bool(_NAME.fullmatch(name)) and not _OTHER.fullmatch(PurePosixPath(name).suffix)


def git(folder: Path, *arguments: str) -> bytes:
    """Run git in a bare repository. Raises UnreadError."""
    command = ["git", "--git-dir", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise UnreadError(done.stderr.decode(errors="replace").strip()[-200:])
    return done.stdout


def fetched(one: Repository, mirror: Path | None) -> Path:
    """Return a git directory that has the commit. Raises UnreadError."""
    if mirror:
        return mirror / one.name.replace("/", "+") / "repo"
    folder = CORPUS / "repositories" / f"{one.name}.git"
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--bare", "--quiet")
    try:
        git(folder, "cat-file", "-e", f"{one.commit}^{{tree}}")
    except UnreadError:
        git(folder, "fetch", "--quiet", "--depth=1", f"https://github.com/{one.name}", one.commit)
    return folder


def contents(folder: Path, commit: str) -> Iterator[tuple[str, bytes]]:
    """Yield the Dockerfiles of a commit. Raises UnreadError."""
    tree = git(folder, "ls-tree", "-r", "-z", "-l", commit).decode("utf-8", "surrogateescape")
    for entry in filter(None, tree.split("\0")):
        facts, _, path = entry.partition("\t")
        mode, kind, blob, size = facts.split()
        if kind != "blob" or mode == "120000" or not is_dockerfile(path):
            continue
        if int(size) <= LARGEST and ".." not in PurePosixPath(path).parts:
            yield path, git(folder, "cat-file", "blob", blob)


def take(one: Repository, mirror: Path | None, known: set[str]) -> list[Taken]:
    """Write the files of a repository into the corpus. Raises UnreadError."""
    found = []
    for path, content in contents(fetched(one, mirror), one.commit):
        digest = hashlib.sha256(content).hexdigest()
        if digest in known:
            continue
        known.add(digest)
        place = FILES / one.name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        go = re.search(rb"\bgolang\b|\bgo (build|mod|install|run)\b", content) is not None
        found.append(Taken(one.name, one.commit, path, digest, len(content), go))
    return found


def main() -> int:
    """Collect the files. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="parts of names of repositories")
    parser.add_argument("--mirror", type=Path, help="a folder with copies of the repositories")
    options = parser.parse_args()
    shutil.rmtree(FILES, ignore_errors=True)
    known: set[str] = set()
    taken: list[Taken] = []
    failed = 0
    for one in listed(options.words):
        try:
            found = take(one, options.mirror, known)
        except UnreadError as error:
            failed += 1
            print(f"{one.name}: not read: {error}")
            continue
        taken += found
        print(f"{one.name}: {len(found)}")
    CORPUS.mkdir(parents=True, exist_ok=True)
    MANIFEST.write_text(json.dumps([asdict(one) for one in taken], indent=1) + "\n")
    repositories = len({one.repository for one in taken})
    print(f"{len(taken)} files of {repositories} repositories, {sum(t.go for t in taken)} name Go")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
