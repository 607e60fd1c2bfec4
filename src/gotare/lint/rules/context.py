"""What does the build context hold, what of it is sent, and what does a COPY take?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from gotare.lint.dockerfile.copies import Copy, context_path, copies_in
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.ignore_file import IgnoreFile, Pattern, read_ignore_file
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject


def ignore_file(subject: DockerfileSubject) -> IgnoreFile | None:
    """Return the .dockerignore that counts; None: there is none, or nobody looked."""
    text = subject.around.texts.get(subject.around.ignore_file)
    return None if text is None else read_ignore_file(text)


def left_out(subject: DockerfileSubject, path: str) -> Pattern | None:
    """Return the line of the .dockerignore that leaves a path out of the context."""
    ignore = ignore_file(subject)
    return ignore.excludes(path) if ignore else None


def holds(subject: DockerfileSubject, path: str) -> bool:
    """Whether the context is known to hold a file or folder that is sent."""
    files = subject.around.files
    there = files is not None and (path in files or f"{path}/" in files)
    return there and left_out(subject, path) is None


def is_idle_vendor(subject: DockerfileSubject, path: str) -> bool:
    """Whether a path is a vendor folder of a known project that has none, and makes none."""
    if posixpath.basename(clean(path)) != "vendor" or not is_project(subject):
        return False
    files, texts = subject.around.files or frozenset(), subject.around.texts
    told = ("Makefile", "Taskfile.yml", ".gitignore")
    makes = any("vendor" in (texts.get(name) or "") for name in told)
    return f"{clean(path)}/" not in files and not makes


def is_project(subject: DockerfileSubject) -> bool:
    """Whether the context is known, and holds a Go module."""
    return any(path == "go.mod" or path.endswith("/go.mod") for path in subject.around.files or ())


def go_mod_of(subject: DockerfileSubject, command: GoCommand) -> str | None:
    """Return the go.mod of the context that a go command reads: the one in the folder where it
    runs, or above; None where that is not known."""
    files, folder = subject.around.files, command.directory
    if not files or folder is None or command.flag("modfile") is not None:
        return None
    while True:
        path = in_context(subject, command, posixpath.join(folder, "go.mod"))
        if path is not None and path in files:
            return path if _is_near(subject, path) else None
        if folder in ("/", ""):
            return None
        folder = posixpath.dirname(folder)


def nearest_module(subject: DockerfileSubject) -> str:
    """Return the folder of the module that the Dockerfile lies in, "" for the context itself."""
    folder = posixpath.dirname(subject.around.here)
    while folder and f"{folder}/go.mod" not in (subject.around.files or ()):
        folder = posixpath.dirname(folder)
    return folder


def _is_near(subject: DockerfileSubject, path: str) -> bool:
    """Whether a go.mod is that of the Dockerfile's own module, or below it. Of another it is not
    sure that it is meant: the build may be given another folder as its context."""
    folder = nearest_module(subject)
    return not folder or path.startswith(f"{folder}/")


def in_context(subject: DockerfileSubject, command: GoCommand, path: str) -> str | None:
    """Return what a file of a stage is called in the context, by a COPY or a mount."""
    mounts = mounts_of(subject.build, command.stage, command.instruction)
    for mount in reversed([m for m in mounts if m.kind == "bind" and m.covers(path)]):
        if mount.origin or mount.target is None:
            return None
        rest = path[len(mount.target.rstrip("/")) :].lstrip("/")
        return clean(posixpath.join(mount.fields.get("source", "."), rest))
    return context_path(subject.build, command.stage, command.instruction, path)


def from_context(subject: DockerfileSubject, stage: Stage) -> Iterator[Copy]:
    """Yield the COPY and ADD instructions of a stage that take something from the context."""
    for copy in copies_in(subject.build, stage):
        if copy.origin is None and any(source.kind == "path" for source in copy.sources):
            yield copy


def source_paths(copy: Copy) -> tuple[str, ...]:
    """Return the paths in the context that a COPY names, "." for all; unknown ones are left out."""
    return tuple(
        clean(source.text) for source in copy.sources if source.kind == "path" and source.known
    )


def clean(path: str) -> str:
    """Return a path of the context as it is listed: relative, without `./`; "." is the context."""
    return posixpath.normpath(path.strip().lstrip("/") or ".")


def takes_all(copy: Copy) -> bool:
    """Whether a COPY takes the whole context."""
    return any(path in (".", "*", "**") for path in source_paths(copy)) and not copy.excludes


def takes(copy: Copy, path: str) -> bool:
    """Whether a COPY is known to take a path of the context."""
    return any(covers(source, path) for source in source_paths(copy))


def covers(source: str, path: str) -> bool:
    """Whether a source of COPY, which may be a pattern, is a path or a folder above it."""
    if source == "." or source == path or path.startswith(f"{source}/"):
        return True
    words = path.split("/")
    places = ["/".join(words[: number + 1]) for number in range(len(words))]
    pattern = _pattern(source)
    return pattern is not None and any(pattern.matches(place) for place in places)


def is_pattern(source: str) -> bool:
    """Whether a source of COPY has wildcards."""
    return any(character in source for character in "*?[")


@lru_cache(maxsize=256)
def _pattern(source: str) -> Pattern | None:
    return Pattern(source, Span(0, 0)) if is_pattern(source) else None
