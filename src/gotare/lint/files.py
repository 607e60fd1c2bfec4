"""Which files are linted: those that are named, or those of a folder that git does not ignore.

Nothing is read here but the beginning of YAML and Go files, whose names do not tell what they are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gotare.errors import ToolError, UsageError
from gotare.frozen import dataclass
from gotare.lint.kinds import BY_CONTENT, is_surely_dockerfile, kind_of_name, kind_of_text
from gotare.lint.rule import Kind

MAX_SIZE: Final = 1 << 20
"""The largest file that is linted, in bytes. BuildKit's own limit for a line is below that."""

MAX_FILES: Final = 200_000
"""Files that are looked at in one folder at most."""

_SKIPPED: Final = frozenset({
    "vendor", "node_modules", "testdata", ".git", ".hg", ".svn", ".cache", ".venv", ".terraform",
    "third_party",
})  # fmt: skip
_PEEK: Final = 1 << 16
"""How much of a file is looked at to see what kind it is."""

_GUESSES: Final[Mapping[str, Kind]] = {
    ".yaml": "kubernetes",
    ".yml": "kubernetes",
    ".go": "go",
    ".mk": "makefile",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A file to lint. `shown` is the path as the user would type it, `place` where it is; None for
    standard input. `named`: the user has asked for this very file."""

    shown: str
    place: Path | None
    kind: Kind
    named: bool = False


def find_targets(directory: Path, paths: Sequence[str], env: Mapping[str, str]) -> list[Target]:
    """Return the files to lint, each once: `paths` are files and folders, relative to `directory`;
    without any the whole folder is taken.

    Raises UsageError for a path that is not there.
    """
    found: dict[str, Target] = {}
    for text in paths or (".",):
        place = directory / text
        targets = _below(place, text, env) if place.is_dir() else [_named(place, text)]
        for target in targets:
            found.setdefault(os.path.realpath(target.place or ""), target)
    return list(found.values())


def _named(place: Path, text: str) -> Target:
    if not os.path.lexists(place):
        raise UsageError(f"no such file or folder: {text}", "paths are relative to -C")
    shown = os.path.normpath(text)
    return Target(shown, place, kind_of_named(shown, _peek(place)), named=True)


def kind_of_named(shown: str, beginning: str) -> Kind:
    """Return the kind of a file that the user names: a Dockerfile, if nothing tells otherwise."""
    known = kind_of_name(shown) or kind_of_text(shown, beginning)
    if known:
        return known
    guess: Kind = _GUESSES.get(Path(shown).suffix, "dockerfile")
    if guess == "kubernetes" and "\nservices:" in f"\n{beginning}":
        return "compose"
    return guess


def _below(folder: Path, text: str, env: Mapping[str, str]) -> Iterator[Target]:
    prefix = "" if os.path.normpath(text) == "." else os.path.normpath(text) + "/"
    for path in sorted(paths_below(folder, env)):
        kind = kind_of_name(path)
        if kind == "dockerfile" and not _may_be_dockerfile(path, folder / path):
            continue
        if kind == "workflow" and _is_of_another(path, folder):
            continue
        if kind is None and path.endswith(BY_CONTENT) and not path.endswith("_test.go"):
            place = folder / path
            kind = kind_of_text(path, _peek(place)) if _is_small_file(place) else None
        if kind is not None:
            yield Target(prefix + path, folder / path, kind)


def _is_of_another(path: str, folder: Path) -> bool:
    """Whether a file lies in a `.github` that is not at the top of its repository, as where another
    repository was taken in: GitHub runs nothing there."""
    above, found, _ = f"/{path}".rpartition("/.github/")
    place = folder / above.lstrip("/")
    return bool(found) and _is_in_repository(place) and not (place / ".git").exists()


def _may_be_dockerfile(path: str, place: Path) -> bool:
    """Whether a file that has such a name is one, or cannot be looked at, which is told later."""
    beginning = _peek(place)
    whole = 0 < len(beginning) < _PEEK
    return not whole or is_surely_dockerfile(path, beginning)


def _peek(place: Path) -> str:
    """Return the beginning of a file; "" where it is none, or is binary."""
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            return ""
        with place.open("rb") as file:
            data = file.read(_PEEK)
    except OSError:
        return ""
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def _is_small_file(place: Path) -> bool:
    try:
        status = place.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= MAX_SIZE


def paths_below(folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Yield the files below a folder, relative to it with slashes: those that git knows or does not
    ignore; without git all but those of others (`vendor`, `node_modules`, `testdata`, …)."""
    listed = _git_listed(folder, env)
    if listed is None:
        yield from _walked(folder)
        return
    for path in listed:
        if _SKIPPED.isdisjoint(path.split("/")[:-1]):
            yield path


def _git_listed(folder: Path, env: Mapping[str, str]) -> list[str] | None:
    """Return what git lists below a folder; None where git does not know the folder."""
    from gotare.golang.process import Command, run

    if not _is_in_repository(folder):
        return None
    args = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = run(Command(args, folder, quiet))
    except ToolError:
        return None
    if done.code or (not done.stdout and _is_ignored(folder, quiet)):
        return None
    return [path for path in done.stdout.split("\0")[:MAX_FILES] if path]


def _is_in_repository(folder: Path) -> bool:
    real = folder.resolve()
    return any((parent / ".git").exists() for parent in (real, *real.parents))


def _is_ignored(folder: Path, env: Mapping[str, str]) -> bool:
    """Whether git ignores the folder as a whole: whoever names it means it all the same."""
    from gotare.golang.process import Command, run

    return run(Command(("git", "check-ignore", "-q", "."), folder, env)).code == 0


def _walked(folder: Path) -> Iterator[str]:
    """Walk a folder without following symbolic links to folders, so that no loop can be."""
    count = 0
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        inside = os.path.relpath(top, folder).replace(os.sep, "/")
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                return
            yield name if inside == "." else f"{inside}/{name}"


def names(targets: Iterable[Target]) -> list[str]:
    """Return the paths as they are shown."""
    return [target.shown for target in targets]
