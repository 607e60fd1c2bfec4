"""Reads `docker build` and its like: which Dockerfile, which context, which stage, with what?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.shellwords import Command, Word, image_builds

_ALONE: Final = frozenset({
    "--pull", "--no-cache", "--load", "--push", "--rm", "--force-rm", "--squash", "--compress",
    "--quiet", "-q", "--check", "--debug", "-D", "--disable-content-trust", "--layers",
    "--tls-verify", "--squash-all", "--no-hosts", "--skip-unused-stages",
})  # fmt: skip
"""Options of docker, buildx, podman, nerdctl and buildah that take no value."""

_HERE: Final = re.compile(
    r"\$[({]?(?:CURDIR|PWD)[)}]?|\$\((?:shell )?pwd\)|`pwd`|\$\{\{\s*github\.workspace\s*\}\}"
    r"|\$\{?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR)\}?"
)
"""What stands for the folder that a command begins in."""


@dataclass(frozen=True, slots=True)
class BuildCommand:
    """A command that builds an image. `context` and `dockerfile` are as written, with variables put
    in, relative to `folder`; the Dockerfile "" where none is named."""

    folder: str
    context: str
    dockerfile: str
    target: str = ""
    args: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()


def build_commands(
    found: Iterable[Command], resolve: Callable[[str], str], folder: str = ""
) -> Iterator[BuildCommand]:
    """Yield the builds of a script that begins in a folder ("" the one that paths are relative to);
    what cannot be known is left out."""
    here: str | None = folder
    for command in found:
        if command.texts[0].lstrip("@-+") in ("cd", "pushd"):
            here = _entered(here, command, resolve)
        elif here is not None:
            for build in image_builds(iter((command,))):
                yield from _read(build, resolve, here)


def _entered(here: str | None, command: Command, resolve: Callable[[str], str]) -> str | None:
    path = _plain(command.texts[1], resolve) if len(command.words) == 2 else None
    if here is None or path is None or path.startswith("/") or path == "-":
        return None
    return f"{here}/{path}" if here else path


def _read(command: Command, resolve: Callable[[str], str], folder: str) -> Iterator[BuildCommand]:
    context = _context(command, resolve)
    files = [_plain(word.text, resolve) for word in command.values("-f", "--file")]
    if context is None or None in files or len(files) > 1:
        return
    yield BuildCommand(
        folder,
        context,
        files[0] or "" if files else "",
        next((_plain(word.text, resolve) or "" for word in command.values("--target")), ""),
        _names(command, "--build-arg"),
        _names(command, "--build-context"),
    )


def _names(command: Command, option: str) -> frozenset[str]:
    found = command.values(option)
    return frozenset(word.text.partition("=")[0] for word in found)


def _context(command: Command, resolve: Callable[[str], str]) -> str | None:
    """Return the one word that is no option, nor the value of one; None where that is not sure."""
    given = [path for word in _arguments(command) if (path := _plain(word.text, resolve)) != ""]
    known = [path for path in given if path is not None]
    sure = len(known) == 1 and known[0] != "-" and given[-1] is not None
    return known[0] if sure else None


def _arguments(command: Command) -> Iterator[Word]:
    words = iter(command.words)
    for word in words:
        if word.text in ("build", "bud"):
            break
    for word in words:
        if word.text.startswith(("<", ">", "2>")):
            return
        if word.text == "-" or not word.text.startswith("-"):
            yield word
        elif "=" not in word.text and word.text not in _ALONE:
            next(words, None)


def _plain(text: str, resolve: Callable[[str], str]) -> str | None:
    """Return a word with its variables put in; "" for options that a variable holds, None where a
    variable is unknown, or it is a URL."""
    said = _HERE.sub(".", resolve(_HERE.sub(".", text)).strip())
    if re.search(r"[$`{}*]|://|^git@", said):
        return None
    return "" if re.match("-.", said) or " " in said else said
