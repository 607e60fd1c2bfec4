"""Decides whether a build includes a Go file, from its name and its constraint line.

Source: `go help buildconstraint`; package go/build `goodOSArchFile` and go/build/constraint.
"""

from __future__ import annotations

import re
from collections.abc import Set

from gotare.frozen import dataclass

_UNIX_NAMES = "aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris"
_OTHER_NAMES = "js nacl plan9 wasip1 windows zos"
_ARCH_NAMES = (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 "
    "mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
)
_UNIX = frozenset(_UNIX_NAMES.split())
KNOWN_OS = _UNIX | frozenset(_OTHER_NAMES.split())
KNOWN_ARCH = frozenset(_ARCH_NAMES.split())
_IMPLIED = {"android": "linux", "illumos": "solaris", "ios": "darwin"}

_HEAD = re.compile(rb"(?:\s+|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_LINE = re.compile(rb"^//go:build[ \t]+(.*?)[ \t]*\r?$", re.MULTILINE)
_OLD_LINE = re.compile(rb"^//[ \t]*\+build[ \t]+(.*?)[ \t]*\r?$", re.MULTILINE)
_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|[\w.]+)")


@dataclass(frozen=True, slots=True)
class Context:
    """What a build is for. `tags` are the user's and, with cgo, "cgo"."""

    goos: str
    goarch: str
    tags: Set[str] = frozenset()

    def has(self, tag: str) -> bool:
        """Whether a tag holds. Release tags (go1.N) are taken as held."""
        if tag in (self.goos, self.goarch, "gc", _IMPLIED.get(self.goos)) or tag in self.tags:
            return True
        return bool((tag == "unix" and self.goos in _UNIX) or re.fullmatch(r"go1(\.\d+)?", tag))


def name_matches(name: str, context: Context) -> bool:
    """Whether a file's name lets a build include it: `x_linux_arm64.go`, `x_test.go`, `_x.go`."""
    if name.startswith(("_", ".")) or name.endswith("_test.go"):
        return False
    words = name.partition(".")[0].split("_")[1:]
    if len(words) >= 2 and words[-2] in KNOWN_OS and words[-1] in KNOWN_ARCH:
        return context.has(words[-2]) and context.has(words[-1])
    if words and (words[-1] in KNOWN_OS or words[-1] in KNOWN_ARCH):
        return context.has(words[-1])
    return True


def constraint_of(content: bytes) -> str:
    """Return the expression of the //go:build line before the package clause, or "".

    Where there is none, the older `// +build` lines count, as in the expression that gofmt would
    write for them.
    """
    match = _HEAD.match(content)
    head = match[0] if match else b""
    line = _LINE.search(head)
    return line[1].decode("utf-8", "replace") if line else _old_constraint(head)


def _old_constraint(head: bytes) -> str:
    """Return the expression of `// +build` lines, which a blank line has to follow.

    Each line must hold; in one, a space is "or" and a comma "and".
    """
    end = max(head.rfind(b"\n\n"), head.rfind(b"\n\r\n"))
    lines = [
        line.decode("utf-8", "replace").split() for line in _OLD_LINE.findall(head, 0, end + 1)
    ]
    each = (" || ".join(f"({word.replace(',', ' && ')})" for word in line) for line in lines)
    return " && ".join(f"({line})" for line in each)


def expression_holds(expression: str, context: Context) -> bool:
    """Evaluate a //go:build expression; "" holds, and what cannot be read does too.

    A wrong constraint is an error that the go command reports.
    """
    tokens = _TOKEN.findall(expression)
    if not tokens or "".join(tokens) != re.sub(r"\s+", "", expression):
        return True
    try:
        value, rest = _either(tokens, context)
    except (IndexError, RecursionError):
        return True
    return value or bool(rest)


def file_included(name: str, content: bytes, context: Context) -> bool:
    """Whether a build includes a Go file, cgo aside."""
    return name_matches(name, context) and expression_holds(constraint_of(content), context)


def _either(tokens: list[str], context: Context) -> tuple[bool, list[str]]:
    value, rest = _both(tokens, context)
    while rest and rest[0] == "||":
        other, rest = _both(rest[1:], context)
        value = value or other
    return value, rest


def _both(tokens: list[str], context: Context) -> tuple[bool, list[str]]:
    value, rest = _one(tokens, context)
    while rest and rest[0] == "&&":
        other, rest = _one(rest[1:], context)
        value = value and other
    return value, rest


def _one(tokens: list[str], context: Context) -> tuple[bool, list[str]]:
    word, rest = tokens[0], tokens[1:]
    if word in ("&&", "||", ")"):
        raise IndexError("a tag is missing")
    if word == "!":
        value, rest = _one(rest, context)
        return not value, rest
    if word == "(":
        value, rest = _either(rest, context)
        return value, rest[1:]
    return context.has(word), rest
