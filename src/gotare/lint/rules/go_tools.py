"""Are the tools that a build installs of a version, and where they are looked for?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gotare.findings import Fix
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_edits import is_text
from gotare.lint.rules.go_steps import commands
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")
_FLOATING: Final = frozenset({"latest", "master", "main", "HEAD", "upgrade", "patch"})
_REQUIRED: Final = re.compile(
    r"^[ \t]*(?:require[ \t]+)?(\S+\.\S+/\S+)[ \t]+(v\d\S*)", re.MULTILINE
)
_OWN_MODULES: Final = re.compile(r".*/(?:protoc-gen-go-grpc|gopls)$")
"""Tools that are modules of their own below another one."""

_GO_RELEASES: Final = "golang.org/dl/"
"""Programs that fetch the Go of their name: a release, or with gotip the newest on purpose."""

_MOVED: Final[Mapping[str, str]] = {
    "github.com/cosmtrek/air": "github.com/air-verse/air",
    "github.com/derekparker/delve": "github.com/go-delve/delve",
    "github.com/kyleconroy/sqlc": "github.com/sqlc-dev/sqlc",
    "github.com/lighttiger2505/sqls": "github.com/sqls-server/sqls",
    "github.com/uber-go/mock": "go.uber.org/mock",
}
"""Modules whose newest versions name another path in their go.mod, which go refuses."""


def _installed(subject: DockerfileSubject) -> Iterator[tuple[GoCommand, str, str, str]]:
    """Yield the programs that go commands fetch in no fixed version: the command, the word, the
    path and the version."""
    for command in commands(subject):
        for word in command.packages if command.action in ("install", "run", "get") else ():
            path, at, version = word.partition("@")
            if at and version in _FLOATING:
                yield command, word, path, version


def _latest_tool(subject: DockerfileSubject) -> Iterator[Found]:
    for command, word, path, version in _installed(subject):
        if _new_home(path) or path.startswith(_GO_RELEASES):
            continue
        required = _required(subject, path)
        said = f"{path}@{required or 'v1.2.3'}"
        yield Found(
            f"{path}@{version} is another program from day to day",
            _span_of(command, word),
            f"name a version: {said}, or `go get -tool` and `go tool`",
            _written(command, word, said, "take the version of go.mod") if required else None,
        )


def _required(subject: DockerfileSubject, path: str) -> str:
    """Return the version in which go.mod requires the module of a tool; "" where it does not."""
    if _OWN_MODULES.match(path):
        return ""
    found = _REQUIRED.findall(subject.around.texts.get("go.mod") or "")
    near = [(m, v) for m, v in found if path == m or path.startswith(f"{m}/")]
    return max(near, key=lambda each: len(each[0]))[1] if near else ""


def _moved(subject: DockerfileSubject) -> Iterator[Found]:
    for command, word, path, version in _installed(subject):
        home = _new_home(path)
        if home:
            yield Found(
                f"{path}@{version} cannot be installed: the module is now {home[0]}",
                _span_of(command, word),
                f"write {home[1]}@ and a version",
                _written(command, word, f"{home[1]}@{version}", f"name {home[0]}", safe=True),
            )


def _new_home(path: str) -> tuple[str, str] | None:
    """Return the module that a tool has moved to, and its path there."""
    for old, new in _MOVED.items():
        if path == old or path.startswith(f"{old}/"):
            return new, new + path.removeprefix(old)
    return None


def _written(
    command: GoCommand, word: str, text: str, why: str, *, safe: bool = False
) -> Fix | None:
    span = _span_of(command, word)
    if span == command.span or not is_text(command):
        return None
    return Fix((replace(span, text),), safe, why)


def _span_of(command: GoCommand, package: str) -> Span:
    for word in command.ran.plain.arguments:
        if word.literal == package:
            return command.ran.where(word)
    return command.span


RULES: Final = (
    _DECLARE.warning(
        "install-latest-tool",
        "A tool is installed without a version.",
        _latest_tool,
        fixes="unsafe",
        equivalents={"hadolint": ("DL3062",)},
    ),
    _DECLARE.error(
        "tool-moved",
        "A tool is looked for where it is no more.",
        _moved,
        fixes="safe",
    ),
)
