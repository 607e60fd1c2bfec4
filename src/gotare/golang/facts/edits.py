"""Finds the facts of a project again after edits, without asking go.

Little is imported here at first: most edits of a small project are told to change nothing before
the finders are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gotare.golang.facts.plain import without_lines
from gotare.golang.facts.reading import Reader
from gotare.golang.facts.types import Facts
from gotare.golang.shape import key_in, with_key


def find_again(
    facts: Facts, name: str, root: Path, shapes: Mapping[str, str], reader: Reader
) -> tuple[Facts, dict[str, str]] | None:
    """Return the facts and shapes after edits that change no import; None where the store does
    not hold what is needed.

    Edits that leave all syntax as it was, lines aside, leave the facts too.
    """
    now = {path: with_key(shape, reader.key(str(root / path))) for path, shape in shapes.items()}
    changed = {path: key_in(shapes[path]) for path in now if now[path] != shapes[path]}
    if all(_says_the_same(reader, str(root / path), key) for path, key in changed.items()):
        return facts, now
    from gotare.golang.facts.findings import findings_of
    from gotare.golang.facts.material import find_material

    material = find_material(reader.store, name)
    if material is None:
        return None
    return replace(facts, programs=findings_of(material, name, reader).programs), now


def _says_the_same(reader: Reader, path: str, key: bytes) -> bool:
    before = reader.store.file(key)
    return before is not None and without_lines(before) == without_lines(reader.file(path))
