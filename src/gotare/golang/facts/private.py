"""Which modules of a build no public proxy has, by what the go command is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from gotare.golang.facts.types import Evidence, PrivateModule
from gotare.golang.goenv import GoEnv

_SETTINGS: Final = ("GOPRIVATE", "GONOPROXY", "GONOSUMDB")


def private_modules(
    goenv: GoEnv, modules: Iterable[str], go_mod: Path
) -> tuple[PrivateModule, ...]:
    """Return the patterns of the go command's settings that match a module of the build.

    `modules` are the paths of modules that are downloaded; `go_mod` is where they are required.
    A pattern that matches none of them is about other projects.
    """
    paths = sorted(set(modules))
    found: dict[str, PrivateModule] = {}
    for setting, pattern in _patterns(goenv):
        module = next((path for path in paths if matches(pattern, path)), None)
        if module and pattern not in found:
            at = Evidence("go.mod", _line(go_mod, module), f"{setting}={pattern}")
            found[pattern] = PrivateModule(pattern, at)
    return tuple(found.values())


def _patterns(goenv: GoEnv) -> Iterator[tuple[str, str]]:
    for setting in _SETTINGS:
        for pattern in goenv.lookup(setting).split(","):
            if pattern.strip() and pattern.strip() != "none":
                yield setting, pattern.strip()


def is_private(goenv: GoEnv, module: str) -> bool:
    """Whether the go command is told that a module is private. Patterns that take every module are
    about proxies and not about who wrote it."""
    patterns = (pattern for _, pattern in _patterns(goenv))
    return any("." in pattern.split("/")[0] and matches(pattern, module) for pattern in patterns)


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches a module path or a leading part of it, element by element.

    Source: golang.org/x/mod/module `MatchPrefixPatterns`.
    """
    wanted, parts = pattern.rstrip("/").split("/"), path.split("/")
    if len(wanted) > len(parts):
        return False
    return all(fnmatchcase(part, word) for word, part in zip(wanted, parts, strict=False))


def _line(go_mod: Path, module: str) -> int:
    try:
        lines = go_mod.read_text(errors="replace").split("\n")
    except OSError:
        return 0
    return next((n for n, line in enumerate(lines, 1) if module in line.split()), 0)
