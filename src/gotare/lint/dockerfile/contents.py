"""Works out what the image of a stage holds, as far as that can be known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gotare.lint.dockerfile.copies import Copy
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Answer, Base, Libc, PackageManager, Stage
from gotare.lint.dockerfile.syntax import Instruction


@dataclass(frozen=True, slots=True)
class Held:
    """A file or folder that an instruction put into a stage."""

    path: str
    """Absolute."""
    at: Instruction
    """What put it there: COPY, ADD, RUN, WORKDIR."""
    how: Literal["context", "stage", "image", "url", "heredoc", "run", "workdir"]
    origin: str = ""
    """The path it had in the context, the other stage or the image."""
    from_stage: int | None = None
    from_image: Base | None = None
    go_build: GoBuild | None = None
    """The command that made it, where it is a Go program."""
    owner: str | None = None
    """--chown, or the owner that chown gave; None: root (or the user of the stage for RUN)."""
    mode: str | None = None
    is_folder: bool | None = None
    copy: Copy | None = None
    executable: bool | None = None
    dynamic: bool | None = None
    """A program of the other image that needs its libraries; None unknown."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that a package manager installed. `version` is what `=` or `-` pins."""

    name: str
    manager: PackageManager
    at: Instruction
    version: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """A user (or group) that exists. `uid` None: not said. `home` "" not said."""

    name: str
    uid: int | None = None
    home: str = ""
    at: Instruction | None = None
    """The instruction that made it; None: the base has it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the image of a stage holds."""

    stage: Stage
    held: tuple[Held, ...] = ()
    """What its own instructions and those of its parents put there, in order; later ones win."""
    packages: tuple[Installed, ...] = ()
    users: tuple[User, ...] = ()
    groups: tuple[User, ...] = ()
    shell: Answer = "unknown"
    libc: Libc = "unknown"
    compiler: Answer = "unknown"
    certificates: Answer = "unknown"
    zones: Answer = "unknown"
    accounts: Answer = "unknown"
    """There is an /etc/passwd."""
    tmp: Answer = "unknown"
    package_manager: PackageManager | None = None
    """"" none; None unknown."""
    go: Answer = "unknown"
    """The Go toolchain is in it."""
    tools: frozenset[str] = field(default_factory=frozenset)
    """Programs that are known to be in it, beyond the shell's usual ones."""
    closed: bool = False
    """Nothing is hidden: what is not known to be here is not here."""
