"""Does git ignore a file, so that it is made by whoever builds?"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase

from gotare.lint.subjects import Surroundings


def is_git_ignored(around: Surroundings, path: str) -> bool:
    """Return whether the `.gitignore` of the context names a path, or a folder of it, by its last
    word; which folder a line is for is not looked at."""
    text = around.texts.get(".gitignore") or ""
    lines = {line.strip().strip("/").rpartition("/")[2] for line in text.splitlines()}
    wanted = [line for line in lines if line.strip("*") and line[0] not in "!#"]
    names = posixpath.normpath(path).split("/")
    return any(fnmatchcase(name, line) for name in names for line in wanted)
