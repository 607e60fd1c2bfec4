"""What would writing change? Compares generated files with those that stand in the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gotare.errors import WriteError
from gotare.writing.markers import is_kept_whole, merge
from gotare.writing.places import Standing, place, read
from gotare.writing.text import Form, decode

Action = Literal["created", "updated", "unchanged", "kept"]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write: its path below the project's root with slashes, and its text."""

    path: str
    text: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file. `before` None: it is not there yet.

    `blocks` are the names of the user's blocks in it; `replaced` the generated lines that a block
    stands in place of.
    """

    path: str
    target: Path
    action: Action
    before: Standing | None
    after: bytes
    executable: bool = False
    blocks: tuple[str, ...] = ()
    replaced: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the file is to be written."""
        return self.action in ("created", "updated")


def compare(root: Path, files: Iterable[NewFile]) -> tuple[Change, ...]:
    """Compare every file with what stands in the project. Raises WriteError; changes nothing."""
    changes = tuple(_change(root, file) for file in files)
    seen: dict[Path, str] = {}
    for change in changes:
        other = seen.setdefault(change.target, change.path)
        if other != change.path:
            raise WriteError(
                f"{other} and {change.path} are the same file", "a symbolic link is in the way"
            )
    return changes


def _change(root: Path, file: NewFile) -> Change:
    target = place(root, file.path)
    before = read(target, file.path)
    if before is None:
        after = Form().encode(file.text)
        return Change(file.path, target, "created", None, after, file.executable)
    old = decode(before.data)
    if is_kept_whole(old, file.path):
        return Change(file.path, target, "kept", before, before.data)
    merged = merge(old, file.text, file.path)
    after = before.data if merged.text == old else Form.of(before.data).encode(merged.text)
    action: Action = "unchanged" if after == before.data else "updated"
    return Change(
        file.path, target, action, before, after, file.executable, merged.kept, merged.replaced
    )
