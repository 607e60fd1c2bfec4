"""Do the steps of a build find the programs that they run and the files that they copy?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from gotare.findings import Fix
from gotare.lint.dockerfile.base_files import BINS, ZONE_FOLDERS
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in
from gotare.lint.dockerfile.edit import insert_after, insert_before_comments, replace
from gotare.lint.dockerfile.effects import HARMLESS
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.packages import Installed, packages_before
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.shipping import titled
from gotare.lint.dockerfile.state import joined
from gotare.lint.dockerfile.toolbox import tools_of
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import commands_in
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.rules.users import shown
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "correctness")
_PACKAGES: Final[Mapping[str, tuple[str, str]]] = {
    "bash": ("bash", "bash"), "curl": ("curl", "curl"), "file": ("file", "file"),
    "g++": ("g++", "g++"), "gcc": ("gcc", "gcc"), "git": ("git", "git"), "jq": ("jq", "jq"),
    "make": ("make", "make"), "node": ("nodejs", "nodejs"), "npm": ("npm", "npm"),
    "protoc": ("protobuf", "protobuf-compiler"), "rsync": ("rsync", "rsync"),
    "unzip": ("unzip", "unzip"), "upx": ("upx", "upx-ucl"), "wget": ("wget", "wget"),
    "zip": ("zip", "zip"),
}  # fmt: skip
"""The programs that are looked for, with their packages in Alpine and Debian."""
_PLAIN: Final = frozenset(
    """
    bash binutils ca-certificates curl file g++ gcc git gzip jq libc-dev libc6-dev linux-headers
    make musl-dev openssh-client openssl patch pkg-config pkgconf protobuf protobuf-compiler rsync
    tar tzdata unzip upx upx-ucl wget xz xz-utils zip
    """.split()  # noqa: SIM905
)
"""Packages of which is known that they bring no programs of others along, but for gcc's."""
_WITH_GCC: Final = frozenset({"gcc", "g++"})
_DISTRIBUTIONS: Final = frozenset({"golang", "alpine", "debian", "ubuntu"})
_ACCOUNTS: Final = frozenset({"adduser", "addgroup", "useradd", "groupadd", "usermod", "deluser"})
_UNSURE: Final = frozenset({"loop", "condition", "negated"})
_SAFE: Final = HARMLESS - {"curl", "wget", "tar", "install"}


# programs


def _tool_missing(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        told: set[str] = set()
        for ran in ran_in(subject.build, stage, subject.around):
            name = ran.plain.name
            if name in _PACKAGES and name not in told and _is_needed(subject, ran):
                told.add(name)
                if _lacks(subject, ran, name):
                    yield _no_tool(subject, ran, name)


def _is_needed(subject: DockerfileSubject, ran: Ran) -> bool:
    """Whether a step runs a program for certain, and nothing stands by for where it is missing."""
    command = ran.command
    if ran.make or command.broken or not command.is_certain or "/" in ran.plain.program:
        return False
    rest = ran.instruction.value[command.end :] if "inner" not in command.around else "||"
    return _UNSURE.isdisjoint(command.around) and "||" not in rest.partition(";")[0]


def _lacks(subject: DockerfileSubject, ran: Ran, name: str) -> bool:
    """Whether nothing has brought a program into the stage before a command."""
    facts, stage = ran.stage.facts, ran.stage
    if facts is None or facts.family not in _DISTRIBUTIONS or facts.system != "linux":
        return False
    if name in facts.tools or any(_may_bring(p, name) for p in _packages(subject, ran)):
        return False
    if any(m.kind == "bind" for m in mounts_of(subject.build, stage, ran.instruction)):
        return False
    return not any(_may_copy(c, name) for c in _copied(subject, stage)) and not any(
        _may_write(other, name) for other in _earlier(subject, ran)
    )


def _packages(subject: DockerfileSubject, ran: Ran) -> tuple[Installed, ...]:
    """Return what is there where a command runs; what is taken away later is, too."""
    return packages_before(subject.build, ran, subject.around)


def _may_bring(package: Installed, name: str) -> bool:
    if not package.known or package.name not in _PLAIN or name in tools_of(package.name):
        return True
    return package.name in _WITH_GCC and name in _WITH_GCC


def _copied(subject: DockerfileSubject, stage: Stage) -> Iterator[Copy]:
    for link in stage.chain:
        yield from copies_in(subject.build, link)


def _may_copy(copy: Copy, name: str) -> bool:
    """Whether a COPY may put a program into PATH: it names it, or a folder of programs."""
    target = copy.destination
    if target is None or copy.is_add or name in copy.instruction.value:
        return True
    folders = ("/", "/usr", "/usr/local", *BINS)
    return copy.origin is not None and (target in folders or "/bin" in target)


def _earlier(subject: DockerfileSubject, ran: Ran) -> Iterator[Ran]:
    for link in ran.stage.chain:
        for other in ran_in(subject.build, link, subject.around):
            if other is ran:
                return
            yield other


def _may_write(other: Ran, name: str) -> bool:
    """Whether a command may put a program somewhere: its words name it, or nobody knows what it
    does."""
    if not other.plain.words or other.plain.name == name:
        return False
    if any(name in word.text for word in other.plain.arguments):
        return other.plain.name not in ("echo", "apk", "apt-get", "apt", "which", "command")
    return other.plain.name not in _SAFE


def _no_tool(subject: DockerfileSubject, ran: Ran, name: str) -> Found:
    facts, stage = ran.stage.facts, ran.stage
    apk, apt = _PACKAGES[name]
    line = f"RUN apk add --no-cache {apk}"
    if facts is None or facts.package_manager != "apk":
        line = (
            f"RUN apt-get update && apt-get install -y --no-install-recommends {apt} "
            "&& rm -rf /var/lib/apt/lists/*"
        )
    root = stage.state_at(ran.instruction).is_root is True
    edit = insert_before_comments(subject.file, ran.instruction, [line])
    return Found(
        f"{name} is run, and {titled(subject.build, stage)} ({shown(stage.root)}) does not have it",
        ran.span,
        f"write {line}",
        Fix((edit,), True, f"install {name}") if root else None,
    )


# rights


def _root_needed(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        told: set[int] = set()
        for ran in ran_in(subject.build, stage, subject.around):
            state, at = stage.state_at(ran.instruction), ran.instruction.span.start
            if state.is_root is not False or at in told or not _is_for_root(ran):
                continue
            told.add(at)
            lines = insert_before_comments(subject.file, ran.instruction, ["USER root"])
            back = insert_after(subject.file, ran.instruction, [f"USER {state.user}"])
            yield Found(
                f"{ran.plain.name} is run as {state.user}, and only root may do that",
                ran.span,
                "do it before USER",
                Fix((lines, back), True, "do it as root"),
            )


def _is_for_root(ran: Ran) -> bool:
    """Whether a command changes what only root may change: accounts, and the system's packages."""
    if ran.make or not ran.command.is_certain or "sudo" in ran.command.program:
        return False
    if ran.plain.name in _ACCOUNTS:
        return True
    actions = {"add", "install", "update", "upgrade", "del", "remove"}
    words = [text for text in ran.plain.texts if not text.startswith("-")]
    return (
        ran.plain.name in ("apk", "apt-get", "apt", "yum", "dnf")
        and words[:1] != []
        and (words[0] in actions)
    )


# files


def _path_missing(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            origin = copy.from_stage
            if origin is None or origin.index >= stage.index or _may_make(subject, origin):
                continue
            contents = contents_of(subject.build, origin, subject.around)
            for source in copy.sources:
                path = _asked(source)
                if path and contents.has(path) == "no" and not _is_unseen(subject, origin, path):
                    yield _no_path(subject, copy, origin, source, path)


def _may_make(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage may hold what nobody sees: on a system that is not known well, or by a go
    command that writes as it likes."""
    facts = stage.facts
    if facts is None or facts.family not in (*_DISTRIBUTIONS, "scratch") or facts.system != "linux":
        return True
    if any(link.named("ONBUILD") or _is_unread(subject, link) for link in stage.chain):
        return True
    known = ("build", "install", "mod download", "mod verify", "mod tidy", "version", "env")
    return any(
        command.action not in known
        for link in stage.chain
        for command in commands_in(subject, link)
    )


def _is_unread(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a line of a stage cannot be read: in an excerpt `...` stands for any steps."""
    last = [stage.source, *stage.instructions][-1]
    start, end = stage.source.span.start, last.span.end
    return any(start <= error.span.start < end for error in subject.file.errors)


def _is_whole(subject: DockerfileSubject) -> bool:
    """Whether the context has all that the file names of it: else more of it is not to be seen."""

    def listed() -> frozenset[str]:
        files = subject.around.files or frozenset()
        return files | {name for path in files for name in _above(path)}

    there = subject.build.once("files and folders of the context", subject.around, listed)
    return all(
        posixpath.normpath(source.text.lstrip("/") or ".") in there
        for stage in subject.build.stages
        for copy in copies_in(subject.build, stage)
        for source in copy.sources
        if copy.origin is None and _is_plain(source)
    )


def _is_unseen(subject: DockerfileSubject, stage: Stage, path: str) -> bool:
    """Whether a path may come from a part of the context that is not to be seen."""
    targets = (
        copy.destination
        for link in stage.chain
        for copy in copies_in(subject.build, link)
        if copy.origin is None
    )
    return any(
        target is None or path.startswith(f"{target.rstrip('/')}/") for target in targets
    ) and not _is_whole(subject)


def _above(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in."""
    while path not in ("", "."):
        path = posixpath.dirname(path) or "."
        yield path


def _is_plain(source: CopySource) -> bool:
    """Whether a source is one path."""
    return source.kind == "path" and source.known and not any(m in source.text for m in "*?[")


def _asked(source: CopySource) -> str:
    """Return the path that a COPY takes from a stage, "" where it is not known or a go cache."""
    if not _is_plain(source):
        return ""
    path = joined("/", source.text) or ""
    cache = re.match(r"/go(?:/|$)|/root(?:/|$)|/home(?:/|$)|/$|.*/\.cache(?:/|$)", path)
    return "" if cache else path


def _no_path(
    subject: DockerfileSubject, copy: Copy, origin: Stage, source: CopySource, path: str
) -> Found:
    where = titled(subject.build, origin)
    if path.startswith(ZONE_FOLDERS):
        return _no_zones(subject, copy, origin, source)
    near = _near(subject, origin, path)
    return Found(
        f"there is no {path} in {where}, so {copy.instruction.name} fails",
        source.span,
        f"did you mean {near}?" if near else "copy what is there",
        Fix((replace(source.span, near),), False, f"copy {near}") if near else None,
    )


def _near(subject: DockerfileSubject, origin: Stage, path: str) -> str:
    """Return the program that is meant: of the same name elsewhere, or of a similar one."""
    from difflib import get_close_matches

    programs = contents_of(subject.build, origin, subject.around).programs
    by_name = {posixpath.basename(program.path): program.path for program in programs}
    alike = get_close_matches(posixpath.basename(path), by_name, n=1, cutoff=0.7)
    return by_name[alike[0]] if alike else ""


def _no_zones(subject: DockerfileSubject, copy: Copy, origin: Stage, source: CopySource) -> Found:
    """golang:alpine has no zones but those beside its Go."""
    facts = origin.facts
    is_apk = facts is not None and facts.package_manager == "apk"
    install = "RUN apk add --no-cache tzdata" if is_apk else "install tzdata"
    first = next(iter(origin.instructions), None)
    root = first is not None and origin.state_at(first).is_root is True
    own = first is not None and is_apk and root
    edits = (insert_before_comments(subject.file, first, [install]),) if first and own else ()
    return Found(
        f"there are no time zones in {titled(subject.build, origin)} ({shown(origin.root)}), so "
        f"{copy.instruction.name} fails",
        source.span,
        f"write {install} there",
        Fix(edits, True, "install tzdata") if edits else None,
    )


RULES: Final = (
    _DECLARE.error(
        "build-tool-missing",
        "RUN runs a program that its stage does not have.",
        _tool_missing,
        fixes="safe",
    ),
    _DECLARE.error(
        "root-needed",
        "RUN does as another user what only root may do.",
        _root_needed,
        fixes="safe",
    ),
    _DECLARE.error(
        "copied-path-missing",
        "COPY --from names something that the stage does not hold.",
        _path_missing,
        fixes="safe",
    ),
)
