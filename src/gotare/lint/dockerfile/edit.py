"""How does a text change by edits, and which edits replace, insert or delete in a Dockerfile?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from gotare.findings import Edit
from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Comment, Dockerfile, Instruction, Span

MOST_COMMENTS: Final = 200
"""Lines of comment above an instruction that are taken to be about it."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after edits, and the edits that were refused: they overlap one that came earlier in
    the text, or reach beyond its end."""

    text: str
    refused: tuple[Edit, ...] = ()


def apply_edits(text: str, edits: Iterable[Edit]) -> Edited:
    """Apply edits, sorted by where they begin. Insertions at one place keep the order in which they
    were given; the same edit given twice counts once."""
    parts: list[str] = []
    refused: list[Edit] = []
    at = 0
    last: Edit | None = None
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit == last:
            continue
        if edit.start < at or not edit.start <= edit.end <= len(text) or _touches(last, edit):
            refused.append(edit)
            continue
        parts += [text[at : edit.start], edit.text]
        at, last = edit.end, edit
    return Edited("".join(parts) + text[at:], tuple(refused))


def _touches(last: Edit | None, edit: Edit) -> bool:
    """Two edits that replace the same place do, also where one of them is an insertion."""
    if last is None or last.start != edit.start:
        return False
    return last.start != last.end


def newline(file: Dockerfile) -> str:
    """Return how lines of a file end: as most of them do."""
    return file.newline


def replace(span: Span, text: str) -> Edit:
    """Return the edit that puts a text in the place of a word."""
    return Edit(span.start, span.end, text)


def insert_before(file: Dockerfile, instruction: Instruction, lines: Sequence[str]) -> Edit:
    """Return the edit that inserts lines right before an instruction, indented as it is."""
    start = _line_start(file, instruction)
    return Edit(start, start, _block(file, instruction, lines))


def insert_after(file: Dockerfile, instruction: Instruction, lines: Sequence[str]) -> Edit:
    """Return the edit that inserts lines right after an instruction, indented as it is."""
    end = instruction.span.end
    block = _block(file, instruction, lines)
    if file.text[:end].endswith("\n"):
        return Edit(end, end, block)
    ending = newline(file)
    return Edit(end, end, ending + block.removesuffix(ending))


def insert_before_comments(
    file: Dockerfile, instruction: Instruction, lines: Sequence[str]
) -> Edit:
    """Return the edit that inserts lines before an instruction and the comment that it has."""
    start = _commented(file, instruction).start
    return Edit(start, start, _block(file, instruction, lines))


def delete(file: Dockerfile, instruction: Instruction, *, comment: bool = True) -> Edit:
    """Return the edit that deletes an instruction with all its lines, and the comment lines that
    stand right above it, as they tell of it."""
    span = _commented(file, instruction) if comment else instruction.span
    start = max(span.start, 1) if file.text.startswith("\ufeff") else span.start
    return Edit(start, span.end, "")


def insert_words(instruction: Instruction, words: str) -> Edit:
    """Return the edit that inserts flags or words right after the keyword and one blank."""
    at = instruction.keyword.end
    return Edit(at, at, f" {words}")


def indentation(file: Dockerfile, instruction: Instruction) -> str:
    """Return the blanks before the keyword of an instruction."""
    return file.text[_line_start(file, instruction) : instruction.keyword.start].strip("\r\n\ufeff")


def _line_start(file: Dockerfile, instruction: Instruction) -> int:
    """Return where the line with the keyword begins, after a byte order mark."""
    at = file.text.rfind("\n", 0, instruction.keyword.start) + 1
    return max(at, instruction.span.start, int(file.text.startswith("\ufeff")))


def _block(file: Dockerfile, instruction: Instruction, lines: Sequence[str]) -> str:
    indent, ending = indentation(file, instruction), newline(file)
    return "".join(f"{indent}{line}{ending}" for line in lines)


def _commented(file: Dockerfile, instruction: Instruction) -> Span:
    """Return the span of an instruction and of the comment lines right above it."""
    start = instruction.span.start
    before = bisect_left(file.items, start, key=lambda item: item.span.start)
    for item in reversed(file.items[max(before - MOST_COMMENTS, 0) : before]):
        if not isinstance(item, Comment):
            break
        start = item.span.start
    return Span(start, instruction.span.end)
