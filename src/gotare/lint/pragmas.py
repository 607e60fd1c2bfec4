"""Which findings does the file itself wave through? Its comments, ours and those of other tools.

    # gotare: ignore=rule[,rule] reason       the next instruction, block or line; or its own line
    # gotare: ignore-file[=rule,…] reason     the whole file
    # hadolint ignore=DL3006                  # hadolint global ignore=DL3003
    # trivy:ignore:DS002                      # checkov:skip=CKV_DOCKER_3:reason
    # zizmor: ignore[unpinned-uses]           # check=skip=StageNameCasing

In Go files a comment begins with `//`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Comment, Directive, Dockerfile, Instruction, Span
from gotare.lint.places import Lines
from gotare.lint.rule import Kind

_MARKS: Final = re.compile(r"gotare:|hadolint|trivy:|tfsec:|checkov:|zizmor:|check\s*=", re.I)
_PATTERNS: Final[tuple[tuple[str, bool, re.Pattern[str]], ...]] = (
    ("", False, re.compile(r"gotare:\s*ignore\s*=\s*(?P<names>[^\s,]+(?:\s*,\s*[^\s,]+)*)")),
    ("", True, re.compile(r"gotare:\s*ignore-file(?:\s*=\s*(?P<names>[^\s,]+(?:,\s*[^\s,]+)*))?")),
    ("hadolint", False, re.compile(r"hadolint\s+ignore\s*=\s*(?P<names>[^#]+)")),
    ("hadolint", True, re.compile(r"hadolint\s+global\s+ignore\s*=\s*(?P<names>[^#]+)")),
    ("trivy", False, re.compile(r"(?:trivy|tfsec):ignore:(?P<names>[\w-]+)")),
    ("checkov", True, re.compile(r"checkov:skip=(?P<names>\w+)")),
    ("zizmor", False, re.compile(r"zizmor:\s*ignore\[(?P<names>[^\]]+)\]")),
)
_COMMENT: Final = {"go": re.compile(r"//(.*)$"), "": re.compile(r"(?:^|\s)#(.*)$")}
_END: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Pragma:
    """A comment that waves findings through: the names of rules in the words of a tool ("" ours),
    the lines that it counts for, and where it stands. No names: all rules."""

    tool: str
    names: tuple[str, ...]
    first: int
    last: int
    span: Span

    @property
    def is_whole(self) -> bool:
        """Whether it counts for the whole file."""
        return self.last == _END


def pragmas_of(kind: Kind, text: str, subject: Any) -> list[Pragma]:
    """Return the pragmas of a file."""
    if not _MARKS.search(text):
        return []
    file = getattr(subject, "file", None)
    if isinstance(file, Dockerfile):
        return list(_in_dockerfile(file))
    return list(_in_lines(kind, Lines(text)))


# Dockerfiles


def _in_dockerfile(file: Dockerfile) -> Iterator[Pragma]:
    waiting: list[Comment] = []
    for item in file.items:
        match item:
            case Directive(name="check"):
                yield from _skipped_checks(item)
            case Comment():
                waiting.append(item)
            case Instruction():
                for comment in (*waiting, *item.comments):
                    yield from _read(comment.text, comment.span, *_lines(file, item))
                waiting.clear()
    for comment in waiting:
        line = file.line_of(comment.span.start)
        yield from _read(comment.text, comment.span, line, line)


def _lines(file: Dockerfile, item: Instruction) -> tuple[int, int]:
    return file.line_of(item.span.start), file.line_of(max(item.span.end - 1, item.span.start))


def _skipped_checks(directive: Directive) -> Iterator[Pragma]:
    for part in directive.value.split(";"):
        name, _, value = part.partition("=")
        if name.strip().lower() == "skip":
            names = tuple(word.strip() for word in value.split(",") if word.strip())
            every = any(word.lower() == "all" for word in names)
            yield Pragma("buildkit", ("*",) if every else names, 1, _END, directive.span)


# other files


def _in_lines(kind: Kind, lines: Lines) -> Iterator[Pragma]:
    pattern = _COMMENT["go" if kind == "go" else ""]
    for number in range(1, len(lines) + 1):
        line = lines.line(number)
        comment = pattern.search(line) if _MARKS.search(line) else None
        if comment:
            start = lines.start(number)
            span = Span(start + comment.start(1) - 1, start + len(line.rstrip()))
            alone = not line[: comment.start()].strip()
            first = _next_line(lines, number, pattern) if alone else number
            yield from _read(comment[1], span, first, _block_end(kind, lines, first))


def _next_line(lines: Lines, number: int, comment: re.Pattern[str]) -> int:
    """Return the next line that is more than a comment."""
    for following in range(number + 1, len(lines) + 1):
        line = lines.line(following)
        found = comment.search(line)
        if line.strip() and not (found and not line[: found.start()].strip()):
            return following
    return number


def _block_end(kind: Kind, lines: Lines, first: int) -> int:
    """Return the last line of what a line begins: in YAML the lines that are indented deeper."""
    if kind not in ("compose", "kubernetes", "workflow"):
        return first
    depth, last = _depth(lines.line(first)), first
    for number in range(first + 1, len(lines) + 1):
        line = lines.line(number)
        if line.strip():
            if _depth(line) <= depth:
                break
            last = number
    return last


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# one comment


def _read(comment: str, span: Span, first: int, last: int) -> Iterator[Pragma]:
    text = comment.strip()
    for tool, whole, pattern in _PATTERNS:
        for match in pattern.finditer(text) if _is_mark(tool, text) else ():
            names = tuple(re.findall(r"[^\s,]+", match["names"] or ""))
            place = (1, _END) if whole else (first, last)
            yield Pragma(tool, names, *place, span)


def _is_mark(tool: str, text: str) -> bool:
    """Whether a comment begins as the tool wants it: ours and hadolint's stand at its beginning."""
    beginning = {"": "gotare:", "hadolint": "hadolint"}.get(tool, "")
    return text.startswith(beginning)
