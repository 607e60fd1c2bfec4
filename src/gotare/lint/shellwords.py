"""Finds commands and their words in shell text of recipes and scripts, each word with its place.

It is light on purpose: `$(…)` and `${…}` stay in their word, so that the text of make, of GitHub
(`${{ … }}`) and of GitLab is read alike. Words keep their quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Span

MAX_TEXT: Final = 200_000
_BREAKS: Final = re.compile(r"&&|\|\||\|&|[;|&\n]")
_EXCUSE: Final = re.compile(r"\|\|\s*(?:true\b|:|exit\s+0\b)")
_OPENERS: Final = {"(": ")", "{": "}"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command. `text` has no quotes; `span` is where it is written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words, and whether `|| …` follows it."""

    words: tuple[Word, ...]
    excused: bool = False
    """What follows makes its failure nothing: `|| true`, `|| :`, `|| exit 0`."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words' texts."""
        return tuple(word.text for word in self.words)

    @property
    def span(self) -> Span:
        """From its first word to its last."""
        return Span(self.words[0].span.start, self.words[-1].span.end)

    def values(self, *names: str) -> Iterator[Word]:
        """Yield the values of an option by its names, as `--name value` or `--name=value`."""
        for index, word in enumerate(self.words):
            name, equals, value = word.text.partition("=")
            if name not in names:
                continue
            if equals:
                yield Word(value, word.span)
            elif index + 1 < len(self.words):
                yield self.words[index + 1]

    def has(self, *names: str) -> bool:
        """Whether an option is there, in either way; `--load=false` is not."""
        return any(
            text in names or (text.partition("=")[0] in names and not text.endswith("=false"))
            for text in self.texts
        )


def commands(text: str, offset: int = 0) -> Iterator[Command]:
    """Yield the commands of a text that begins at an offset of the file."""
    words: list[Word] = []
    at = 0
    text = text[:MAX_TEXT]
    while at < len(text):
        if text[at] == "#" and (at == 0 or text[at - 1].isspace()):
            at = _line_end(text, at)
        elif text[at] == "\\" and text[at + 1 : at + 2] in ("\n", "\r"):
            at += 3 if text.startswith("\r\n", at + 1) else 2
        elif found := _BREAKS.match(text, at):
            if words:
                yield Command(tuple(words), _is_excused(text, at, found[0]))
            words, at = [], found.end()
        elif text[at].isspace():
            at += 1
        else:
            end = _word_end(text, at)
            words.append(Word(_unquoted(text[at:end]), Span(at + offset, end + offset)))
            at = end
    if words:
        yield Command(tuple(words))


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _is_excused(text: str, at: int, operator: str) -> bool:
    return operator == "||" and _EXCUSE.match(text, at) is not None


def _word_end(text: str, at: int) -> int:
    """Return where a word ends: at a blank or a break outside of quotes and brackets."""
    waiting: list[str] = []
    while at < len(text):
        character = text[at]
        if character == "\\":
            if text[at + 1 : at + 2] in ("\n", "\r") and not waiting:
                return at
            at += 2
            continue
        if waiting and character == waiting[-1]:
            waiting.pop()
        elif waiting and waiting[-1] == "'":
            pass
        elif character in "'\"`" and not (waiting and waiting[-1] == '"' and character == "'"):
            waiting.append(character)
        elif character == "$" and text[at + 1 : at + 2] in _OPENERS:
            waiting.append(_OPENERS[text[at + 1]])
            at += 1
        elif waiting and waiting[-1] in ")}" and character in _OPENERS:
            waiting.append(_OPENERS[character])
        elif not waiting and (character.isspace() or _BREAKS.match(text, at)):
            return at
        at += 1
    return len(text)


def _unquoted(text: str) -> str:
    """Leave out quotes around words and around the values of `--name="value"`."""
    return re.sub(r"""(?<!\\)["']""", "", text) if text[:1] != "$" else text


_ENGINES: Final = frozenset({"docker", "podman", "nerdctl", "buildah"})


def image_builds(found: Iterator[Command]) -> Iterator[Command]:
    """Yield the commands that build an image: `docker build`, `docker buildx build`, `podman …`."""
    for command in found:
        texts = [text for text in command.texts if not _is_setting(text)]
        if texts and is_image_build(texts):
            yield command


def _is_setting(text: str) -> bool:
    return bool(re.match(r"[A-Za-z_]\w*=", text)) or text in ("sudo", "time", "@", "-", "env")


def is_image_build(texts: Sequence[str]) -> bool:
    """Whether words build an image. Make's variables for the engine count: `$(DOCKER) build`."""
    engine = texts[0].lstrip("@-+").rpartition("/")[2]
    named = re.fullmatch(r"\$[({](?:DOCKER|PODMAN|CONTAINER|OCI|ENGINE)\w*[)}]", engine.upper())
    if engine not in _ENGINES and not named:
        return False
    rest = [text for text in texts[1:6] if not text.startswith("-")]
    return rest[:1] in (["build"], ["bud"]) or rest[:2] in (["buildx", "build"], ["image", "build"])


def platforms_of(command: Command) -> tuple[tuple[str, Word], ...]:
    """Return the platforms that a command names, each with the word that does."""
    return tuple(
        (platform.strip(), word)
        for word in command.values("--platform")
        for platform in word.text.split(",")
        if platform.strip()
    )
