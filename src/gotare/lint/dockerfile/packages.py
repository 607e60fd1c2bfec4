"""Reads what package managers install: apk, apt-get, yum, dnf, microdnf, tdnf."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.goflags import Argument, arguments_of
from gotare.lint.dockerfile.model import Answer, Build, PackageManager, Stage
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.subjects import Surroundings

MANAGERS: Final[Mapping[str, PackageManager]] = {
    "apk": "apk",
    "xx-apk": "apk",
    "apt-get": "apt",
    "apt": "apt",
    "aptitude": "apt",
    "xx-apt": "apt",
    "xx-apt-get": "apt",
    "dnf": "dnf",
    "microdnf": "microdnf",
    "yum": "yum",
    "tdnf": "tdnf",
}
_ADDING: Final = frozenset({"add", "install", "reinstall", "groupinstall", "localinstall"})
_WITH_VALUE: Final = frozenset(
    {
        "-t", "--virtual", "-X", "--repository", "-p", "--root", "-o", "--option", "-c",
        "--target-release", "--setopt", "--releasever", "--installroot", "--arch", "--keys-dir",
        "--repositories-file", "--wait", "--cache-dir", "-a",
    }
)  # fmt: skip
COMPILERS: Final = frozenset(
    {
        "gcc", "g++", "cc", "clang", "build-base", "alpine-sdk", "build-essential", "gcc-c++",
        "go", "golang", "golang-go", "llvm", "zig", "crossbuild-essential-arm64",
        "crossbuild-essential-armhf", "crossbuild-essential-amd64", "tcc",
    }
)  # fmt: skip
"""Packages that bring a C compiler. Alpine's and Debian's go need one themselves."""
_COMPILER: Final = re.compile(r"(?:gcc|g\+\+|clang)(?:-?[\d.]+)?$|gcc-[a-z0-9-]+-linux-gnu\w*$")


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that a package manager installs."""

    name: str
    manager: PackageManager
    at: Instruction
    ran: Ran
    span: Span
    version: str = ""
    """What `=`, `~=` or `-` pins, with the operator; "" nothing."""
    virtual: str = ""
    """The name of apk's --virtual that it belongs to."""
    known: bool = True
    """False: the word holds a variable whose value is unknown (`name` is as written)."""
    root: str = ""
    """Another folder than / that it is installed into."""


def installed_by(ran: Ran) -> tuple[Installed, ...]:
    """Return the packages that a command installs; () for other commands."""
    manager = MANAGERS.get(ran.plain.name)
    if manager is None:
        return ()
    arguments = list(arguments_of(ran.plain.arguments, ran))
    found: list[Installed] = []
    action, virtual, skip, root = "", "", "", _root(arguments, manager)
    for argument in arguments:
        text = argument.text
        if skip:
            virtual = text if skip in ("-t", "--virtual") and manager == "apk" else virtual
            skip = ""
        elif text.startswith("-"):
            name, equals, value = text.partition("=")
            virtual = value if name == "--virtual" and equals else virtual
            skip = name if name in _WITH_VALUE and not equals and _takes(manager, name) else ""
        elif not action:
            action = text
        elif action in _ADDING:
            span = ran.where(argument.word)
            name, version = _split(text, manager)
            found.append(
                Installed(
                    name, manager, ran.instruction, ran, span, version, virtual, argument.known,
                    root,
                )
            )  # fmt: skip
    return tuple(found)


def _root(arguments: Sequence[Argument], manager: PackageManager) -> str:
    """Return the folder that a manager takes for the root folder; "" for / itself."""
    options = ("-p", "--root") if manager == "apk" else ("--installroot",)
    texts = [argument.text for argument in arguments]
    for text, after in pairwise([*texts, ""]):
        name, equals, value = text.partition("=")
        if name in options:
            return (value if equals else after).rstrip("/")
    return ""


def _takes(manager: PackageManager, option: str) -> bool:
    """-t and -a mean other things to apt-get, and so on."""
    if manager == "apk":
        return option not in ("-o", "-c", "-a")
    plain = ("-t", "--target-release", "-o", "--option", "-c", "-a", "--setopt")
    return option in (*plain, "--installroot", "--releasever")


def _split(text: str, manager: PackageManager) -> tuple[str, str]:
    if manager in ("apk", "apt"):
        found = re.match(r"([^=<>~@/:]+)(?::\w+)?([=<>~@/].*)?$", text)
        return (found[1], found[2] or "") if found else (text, "")
    found = re.match(r"(.+?)-(\d[\w.:~^]*(?:-[\w.]+)?)$", text)
    return (found[1], f"-{found[2]}") if found else (text, "")


def removed_by(ran: Ran) -> frozenset[str]:
    """Return the names of packages (or of apk's virtual ones) that a command removes."""
    if ran.plain.name not in MANAGERS:
        return frozenset()
    words = [argument.text for argument in arguments_of(ran.plain.arguments, ran)]
    plain = [word for word in words if not word.startswith("-")]
    if not plain or plain[0] not in ("del", "remove", "purge", "erase"):
        return frozenset()
    return frozenset(plain[1:])


def left_after(present: Sequence[Installed], ran: Ran) -> tuple[Installed, ...]:
    """Return the packages that a command leaves, out of those that are present when it runs."""
    gone, swept = removed_by(ran), _sweeps(ran)
    if not gone and not swept:
        return present if isinstance(present, tuple) else tuple(present)
    return tuple(
        package
        for package in present
        if package.name not in gone
        and package.virtual not in gone
        and not (swept and package.at is ran.instruction and package.manager == "apt")
    )


def _sweeps(ran: Ran) -> bool:
    """Whether a command takes away what its RUN has installed: apt is told that it is not needed
    for itself, and to remove all such packages."""
    if MANAGERS.get(ran.plain.name) != "apt":
        return False
    if {"--auto-remove", "--autoremove", "autoremove"}.isdisjoint(ran.plain.texts):
        return False
    return re.search(r"\bapt-mark\s+auto\b", ran.instruction.value) is not None


def packages_in(build: Build, stage: Stage, around: Surroundings) -> tuple[Installed, ...]:
    """Return what is installed at the end of a stage, by itself or the stages it stands on."""
    return _history(build, stage, around).after


def packages_before(build: Build, ran: Ran, around: Surroundings) -> tuple[Installed, ...]:
    """Return what is installed where a command runs."""
    history = _history(build, ran.stage, around)
    return history.before.get(id(ran), history.after)


@dataclass(frozen=True, slots=True)
class _History:
    """What is installed before each command of a stage (by its id), and at the end."""

    before: Mapping[int, tuple[Installed, ...]]
    after: tuple[Installed, ...]


def _history(build: Build, stage: Stage, around: Surroundings) -> _History:
    return build.once(f"packages {stage.index}", around, lambda: _history_of(build, stage, around))


def _history_of(build: Build, stage: Stage, around: Surroundings) -> _History:
    below = stage.chain[:-1]
    present = packages_in(build, below[-1], around) if below else ()
    before: dict[int, tuple[Installed, ...]] = {}
    for ran in ran_in(build, stage, around):
        before[id(ran)] = present
        added = installed_by(ran)
        present = left_after((*present, *added) if added else present, ran)
    return _History(before, present)


def is_compiler(name: str) -> bool:
    """Whether a package brings a C compiler."""
    return name in COMPILERS or _COMPILER.match(name) is not None


def has_compiler(build: Build, ran: Ran, around: Surroundings) -> Answer:
    """Whether a C compiler is in PATH where a command runs."""
    present = packages_before(build, ran, around)
    if any(is_compiler(package.name) for package in present):
        return "yes"
    facts = ran.stage.facts
    if facts is None or any(not package.known for package in present):
        return "unknown"
    return "yes" if facts.compiler else "no"
