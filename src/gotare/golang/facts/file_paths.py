"""What a path in the code means: what kind of file it is, and whether the project has it."""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.facts.file_calls import Kind

_SYSTEM: Final = (
    r"(/dev|/proc|/sys|/etc/(ssl|pki|pam\.d|alternatives)|/usr/share/(zoneinfo|ca-certificates|mime)"
    r"|/var/run/secrets/kubernetes\.io|/run/secrets/kubernetes\.io)(/.*)?"
    r"|/etc/(resolv\.conf|hosts|hostname|host\.conf|nsswitch\.conf|services|protocols|localtime"
    r"|timezone|os-release|machine-id|passwd|group|shadow|sub[ug]id|mime\.types|mtab|fstab)"
    r"|/usr/lib/os-release|/var/lib/dbus/machine-id|(/var)?/run/[\w-]+\.sock"
    r"|/(etc|run)/\.?(dockerenv|containerenv)|/\.dockerenv|/(bin|sbin|usr/s?bin|lib|lib64)(/.*)?"
)
"""What the kernel, the engine or the base gives: nothing to put into an image."""

_NO_FILES: Final = frozenset(
    {"", "-", ".", "..", "/", "./", "../", "stdout", "stderr", "stdin", ":memory:"}
)
_SUFFIXES: Final[dict[Kind, str]] = {
    "config": "yaml yml toml json ini conf cfg env properties hcl crt pem key cert",
    "template": "html tmpl gohtml tpl gotmpl mustache hbs",
    "static": "css js ico svg png jpg jpeg woff woff2",
    "migration": "sql",
    "log": "log",
    "database": "db sqlite sqlite3 bolt bbolt duckdb",
    "socket": "sock",
}
_KIND_OF: Final = {word: kind for kind, words in _SUFFIXES.items() for word in words.split()}
_FOLDERS: Final[dict[str, Kind]] = {
    "migrations": "migration",
    "templates": "template",
    "views": "template",
    "static": "static",
    "public": "static",
    "assets": "static",
    "logs": "log",
    "log": "log",
}


def file_path(text: str) -> str | None:
    """Return the path that a text in the code means, without `file://`; None where it is that of
    no file of the project's or the program's own."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme != "file":
        return None
    path = rest if separator else text
    if path.strip() in _NO_FILES or "\0" in path or len(path) > 1000 or re.fullmatch(_SYSTEM, path):
        return None
    return path


def database_path(text: str) -> str | None:
    """Return the file behind the address of a database that is one; None in memory."""
    path, _, options = text.removeprefix("file:").partition("?")
    if ":memory:" in path or "mode=memory" in options:
        return None
    return file_path(path)


def kind_of(path: str) -> Kind:
    """Return what a file is used for, by its suffix, or by the folders that it lies in."""
    plain = PurePosixPath(path)
    kind = _KIND_OF.get(plain.suffix.lstrip(".").lower())
    if plain.name == ".env" or plain.name.startswith(".env."):
        return "config"
    if kind and kind != "config":
        return kind
    folders = [_FOLDERS[part.lower()] for part in plain.parts if part.lower() in _FOLDERS]
    return folders[0] if folders else kind or ""


@dataclass(frozen=True, slots=True)
class Tree:
    """The project's files. `directory` is where programs are taken to run; `embedded` are paths
    relative to `root` that programs hold."""

    root: Path
    directory: Path
    embedded: tuple[str, ...] = ()
    asked: dict[str, bool] = field(default_factory=dict)
    """The paths that were asked for so far, and whether they are there."""

    def has(self, path: str) -> bool:
        """Whether a relative path, which may be a pattern, is there."""
        if path not in self.asked:
            self.asked[path] = self._has(path)
        return self.asked[path]

    def _has(self, path: str) -> bool:
        if path.startswith(("/", "~", "$")):
            return False
        try:
            if re.search(r"[*?\[]", path):
                return any(True for _ in self.directory.glob(path.removeprefix("./")))
            return (self.directory / path).exists()
        except (OSError, ValueError, NotImplementedError, IndexError):
            return False

    def embeds(self, path: str, package: str) -> bool:
        """Whether the programs embed what lies at a path, seen from here or from a package's
        folder (relative to the root)."""
        for folder in ("", package):
            inner = str(PurePosixPath(folder, path))
            if any(inner == held or inner.startswith(f"{held}/") for held in self.embedded):
                return True
        return False
