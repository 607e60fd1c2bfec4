"""Keeps what was found in exactly these sources, and finds it where nothing is kept.

All that finding depends on is in the key, except whether the project has the files that programs
open: these are looked for again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from gotare.frozen import dataclass
from gotare.golang.facts.facts import program_facts, read_sources
from gotare.golang.facts.file_paths import Tree
from gotare.golang.facts.material import Material
from gotare.golang.facts.reading import Reader
from gotare.golang.facts.types import Evidence, ProgramFacts
from gotare.golang.inputs import shown
from gotare.records import from_json, to_json


@dataclass(frozen=True, slots=True)
class Generate:
    """A `//go:generate` line."""

    path: str
    line: int
    command: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the project's own files say: of each program, what generates code, and which of the
    files could not be read as a whole."""

    programs: tuple[ProgramFacts, ...] = ()
    generates: tuple[Generate, ...] = ()
    errors: tuple[Evidence, ...] = ()


def findings_of(material: Material, name: str, reader: Reader) -> Findings:
    """Return what the files of the material say; `name` is the material's own."""
    tree = Tree(material.root, material.directory, material.embedded)
    key = _key(material, name, reader)
    known = _recalled(reader, key, tree)
    if known:
        return known
    sources = read_sources(material, reader)
    found = Findings(
        program_facts(material, sources, tree),
        tuple(_generates(material, reader)),
        tuple(_errors(material, reader)),
    )
    reader.store.keep(key, (tuple(tree.asked.items()), json.dumps(to_json(found))))
    return found


def _key(material: Material, name: str, reader: Reader) -> bytes:
    digest = sha256(name.encode())
    for path in paths_of(material):
        digest.update(reader.key(path))
        digest.update(path.encode() if path in reader.unreadable else b"")
    return b"found " + digest.digest()


def _recalled(reader: Reader, key: bytes, tree: Tree) -> Findings | None:
    plain = reader.store.plain(key)
    if plain is None:
        return None
    asked, document = plain
    if any(tree.has(path) != answer for path, answer in asked):
        return None
    try:
        return from_json(Findings, json.loads(document))
    except ValueError:
        return None


def paths_of(material: Material) -> Iterator[str]:
    """Yield the Go files of the project's own packages, as absolute paths."""
    for package in material.own:
        for name in package.files:
            yield f"{package.dir}/{name}"


def _generates(material: Material, reader: Reader) -> Iterator[Generate]:
    for path in paths_of(material):
        for line in reader.file(path).directives:
            if line.word == "generate":
                yield Generate(shown(path, material.root), line.line, line.rest)


def _errors(material: Material, reader: Reader) -> Iterator[Evidence]:
    """Yield the files that could not be read, or not all of them: each with its first line."""
    for path in paths_of(material):
        errors = reader.file(path).errors
        stray = line_that_is_no_text(reader.content(path))
        if path in reader.unreadable:
            yield Evidence(shown(path, material.root), 0, "cannot be read")
        elif stray:
            yield Evidence(shown(path, material.root), stray, "is not UTF-8")
        elif errors:
            what = "does not parse" if errors[0] else "is too large to be read"
            yield Evidence(shown(path, material.root), errors[0], what)


def line_that_is_no_text(content: bytes) -> int:
    """Return the first line that is not UTF-8, as Go wants it, or 0."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 0
