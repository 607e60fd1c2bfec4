"""What is in a Dockerfile? Every character of it goes to exactly one item, in order.

What BuildKit refuses becomes an error in the list, and reading goes on after it.
Source: `Parse` of BuildKit's `frontend/dockerfile/parser`, and its `instructions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gotare.lint.dockerfile import checks, heredocs
from gotare.lint.dockerfile.directives import Directives
from gotare.lint.dockerfile.instruction import Read, read_instruction
from gotare.lint.dockerfile.lexer import LexError
from gotare.lint.dockerfile.lines import (
    GO_SPACE,
    LONGEST,
    Joined,
    Line,
    is_too_long,
    join_lines,
    split_lines,
)
from gotare.lint.dockerfile.syntax import (
    Blank,
    Comment,
    Dockerfile,
    DockerfileError,
    Heredoc,
    Instruction,
    Item,
    Span,
    Unread,
)

MOST_ERRORS = 50
"""Errors that are told of; a file that has more is no Dockerfile."""

LARGEST = 2 << 20
"""Characters that a file may have to be read at all."""

MOST_LINES = 50_000

BOM = "\ufeff"


def parse_dockerfile(text: str, path: str = "Dockerfile") -> Dockerfile:
    """Read a Dockerfile. Nothing in it raises: see `errors` and `warnings` of what is returned."""
    if refused := _refused(text):
        return Dockerfile(text, (Unread(Span(0, len(text))),), path=path, errors=(refused,))
    parser = _Parser(text)
    parser.read()
    return Dockerfile(
        text,
        tuple(parser.items),
        parser.directives.escape,
        path,
        tuple(parser.warnings),
        tuple(parser.all_errors()),
    )


def decode_dockerfile(data: bytes, path: str = "Dockerfile") -> str:
    """Return the text of a file. Bytes that are not UTF-8 become lone surrogates, and encoding with
    `surrogateescape` gives them back; UTF-16 keeps its zero bytes, which makes it binary."""
    return data.decode("utf-8", "surrogateescape")


def encode_dockerfile(text: str) -> bytes:
    """Return the bytes that `decode_dockerfile` has read, or those of a text made from them."""
    return text.encode("utf-8", "surrogateescape")


def _refused(text: str) -> DockerfileError | None:
    """Return why a text is not read at all."""
    if "\0" in text:
        wide = text.startswith(("\udcff\udcfe", "\udcfe\udcff"))
        what = "the file is UTF-16" if wide else "the file is binary: it has zero bytes"
        at = text.index("\0")
        return DockerfileError(what, Span(at, at + 1), "save it as UTF-8 text")
    if len(text) > LARGEST:
        what = f"the file has more than {LARGEST} characters"
    elif text.count("\n") > MOST_LINES:
        what = f"the file has more than {MOST_LINES} lines"
    else:
        return None
    return DockerfileError(what, Span(0, 1), "copy large files into the image instead")


@dataclass(eq=False, repr=False)
class _Parser:
    """Goes through the lines of one file."""

    text: str
    lines: list[Line] = field(init=False)
    directives: Directives = field(default_factory=Directives)
    items: list[Item] = field(default_factory=list)
    warnings: list[tuple[str, Span]] = field(default_factory=list)
    errors: list[DockerfileError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = split_lines(self.text)

    def read(self) -> None:
        """Read all lines."""
        index = 0
        while index < len(self.lines):
            index = self._item(index)
        self.errors += checks.file_errors(self.items, self.text)

    def all_errors(self) -> list[DockerfileError]:
        """Return the errors in the order of their places, not too many of them."""
        found = sorted(self.errors, key=lambda error: error.span.start)
        if len(found) <= MOST_ERRORS:
            return found
        last = found[MOST_ERRORS].span
        more = DockerfileError("more errors follow", last, "is this a Dockerfile at all?")
        return [*found[:MOST_ERRORS], more]

    def _error(self, message: str, span: Span, hint: str = "") -> None:
        self.errors.append(DockerfileError(message, span, hint))

    def _item(self, index: int) -> int:
        """Read the item that begins at a line, and return the index of the line after it."""
        line = self.lines[index]
        begin = line.start + (index == 0 and self.text.startswith(BOM))
        content = self.text[begin : line.text_end]
        begin += len(content) - len(content.lstrip(GO_SPACE))
        content = self.text[begin : line.text_end]
        span = Span(line.start, line.end)
        directive = self.directives.read(content, span, first=index == 0)
        if self.directives.problem:
            self._error(self.directives.problem, span)
        if content and not content.startswith("#"):
            return self._instruction(index, begin)
        self._check_length(index, index + 1)
        if directive:
            self.items.append(directive)
        else:
            self.items.append(Comment(content[1:], span) if content else Blank(span))
        return index + 1

    def _check_length(self, index: int, end: int) -> bool:
        """Return whether BuildKit can read some lines, with an error where it cannot."""
        too_long = [line for line in self.lines[index:end] if is_too_long(self.text, line)]
        for line in too_long:
            message = f"a line has more than {LONGEST} bytes"
            self._error(message, Span(line.start, line.end), "BuildKit reads no longer lines")
        return not too_long

    def _instruction(self, index: int, begin: int) -> int:
        joined = join_lines(self.text, self.lines, index, begin, self.directives.escape)
        readable = self._check_length(index, joined.next)
        read = read_instruction(joined.text, joined.offsets, self.directives.escape, readable)
        end = self.lines[joined.next - 1].end
        bodies, after = self._heredocs(read, joined) if readable else ((), joined.next)
        span = Span(self.lines[index].start, self.lines[after - 1].end)
        made = read.instruction(span, joined.comments, bodies)
        self.items.append(made)
        head = Span(begin, end)
        self._tell(read, joined, made, head)
        return after

    def _tell(self, read: Read, joined: Joined, made: Instruction, head: Span) -> None:
        """Add the errors and warnings of an instruction."""
        if joined.blanks:
            message = "blank lines within a continued instruction are deprecated"
            self.warnings.append((message, joined.blanks[0]))
        if read.doubtful:
            message = f"{read.doubtful} looks like JSON but is none: it runs as a shell command"
            self.warnings.append((message, made.place(0, len(made.value))))
        place = Span(head.start, max(head.start + len(self._head(head)), head.start))
        if len(self.errors) > MOST_ERRORS:
            return
        if read.problem:
            self._error(f"{read.name}: {read.problem}", place)
        elif not read.too_long:
            self.errors += checks.instruction_errors(made, read, place)

    def _head(self, head: Span) -> str:
        return self.text[head.start : head.end].rstrip("\r\n")

    def _heredocs(self, read: Read, joined: Joined) -> tuple[tuple[Heredoc, ...], int]:
        """Return the heredocs of an instruction, and the index of the line after the last."""
        after = joined.next
        if not read.may_have_heredocs:
            return (), after
        place = joined.offsets.span(0, len(joined.text))
        try:
            opened = heredocs.openers(joined.text)
        except LexError as error:
            self._error(f"a heredoc's name cannot be read: {error}", place)
            return (), after
        found = []
        for opener in opened:
            at = joined.offsets.span(opener.start, opener.end)
            begin = after
            heredoc, after, ended = heredocs.read_heredoc(self.text, self.lines, after, opener, at)
            self._check_length(begin, after)
            found.append(heredoc)
            if not ended:
                self._error(f"the heredoc {opener.name!r} has no end", at, self._end_hint(opener))
                break
        return tuple(found), after

    def _end_hint(self, opener: heredocs.Opener) -> str:
        tabs = ", after tabs if any," if opener.chomp else ""
        return f"a line with nothing but{tabs} {opener.name} ends it"
