"""Reads `gotare.yaml`. Every key is in one table; an unknown one is an error with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gotare.errors import ConfigError
from gotare.oci.image import HealthCheck
from gotare.places import PROBE
from gotare.settings import (
    ADDITIONS,
    Config,
    FileMapping,
    LintSettings,
    Named,
    PathSettings,
    Settings,
)

FILE_NAME: Final = "gotare.yaml"
MAX_SIZE: Final = 1 << 20


class Node:
    """A YAML value with its place in the file, so that every complaint can name its line."""

    def __init__(self, node: Any, path: str, where: str) -> None:
        self._node, self._path, self.where = node, path, where

    def error(self, message: str, hint: str | None = None) -> ConfigError:
        """Return the error for this value."""
        return ConfigError(f"{self.at}: {message}", hint)

    def wrong(self, expected: str) -> ConfigError:
        """Return the error that this value is not of the expected kind."""
        return self.error(f"{self.where} must be {expected}, not {self._kind()}")

    def _kind(self) -> str:
        names = {"scalar": f"{self._node.value!r}", "sequence": "a list", "mapping": "a mapping"}
        return "empty" if self.is_null else names[self._node.id]

    @property
    def at(self) -> str:
        """Where it stands, as path:line:column."""
        mark = self._node.start_mark
        return f"{self._path}:{mark.line + 1}:{mark.column + 1}"

    @property
    def is_null(self) -> bool:
        """Whether nothing stands after the key."""
        return bool(self._node.tag.endswith(":null"))

    @property
    def is_list(self) -> bool:
        """Whether it is a sequence."""
        return bool(self._node.id == "sequence")

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single value."""
        return bool(self._node.id == "scalar") and not self.is_null

    def scalar(self, expected: str, *tags: str) -> str:
        """Return the text of a scalar whose YAML type is one of `tags` (any but null if none)."""
        tag = self._node.tag.rpartition(":")[2]
        if self._node.id != "scalar" or tag == "null" or (tags and tag not in tags):
            raise self.wrong(expected)
        return str(self._node.value)

    def items(self) -> list[Node]:
        """Return the items of a list."""
        if not self.is_list:
            raise self.wrong("a list")
        return [
            Node(item, self._path, f"{self.where}[{position}]")
            for position, item in enumerate(self._node.value)
        ]

    def pairs(self) -> dict[str, Node]:
        """Return the values of a mapping; a key that stands twice is an error."""
        if self._node.id != "mapping":
            raise self.wrong("a mapping")
        found: dict[str, Node] = {}
        for key, value in self._node.value:
            name = str(key.value)
            inner = Node(value, self._path, f"{self.where}.{name}".lstrip("."))
            if name in found:
                raise Node(key, self._path, name).error(f"{inner.where} stands twice")
            found[name] = inner
        return found


Reader = Callable[[Node], Any]


def _text(node: Node) -> str:
    return node.scalar("a text", "str", "int", "float", "timestamp")


def _texts(node: Node) -> tuple[str, ...]:
    return tuple(_text(item) for item in node.items()) if node.is_list else (_text(node),)


def _words(node: Node) -> tuple[str, ...]:
    """A list, or for flags also a text that is split as Go splits them."""
    import shlex

    if node.is_list:
        return _texts(node)
    try:
        return tuple(shlex.split(_text(node)))
    except ValueError as error:
        raise node.error(f"{node.where} cannot be split into words: {error}") from None


def _command(node: Node) -> tuple[str, ...]:
    if not node.is_list:
        raise node.wrong("a list of words (exec form: there is no shell in the image)")
    return _texts(node)


def _mapping(node: Node) -> dict[str, str]:
    return {key: value.scalar("a text") for key, value in node.pairs().items()}


def _flag(node: Node) -> bool:
    return node.scalar("true or false", "bool").lower() in ("true", "yes", "on")


def _one_of(*words: str) -> Reader:
    def read(node: Node) -> str:
        word = _text(node)
        if word not in words:
            raise node.wrong("one of " + ", ".join(words))
        return word

    return read


def _cgo(node: Node) -> str:
    word = node.scalar("true, false, dynamic or static").lower()
    words = {"true": "dynamic", "false": "off", "off": "off", "dynamic": "dynamic"}
    if word not in (*words, "static"):
        raise node.wrong("true, false, dynamic or static")
    return words.get(word, word)


def _additions(node: Node) -> tuple[str, ...]:
    return tuple(_one_of(*ADDITIONS)(item) for item in node.items())


def _mode(node: Node) -> int:
    text = _text(node)
    if not re.fullmatch(r"(0o?)?[0-7]{3,4}", text):
        raise node.wrong('an octal mode such as "0644"')
    return int(text.removeprefix("0o"), 8)


_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _duration(node: Node) -> float:
    text = _text(node)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise node.wrong("a duration such as 30s or 1m30s")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _count(node: Node) -> int:
    text = node.scalar("a number", "int")
    if not text.isdecimal():
        raise node.wrong("a number that is not negative")
    return int(text)


def _health_check(node: Node) -> HealthCheck:
    if node.is_scalar:
        word = _text(node)
        return HealthCheck(()) if word == "none" else HealthCheck(_probe(node), **_PROBED)
    table: dict[str, Reader] = {
        "command": _command,
        "url": _probe,
        "interval": _duration,
        "timeout": _duration,
        "start-period": _duration,
        "retries": _count,
    }
    values = _table(node, table)
    if ("command" in values) == ("url" in values):
        problem = "both a command and a url" if "url" in values else "no command and no url"
        raise node.error(f"healthcheck has {problem}")
    defaults = _PROBED if "url" in values else {}
    values["command"] = values.pop("url", None) or values["command"]
    return HealthCheck(**defaults | {key.replace("-", "_"): v for key, v in values.items()})


_PROBED: Final[dict[str, Any]] = {
    "interval": 30.0, "timeout": 3.0, "start_period": 5.0, "retries": 3
}  # fmt: skip
"""The times of a check by the probe: it gives up after two seconds by itself."""


def _probe(node: Node) -> tuple[str, ...]:
    """Return the command of gotare's probe for an address to ask."""
    url = _text(node)
    if not re.fullmatch(r"http://[^/\s]+(/\S*)?|tcp://[^/\s]+", url):
        raise node.wrong("none, http://HOST:PORT/PATH or tcp://HOST:PORT")
    return PROBE, url


def _files(node: Node) -> tuple[FileMapping, ...]:
    table: dict[str, Reader] = {
        "source": _text,
        "destination": _text,
        "mode": _mode,
        "owner": _text,
    }
    return tuple(_file(item, _table(item, table)) for item in node.items())


def _file(node: Node, values: Mapping[str, Any]) -> FileMapping:
    for key in ("source", "destination"):
        if key not in values:
            raise node.error(f"an item of files has no {key}")
    return FileMapping(**values)


def _named(node: Node) -> tuple[Named, ...]:
    items = node.items() if node.is_list else [node]
    return tuple(Named(_text(item), item.at) for item in items)


def _severities(node: Node) -> tuple[tuple[Named, str], ...]:
    return tuple((Named(key, value.at), _level(value)) for key, value in node.pairs().items())


def _level(node: Node) -> str:
    word = node.scalar("error, warning, info or off")  # YAML takes a plain `off` for false
    if word not in ("error", "warning", "info", "off"):
        raise node.wrong("error, warning, info or off")
    return word


def _per_path(node: Node) -> dict[str, PathSettings]:
    table: dict[str, Reader] = {"ignore": _named, "severity": _severities}
    return {glob: PathSettings(**_table(value, table)) for glob, value in node.pairs().items()}


_LINT: Final[dict[str, Reader]] = {
    "select": _named,
    "ignore": _named,
    "severity": _severities,
    "per-path": _per_path,
    "fail-on": _one_of("error", "warning", "info", "never"),
    "allow-registries": _texts,
}


def _lint(node: Node) -> LintSettings:
    values = _table(node, _LINT)
    return LintSettings(**{key.replace("-", "_"): value for key, value in values.items()})


_GO: Final[dict[str, Reader]] = {
    "tags": _texts,
    "ldflags": _words,
    "flags": _words,
    "env": _mapping,
    "cgo": _cgo,
    "symbols": _flag,
}
_IMAGE: Final[dict[str, Reader]] = {
    "base": _text,
    "add": _additions,
    "tags": _texts,
    "user": _text,
    "workdir": _text,
    "env": _mapping,
    "ports": _texts,
    "volumes": _texts,
    "stop-signal": _text,
    "healthcheck": _health_check,
    "labels": _mapping,
    "annotations": _mapping,
    "files": _files,
    "allow": _texts,
    "entrypoint": _command,
    "args": _command,
    "go": lambda node: _table(node, _GO),
}
_TOP: Final[dict[str, Reader]] = _IMAGE | {
    "platforms": _texts,
    "compression": _text,
    "media-types": _one_of("oci", "docker"),
    "sbom": _one_of("none", "spdx", "cyclonedx"),
    "images": lambda node: {name: _image(name, value) for name, value in node.pairs().items()},
    "lint": _lint,
}
_GO_NAMES: Final = {
    "tags": "go_tags",
    "ldflags": "go_ldflags",
    "flags": "go_flags",
    "env": "go_env",
}


def _table(node: Node, table: Mapping[str, Reader]) -> dict[str, Any]:
    """Read a mapping by its table of keys; keys without a value are as if they were not there."""
    values = {}
    for key, value in node.pairs().items():
        if key not in table:
            nearest = difflib.get_close_matches(key, table, 1, 0.5)
            hint = f"did you mean {nearest[0]!r}?" if nearest else "keys: " + ", ".join(table)
            raise value.error(f"unknown key {key!r}", hint)
        if not value.is_null:
            values[key] = table[key](value)
    return values


def _settings(values: dict[str, Any]) -> Settings:
    go = {_GO_NAMES.get(key, key): value for key, value in values.pop("go", {}).items()}
    return Settings(**{key.replace("-", "_"): value for key, value in values.items()}, **go)


def _image(name: str, node: Node) -> Settings:
    if not re.fullmatch(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", name):
        raise node.error(
            f"not an image name: {name!r}", "lower case letters, digits, '.', '_', '-'"
        )
    if node.is_null:
        return Settings()
    values = _table(node, _IMAGE | {"package": _text, "packages": _texts})
    single = values.pop("package", None)
    if single is not None:
        if "packages" in values:
            raise node.error(f"image {name} has both package and packages")
        values["packages"] = (single,)
    return _settings(values)


def parse_config(content: str, path: str) -> Config:
    """Read the text of a `gotare.yaml`. Raises ConfigError with line and column."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.compose(content, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{path}{place}: not YAML: {problem}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None
    if document is None:
        return Config()
    values = _table(Node(document, path, ""), _TOP)
    images, lint = values.pop("images", None), values.pop("lint", LintSettings())
    return Config(_settings(values), images, lint)


def folder_above(folder: Path) -> Path | None:
    """Return the nearest folder with a `gotare.yaml`, the given one or one above it, up to the
    repository's."""
    for each in (folder, *folder.parents):
        if (each / FILE_NAME).is_file():
            return each
        if (each / ".git").exists():
            return None
    return None


def load_config(directory: Path, shown: str = FILE_NAME) -> Config:
    """Read `gotare.yaml` in the folder; without one everything is left to the defaults. Errors call
    the file as it is `shown`."""
    path = directory / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(content) > MAX_SIZE:
        raise ConfigError(f"{path}: larger than {MAX_SIZE} bytes")
    try:
        return parse_config(content.decode(), shown)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from None
