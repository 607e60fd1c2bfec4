"""Which configuration files a program looks for by itself: viper's search, and `.env`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from gotare.golang.facts.file_paths import Tree, file_path
from gotare.golang.facts.scope import Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import FileUse

_VIPER: Final = ("github.com/spf13/viper",)
_SUFFIXES: Final = ("yaml", "yml", "json", "toml", "hcl", "ini", "env", "properties", "props")
"""What viper looks for after the name, in the order in which we do."""

_DOTENV_LOADS: Final = tuple(f"github.com/joho/godotenv.{name}" for name in ("Load", "Overload"))
_AUTOLOADS: Final = ("github.com/joho/godotenv/autoload", "github.com/subosito/gotenv/autoload")


def config_files(scope: Scope, tree: Tree) -> Iterator[FileUse]:
    """Yield the files; `.env` is one that belongs into no image."""
    yield from _viper(scope, tree)
    for call in scope.calling(*_DOTENV_LOADS):
        if not call.arguments:
            yield FileUse("read", ".env", call.at(), "config", tree.has(".env"))
    for path in _AUTOLOADS:
        if path in scope.closure:
            yield FileUse("read", ".env", scope.closure.at(path), "config", tree.has(".env"))


def _viper(scope: Scope, tree: Tree) -> Iterator[FileUse]:
    for call in _calls(scope, "SetConfigFile"):
        value = scope.argument(call, 0)
        settled = value.variable or value.flag
        path = file_path(value.text) if value.text else None
        yield FileUse("read", path, call.at(), "config", bool(path and tree.has(path)), settled)
    if not any(True for _ in _calls(scope, "ReadInConfig", "MergeInConfig", "SafeWriteConfig")):
        return
    name, suffixes = _name(scope), _suffixes(scope)
    for call in _calls(scope, "AddConfigPath"):
        value = scope.argument(call, 0)
        if value.text and name:
            yield _searched(call, tree, value.text, name, suffixes, value.variable or value.flag)


def _searched(
    call: Call, tree: Tree, folder: str, name: str, suffixes: tuple[str, ...], settled: str
) -> FileUse:
    """Return the file that the project has in a folder of the search, else the likeliest name."""
    names = [name, *(f"{name}.{suffix}" for suffix in suffixes)]
    candidates = [str(PurePosixPath(folder, candidate)) for candidate in names]
    present = next((path for path in candidates[1:] if tree.has(path)), None)
    path = present or (candidates[0] if PurePosixPath(name).suffix else candidates[1])
    return FileUse("read", path, call.at(), "config", present is not None, settled)


def _name(scope: Scope) -> str:
    texts = [scope.argument(call, 0).text for call in _calls(scope, "SetConfigName")]
    return next((text for text in texts if text), "" if texts else "config")


def _suffixes(scope: Scope) -> tuple[str, ...]:
    """Return the suffixes to look for; SetConfigType puts one first."""
    types = (scope.argument(call, 0).text for call in _calls(scope, "SetConfigType"))
    return tuple(dict.fromkeys((*filter(None, types), *_SUFFIXES)))


def _calls(scope: Scope, *names: str) -> Iterator[Call]:
    """Yield the calls of viper, of the package's functions and of a Viper's methods."""
    functions = (f"github.com/spf13/viper.{name}" for name in names)
    return chain(scope.calling(*functions), scope.methods(_VIPER, *names))
