"""The settings of the go command, read without running it.

A setting comes from the process environment, else from the file that `go env -w` writes, else from
`$GOROOT/go.env` (cmd/go/internal/cfg: `Getenv`). An empty variable counts as unset.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from gotare.errors import ToolchainError
from gotare.frozen import dataclass

_SPACE = " \t\n\r"


@dataclass(frozen=True, slots=True)
class GoEnv:
    """The environment with the go command's own files under it.

    `variables` is the process environment, `settings` what the files say, and `files` are the
    files that were looked for, present or not.
    """

    variables: Mapping[str, str]
    settings: Mapping[str, str]
    files: tuple[Path, ...]

    def lookup(self, name: str, default: str = "") -> str:
        """Return a setting such as GOFLAGS or GOPRIVATE, or the default when it is not set."""
        return self.variables.get(name) or self.settings.get(name) or default

    @property
    def goflags(self) -> tuple[str, ...]:
        """GOFLAGS, split into flags. Raises ToolchainError for an unended quote."""
        return split_quoted(self.lookup("GOFLAGS"), "GOFLAGS")

    @property
    def gopath(self) -> Path:
        """The first folder of GOPATH; by default ~/go."""
        first = self.lookup("GOPATH").split(":")[0]
        return Path(first) if first else Path(self.variables.get("HOME", "/")) / "go"

    @property
    def modcache(self) -> Path:
        """GOMODCACHE: where the go command keeps downloaded modules, which never change."""
        cache = self.lookup("GOMODCACHE")
        return Path(cache) if cache else self.gopath / "pkg" / "mod"


def read_goenv(root: Path, env: Mapping[str, str]) -> GoEnv:
    """Read the settings of the go command whose GOROOT is `root`."""
    files = [root / "go.env"]
    user = user_file(env)
    if user:
        files.append(user)
    settings: dict[str, str] = {}
    for file in files:
        settings |= _read(file)
    return GoEnv(env, settings, tuple(files))


def user_file(env: Mapping[str, str]) -> Path | None:
    """Return the path of the file that `go env -w` writes; None for GOENV=off or without HOME."""
    named = env.get("GOENV", "")
    if named:
        return None if named == "off" else Path(named)
    home = env.get("HOME", "")
    if sys.platform == "darwin":
        return Path(home, "Library/Application Support/go/env") if home else None
    config = env.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    return Path(config, "go/env") if config.startswith("/") else None


def _read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(errors="replace").split("\n")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if re.match(r"[A-Z].*=", line))
    return {name: value for name, _, value in pairs}


def split_quoted(text: str, what: str) -> tuple[str, ...]:
    """Split flags at white space; a field in quotes may hold it (cmd/internal/quoted: `Split`).

    Raises ToolchainError, naming `what`, for an unended quote.
    """
    fields, rest = [], text.lstrip(_SPACE)
    while rest:
        if rest[0] in "'\"":
            field, closed, rest = rest[1:].partition(rest[0])
            if not closed:
                raise ToolchainError(f"{what} has an unended quote: {text}", f"correct {what}")
        else:
            field = re.split(f"[{_SPACE}]", rest, maxsplit=1)[0]
            rest = rest[len(field) :]
        fields.append(field)
        rest = rest.lstrip(_SPACE)
    return tuple(fields)


def join_quoted(fields: tuple[str, ...], what: str) -> str:
    """Return the text that `split_quoted` splits into these fields.

    Raises ToolchainError, naming `what`, for a field with both kinds of quote.
    """
    return " ".join(_quote(field, what) for field in fields)


def _quote(field: str, what: str) -> str:
    if field and not re.search(f"[{_SPACE}'\"]", field):
        return field
    if "'" not in field:
        return f"'{field}'"
    if '"' not in field:
        return f'"{field}"'
    raise ToolchainError(
        f"{what}: a value with both kinds of quotes cannot be passed to go: {field}",
        "leave one kind of quotes out",
    )
