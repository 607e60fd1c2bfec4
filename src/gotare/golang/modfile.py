"""Reads what gotare needs of go.mod and go.work.

Grammar: go.dev/ref/mod#go-mod-file-grammar. Lenient on purpose: whether the file is right is for
the go command to say, with its own lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gotare.errors import ProjectError
from gotare.frozen import dataclass

MAX_SIZE = 16 << 20
"""Bytes of a go.mod at most, as the go command has it."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|=>|[(),]|[^\s"`(),]+')


@dataclass(frozen=True, slots=True)
class ModFile:
    """The statements of a go.mod or go.work. Folders are as written.

    `replaced` are the local folders that stand in for modules, `uses` the modules of a workspace,
    `ignored` the folders that `./...` leaves out.
    """

    module: str = ""
    go: str = ""
    toolchain: str = ""
    replaced: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def read_modfile(path: Path) -> ModFile:
    """Read a go.mod or go.work. Raises ProjectError when the file cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > MAX_SIZE:
        raise ProjectError(f"{path} is over {MAX_SIZE >> 20} MiB", "is it really a Go module file?")
    return parse_modfile(content.decode("utf-8", "replace"))


def parse_modfile(text: str) -> ModFile:
    """Read the text of a go.mod or go.work."""
    words: dict[str, list[list[str]]] = {}
    for verb, arguments in _statements(text):
        words.setdefault(verb, []).append(arguments)

    def first(verb: str) -> str:
        return next((arguments[0] for arguments in words.get(verb, ()) if arguments), "")

    replaced = (_replacement(arguments) for arguments in words.get("replace", ()))
    return ModFile(
        module=first("module"),
        go=first("go"),
        toolchain=first("toolchain"),
        replaced=tuple(folder for folder in replaced if folder),
        uses=tuple(arguments[0] for arguments in words.get("use", ()) if arguments),
        ignored=tuple(arguments[0] for arguments in words.get("ignore", ()) if arguments),
    )


def _statements(text: str) -> Iterator[tuple[str, list[str]]]:
    block = ""
    for line in text.splitlines():
        tokens = [_unquote(token) for token in _tokens(line)]
        if not tokens:
            continue
        if block:
            if tokens[0] == ")":
                block = ""
            else:
                yield block, tokens
        elif tokens[1:] == ["("]:
            block = tokens[0]
        else:
            yield tokens[0], tokens[1:]


def _tokens(line: str) -> Iterator[str]:
    for token in _TOKEN.findall(line):
        if token.startswith("//"):
            return
        before, comment, _ = token.partition("//")
        yield token if token[0] in '"`' else before
        if comment and token[0] not in '"`':
            return


def _unquote(token: str) -> str:
    if token[:1] == "`":
        return token[1:-1]
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[:1] == '"' else token


def _replacement(arguments: list[str]) -> str:
    """Return the local folder of `old [version] => ./new`; "" when it is replaced by a module."""
    if "=>" not in arguments:
        return ""
    target = arguments[arguments.index("=>") + 1 :]
    local = len(target) == 1 and re.match(r"\.{1,2}(/|$)|/", target[0])
    return target[0] if local else ""
