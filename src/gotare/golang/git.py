"""Reads what git knows of a project: revision, version, where it comes from, what is changed.

Two git processes at the same time (3 ms each); the rest is read from files. Git that is absent,
refuses or knows little leads to fewer facts and a warning, never to an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gotare.errors import ToolError
from gotare.frozen import dataclass
from gotare.golang.process import Command, Finished, run_all

MAX_PATHSPECS = 200
"""Folders named on git's command line at most; with more, git looks at the whole repository."""


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What git knows. Empty strings and `time` 0 stand for what could not be learnt.

    `time` is the commit's, in seconds since 1970. `version` is as `git describe --tags` says:
    v1.2.3, or v1.2.3-4-gabcdef0. `dirty`: a build input differs from the commit. `url` is an https
    address without credentials.
    """

    revision: str
    time: int = 0
    version: str = ""
    url: str = ""
    dirty: bool = False
    warning: str = ""

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def read_git(
    directory: Path, env: Mapping[str, str], inputs: Iterable[Path] = ()
) -> GitFacts | None:
    """Read the facts of the repository that holds a folder; None when there is no repository.

    `inputs` are the files that the build reads: only they make it dirty.
    """
    directory = directory.resolve()
    folders = _git_folders(directory)
    if not folders:
        return None
    git_dir, common = folders
    url = _remote(common / "config", _branch(git_dir))
    files = {path.resolve() for path in inputs}
    try:
        log, status = _ask(directory, env, files)
    except ToolError as error:
        return GitFacts(_head_revision(git_dir, common), url=url, warning=error.message)
    if log.code:
        return _without_log(log, url)
    revision, seconds, version = [*log.stdout.split("\n"), "", "", ""][:3]
    changed = set(_changed(status.stdout, _top(git_dir, directory)))
    return GitFacts(
        revision,
        int(seconds) if seconds.isdigit() else 0,
        "" if version.startswith("%(") else version,
        url,
        bool(changed & files) if files else False,
        _first_line(status.stderr) if status.code else _shallow(common, version),
    )


def _ask(
    directory: Path, env: Mapping[str, str], files: Iterable[Path]
) -> tuple[Finished, Finished]:
    """Run git log and git status. Without GIT_OPTIONAL_LOCKS=0, status would rewrite the index."""
    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    folders = sorted({str(path.parent) for path in files if path.is_relative_to(directory)})
    outside = any(not path.is_relative_to(directory) for path in files)
    specs = folders if len(folders) <= MAX_PATHSPECS and not outside else []
    log = ("git", "log", "-1", "--no-show-signature", "--format=%H%n%ct%n%(describe:tags)")
    status = (
        *("git", "--literal-pathspecs", "status", "--porcelain=v1", "-z", "--no-renames"),
        *("--untracked-files=all", "--ignore-submodules=none", "--", *specs),
    )
    done = run_all([Command(args, directory, quiet) for args in (log, status)])
    return done[0], done[1]


def _without_log(log: Finished, url: str) -> GitFacts | None:
    """Return the facts when git log fails: no commit yet, or git refuses the repository."""
    if "does not have any commits" in log.stderr or "bad default revision" in log.stderr:
        return GitFacts("", url=url, warning="the git repository has no commit yet")
    if "dubious ownership" in log.stderr:
        warning = "git refuses the repository because another user owns it"
        return GitFacts("", url=url, warning=f"{warning}: git config --global --add safe.directory")
    return GitFacts("", url=url, warning=_first_line(log.stderr))


def _first_line(text: str) -> str:
    return "git: " + (text.strip().splitlines() or ["failed"])[0]


def _shallow(common: Path, version: str) -> str:
    if (common / "shallow").exists() and not version:
        return "the clone is shallow, so git knows no version (git fetch --unshallow --tags)"
    return ""


def _changed(status: str, top: Path) -> Iterator[Path]:
    """Yield the paths of `git status --porcelain=v1 -z`, which are relative to the work tree."""
    for entry in status.split("\0"):
        if len(entry) > 3:
            yield top / entry[3:]


def _top(git_dir: Path, directory: Path) -> Path:
    """Return the top of the work tree: the folder above the one with `.git` in it."""
    for folder in (directory.resolve(), *directory.resolve().parents):
        if (folder / ".git").exists():
            return folder
    return git_dir.parent


def _git_folders(directory: Path) -> tuple[Path, Path] | None:
    """Return the folder with HEAD and the one with refs and config; they differ in a worktree.

    Source: gitrepository-layout(5), `gitdir:` files and `commondir`.
    """
    top = directory.resolve()
    for folder in (top, *top.parents):
        dot_git = folder / ".git"
        if dot_git.is_dir():
            return dot_git, dot_git
        target = _text(dot_git).partition("gitdir:")[2].strip()
        if target:
            git_dir = (folder / target).resolve()
            common = _text(git_dir / "commondir").strip()
            return git_dir, (git_dir / common).resolve() if common else git_dir
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _branch(git_dir: Path) -> str:
    """Return the ref that HEAD points to, such as refs/heads/main; "" when it is detached."""
    return _text(git_dir / "HEAD").partition("ref:")[2].strip()


def _head_revision(git_dir: Path, common: Path) -> str:
    """Return the commit of HEAD from files alone, as far as loose and packed refs tell it."""
    ref = _branch(git_dir)
    found = _text(common / ref if ref else git_dir / "HEAD").strip()
    if ref and not found:
        packed = re.search(rf"^([0-9a-f]+) {re.escape(ref)}$", _text(common / "packed-refs"), re.M)
        found = packed[1] if packed else ""
    return found if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", found) else ""


def git_state_files(directory: Path) -> tuple[Path, ...]:
    """Return the files and folders that change when HEAD, refs, tags or remotes do.

    Not the index: git status rewrites it, and staging a file does not make it differ from HEAD
    more than it did. Present or not: one that appears is a change as well. Folders count with
    their listing. Empty without a repository. No git is run.
    """
    folders = _git_folders(directory)
    if not folders:
        return ()
    git_dir, common = folders
    ref, tags = _branch(git_dir), common / "refs" / "tags"
    found = [git_dir / "HEAD", common / "config", common / "packed-refs"]
    found += [common / "shallow", common / "reftable" / "tables.list", tags]
    if ref:
        found.append(common / ref)
    found += sorted(path for path in tags.rglob("*"))
    return tuple(found)


def _remote(config: Path, branch: str) -> str:
    """Return the address of the branch's remote, else of origin, else of the only one there is."""
    sections = _config(config)
    remotes = {name: keys["url"] for (kind, name), keys in sections.items()
               if kind == "remote" and "url" in keys}  # fmt: skip
    followed = sections.get(("branch", branch.removeprefix("refs/heads/")), {}).get("remote", "")
    only = next(iter(remotes.values())) if len(remotes) == 1 else ""
    return normal_url(remotes.get(followed) or remotes.get("origin") or only)


def _config(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Read a git config file, without includes (git-config(1), "Syntax")."""
    sections: dict[tuple[str, str], dict[str, str]] = {}
    keys: dict[str, str] = {}
    for line in _text(path).splitlines():
        header = re.match(r'\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]', line)
        pair = re.match(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$", line)
        if header:
            name = re.sub(r"\\(.)", r"\1", header[2] or "")
            keys = sections.setdefault((header[1].lower(), name), {})
        elif pair:
            keys[pair[1].lower()] = pair[2].strip('"')
    return sections


def normal_url(remote: str) -> str:
    """Return a remote as an https address without credentials, port of ssh and `.git`.

    "" for a local path, for what is not an address, and where a slash in a password that should
    have been percent-encoded makes a part of it look like a path.
    """
    scp = re.fullmatch(r"(?:[^@/:\s]+@)?([\w.-]+\.[\w-]+|localhost):(?!//)/?(\S+)", remote)
    if scp:
        return _https(scp[1], None, scp[2])
    try:
        parts = urlsplit(remote)
        port = parts.port if parts.scheme in ("http", "https") else None
    except ValueError:
        return ""
    known = parts.scheme in ("http", "https", "ssh", "git", "git+ssh", "git+https")
    plain_host = "." in parts.netloc and ":" not in parts.netloc
    if "@" not in parts.netloc and "@" in remote and not plain_host:
        return ""
    return _https(parts.hostname, port, parts.path) if known and parts.hostname else ""


def _https(host: str, port: int | None, path: str) -> str:
    path = re.sub(r"(\.git)?/*$", "", path.strip("/"))
    return f"https://{host.lower()}{f':{port}' if port else ''}/{path}".rstrip("/")
