"""Says what the image of a stage holds, as far as that can be known."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gotare.lint.dockerfile.accounts import Account
from gotare.lint.dockerfile.base_files import (
    BINS,
    CERTIFICATE_FILES,
    CERTIFICATE_FOLDERS,
    ZONE_FOLDERS,
    base_has,
    is_of_system,
)
from gotare.lint.dockerfile.entrypoint import Program, invocation_of
from gotare.lint.dockerfile.fileset import FileSet, Held
from gotare.lint.dockerfile.gathering import Gathered, gather
from gotare.lint.dockerfile.model import (
    Answer,
    BaseFacts,
    Build,
    Exec,
    Libc,
    PackageManager,
    Stage,
)
from gotare.lint.dockerfile.packages import Installed, is_compiler
from gotare.lint.dockerfile.state import joined
from gotare.lint.dockerfile.toolbox import CERTIFICATES, NOTABLE, USUAL, ZONES, tools_of
from gotare.lint.git_ignored import is_git_ignored
from gotare.lint.subjects import Surroundings

__all__ = ["Account", "Contents", "Held", "Installed", "Program", "contents_of"]

MAX_STEPS: Final = 40
"""How many stages a path is followed through."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What the image of a stage holds. Answers are "yes", "no" and "unknown"."""

    build: Build
    around: Surroundings
    stage: Stage
    gathered: Gathered

    @property
    def facts(self) -> BaseFacts | None:
        """What the catalogue knows of what the stage stands on in the end."""
        return self.stage.facts

    @property
    def held(self) -> tuple[Held, ...]:
        """What instructions of the stage, and of those it stands on, put there and left there."""
        return tuple(self.gathered.files.files.values())

    @property
    def files(self) -> FileSet:
        """The same, by path."""
        return self.gathered.files

    @property
    def packages(self) -> tuple[Installed, ...]:
        """The packages that its instructions installed and left there."""
        return self.gathered.packages

    @property
    def users(self) -> tuple[Account, ...]:
        """The users that are known to be in /etc/passwd; see `has_user`."""
        return tuple(a for a in self.gathered.accounts if not a.is_group)

    @property
    def groups(self) -> tuple[Account, ...]:
        """The groups that are known to be in /etc/group."""
        return tuple(a for a in self.gathered.accounts if a.is_group)

    @property
    def programs(self) -> tuple[Held, ...]:
        """The Go programs in it that this file builds."""
        return tuple(h for h in self.held if h.go_build is not None and not h.is_folder)

    # accounts

    def user(self, name: str) -> Account | None:
        """Return a user by name, or by number."""
        found = [a for a in self.users if a.name == name or str(a.number) == name]
        return found[-1] if found else None

    def has_user(self, name: str) -> Answer:
        """Whether /etc/passwd has a user of a name (or number)."""
        if self.user(name) is not None:
            return "yes"
        return "unknown" if self.gathered.strangers else "no"

    def has_group(self, name: str) -> Answer:
        """Whether /etc/group has a group of a name (or number)."""
        if any(a.name == name or str(a.number) == name for a in self.groups):
            return "yes"
        return "unknown" if self.gathered.strangers else "no"

    # files

    def has(self, path: str) -> Answer:
        """Whether there is a file or folder at an absolute path."""
        return self._has(posixpath.normpath(path), MAX_STEPS)

    @cached_property
    def _known(self) -> dict[str, Answer]:
        """Answers that were given before, and the folders of what is held."""
        found: dict[str, Answer] = {}
        for held in self.held:
            for folder in _folders_of(held.path):
                if folder in found:
                    break  # and so are those above it
                found[folder] = "yes"
        return found

    def _has(self, path: str, steps: int) -> Answer:
        if steps <= 0:
            return "unknown"
        answer = self._known.get(path) or self._found(path, steps)
        if answer != "unknown" or steps == MAX_STEPS:
            self._known[path] = answer
        return answer

    def _found(self, path: str, steps: int) -> Answer:
        files = self.gathered.files
        if files.at(path) is not None:
            return "yes"
        if posixpath.dirname(path) in BINS and posixpath.basename(path) in self._installed_tools:
            return "yes"
        if files.is_removed(path):
            return "no"
        if files.guess(path) is not None:
            return "unknown"
        answers = [self._inside(held, path, steps) for held in files.around(path)]
        answers.append(base_has(self.facts, path))
        if "yes" in answers:
            return "yes"
        if "unknown" in answers or self.gathered.open:
            return "unknown"
        return "unknown" if self.packages and is_of_system(path) else "no"

    def _inside(self, held: Held, path: str, steps: int) -> Answer:
        """Whether a folder that was copied as a whole has a path."""
        rest = path[len(held.path.rstrip("/")) :].lstrip("/")
        if held.how == "context":
            return self._in_context(held.origin, rest)
        origin = joined("/", posixpath.join(held.origin or "/", rest))
        if origin is None or any(mark in held.origin for mark in "*?["):
            return "unknown"
        if held.how == "stage" and held.from_stage is not None:
            if held.from_stage >= self.stage.index:
                return "unknown"
            other = contents_of(self.build, self.build.stages[held.from_stage], self.around)
            return other._has(origin, steps - 1)
        if held.how == "image" and held.image is not None:
            return base_has(held.image.known, origin)
        return "unknown"

    def _in_context(self, origin: str, rest: str) -> Answer:
        """Whether a folder of the context has a path; one that is not there is made before."""
        if self.around.files is None or any(mark in origin for mark in "*?["):
            return "unknown"
        folder = posixpath.normpath(origin.lstrip("/") or ".")
        if not self._is_in_context(folder):
            return "unknown"
        path = posixpath.join(folder, rest.lstrip("/"))
        if self._is_in_context(path):
            return "yes"
        return "unknown" if is_git_ignored(self.around, path) else "no"

    def _is_in_context(self, path: str) -> bool:
        clean, files = posixpath.normpath(path), self.around.files or frozenset()
        there = clean == "." or clean in files or f"{clean}/" in files
        return there or any(file.startswith(f"{clean}/") for file in files)

    def at(self, path: str) -> Held | None:
        """Return what put a file there, or the whole folder that it came with."""
        path = posixpath.normpath(path)
        files = self.gathered.files
        return files.at(path) or files.guess(path) or next(files.around(path), None)

    # what programs need

    @cached_property
    def certificates(self) -> Answer:
        """Whether CA roots are where Go looks for them, or where SSL_CERT_FILE says."""
        if any(package.name in CERTIFICATES for package in self.packages):
            return "yes"
        env = self.stage.state.env
        said = [env.get("SSL_CERT_FILE"), env.get("SSL_CERT_DIR")]
        paths = [*CERTIFICATE_FILES, *CERTIFICATE_FOLDERS, *(path for path in said if path)]
        return self._any(paths)

    @cached_property
    def zones(self) -> Answer:
        """Whether time zones can be loaded: the system's, Go's own, or what ZONEINFO names. Those
        that a program may have linked (time/tzdata) are not meant."""
        if any(package.name in ZONES for package in self.packages):
            return "yes"
        said = self.stage.state.env.get("ZONEINFO")
        paths = [*ZONE_FOLDERS, "/usr/local/go/lib/time/zoneinfo.zip", *([said] if said else ())]
        return self._any(paths)

    def _any(self, paths: Sequence[str]) -> Answer:
        answers = {self._certain(path) for path in paths}
        return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"

    def _certain(self, path: str) -> Answer:
        """Like `has`; but packages of other names bring no certificates and no zones."""
        answer = self.has(path)
        if answer != "unknown" or self.facts is None:
            return answer
        folders = list(self.gathered.files.around(path))
        told = [self._inside(held, path, MAX_STEPS) for held in folders]
        return "unknown" if "unknown" in told or self.gathered.open else "no"

    @cached_property
    def shell(self) -> Answer:
        """Whether there is a shell at /bin/sh, or where SHELL says."""
        if self.facts is not None and self.facts.shell is not None:
            return "yes"
        words = self.stage.state.shell
        paths = ["/bin/sh", "/bin/bash", "/busybox/sh", *words[:1]]
        return self._any(paths)

    @property
    def libc(self) -> Libc:
        """The C library that dynamic programs find."""
        loaders = {"glibc": "ld-linux", "musl": "ld-musl"}
        held: dict[str, Libc] = {"glibc": "glibc", "musl": "musl"}
        known: Libc = self.facts.libc if self.facts else "unknown"
        for name, loader in loaders.items():
            if any(loader in h.path for h in self.held):
                return held[name]
        if known == "none" and any(h.whole and h.path in _LIBRARIES for h in self.held):
            return "unknown"
        return known

    @property
    def runs_glibc_too(self) -> bool:
        """Whether a package lets musl's system run programs that are linked with glibc."""
        return any(package.name in ("libc6-compat", "gcompat") for package in self.packages)

    @property
    def compiler(self) -> Answer:
        """Whether a C compiler is in it."""
        if any(is_compiler(package.name) for package in self.packages):
            return "yes"
        return "unknown" if self.facts is None else "yes" if self.facts.compiler else "no"

    @property
    def go(self) -> Answer:
        """Whether the Go toolchain is in it."""
        if self.facts is not None and self.facts.has_go:
            return "yes"
        if any(package.name in ("go", "golang", "golang-go") for package in self.packages):
            return "yes"
        return self._any(["/usr/local/go", "/usr/lib/go"])

    @property
    def accounts(self) -> Answer:
        """Whether there is an /etc/passwd."""
        return self.has("/etc/passwd")

    @property
    def tmp(self) -> Answer:
        """Whether there is a /tmp."""
        return self.has("/tmp")  # noqa: S108

    @property
    def package_manager(self) -> PackageManager | None:
        """The package manager in it; "" none; None unknown."""
        return self.facts.package_manager if self.facts else None

    def tool(self, name: str) -> Answer:
        """Whether a program of a name is in PATH: curl, wget, nc, bash, cat, …"""
        facts = self.facts
        if facts is not None and (name in facts.tools or (facts.shell and name in USUAL)):
            return "yes"
        if name in self._installed_tools:
            return "yes"
        if any(self.files.at(posixpath.join(folder, name)) for folder in self._path()):
            return "yes"
        if any(not package.known for package in self.packages):
            return "unknown"
        if facts is None or self.gathered.open:
            return "unknown"
        told = self._any([posixpath.join(folder, name) for folder in self._path()])
        if told == "unknown":
            return told
        return "no" if name in NOTABLE or facts.minimal else "unknown"

    @cached_property
    def _installed_tools(self) -> frozenset[str]:
        return frozenset(tool for package in self.packages for tool in tools_of(package.name))

    def _path(self) -> tuple[str, ...]:
        said = self.stage.state.env.get("PATH")
        return tuple(folder for folder in said.split(":") if folder) if said else BINS

    # what is run

    def program(self, command: Exec) -> Program | None:
        """Return what a command of the config runs: the first word of the JSON form, or of the
        first command of the shell form (without exec, env, tini); None where there is none."""
        run = invocation_of(command, self.stage)
        name = run.words[0] if run.words else None
        if name is None:
            return None
        arguments = tuple(word or "" for word in run.words[1:])
        if "/" not in name:
            return self._in_path(name, arguments)
        path = joined(run.directory, name)
        if path is None:
            return Program(name, None, "unknown", None, arguments)
        return Program(name, path, self.has(path), self.at(path), arguments)

    def _in_path(self, name: str, arguments: tuple[str, ...]) -> Program:
        for folder in self._path():
            path = posixpath.join(folder, name)
            held = self.files.at(path)
            if held is not None:
                return Program(name, path, "yes", held, arguments)
        there = "unknown" if name.endswith(".wasm") else self.tool(name)
        return Program(name, None, there, None, arguments)

    def writable_by(self, path: str, user: str) -> Answer:
        """Whether a user (the name or number in USER, "" is root) may write to a folder."""
        name = user.partition(":")[0]
        if name in ("", "root", "0"):
            return "yes" if self.has(path) != "no" else "no"
        path = posixpath.normpath(path)
        if path in ("/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108
            return self.has(path)
        return self._writable(path, name)

    def _writable(self, path: str, name: str) -> Answer:
        account = self.user(name)
        same = {name, account.name if account else name, str(account.number if account else name)}
        held = self.files.at(path)
        if held is None:
            home = account.home if account else ""
            return "yes" if home and (path + "/").startswith(home.rstrip("/") + "/") else "unknown"
        if held.mode and held.mode.lstrip("0").endswith(("777", "o+w", "a+w", "a+rwx")):
            return "yes"
        owner = (held.owner or "").partition(":")[0]
        if owner in same:
            return "yes"
        by_user = held.how in ("run", "workdir") and self._made_by(held, same)
        return "yes" if by_user else "unknown" if "$" in owner or held.whole else "no"

    def _made_by(self, held: Held, names: set[str]) -> bool:
        """Whether a RUN made it as that user. (WORKDIR makes folders that belong to root.)"""
        stage = self.build.stage_of(held.at)
        return (
            held.how == "run" and stage is not None and (stage.state_at(held.at).user_name in names)
        )


_LIBRARIES: Final = ("/", "/lib", "/lib64", "/usr", "/usr/lib")


def _folders_of(path: str) -> Iterator[str]:
    while "/" in path[1:]:
        path = path.rpartition("/")[0]
        yield path


def contents_of(build: Build, stage: Stage, around: Surroundings) -> Contents:
    """Return what the image of a stage holds at its end."""
    gathered = gather(build, around)
    return build.once(
        f"contents {stage.index}",
        around,
        lambda: Contents(build, around, stage, gathered[stage.index]),
    )
