"""Tells whether an edited file changes the facts of a project, or only its code.

After an edit, `go list` would cost 40 to 150 ms to say what it said before unless imports,
constraints, embeds or version variables changed. So each Go file has a digest of just those.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gotare.golang.version_names import kind_of

if TYPE_CHECKING:
    from gotare.golang.inputs import LocalPackage

LENGTH: Final = 32
"""Digits of the digest of imports, directives and version variables."""

_COMMENT = re.compile(rb"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_DECLARATION = re.compile(rb"^(?:func|var|type|const)\b", re.MULTILINE)
_DIRECTIVE = re.compile(rb"^[ \t]*//(?:go:(?:build|embed)|[ \t]*\+build)[^\n]*", re.MULTILINE)
_VARIABLE = re.compile(rb"^(?:var[ \t]+|[ \t]+)(\w+)[ \t]*(?:string|=|,)[^\n]*", re.MULTILINE)


def shape_of(content: bytes) -> str:
    """Return a digest of a Go file's package clause, imports, directives and version variables."""
    plain = _COMMENT.sub(b" ", content)
    end = _DECLARATION.search(plain)
    head = b" ".join(plain[: end.start() if end else None].split())
    variables = (m[0] for m in _VARIABLE.finditer(content) if kind_of(m[1].decode()))
    parts = (head, *_DIRECTIVE.findall(content), *variables)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:LENGTH]


def shapes_of(
    packages: Sequence[LocalPackage], root: Path, shape: Callable[[str], str]
) -> dict[str, str]:
    """Return the shape of each Go file of the packages, by path relative to root, with the key of
    what it says behind it. `shape` reads a file, and returns "" for one that it cannot read.

    Vendored files are left out: nobody edits them one by one.
    """
    paths = (
        f"{package.dir}/{name}".removeprefix("./")
        for package in packages
        for name in package.files
        if name.endswith(".go") and not package.dir.startswith("vendor/")
    )
    return {path: found for path in paths if (found := shape(str(root / path)))}


def with_key(shape: str, key: bytes) -> str:
    """Return a shape with the key of what the file says now."""
    return shape[:LENGTH] + key.hex()


def key_in(shape: str) -> bytes:
    """Return the key under which the store has what a file said."""
    return bytes.fromhex(shape[LENGTH:])


def still_holds(
    shapes: Mapping[str, str], control: Iterable[str], root: Path, changed: Iterable[str]
) -> bool:
    """Whether the facts still hold after these files (paths as in the project) changed in place.

    A file that is gone, a control file, or a Go file with another shape or none: they do not.
    """
    fixed = frozenset(control)
    return all(path not in fixed and _unmoved(shapes.get(path), root / path) for path in changed)


def _unmoved(shape: str | None, path: Path) -> bool:
    if path.suffix == ".go":
        return shape is not None and _shape_at(path) == shape[:LENGTH]
    return path.is_file()


def _shape_at(path: Path) -> str:
    try:
        return shape_of(path.read_bytes())
    except OSError:
        return ""
