"""Which lines of a file are the user's own, and where do they stand in a new version of it?

    # gotare: keep                 anywhere in a file: the whole file is the user's
    # gotare: keep begin NAME      from here …
    # gotare: keep end             … to here the lines are the user's

In Markdown the comment is `<!-- gotare: keep begin NAME -->`. A marker stands alone on its line.

A block stays between the lines that it stands between. If nothing was changed around it, it also
takes the place of what would be generated there, so that a generated line can be replaced by
wrapping it. If the lines around it are other ones, but as many, it keeps its place among them. Else
the place is gone, and that is an error: nothing is guessed and nothing lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from gotare.errors import WriteError

_HASH: Final = re.compile(r"\s*#+\s*gotare:\s*keep\b\s*(?P<words>.*?)\s*")
_HTML: Final = re.compile(r"\s*<!--\s*gotare:\s*keep\b\s*(?P<words>.*?)\s*-->\s*")
_HINT: Final = (
    "write '{0}gotare: keep begin NAME{1}' and '{0}gotare: keep end{1}' on lines of their own"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of the user's, the markers among them. `start` is the first one's number, from 0."""

    name: str
    lines: tuple[str, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A new version of a file with the user's blocks in it.

    `replaced` are generated lines that are not there because a block stands in their place.
    """

    text: str
    kept: tuple[str, ...] = ()
    replaced: tuple[tuple[str, tuple[str, ...]], ...] = ()


def is_kept_whole(text: str, path: str) -> bool:
    """Whether a marker says that the whole file is the user's."""
    return any(words == [] for _, words in _markers(text.split("\n"), path))


def merge(old: str, new: str, path: str) -> Merged:
    """Return the new text with the old one's blocks. Raises WriteError for a place that is gone,
    and for markers that are not in pairs."""
    blocks = _blocks(old.split("\n"), path)
    if not blocks:
        return Merged(new)
    places = {block.name: block for block in _blocks(new.split("\n"), path)}
    mine = {block.name: block for block in blocks}
    skeleton, gaps = _skeleton(old.split("\n"), blocks, places)
    wanted, _ = _skeleton(new.split("\n"), places.values(), places)
    lines = _Lines(skeleton, wanted, path)
    for gap, group in gaps.items():
        lines.put(gap, group)
    return Merged("\n".join(lines.result(places | mine)), tuple(mine), tuple(lines.replaced))


def _markers(lines: Sequence[str], path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the words after `keep` of every line that is a marker."""
    pattern = _HTML if path.endswith(".md") else _HASH
    for number, line in enumerate(lines):
        match = pattern.fullmatch(line)
        if match:
            yield number, match["words"].split()


def _blocks(lines: Sequence[str], path: str) -> list[Block]:
    found: list[Block] = []
    open_at, name = -1, ""
    for number, words in _markers(lines, path):
        match words:
            case ["begin", word] if open_at < 0:
                open_at, name = number, word
            case ["end", *rest] if open_at >= 0 and rest in ([], [name]):
                found.append(Block(name, tuple(lines[open_at : number + 1]), open_at))
                open_at = -1
            case []:
                pass
            case _:
                raise _misplaced(path, number, "keep " + " ".join(words))
    if open_at >= 0:
        raise _misplaced(path, open_at, f"the block {name!r} has no end")
    _check_names(found, path)
    return found


def _misplaced(path: str, number: int, what: str) -> WriteError:
    around = ("<!-- ", " -->") if path.endswith(".md") else ("# ", "")
    return WriteError(
        f"{path}:{number + 1}: a marker that cannot be there: {what}", _HINT.format(*around)
    )


def _check_names(blocks: Sequence[Block], path: str) -> None:
    seen: set[str] = set()
    for block in blocks:
        if block.name in seen:
            raise WriteError(
                f"{path}:{block.start + 1}: a second block called {block.name!r}",
                "give every block a name of its own",
            )
        seen.add(block.name)


@dataclass(frozen=True, slots=True)
class _Place:
    """Stands for a block that both versions have a place for."""

    name: str


_Line = str | _Place


def _skeleton(
    lines: Sequence[str], blocks: Iterable[Block], places: Mapping[str, Block]
) -> tuple[list[_Line], dict[int, list[Block]]]:
    """Return the lines outside of blocks, and the blocks by the number of the line they precede."""
    skeleton: list[_Line] = []
    gaps: dict[int, list[Block]] = {}
    position = 0
    for block in blocks:
        skeleton += lines[position : block.start]
        position = block.start + len(block.lines)
        if block.name in places:
            skeleton.append(_Place(block.name))
        else:
            gaps.setdefault(len(skeleton), []).append(block)
    return [*skeleton, *lines[position:]], gaps


class _Lines:
    """The new lines, into which blocks are put."""

    def __init__(self, old: Sequence[_Line], new: Sequence[_Line], path: str) -> None:
        self._old, self._new, self._path = old, new, path
        self._insertions: dict[int, list[Block]] = {}
        self._dropped: set[int] = set()
        self._partner: dict[int, int] = {}
        self.replaced: list[tuple[str, tuple[str, ...]]] = []
        matcher = SequenceMatcher(None, list(map(_key, old)), list(map(_key, new)), autojunk=False)
        for here, there, size in matcher.get_matching_blocks():
            self._partner |= {here + step: there + step for step in range(size)}

    def put(self, gap: int, group: list[Block]) -> None:
        """Put blocks where the lines are that they stood between. Raises WriteError."""
        above = next((n for n in range(gap - 1, -1, -1) if n in self._partner), -1)
        below = next((n for n in range(gap, len(self._old)) if n in self._partner), len(self._old))
        start = self._partner[above] + 1 if above >= 0 else 0
        end = self._partner.get(below, len(self._new))
        others_above, others = gap - 1 - above, below - above - 1
        if not self._partner or (others and end - start != others):
            raise self._gone(group[0], gap)
        if not others:
            self._drop(group[0].name, start, end)
        self._insertions.setdefault(start + others_above, []).extend(group)

    def _drop(self, name: str, start: int, end: int) -> None:
        lines = [line for line in self._new[start:end] if isinstance(line, str) and line.strip()]
        self._dropped |= {n for n in range(start, end) if isinstance(self._new[n], str)}
        if lines:
            self.replaced.append((name, tuple(lines)))

    def _gone(self, block: Block, gap: int) -> WriteError:
        near = next((line for line in reversed(self._old[:gap]) if str(line).strip()), "")
        after = f" after {near.strip()!r}" if isinstance(near, str) and near else ""
        return WriteError(
            f"{self._path}:{block.start + 1}: the place of the block {block.name!r}{after} "
            "is not in the new version",
            "nothing was written: move the block next to lines that stay "
            "(gotare init --diff --force shows them), or keep the whole file with 'gotare: keep'",
        )

    def result(self, blocks: Mapping[str, Block]) -> Iterator[str]:
        """Yield the lines of the new version."""
        for number in range(len(self._new) + 1):
            for block in self._insertions.get(number, ()):
                yield from block.lines
            if number < len(self._new) and number not in self._dropped:
                line = self._new[number]
                yield from [line] if isinstance(line, str) else blocks[line.name].lines


def _key(line: _Line) -> tuple[str, str]:
    return ("line", line) if isinstance(line, str) else ("place", line.name)
