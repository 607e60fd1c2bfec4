"""Writes `gotare.yaml`: what somebody settled, each with a comment that says why.

What the code tells stands there nowhere: it is read anew each time. A file that is there is edited,
so that the user's comments, order and quotes stay; a value that is right already is not touched.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gotare.config import FILE_NAME, parse_config
from gotare.generate.files import Choices, GeneratedFile, Settled, Variant
from gotare.generate.tools import ALPINE, DEBIAN
from gotare.generate.yaml_text import Commented, comment, scalar, to_yaml
from gotare.plan import Plan

_HEAD: Final = (
    "What `gotare plan` cannot see in the sources, or what was decided otherwise. Flags win over "
    "this file, and this file wins over the code."
)


def config_file(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the `gotare.yaml`: the one that is there with what is settled now, or a new one, which
    also names what the code does not tell."""
    if choices.config.strip():
        return GeneratedFile(FILE_NAME, edited(choices.config, choices.settled), "config")
    return GeneratedFile(FILE_NAME, _new(choices.settled, _unknowns(plan)), "config")


def _unknowns(plan: Plan) -> str:
    lines = [
        f"  {note.image}: {note.text}" + (f" ({note.at})" if note.at else "")
        for note in plan.notes
        if note.topic == "unknown"
    ]
    return (
        "\n".join(["What the code does not tell, for you to settle here:", *lines]) if lines else ""
    )


def where_to(image: str) -> Settled:
    """Return the setting for the repository that images are pushed to: `ghcr.io/me`."""
    why = "What `gotare build` calls the images; CI and make put their versions there."
    return Settled(("tags",), [f"{image.rstrip('/')}/{{name}}:dev"], why)


def on_base(variant: Variant, pins: Mapping[str, str] | None = None) -> tuple[Settled, ...]:
    """Return the settings of a variant: the base, and what it lacks of what Go programs read."""
    reference, additions = _BASES[variant]
    digest = (pins or {}).get(reference)
    base = f"{reference}@{digest}" if digest else reference
    settled = Settled(("base",), base, f"The variant {variant}, as chosen by gotare init.")
    if not additions:
        return (settled,)
    return settled, Settled(("add",), list(additions), f"What {reference} lacks.")


_BASES: Final[Mapping[Variant, tuple[str, tuple[str, ...]]]] = {
    "scratch": ("scratch", ()),
    "distroless": ("static", ()),
    "alpine": (ALPINE, ("zones",)),
    "debian": (DEBIAN, ("certificates", "zones")),
}
"""The base of each variant, and the parts that are added to it."""


def edited(existing: str, settled: Sequence[Settled]) -> str:
    """Return the text of a `gotare.yaml` with the settled values. Raises ConfigError for a file
    that is wrong already."""
    parse_config(existing, FILE_NAME)
    if not settled:
        return existing
    if _has_keys(existing):
        return _changed(existing, settled)
    return existing.rstrip("\n") + "\n\n" * bool(existing.strip()) + _document(settled)


def _has_keys(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def _new(settled: Iterable[Settled], below: str) -> str:
    text = _document(settled, _HEAD, below)
    return text if text else "\n".join([*comment(_HEAD), *comment(below)]) + "\n"


def _document(settled: Iterable[Settled], above: str = "", below: str = "") -> str:
    """Return the settled values as YAML, each with its reason; "" for none."""
    document: dict[str, Any] = {}
    for item in settled:
        *parents, last = item.keys
        at = document
        for key in parents:
            at = at.setdefault(key, {})
        at[last] = Commented(item.value, item.why, blank=True)
    return to_yaml(document, above, below) if document else ""


def _changed(existing: str, settled: Sequence[Settled]) -> str:
    editor = _editor(existing)
    document = editor.load(existing)
    touched = [_set(document, item, editor.map_indent) for item in settled]
    if not any(touched):
        return existing
    out = io.StringIO()
    editor.dump(document, out)
    return _with_comments(existing, out.getvalue())


def _editor(existing: str) -> Any:
    """Return an editor that writes lists with the indent that the file has."""
    from ruamel.yaml import YAML

    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 1 << 16
    inner = re.search(r"^[\w.-]+:[ ]*(?:#.*)?\n(?:[ ]*(?:#.*)?\n)*([ ]+)[^\s#-]", existing, re.M)
    dash = re.search(r"^([ ]*)[\w.-]+:[ ]*(?:#.*)?\n(?:[ ]*(?:#.*)?\n)*([ ]*)-[ ]", existing, re.M)
    offset = max(len(dash[2]) - len(dash[1]), 0) if dash else 2
    editor.indent(len(inner[1]) if inner else 2, offset + 2, offset)
    return editor


def _set(document: Any, item: Settled, indent: int) -> bool:
    """Put a value in its place, with its comment; False where it is there already."""
    from ruamel.yaml.comments import CommentedMap

    *parents, last = item.keys
    for key in parents:
        if not isinstance(document.get(key), dict):
            document[key] = CommentedMap()
        document = document[key]
    if last in document and _plain(document[last]) == item.value:
        return False
    is_new = last not in document
    document[last] = _yaml(item.value)
    if is_new:
        document.yaml_set_comment_before_after_key(
            last, before=item.why, indent=indent * len(parents)
        )
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _yaml(value: Any) -> Any:
    """Return a value for the editor; strings that YAML could take for something else get quotes."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Mapping):
        return CommentedMap({key: _yaml(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_yaml(item) for item in value]
    if isinstance(value, str) and scalar(value) != value:
        return DoubleQuotedScalarString(value)
    return value


def _with_comments(before: str, after: str) -> str:
    """Return the new text with the comments that went with a value that is replaced: at its end."""
    present = set(_comments(after))
    lost = [line for line in dict.fromkeys(_comments(before)) if line not in present]
    return "\n".join([after.rstrip("\n"), *lost]) + "\n"


def _comments(text: str) -> list[str]:
    """Return what may be comments; a # in quotes is found in both versions and does no harm."""
    return [found.strip() for found in re.findall(r"(?:^|\s)(#.*)", text)]
