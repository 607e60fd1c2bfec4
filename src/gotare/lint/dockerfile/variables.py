"""What becomes of a word when BuildKit expands the variables in it, and which words does it expand?

RUN, CMD, ENTRYPOINT, SHELL and HEALTHCHECK are not expanded: the shell in the image does that, if
there is one. Source: `frontend/dockerfile/shell` and the `Expand` methods of BuildKit's
`instructions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass as standard
from dataclasses import field

from gotare.frozen import dataclass
from gotare.lint.dockerfile.lexer import Lexer, LexError
from gotare.lint.dockerfile.syntax import Instruction, Word

Environment = Mapping[str, str | None]
"""Values of variables. None: it is set, but nobody knows to what (an ARG that is given later)."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A word after expansion. `text` is None where it depends on a value that nobody knows, or
    where there is an `error`. `used` are the variables that it names, in order; those in
    `undefined` are not set, and count as empty."""

    text: str | None
    used: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    error: str = ""
    words: tuple[str, ...] = ()
    """What EXPOSE makes of it: the text, split at blanks outside quotes."""


@standard(eq=False, repr=False)
class _Lookup:
    """Looks variables up, and remembers which."""

    env: Environment
    used: dict[str, None] = field(default_factory=dict)
    unknown: bool = False

    def __call__(self, name: str) -> str | None:
        self.used[name] = None
        if name not in self.env:
            return None
        value = self.env[name]
        if value is None:
            self.unknown = True
            return "unknown"
        return value


_PLAIN = re.compile(r"[!#%&(-;=-~]+")
"""Words in which nothing is special but, perhaps, the escape character."""


def expand(text: str, env: Environment, escape: str = "\\") -> Expanded:
    """Expand a word: variables, quotes, escapes. Nothing in it raises: see `error`."""
    if _PLAIN.fullmatch(text) and escape not in text:
        return Expanded(text, words=(text,))
    lookup = _Lookup(env)
    return _expanded(Lexer(text, lookup, escape), lookup)


def expand_content(text: str, env: Environment) -> Expanded:
    """Expand the content of a heredoc of COPY or ADD: its quotes are only characters, and it
    escapes with a backslash, whatever the file does."""
    lookup = _Lookup(env)
    return _expanded(Lexer(text, lookup, quotes=False), lookup)


def _expanded(lexer: Lexer, lookup: _Lookup) -> Expanded:
    text: str | None = None
    words: tuple[str, ...] = ()
    error = ""
    try:
        text, tokens = lexer.read()
        words = tuple(token.text for token in tokens)
    except LexError as found:
        error = str(found)
    if lookup.unknown:
        text, words = None, ()
    used = tuple(lookup.used)
    undefined = tuple(name for name in used if name not in lookup.env)
    return Expanded(text, used, undefined, error, words)


_FLAGS: Mapping[str, tuple[str, ...]] = {
    "ADD": ("chown", "chmod", "checksum"),
    "COPY": ("chown", "chmod"),
    "FROM": ("platform",),
    "RUN": ("mount",),
}
_WORDS = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})


def expandable(instruction: Instruction) -> Iterator[Word]:
    """Yield the words of an instruction that BuildKit expands, values of flags among them (with the
    place of the whole flag). Heredocs of COPY and ADD are expanded too, unless quoted. What ONBUILD
    holds is expanded when it runs."""
    for flag in instruction.flags:
        if flag.value is not None and flag.name in _FLAGS.get(instruction.name, ()):
            yield Word(flag.value, flag.span)
    if instruction.name in _WORDS:
        openers = {heredoc.opener for heredoc in instruction.heredocs}
        yield from (word for word in instruction.words if word.span not in openers)
    elif instruction.name == "FROM":
        yield from instruction.words[:1]
    for pair in instruction.pairs:
        yield pair.key
        if pair.value is not None:
            yield pair.value
