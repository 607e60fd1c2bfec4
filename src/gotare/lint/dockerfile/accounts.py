"""Reads which users and groups commands make, and what /etc/passwd says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gotare.frozen import dataclass
from gotare.lint.dockerfile.goflags import arguments_of
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.syntax import Instruction


@dataclass(frozen=True, slots=True)
class Account:
    """A user or a group. `number` None: it is not said. `home` and `shell` are "" where they are
    not said."""

    name: str
    number: int | None = None
    home: str = ""
    shell: str = ""
    at: Instruction | None = None
    """The instruction that makes it; None: the base has it."""
    is_group: bool = False


_NUMBER_OF_USER = ("-u", "--uid")
_NUMBER_OF_GROUP = ("-g", "--gid")
_VALUED = frozenset(
    {
        "-u", "--uid", "-g", "--gid", "-h", "--home", "-d", "--home-dir", "-s", "--shell", "-G",
        "--groups", "-c", "--comment", "--gecos", "-k", "--skel", "-K", "-e", "-f",
        "-b", "--base-dir", "-p", "--password", "--ingroup", "-P", "--prefix", "-R", "--root",
    }
)  # fmt: skip
_PASSWD = re.compile(r"^([\w.-]+):[^:\s]*:(\d+):(\d*):[^:\n]*:([^:\n]*)(?::([^:\n]*))?$", re.M)
_GROUP = re.compile(r"^([\w.-]+):[^:\s]*:(\d+):[^:\n]*$", re.M)


def accounts_of(ran: Ran) -> tuple[Account, ...]:
    """Return the users and groups that a command makes: adduser, useradd, addgroup, groupadd."""
    name = ran.plain.name
    words = [argument.text for argument in arguments_of(ran.plain.arguments, ran)]
    if name in ("groupadd", "addgroup"):
        return tuple(_groups(words, ran, busybox=name == "addgroup"))
    if name not in ("useradd", "adduser"):
        return ()
    return tuple(_users(words, ran, name))


def _groups(words: Sequence[str], ran: Ran, *, busybox: bool) -> Iterator[Account]:
    options, rest = _split(words)
    if busybox and len(rest) == 2:
        return  # a user is put into a group
    for name in rest[:1]:
        yield Account(name, _number(options, _NUMBER_OF_GROUP), at=ran.instruction, is_group=True)


def _users(words: Sequence[str], ran: Ran, program: str) -> Iterator[Account]:
    options, rest = _split(words)
    if program == "adduser" and len(rest) == 2:
        return  # a user is put into a group
    home = next((options[n] for n in ("-h", "--home", "-d", "--home-dir") if n in options), "")
    shell = next((options[n] for n in ("-s", "--shell") if n in options), "")
    number = _number(options, _NUMBER_OF_USER)
    for name in rest[:1]:
        yield Account(name, number, home, shell, ran.instruction)
        if _makes_group(options, program):
            yield Account(name, None, at=ran.instruction, is_group=True)


def _makes_group(options: dict[str, str], program: str) -> bool:
    """adduser and useradd make a group of the user's name, unless they are given another."""
    given = {"-G", "--ingroup", "-N", "--no-user-group", "--no-group"}
    given |= {"-g", "--gid"} if program == "useradd" else set()
    if program == "useradd":
        given -= {"-G"}
    return given.isdisjoint(options)


def _split(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    rest: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        last = _last_of_cluster(name)
        if not equals and last in _VALUED and index < len(words):
            value = words[index]
            index += 1
        options |= {name: value, last: value}
    return options, rest


def _last_of_cluster(name: str) -> str:
    """Return -u for -ru: the option of a cluster that may take a value."""
    return name if name.startswith("--") or len(name) < 3 else f"-{name[-1]}"


def _number(options: dict[str, str], names: Sequence[str]) -> int | None:
    said = next((options[name] for name in names if name in options), "")
    return int(said) if said.isdecimal() and len(said) < 11 else None


def accounts_in(text: str, at: Instruction | None) -> tuple[Account, ...]:
    """Return the users that lines of /etc/passwd name."""
    return tuple(
        Account(m[1], int(m[2][:10]), m[4], m[5] or "", at) for m in _PASSWD.finditer(text)
    )


def groups_in(text: str, at: Instruction | None) -> tuple[Account, ...]:
    """Return the groups that lines of /etc/group name."""
    return tuple(Account(m[1], int(m[2][:10]), "", "", at, True) for m in _GROUP.finditer(text))
