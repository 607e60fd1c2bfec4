"""Goes through a stage's instructions and gathers what they put into its image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from gotare.lint.dockerfile.accounts import Account, accounts_in, accounts_of, groups_in
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in, mounts_of
from gotare.lint.dockerfile.effects import HARMLESS, apply_command, is_known_folder
from gotare.lint.dockerfile.fileset import FileSet, Held, How
from gotare.lint.dockerfile.gobuild import GoBuild, go_builds
from gotare.lint.dockerfile.model import Base, BaseFacts, Build, Stage
from gotare.lint.dockerfile.packages import Installed, installed_by, left_after
from gotare.lint.dockerfile.runs import Ran, ran_by
from gotare.lint.dockerfile.state import joined
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.shell.wrappers import script_of
from gotare.lint.subjects import Surroundings

_ARCHIVE = re.compile(r"\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst)$", re.IGNORECASE)


@dataclass(slots=True)
class Gathered:
    """What is known of a stage so far. `open`: something may have written anywhere, so that what is
    not known to be there may be there. `strangers`: /etc/passwd may name others too."""

    files: FileSet = field(default_factory=FileSet)
    packages: tuple[Installed, ...] = ()
    accounts: tuple[Account, ...] = ()
    open: bool = False
    strangers: bool = False

    def copy(self) -> Gathered:
        """Return one of its own for a stage that stands on this one."""
        return replace(self, files=self.files.clone())


def gather(build: Build, around: Surroundings) -> tuple[Gathered, ...]:
    """Return what the stages of a file hold, by index."""
    return build.once("gathered", around, lambda: tuple(_gather(build, around)))


def _gather(build: Build, around: Surroundings) -> list[Gathered]:
    builds = {id(found.ran): found for found in go_builds(build, around)}
    done: list[Gathered] = []
    for stage in build.stages:
        start = done[stage.parent.index].copy() if stage.parent else _start(stage.facts)
        gatherer = _Gatherer(build, around, stage, start, done, builds)
        gatherer.run()
        done.append(gatherer.here)
    return done


def _start(facts: BaseFacts | None) -> Gathered:
    if facts is None:
        return Gathered(open=True, strangers=True)
    return Gathered(accounts=accounts_of_base(facts))


def accounts_of_base(facts: BaseFacts) -> tuple[Account, ...]:
    """Return the users and groups of an image of the catalogue."""
    users = [Account(name, number) for name, number in facts.users.items()]
    groups = [Account(name, number, is_group=True) for name, number in facts.groups.items()]
    return (*users, *groups)


@dataclass(slots=True)
class _Gatherer:
    """Goes through one stage."""

    build: Build
    around: Surroundings
    stage: Stage
    here: Gathered
    done: Sequence[Gathered]
    builds: Mapping[int, GoBuild]

    def run(self) -> None:
        copies = {id(copy.instruction): copy for copy in copies_in(self.build, self.stage)}
        for instruction in self.stage.instructions:
            if instruction.name == "RUN":
                self._run(instruction)
            elif id(instruction) in copies:
                self._copy(copies[id(instruction)])
            elif instruction.name == "WORKDIR":
                self._workdir(instruction)

    def _workdir(self, instruction: Instruction) -> None:
        state = self.stage.state_at(instruction)
        path = joined(state.workdir, _after(self.stage, instruction))
        if path is not None and self.here.files.at(path) is None:
            self.here.files.put(Held(path, instruction, "workdir", is_folder=True))

    # RUN

    def _run(self, instruction: Instruction) -> None:
        commands = ran_by(self.build, instruction, self.around)
        if not commands:
            self.here.open = True
        for ran, after in zip_longest(commands, commands[1:]):
            self._command(ran, followed=after is not None and bool(after.make) and not ran.make)
        state = self.stage.state_at(instruction)
        for mount in mounts_of(instruction):
            target = joined(state.workdir, mount.get("target") or mount.get("dst"))
            for held in list(self.here.files.below(target)) if target else []:
                if held.at is instruction:
                    self.here.files.remove(held.path)

    def _command(self, ran: Ran, *, followed: bool) -> None:
        """`followed`: it is a make whose commands come next."""
        here = self.here
        packages = installed_by(ran)
        here.packages = left_after((*here.packages, *(p for p in packages if not p.root)), ran)
        self._other_root(ran, next((p.root for p in packages if p.root), ""))
        here.accounts += accounts_of(ran)
        apply_command(here.files, ran)
        self._redirected_accounts(ran)
        found = self.builds.get(id(ran))
        if found is not None:
            self._built(found)
        elif not followed and _may_write_anywhere(ran):
            here.open = True

    def _other_root(self, ran: Ran, root: str) -> None:
        """What packages bring into a folder, nobody knows."""
        path = joined(ran.directory, root) if root else None
        if path is not None:
            self.here.files.put(Held(path, ran.instruction, "run", is_folder=True, whole=True))

    def _built(self, found: GoBuild) -> None:
        if found.outputs is None:
            if found.output_folder is not None:
                self.here.files.loose[found.output_folder] = found
            else:
                self.here.open = True
        for path in found.outputs or ():
            self.here.files.put(
                Held(path, found.instruction, "run", go_build=found, is_folder=False)
            )

    def _redirected_accounts(self, ran: Ran) -> None:
        for redirection in ran.command.redirections:
            target = ran.said(redirection.target) if redirection.target else None
            if target in ("/etc/passwd", "/etc/group"):
                held = self.here.files.at(target)
                if redirection.operator != ">>":
                    self._forget(is_group=target == "/etc/group")
                self._learn(target, held.text if held else "", ran.instruction)

    # accounts

    def _forget(self, *, is_group: bool) -> None:
        kept = tuple(a for a in self.here.accounts if a.is_group != is_group)
        self.here.accounts = kept

    def _learn(self, path: str, text: str, at: Instruction) -> None:
        found = accounts_in(text, at) if path == "/etc/passwd" else groups_in(text, at)
        self.here.accounts += found
        if not found:
            self.here.strangers = True

    def _copied_accounts(self, held: Held, path: str) -> None:
        is_group = path == "/etc/group"
        self._forget(is_group=is_group)
        if held.text:
            self._learn(path, held.text, held.at)
        elif not _comes_from(held, path):
            self.here.strangers = True
        elif held.from_stage is not None and held.from_stage < len(self.done):
            source = self.done[held.from_stage]
            known = tuple(a for a in source.accounts if a.is_group == is_group)
            self.here.accounts += known
            self.here.strangers = self.here.strangers or source.strangers or not known
        elif held.image is not None and held.image.known is not None:
            found = accounts_of_base(held.image.known)
            self.here.accounts += tuple(a for a in found if a.is_group == is_group)
        else:
            self.here.strangers = True

    # COPY and ADD

    def _copy(self, copy: Copy) -> None:
        for source in copy.sources:
            for held in list(self._held(copy, source)):
                self.here.files.put(held)
                self._accounts_below(held)
        if copy.destination is None or any(source.kind == "git" for source in copy.sources):
            self.here.open = True
        if copy.is_add and any(_may_unpack(copy, source) for source in copy.sources):
            self.here.open = self.here.strangers = True

    def _accounts_below(self, held: Held) -> None:
        is_file = held.origin.endswith(("/passwd", "/group"))
        for path in ("/etc/passwd", "/etc/group"):
            inside = held.whole and held.path in ("/", "/etc") and not is_file
            if held.path == path or (inside and _comes_from(held, path)):
                self._copied_accounts(held, path)
            elif inside:
                self.here.strangers = True

    def _held(self, copy: Copy, source: CopySource) -> Iterator[Held]:
        """Yield what one source becomes."""
        if copy.destination is None:
            return
        if source.kind != "path":
            yield self._plain(copy, source)
        elif copy.from_stage is not None:
            yield from self._from_stage(copy, source, copy.from_stage)
        elif copy.origin is not None:
            yield from self._placed(copy, source, "image", None, origin=copy.origin)
        else:
            yield from self._from_context(copy, source)

    def _plain(self, copy: Copy, source: CopySource) -> Held:
        how: How = "heredoc" if source.kind == "heredoc" else "url"
        if source.kind == "git":
            how = "git"
        path = self._target(copy, source.name)
        text = source.text if how == "heredoc" else ""
        origin = "" if how == "heredoc" else source.text
        return Held(
            path, copy.instruction, how, origin, text, None, None, None, copy.owner, copy.mode,
            how == "git" or None if how != "heredoc" else False, how == "git", copy,
        )  # fmt: skip

    def _target(self, copy: Copy, name: str) -> str:
        """Return where a file goes: into the destination, if that is a folder, else to its path."""
        assert copy.destination is not None
        known = copy.into_folder or is_known_folder(self.here.files, copy.destination)
        return posixpath.join(copy.destination, name) if known and name else copy.destination

    def _from_context(self, copy: Copy, source: CopySource) -> Iterator[Held]:
        if any(mark in source.text for mark in "*?[") or not source.comparable:
            yield self._folder(copy, source, "context")
            return
        yield from self._placed(copy, source, "context", self._is_folder(source.text))

    def _is_folder(self, text: str) -> bool | None:
        path = posixpath.normpath(text.lstrip("/") or ".")
        if path == "." or text.endswith("/"):
            return True
        files = self.around.files
        if files is None:
            return None
        if path in files:
            return False
        inside = f"{path}/"
        return True if inside in files or any(f.startswith(inside) for f in files) else None

    def _from_stage(self, copy: Copy, source: CopySource, origin: Stage) -> Iterator[Held]:
        if origin.index >= len(self.done) or not source.comparable:
            yield self._folder(copy, source, "stage")
            return
        known = self.done[origin.index].files
        path = joined("/", source.text) or "/"
        matches = list(known.matching(path))
        for held in matches:
            yield from self._taken(copy, held, origin, known, one=len(matches) == 1)
        self._loose(copy, path, known)
        guess = known.guess(path)
        if not matches and guess is not None:
            yield from self._taken(copy, guess, origin, known, one=True)
        elif not matches:
            folder = known.is_folder(path)
            yield from self._placed(copy, source, "stage", folder)
            if folder:
                yield from self._inner(copy, path, known, origin)

    def _loose(self, copy: Copy, path: str, known: FileSet) -> None:
        for folder, found in known.loose.items():
            if folder == path or folder.startswith(path.rstrip("/") + "/"):
                rest = folder[len(path.rstrip("/")) :]
                target = posixpath.normpath((copy.destination or "/") + "/" + rest)
                self.here.files.loose["/" + target.lstrip("/")] = found

    def _taken(
        self, copy: Copy, held: Held, origin: Stage, known: FileSet, *, one: bool
    ) -> Iterator[Held]:
        """Yield a file that the other stage is known to hold, or a folder with all in it."""
        is_folder = known.is_folder(held.path)
        if is_folder:
            yield self._as_copied(copy, held, copy.destination or "/", origin, whole=True)
            yield from self._inner(copy, held.path, known, origin)
            return
        target = (
            self._target(copy, posixpath.basename(held.path))
            if one
            else posixpath.join(copy.destination or "/", posixpath.basename(held.path))
        )
        yield self._as_copied(copy, held, target, origin, whole=held.whole)

    def _inner(self, copy: Copy, path: str, known: FileSet, origin: Stage) -> Iterator[Held]:
        for held in known.below(path):
            rest = held.path[len(path.rstrip("/")) :]
            target = posixpath.normpath((copy.destination or "/") + "/" + rest)
            yield self._as_copied(copy, held, "/" + target.lstrip("/"), origin, whole=held.whole)

    def _as_copied(self, copy: Copy, held: Held, path: str, origin: Stage, *, whole: bool) -> Held:
        return replace(
            held, path=path, at=copy.instruction, how="stage", origin=held.path,
            from_stage=origin.index, owner=copy.owner, mode=copy.mode or held.mode, whole=whole,
            copy=copy,
        )  # fmt: skip

    def _placed(
        self,
        copy: Copy,
        source: CopySource,
        how: How,
        is_folder: bool | None,
        origin: Base | None = None,
    ) -> Iterator[Held]:
        """Yield what a source of which little is known becomes: a file, a folder, or both."""
        if is_folder is not False and (is_folder or self._may_be_folder(source)):
            yield self._folder(copy, source, how, origin)
        if not is_folder and source.name:
            path = self._target(copy, source.name)
            yield self._one(copy, source, path, how, is_folder, origin, whole=is_folder is None)

    def _may_be_folder(self, source: CopySource) -> bool:
        """A name with an ending is a file's, as a rule."""
        return "." not in source.name.lstrip(".")

    def _folder(self, copy: Copy, source: CopySource, how: How, origin: Base | None = None) -> Held:
        return self._one(copy, source, copy.destination or "/", how, True, origin, whole=True)

    def _one(
        self,
        copy: Copy,
        source: CopySource,
        path: str,
        how: How,
        is_folder: bool | None,
        origin: Base | None,
        *,
        whole: bool,
    ) -> Held:
        return Held(
            path, copy.instruction, how, source.text, "",
            copy.from_stage.index if copy.from_stage else None, origin, None, copy.owner, copy.mode,
            is_folder, whole, copy,
        )  # fmt: skip


def _comes_from(held: Held, path: str) -> bool:
    """Whether what is copied brings the file that has the same path in another stage or image."""
    below = path.removeprefix(held.path.rstrip("/")).lstrip("/")
    origin = posixpath.join("/", held.origin.strip("/"), below).rstrip("/")
    return held.how in ("stage", "image") and origin == path


def _after(stage: Stage, instruction: Instruction) -> str | None:
    """Return the folder that holds after a WORKDIR."""
    index = next(n for n, i in enumerate(stage.instructions) if i is instruction)
    return stage.states[index + 1].workdir


def _may_write_anywhere(ran: Ran) -> bool:
    if not ran.plain.words:
        return False
    name = ran.plain.name
    if name == "go" or name == "xx-go":
        action = next((w.shown for w in ran.plain.arguments if not w.text.startswith("-")), "")
        return action in ("run", "generate", "tool")
    if script_of(ran.plain) is not None:
        return False  # its commands are looked at themselves
    if name in ("git", "curl", "wget"):
        return name == "git" and any(word.shown == "clone" for word in ran.plain.arguments)
    return name not in HARMLESS


def _may_unpack(copy: Copy, source: CopySource) -> bool:
    """Whether ADD unpacks a source: a local archive, or what may be one."""
    local = source.kind == "path" or copy.instruction.flag("unpack") is not None
    return local and (not source.known or _ARCHIVE.search(source.text) is not None)
