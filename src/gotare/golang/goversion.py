"""Compares Go versions, as the go command does.

Source: go.dev/doc/toolchain#version. A language version comes before its release candidates:
1.21 < 1.21rc1 < 1.21.0, so that a release candidate may build what says `go 1.21`.
"""

from __future__ import annotations

import re

_VERSION = re.compile(r"(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+)|(beta|rc)(\d+))?(?:[-+ ].*)?")
_KINDS = {"language": 0, "beta": 1, "rc": 2, "release": 3}


def version_key(version: str) -> tuple[int, int, int, int]:
    """Return a key that orders Go versions (with or without `go` in front); unknown ones first."""
    match = _VERSION.fullmatch(version.strip())
    if not match:
        return (-1, 0, 0, 0)
    major, minor, patch, kind, number = match.groups()
    numbers = (int(major), int(minor or 0))
    if kind:
        return (*numbers, _KINDS[kind], int(number))
    # Before Go 1.21 the first release of 1.N was called 1.N itself.
    if patch is None and numbers >= (1, 21):
        return (*numbers, _KINDS["language"], 0)
    return (*numbers, _KINDS["release"], int(patch or 0))


def is_older(version: str, than: str) -> bool:
    """Whether a Go version comes before another one."""
    return version_key(version) < version_key(than)
