"""Checks JSON documents against schemas: gotare's own, and others in a folder where given.

The own ones are package data in `schemas/`, written after the OCI image specification (JSON Schema
2020-12). They refuse whatever the specification's own schemas refuse, and a little more.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from gotare.errors import UsageError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Kind = Literal["index", "manifest", "config", "layout", "descriptor"]
KINDS: Final[tuple[Kind, ...]] = ("index", "manifest", "config", "layout", "descriptor")

_OFFICIAL: Final[dict[Kind, str]] = {
    "index": "image-index-schema.json",
    "manifest": "image-manifest-schema.json",
    "config": "config-schema.json",
    "layout": "image-layout-schema.json",
    "descriptor": "content-descriptor.json",
}
_MOST_MESSAGES: Final = 5


def parse(content: bytes) -> dict[str, Any]:
    """Read a JSON object in which no key is there twice. Raises ValueError, RecursionError."""
    document = json.loads(content, object_pairs_hook=_without_duplicates)
    if not isinstance(document, dict):
        raise ValueError("it is not an object")  # noqa: TRY004
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what readers understand differently: some take the first value, some the last."""
    document = dict(pairs)
    if len(document) != len(pairs):
        key = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {key[:80]!r} is there twice")
    return document


def without_nulls(document: dict[str, Any]) -> dict[str, Any]:
    """Docker writes null where nothing is set; the OCI schema knows only absence."""
    return {
        key: without_nulls(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }


def schema_problems(kind: Kind, document: Any, directory: Path | None = None) -> list[str]:
    """Return how the document breaks the schema of its kind, at most five messages.

    `directory` holds the image specification's own schemas, under the file names they have there;
    None means gotare's. Raises UsageError when the folder lacks one.
    """
    validator = _validator(kind, directory)
    messages: list[str] = []
    for error in validator.iter_errors(document):
        if len(messages) == _MOST_MESSAGES:
            break
        messages.append(f"{error.json_path}: {_short(error.message)}")
    return messages


def _short(message: str) -> str:
    return message if len(message) <= 200 else message[:140] + " … " + message[-50:]


@cache
def _validator(kind: Kind, directory: Path | None) -> Validator:
    import jsonschema.validators
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT4, DRAFT202012

    specification = DRAFT202012 if directory is None else DRAFT4

    def retrieve(uri: str) -> Resource[Any]:
        contents = _load(uri.rpartition("/")[2], directory)
        # A referenced document with a $schema would be read by a validator that is not strict.
        contents.pop("$schema", None)
        return Resource.from_contents(contents, default_specification=specification)

    name = f"{kind}.json" if directory is None else _OFFICIAL[kind]
    draft = (
        jsonschema.validators.Draft202012Validator
        if directory is None
        else jsonschema.validators.Draft4Validator
    )
    strict: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        draft, type_checker=draft.TYPE_CHECKER.redefine("integer", _is_integer)
    )
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    validator: Validator = strict(_load(name, directory), registry=registry)
    return validator


def _is_integer(_: object, value: object) -> bool:
    """JSON Schema takes 5.0 for an integer; the Go programs that read images do not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _load(name: str, directory: Path | None) -> Any:
    if directory is None:
        return json.loads(resources.files("gotare.oci").joinpath("schemas", name).read_bytes())
    try:
        return json.loads((directory / name).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the schema {directory / name}: {error}",
            "the folder must hold the schemas of the OCI image specification",
        ) from error
