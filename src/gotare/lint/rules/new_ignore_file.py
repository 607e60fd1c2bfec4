"""What does a new .dockerignore leave out, that nothing in a build reads?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.ignore_file import read_ignore_file
from gotare.lint.rules import context
from gotare.lint.subjects import DockerfileSubject

_ALWAYS: Final = (".git", "**/.env", "**/.env.*")
_WHERE_THERE: Final = (
    ".github", ".gitlab-ci.yml", ".circleci", ".idea", ".vscode", "node_modules", "bin", "dist",
    "coverage.out", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml",
    "**/*.pem", "**/*.key", "**/.netrc", "**/id_rsa", "**/id_ed25519", "Dockerfile",
)  # fmt: skip
_READS_GIT: Final = re.compile(
    r"(?<![\w./-])git\s+(?!clone|config)\w|\bmake\b|\bgoreleaser\b|\.sh\b"
)


def new_ignore_file(subject: DockerfileSubject) -> Fix | None:
    """Return the fix that writes the file; None where nobody knows what is in the context."""
    path = subject.around.ignore_file
    if subject.around.files is None or path in subject.around.files:
        return None
    lines = list(_lines(subject))
    text = "".join(f"{line}\n" for line in lines)
    return Fix((Edit(0, 0, text),), False, f"write {path}", path) if lines else None


def _lines(subject: DockerfileSubject) -> Iterator[str]:
    files, needed = subject.around.files or frozenset(), _needed(subject)
    for line in (*_ALWAYS, *_WHERE_THERE):
        pattern = read_ignore_file(line)
        there = line in _ALWAYS or any(pattern.excludes(file.rstrip("/")) for file in files)
        code = any(f.startswith(f"{line}/") and f.endswith(".go") for f in files)
        if there and not code and not any(_touches(line, path) for path in needed):
            yield line


def _needed(subject: DockerfileSubject) -> set[str]:
    """Return what instructions name, what the code embeds, and .git where a step may read it."""
    found = {
        path
        for stage in subject.build.stages
        for copy in context.from_context(subject, stage)
        for path in context.source_paths(copy)
        if path != "."
    }
    plan = subject.around.plan
    found |= set(plan.sources.kept if plan else ())
    runs = (i for stage in subject.build.stages for i in stage.named("RUN"))
    return found | ({".git"} if any(_READS_GIT.search(run.value) for run in runs) else set())


def _touches(line: str, path: str) -> bool:
    """Whether a pattern leaves out a path that is needed, or something in it."""
    clean = posixpath.normpath(path)
    name = line.removeprefix("**/")
    inside = name == line and name.startswith(f"{clean}/")
    return inside or read_ignore_file(line).excludes(clean) is not None
