"""Reads the flags of go commands, GOFLAGS and -ldflags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass as standard
from dataclasses import field
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.environment import spoken
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.shell.model import Part, ShellWord

_WITH_VALUE: Final = frozenset(
    {
        "o", "p", "asmflags", "buildmode", "compiler", "gccgoflags", "gcflags", "installsuffix",
        "ldflags", "mod", "modfile", "overlay", "pgo", "pkgdir", "tags", "toolexec", "C",
        "covermode", "coverpkg", "run", "bench", "count", "cpu", "timeout", "parallel", "exec",
        "vet", "coverprofile", "benchtime", "blockprofile", "memprofile", "cpuprofile",
        "mutexprofile", "trace", "outputdir", "shuffle", "skip", "fuzz", "fuzztime", "list",
        "require", "replace", "exclude", "dropreplace", "droprequire", "go", "toolchain", "reuse",
        "f",
    }
)  # fmt: skip
"""The flags of go that take a value, which may be a word of its own."""
UNKNOWN_VALUE: Final = "$"
"""A word that begins so after `rendered` is a variable whose value is unknown."""


@dataclass(frozen=True, slots=True)
class GoFlag:
    """A flag of a go command. `value` None: it has none. `text` is the value with what is known put
    in and the rest left as `${NAME}` and `$(…)`; `value` is None too where something is left.
    `span` is where flag and value stand; for GOFLAGS, the whole command."""

    name: str
    value: str | None
    text: str
    span: Span
    from_goflags: bool = False
    word: ShellWord | None = None
    """The word that holds the value."""


@standard(slots=True)
class ReadFlags:
    """Flags, and what is left. `uncertain`: a variable with an unknown value may hold more."""

    flags: list[GoFlag] = field(default_factory=list)
    rest: list[ShellWord] = field(default_factory=list)
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument after word splitting. `text` is as `rendered` has it."""

    text: str
    word: ShellWord
    known: bool


def rendered(word: ShellWord, ran: Ran, *, all_names: bool = False) -> str:
    """Return what a word says with known variables put in, and unknown ones as `${NAME}`; what is
    run for it is `$(…)`. `all_names`: no variable is put in."""
    return "".join(_rendered(part, ran, all_names) for part in word.parts)


def _rendered(part: Part, ran: Ran, all_names: bool) -> str:
    if part.kind == "literal":
        return part.text
    if part.kind == "other":
        return "$(…)"
    value = None
    if not all_names:
        one = ShellWord(part.text, 0, 0, (part,))
        value = spoken(one, ran.values, ran.complete)
    return f"${{{part.name}}}" if value is None else value


def arguments_of(words: Iterable[ShellWord], ran: Ran) -> Iterator[Argument]:
    """Yield the arguments that words become: a variable without quotes may be several, or none."""
    for word in words:
        text = rendered(word, ran)
        known = ran.said(word) is not None
        if _splits(word) and known:
            yield from (Argument(part, word, True) for part in text.split())
        else:
            yield Argument(text, word, known)


def _splits(word: ShellWord) -> bool:
    return any(part.kind == "variable" and not part.quoted for part in word.parts)


def read_flags(arguments: Sequence[Argument], ran: Ran) -> ReadFlags:
    """Read flags up to the first argument that is none."""
    read = ReadFlags()
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        text = argument.text
        if not argument.known and text.startswith(UNKNOWN_VALUE) and _splits(argument.word):
            read.uncertain = True
            index += 1
        elif text.startswith("-") and text not in ("-", "--"):
            index += _read_flag(arguments, index, ran, read)
        else:
            break
    left = arguments[index:]
    read.rest = [argument.word for argument in left]
    read.uncertain = read.uncertain or any(
        not a.known and a.text.startswith(UNKNOWN_VALUE) and "/" not in a.text for a in left
    )
    return read


def _read_flag(arguments: Sequence[Argument], index: int, ran: Ran, read: ReadFlags) -> int:
    """Read one flag, and return how many arguments it takes."""
    argument = arguments[index]
    name, equals, text = argument.text.lstrip("-").partition("=")
    start = ran.where(argument.word)
    if equals or name not in _WITH_VALUE or index + 1 >= len(arguments):
        value = (text if argument.known else None) if equals else None
        read.flags.append(GoFlag(name, value, text, start, word=argument.word))
        return 1
    following = arguments[index + 1]
    span = Span(start.start, max(ran.where(following.word).end, start.end))
    value = following.text if following.known else None
    read.flags.append(GoFlag(name, value, following.text, span, word=following.word))
    return 2


def flags_in_goflags(value: str, span: Span) -> Iterator[GoFlag]:
    """Yield the flags of GOFLAGS: each is a word, `-name` or `-name=value`, perhaps in quotes."""
    for text in split_quoted(value):
        name, equals, said = text.lstrip("-").partition("=")
        if text.startswith("-") and name:
            yield GoFlag(name, said if equals else None, said, span, from_goflags=True)


def split_quoted(text: str) -> tuple[str, ...]:
    """Split as go splits the values of -ldflags and GOFLAGS: at blanks, but for words that begin
    with a quote. An open quote ends with the text. Source: cmd/internal/quoted `Split`."""
    words: list[str] = []
    rest = text.lstrip()
    while rest:
        quote = rest[0]
        if quote in ("'", '"'):
            word, _, rest = rest[1:].partition(quote)
        else:
            word = rest.split(None, 1)[0]
            rest = rest[len(word) :]
        words.append(word)
        rest = rest.lstrip()
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Stamp:
    """An `-X symbol=value`. `value` None: it depends on something unknown; `text` is then as
    written. `variables` are the names of the shell's variables in it."""

    symbol: str
    value: str | None
    text: str
    variables: tuple[str, ...] = ()


def stamps_of(words: Sequence[str], templates: Sequence[str]) -> Iterator[Stamp]:
    """Yield what -X sets. `words` are those of -ldflags with known values put in, `templates` with
    all variables left."""
    named = dict(_settings(templates))
    for symbol, text in _settings(words):
        variables = _names(named.get(symbol, text))
        yield Stamp(symbol, None if "${" in text or "$(…)" in text else text, text, variables)


def _settings(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, word in enumerate(words):
        said = ""
        if word in ("-X", "--X") and index + 1 < len(words):
            said = words[index + 1]
        elif word.startswith(("-X=", "--X=")):
            said = word.partition("=")[2]
        symbol, equals, text = said.strip("'\"").partition("=")
        if equals and symbol:
            yield symbol, text


def _names(text: str) -> tuple[str, ...]:
    pieces = text.split("${")[1:]
    return tuple(dict.fromkeys(piece.partition("}")[0] for piece in pieces))
