"""Reads COPY and ADD: what is copied, from where, to where, for whom."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from gotare.frozen import dataclass
from gotare.lint.dockerfile.model import Base, Build, Stage, State
from gotare.lint.dockerfile.resolve import AUTOMATIC, base_of
from gotare.lint.dockerfile.stages import stage_index
from gotare.lint.dockerfile.state import joined, value_in
from gotare.lint.dockerfile.syntax import Flag, Instruction, Span, Word

_URL = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(
    r"git@|git://|ssh://|https?://[^#]+\.git(?:#|$)|github\.com/[^/]+/[^/]+$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CopySource:
    """One thing that is copied. kinds: "path" (in the context, a stage or an image), "url", "git",
    "heredoc" (`text` is its content)."""

    kind: Literal["path", "url", "git", "heredoc"]
    text: str
    """After expansion where every variable is known, else as written."""
    span: Span
    known: bool = True
    """Every variable in it has a value. (False also where `${TARGETARCH}` and its like stay.)"""
    comparable: bool = True
    """What stays are only such variables of the builder, so that texts can be compared."""
    name: str = ""
    """The last part of its path, or the heredoc's name: what it is called in a folder."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A COPY or ADD."""

    instruction: Instruction
    stage: Stage
    """The stage it stands in."""
    origin: Base | None
    """--from: a stage, an image, a named context, or unknown; None: the build context."""
    from_stage: Stage | None
    """The stage of `origin`."""
    sources: tuple[CopySource, ...]
    destination: str | None
    """Absolute; None where it depends on something unknown. It keeps no final slash."""
    into_folder: bool
    """The destination is a folder by its slash, or there are several sources."""
    owner: str | None = None
    """--chown, as written."""
    mode: str | None = None
    """--chmod, as written."""
    link: bool = False
    parents: bool = False
    excludes: tuple[str, ...] = ()
    destination_word: Word | None = None

    @property
    def is_add(self) -> bool:
        """Whether it is ADD."""
        return self.instruction.name == "ADD"

    def placed(self) -> tuple[tuple[CopySource, str | None], ...]:
        """Return each source with the path that it has in the image, as far as that is known: a
        folder's content goes to the destination itself."""
        return tuple((source, self._path_of(source)) for source in self.sources)

    def _path_of(self, source: CopySource) -> str | None:
        if self.destination is None or not source.comparable:
            return None
        if not self.into_folder or not source.name:
            return self.destination
        return f"{self.destination.rstrip('/')}/{source.name}"


def copies_in(build: Build, stage: Stage) -> tuple[Copy, ...]:
    """Return the COPY and ADD instructions of a stage, read."""
    return build.once("copies", stage, lambda: tuple(_copies(build, stage)))


def _copies(build: Build, stage: Stage) -> Iterator[Copy]:
    for instruction in stage.named("COPY", "ADD"):
        if len(instruction.words) + len(instruction.heredocs) >= 2 or instruction.heredocs:
            yield _copy(build, stage, instruction)


def _copy(build: Build, stage: Stage, instruction: Instruction) -> Copy:
    state, escape = stage.state_at(instruction), build.file.escape
    target = instruction.words[-1] if instruction.words else None
    said = _marked(state, target.text, escape) if target else None
    sources = tuple(_sources(state, instruction, escape))
    origin, from_stage = origin_of(build, instruction.flag("from"))
    many = len(sources) > 1
    folder = many or (said is not None and (said.endswith("/") or said in ("", ".", "..")))
    folder = folder or bool(said and said.endswith(("/.", "/..")))
    return Copy(
        instruction,
        stage,
        origin,
        from_stage,
        sources,
        joined(state.workdir, said),
        folder,
        _value(instruction, "chown"),
        _value(instruction, "chmod"),
        _is_on(instruction.flag("link")),
        _is_on(instruction.flag("parents")),
        tuple(flag.value or "" for flag in instruction.flags if flag.name == "exclude"),
        target,
    )


def _value(instruction: Instruction, name: str) -> str | None:
    flag = instruction.flag(name)
    return flag.value if flag else None


def _is_on(flag: Flag | None) -> bool:
    return flag is not None and (flag.value or "true").lower() not in ("false", "0")


def _sources(state: State, instruction: Instruction, escape: str) -> Iterator[CopySource]:
    names = {heredoc.name: heredoc for heredoc in instruction.heredocs}
    for word in instruction.words[:-1]:
        heredoc = names.get(word.text.lstrip("0123456789<-").strip("\"'"))
        if heredoc is not None and "<<" in word.text:
            yield CopySource("heredoc", heredoc.content, word.span, name=heredoc.name)
        else:
            yield _source(state, word, escape)


def _source(state: State, word: Word, escape: str) -> CopySource:
    said = _marked(state, word.text, escape)
    text = word.text if said is None else said
    known = said is not None and value_in(state, word.text, escape) is not None
    if _GIT.match(text):
        return CopySource("git", text, word.span, known, said is not None)
    if _URL.match(text):
        name = posixpath.basename(text.partition("?")[0].partition("#")[0])
        return CopySource("url", text, word.span, known, said is not None, name)
    return CopySource("path", text, word.span, known, said is not None, _name_of(text))


def _marked(state: State, text: str, escape: str) -> str | None:
    marked = {
        name: replace(variable, value=f"${{{name}}}")
        for name, variable in state.variables.items()
        if name in AUTOMATIC and variable.value is None
    }
    return value_in(replace(state, variables={**state.variables, **marked}), text, escape)


def _name_of(path: str) -> str:
    """Return what a file is called in the folder that it is copied to; a folder is not called."""
    if path.endswith("/") or path in ("", ".", "..") or path.endswith(("/.", "/..")):
        return ""
    return posixpath.basename(path)


def origin_of(build: Build, flag: Flag | None) -> tuple[Base | None, Stage | None]:
    """Return what --from names: a stage by name or number, an image, or something unknown."""
    if flag is None or flag.value is None:
        return None, None
    return origin_named(build, flag.value, flag.span)


def origin_named(build: Build, text: str, span: Span) -> tuple[Base, Stage | None]:
    """Return what `from` of COPY or of a mount names."""
    index = stage_index(text, [stage.name for stage in build.stages])
    if index is not None:
        stage = build.stages[index]
        return Base("stage", text, span, text, known=stage.facts), stage
    if text.isdecimal() or "$" in text:
        return Base("unknown", text, span), None
    return base_of(text, span, {}, build.file.escape), None


def context_path(build: Build, stage: Stage, instruction: Instruction, path: str) -> str | None:
    """Return what a path of a stage is called in the build context: what COPY put there before an
    instruction, in the stage or those it stands on, or what a mount of the instruction shows there.
    "." is the context itself; None: unknown."""
    best: tuple[int, str] | None = None
    for origin, target in _origins(build, stage, instruction):
        found = _seen_from(origin, target, path)
        if found is not None and (best is None or len(target) >= best[0]):
            best = len(target), found
    return best[1] if best else None


def _origins(build: Build, stage: Stage, instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Yield what lies in the context and where it is seen in the stage."""
    for member in stage.chain:
        for copy in copies_in(build, member):
            if copy.instruction.span.start < instruction.span.start and copy.origin is None:
                for source, target in copy.placed():
                    if source.kind == "path" and target is not None:
                        yield source.text, target
    workdir = stage.state_at(instruction).workdir
    for mount in mounts_of(instruction):
        target = joined(
            workdir, mount.get("target") or mount.get("dst") or mount.get("destination")
        )
        if mount.get("type", "bind") == "bind" and "from" not in mount and target is not None:
            yield mount.get("source") or mount.get("src") or ".", target


def mounts_of(instruction: Instruction) -> Iterator[dict[str, str]]:
    """Yield the settings of each --mount of a RUN, as written; a word without = is "true"."""
    for flag in instruction.flags:
        if flag.name == "mount" and flag.value:
            parts = (part.partition("=") for part in flag.value.split(","))
            yield {key.strip().lower(): value if equals else "true" for key, equals, value in parts}


def _seen_from(source: str, target: str, path: str) -> str | None:
    if any(mark in source for mark in "*?["):
        return None
    folder = target.rstrip("/")
    if path != target and not path.startswith(folder + "/"):
        return None
    rest = path[len(folder) :].lstrip("/")
    origin = posixpath.normpath(source.lstrip("/") or ".")
    return posixpath.normpath(posixpath.join(origin, rest))
