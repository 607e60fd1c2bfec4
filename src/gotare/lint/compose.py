"""Reads a Compose file into services with their places.

Source of the fields: the Compose specification (short and long forms of ports, volumes,
environment, depends_on, build).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from gotare.lint.asides import says_aside
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.images import Image, image_of
from gotare.lint.subjects import Surroundings
from gotare.lint.yaml.nodes import NOTHING, Entry, Node
from gotare.lint.yaml.reading import Problem, errors_of, read

_WORDS: Final = (
    "dev|devel|development|devcontainer|local|override|tests?|testing|testdata|debug|ci|e2e"
    "|integration|examples?|samples?|demo|hack|playground"
)
_DEVELOPMENT: Final = re.compile(rf"(?:^|[._-])(?:{_WORDS})(?:[._-]|$)")


def is_development(path: str) -> bool:
    """Whether a path says that it is for a developer's machine or for tests."""
    folders, _, name = path.lower().rpartition("/")
    inside = () if folders.startswith("/") else folders.split("/")
    return any(re.fullmatch(rf"\.?(?:{_WORDS})", folder) for folder in inside) or bool(
        _DEVELOPMENT.search(name)
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of `environment`. `value` None: it is passed on, or null."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Port:
    """A published port. Numbers are None where they are ranges, variables, or left to the engine;
    `host` is the address on the host, "" for all."""

    node: Node
    published: int | None
    target: int | None
    host: str = ""
    protocol: str = "tcp"
    short: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume. `source` is a name or a path of the host, "" for an anonymous one."""

    node: Node
    source: str
    target: str
    read_only: bool = False

    @property
    def is_bind(self) -> bool:
        """Whether it is a place of the host."""
        return self.source.startswith((".", "/", "~", "$PWD", "${PWD"))


@dataclass(frozen=True)
class Service:
    """A service. `key` is its name's place; `node` is its mapping."""

    name: str
    key: Span
    node: Node

    @cached_property
    def image(self) -> Image | None:
        """Its image; None where none is named, as where it is built."""
        text = self.node["image"].text
        return image_of(text) if text else None

    @property
    def names(self) -> tuple[str, str]:
        """What it is called, and its image as it is written."""
        return self.name, self.node["image"].text

    @property
    def is_built(self) -> bool:
        """Whether it is built from sources."""
        return bool(self.node["build"])

    @property
    def is_whole(self) -> bool:
        """Whether this file says what it is; otherwise it only changes a service of another."""
        has_source = bool(self.node["image"]) or self.is_built
        return has_source and not self.node["extends"]

    @property
    def context(self) -> str:
        """The folder that it is built from, as written."""
        build = self.node["build"]
        return build.text or build["context"].text or "."

    @property
    def dockerfile(self) -> str:
        """The Dockerfile, relative to the Compose file; "" where it is written inline."""
        build = self.node["build"]
        if build["dockerfile_inline"]:
            return ""
        return posixpath.join(self.context, build["dockerfile"].text or "Dockerfile")

    @property
    def target(self) -> str:
        """The stage that is built; "" for the last."""
        return self.node.at("build", "target").text

    @property
    def is_development(self) -> bool:
        """Whether it is built for development, by the names of its Dockerfile and stage."""
        names = (posixpath.basename(self.dockerfile), self.target, self.name)
        return any(map(is_development, names))

    @cached_property
    def environment(self) -> tuple[Setting, ...]:
        """Its variables, of either form."""
        node = self.node["environment"]
        if node.kind == "sequence":
            return tuple(_setting(item) for item in node if item.kind == "scalar")
        return tuple(
            Setting(e.name, None if e.value.is_null else e.value.value, e.span)
            for e in node.entries.values()
            if e.value.kind == "scalar"
        )

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """What it publishes."""
        return tuple(_port(item) for item in self.node["ports"])

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """Its volumes."""
        return tuple(_mount(item) for item in self.node["volumes"])

    @property
    def tmpfs(self) -> tuple[str, ...]:
        """The places that are in memory."""
        node = self.node["tmpfs"]
        texts = node.strings or ((node.text,) if node.text else ())
        long = (m["target"].text for m in self.node["volumes"] if m["type"].text == "tmpfs")
        return tuple(text.partition(":")[0] for text in (*texts, *long))

    @property
    def dependencies(self) -> Iterator[tuple[str, Node, Node]]:
        """The services it waits for: name, the node of the name or key, and what is said of it."""
        node = self.node["depends_on"]
        yield from ((item.value, item, NOTHING) for item in node if item.kind == "scalar")
        yield from ((e.name, e.key, e.value) for e in node.entries.values())


def _setting(item: Node) -> Setting:
    name, equals, value = item.value.partition("=")
    return Setting(name, value if equals else None, item.span)


_PORT: Final = re.compile(
    r"(?:(?P<host>\[[^\]]*\]|[^:]*):)?(?:(?P<published>[^:]*):)?(?P<target>[^:/]+)"
    r"(?:/(?P<protocol>\w+))?"
)


def _port(item: Node) -> Port:
    if item.kind == "mapping":
        host, protocol = item["host_ip"].text, item["protocol"].text or "tcp"
        numbers = item["published"].number, item["target"].number
        return Port(item, *numbers, host, protocol, False)
    text = item.value if "$" not in item.value else _interpolated(item.value)
    found = _PORT.fullmatch(text)
    if not found:
        return Port(item, None, None)
    parts = [part or "" for part in found.group("host", "published")]
    host, published = parts if found["published"] is not None else ("", parts[0])
    return Port(
        item, _number(published), _number(found["target"]), host, found["protocol"] or "tcp"
    )


def _interpolated(text: str) -> str:
    """Make a word of each variable, so that the colons that are left part the fields."""
    return re.sub(r"\$\{[^}]*\}|\$\w+", "VARIABLE", text)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _mount(item: Node) -> Mount:
    if item.kind == "mapping":
        read_only = item["read_only"].boolean is True
        return Mount(item, item["source"].text, item["target"].text, read_only)
    text = re.sub(r"\$\{[^}]*\}", lambda m: m[0].replace(":", "\0"), item.value)
    source, colon, rest = text.partition(":")
    if not colon:
        return Mount(item, "", source)
    target, _, options = rest.partition(":")
    return Mount(item, source.replace("\0", ":"), target, "ro" in options.split(","))


@dataclass(frozen=True)
class ComposeSubject:
    """A Compose file."""

    path: str
    text: str
    root: Node = NOTHING
    problems: tuple[Problem, ...] = ()
    around: Surroundings = field(default_factory=Surroundings)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Its services."""
        found = self.root["services"].entries.values()
        return tuple(Service(e.name, e.key.span, e.value) for e in found if _is_service(e))

    @property
    def is_development(self) -> bool:
        """Whether it is for a developer's machine or for tests, by its name or first comment."""
        return is_development(self.path) or says_aside(self.text)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why it cannot be used, or not all of it."""
        return errors_of(self.problems)

    def service(self, name: str) -> Service | None:
        """Return a service by its name."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Service]:
        return {service.name: service for service in reversed(self.services)}


def _is_service(entry: Entry) -> bool:
    return entry.value.kind == "mapping"


def compose_of(path: str, text: str, around: Surroundings) -> ComposeSubject:
    """Read a Compose file; what is wrong with its YAML is in `problems`."""
    stream = read(text)
    root = next((node for node in stream.documents if node.kind == "mapping"), NOTHING)
    return ComposeSubject(path, text, root, stream.problems, around)
