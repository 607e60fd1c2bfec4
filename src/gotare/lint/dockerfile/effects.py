"""Follows what commands do to files: mkdir, cp, mv, install, ln, rm, chown, chmod, redirections."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from gotare.lint.dockerfile.fileset import FileSet, Held
from gotare.lint.dockerfile.goflags import arguments_of
from gotare.lint.dockerfile.resolve import MAX_VALUE
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.state import joined

HARMLESS: Final = frozenset(
    """
    : [ [[ test true false echo printf cd pushd popd pwd export unset set env read ls cat head tail
    grep egrep sed awk cut sort uniq wc tr find stat file ldd du df which command type id whoami
    uname date sleep exit return shift trap umask ulimit hash local declare readonly typeset sync
    mkdir cp mv ln rm rmdir chmod chown chgrp touch install strip upx setcap adduser useradd
    addgroup groupadd usermod groupmod passwd chpasswd deluser delgroup userdel groupdel chsh su
    apk apt apt-get aptitude dpkg yum dnf microdnf tdnf rpm dpkg-reconfigure debconf-set-selections
    update-ca-certificates update-ca-trust locale-gen ldconfig go sha256sum sha512sum md5sum kill
    gpg gpgconf curl wget git tee time
    """.split()  # noqa: SIM905
)
"""Programs that write only where their arguments say, or below the system's own folders."""
_VALUED: Final = frozenset({"-m", "-o", "-g", "--mode", "--owner", "--group", "-t", "-S"})


def apply_command(files: FileSet, ran: Ran) -> None:
    """Change the files as a command does."""
    effect = _EFFECTS.get(ran.plain.name)
    if effect is not None:
        effect(files, ran)
    for redirection in ran.command.redirections:
        if redirection.target is not None and redirection.operator in (">", ">>", ">|", "&>"):
            _redirected(files, ran, redirection.operator, ran.said(redirection.target))


def _redirected(files: FileSet, ran: Ran, operator: str, target: str | None) -> None:
    path = joined(ran.directory, target)
    if path is None or path.startswith("/dev/"):
        return
    text = printed_by(ran)
    old = files.at(path)
    if operator == ">>" and old is not None:
        text = f"{old.text}{text}"[:MAX_VALUE]
    files.put(Held(path, ran.instruction, "run", text=text, is_folder=False))


def printed_by(ran: Ran) -> str:
    """Return what echo, printf or `cat <<EOF` prints, as far as that is plain text."""
    if ran.plain.name == "cat":
        return "".join(r.body for r in ran.command.redirections)
    if ran.plain.name not in ("echo", "printf"):
        return ""
    said = [ran.said(word) for word in ran.plain.arguments]
    words = [word for word in said if word is not None and word not in ("-e", "-n", "-en", "-ne")]
    text = " ".join(words).replace("\\n", "\n").replace("\\t", "\t")
    return text if text.endswith("\n") else text + "\n"


def paths_of(ran: Ran) -> tuple[dict[str, str], list[str | None]]:
    """Return options with their values, and the other arguments as absolute paths (None: unknown).
    A final slash stays."""
    options: dict[str, str] = {}
    paths: list[str | None] = []
    skip = ""
    for argument in arguments_of(ran.plain.arguments, ran):
        text = argument.text
        if skip:
            options[skip] = text
            skip = ""
        elif text.startswith("-") and text != "-":
            name, equals, value = text.partition("=")
            options[name] = value
            takes = name in _VALUED and ran.plain.name in ("install", "mkdir")
            skip = name if takes and not equals else ""
        else:
            path = joined(ran.directory, text) if argument.known else None
            paths.append(path + "/" if path and text.endswith("/") and path != "/" else path)
    return options, paths


def _has(options: Mapping[str, str], letter: str, *names: str) -> bool:
    letters = "".join(name[1:] for name in options if not name.startswith("--"))
    return letter in letters or any(name in options for name in names)


def _mkdir(files: FileSet, ran: Ran) -> None:
    options, paths = paths_of(ran)
    mode = options.get("-m") or options.get("--mode") or None
    for path in (p for p in paths if p is not None):
        for each in _braces(path.rstrip("/") or "/"):
            files.put(Held(each, ran.instruction, "run", mode=mode, is_folder=True))


def _braces(path: str) -> list[str]:
    """Return a/x and a/y for a/{x,y}."""
    found = re.search(r"\{([^{}]+,[^{}]*)\}", path)
    if found is None:
        return [path]
    return [path[: found.start()] + one + path[found.end() :] for one in found[1].split(",")][:50]


def _touch(files: FileSet, ran: Ran) -> None:
    _, paths = paths_of(ran)
    for path in (p for p in paths if p is not None):
        if files.at(path) is None:
            files.put(Held(path, ran.instruction, "run", is_folder=False))


def _copy(files: FileSet, ran: Ran) -> None:
    _moved(files, ran, keep=True)


def _move(files: FileSet, ran: Ran) -> None:
    _moved(files, ran, keep=False)


def _moved(files: FileSet, ran: Ran, *, keep: bool) -> None:
    options, paths = paths_of(ran)
    if len(paths) < 2 or paths[-1] is None:
        return
    *sources, target = paths
    for source in sources:
        if source is not None:
            _transfer(files, ran, source, _target(files, source, target, len(sources)), keep)
    if options.get("-m"):
        files.with_mode(str(target).rstrip("/"), options["-m"], deep=False)


def _target(files: FileSet, source: str, target: str | None, count: int) -> str:
    assert target is not None
    is_folder = count > 1 or target.endswith("/") or is_known_folder(files, target)
    name = posixpath.basename(source.rstrip("/"))
    return posixpath.join(target, name) if is_folder and name else target.rstrip("/") or "/"


def _transfer(files: FileSet, ran: Ran, source: str, target: str, keep: bool) -> None:
    for held in list(files.matching(source.rstrip("/"))):
        place = target
        if "*" in source:
            place = posixpath.join(posixpath.dirname(target), posixpath.basename(held.path))
        files.copied(held.path, place, ran.instruction)
        if not keep and place != held.path:
            files.remove(held.path)
    if files.at(target) is None and "*" not in target:
        guess = files.guess(source)
        held = Held(target, ran.instruction, "run", source)
        files.put(replace(guess, path=target, at=ran.instruction) if guess else held)


def _install(files: FileSet, ran: Ran) -> None:
    options, paths = paths_of(ran)
    if _has(options, "d", "--directory"):
        for path in (p for p in paths if p is not None):
            held = Held(path.rstrip("/"), ran.instruction, "run", is_folder=True)
            files.put(held)
            _owned(files, held.path, options)
    else:
        _moved(files, ran, keep=True)


def _owned(files: FileSet, path: str, options: Mapping[str, str]) -> None:
    mode, owner = options.get("-m") or options.get("--mode"), options.get("-o")
    if mode:
        files.with_mode(path, mode, deep=False)
    if owner:
        group = options.get("-g")
        files.with_owner(path, f"{owner}:{group}" if group else owner, deep=False)


def _link(files: FileSet, ran: Ran) -> None:
    words = [a.text for a in arguments_of(ran.plain.arguments, ran) if not a.text.startswith("-")]
    if len(words) != 2:
        return
    link = joined(ran.directory, words[1])
    if link is None:
        return
    if words[1].endswith("/") or is_known_folder(files, link):
        link = posixpath.join(link, posixpath.basename(words[0]))
    source = joined(posixpath.dirname(link), words[0])
    if source is not None and files.copied(source, link, ran.instruction):
        return
    files.put(Held(link, ran.instruction, "run", words[0]))


def _remove(files: FileSet, ran: Ran) -> None:
    _, paths = paths_of(ran)
    for path in (p for p in paths if p is not None):
        for held in list(files.matching(path.rstrip("/") or "/")):
            files.remove(held.path)
        if "*" not in path and path.rstrip("/"):
            files.remove(path.rstrip("/"))


def _chown(files: FileSet, ran: Ran) -> None:
    owner, rest, deep = _changed(ran)
    for path in rest:
        files.with_owner(path, owner, deep=deep)


def _chmod(files: FileSet, ran: Ran) -> None:
    mode, rest, deep = _changed(ran)
    for path in rest:
        files.with_mode(path, mode, deep=deep)


def _changed(ran: Ran) -> tuple[str, list[str], bool]:
    words = [argument.text for argument in arguments_of(ran.plain.arguments, ran)]
    options = [w for w in words if w.startswith("-") and not re.match(r"-[rwxXst]+$", w)]
    rest = [word for word in words if word not in options]
    deep = any("R" in option for option in options) or "--recursive" in options
    paths = [joined(ran.directory, word) for word in rest[1:]]
    return (rest[0] if rest else ""), [p for p in paths if p is not None], deep


def _download(files: FileSet, ran: Ran) -> None:
    """curl -o FILE, wget -O FILE."""
    options = ("-o", "--output") if ran.plain.name == "curl" else ("-O", "--output-document")
    words = [argument.text for argument in arguments_of(ran.plain.arguments, ran)]
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        clustered = name[:1] == "-" and name[:2] != "--" and name[-1:] == options[0][1]
        if name in options or clustered:
            said = value if equals else (words[index + 1] if index + 1 < len(words) else "")
            path = joined(ran.directory, said) if said not in ("", "-") else None
            if path is not None and "$" not in path:
                files.put(Held(path, ran.instruction, "run", is_folder=False))


def _tee(files: FileSet, ran: Ran) -> None:
    _, paths = paths_of(ran)
    for path in (p for p in paths if p is not None):
        files.put(Held(path, ran.instruction, "run", is_folder=False))


FOLDERS: Final = frozenset(
    """
    / /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp
    /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/local/share
    /usr/sbin /usr/share /var /var/cache /var/lib /var/log /var/run /var/tmp /etc/ssl /etc/ssl/certs
    """.split()  # noqa: SIM905
)
"""Folders that every usual system has."""


def is_known_folder(files: FileSet, path: str) -> bool:
    """Whether a path is a folder, as far as that is known: made before, or one of the system's."""
    held = files.is_folder(path.rstrip("/") or "/")
    return bool(held) or (held is None and path.rstrip("/") in FOLDERS)


_EFFECTS: Final[Mapping[str, Callable[[FileSet, Ran], None]]] = {
    "mkdir": _mkdir,
    "touch": _touch,
    "cp": _copy,
    "mv": _move,
    "install": _install,
    "ln": _link,
    "rm": _remove,
    "chown": _chown,
    "chgrp": lambda files, ran: None,
    "chmod": _chmod,
    "curl": _download,
    "wget": _download,
    "tee": _tee,
}
