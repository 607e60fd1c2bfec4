"""Looks through commands that run other commands: sudo, env, time, `sh -c`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.shell.model import Assignment, Command, Part, ShellWord

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_WITH_VALUE: Final = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R"}),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "time": frozenset({"-f", "-o"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "exec": frozenset({"-a"}),
    "timeout": frozenset({"-k", "-s"}),
    "xargs": frozenset({"-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
}
"""Programs that run the rest of their words, and their options that take a word."""
_PLAIN: Final = frozenset(
    {"command", "nohup", "builtin", "tini", "dumb-init", "setarch", "unbuffer", "eatmydata"}
)
_SKIPPING: Final = frozenset({"gosu", "su-exec", "timeout", "chroot"})
"""Programs whose first argument is not yet the program."""
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=")
_SHELL_OPTION = re.compile(r"-[a-z]*c$")


def unwrapped(command: Command) -> Command:
    """Return the command that one runs in the end: `sudo env A=1 go build` is `go build` with A."""
    for _ in range(8):
        rest = _inner(command)
        if rest is None:
            return command
        command = rest
    return command


def _inner(command: Command) -> Command | None:
    name = command.name
    if name not in _WITH_VALUE and name not in _PLAIN and name not in _SKIPPING:
        return None
    words, index = command.words, 1
    index = _after_options(words, index, _WITH_VALUE.get(name, frozenset()))
    index += name in _SKIPPING
    assignments = list(command.assignments)
    while name in ("env", "sudo") and index < len(words) and _ASSIGNED.match(words[index].text):
        assignments.append(_assignment(words[index]))
        index += 1
    if index >= len(words):
        return None
    return replace(command, words=words[index:], assignments=tuple(assignments))


def _after_options(words: tuple[ShellWord, ...], index: int, valued: frozenset[str]) -> int:
    while index < len(words) and words[index].text.startswith("-"):
        text = words[index].text
        index += 1 + (text in valued)
        if text == "--":
            break
    return index


def _assignment(word: ShellWord) -> Assignment:
    """Read NAME=value, which is a plain word to the grammar here."""
    found = _ASSIGNED.match(word.text)
    assert found is not None
    first, *rest = word.parts or (Part("literal", ""),)
    head = replace(first, text=first.text[found.end() :])
    value = ShellWord(word.text[found.end() :], word.start + found.end(), word.end, (head, *rest))
    return Assignment(found[1], value, word.start, word.end)


@dataclass(frozen=True, slots=True)
class Script:
    """Shell text inside shell text. `start`: where it begins in the outer text, if every character
    of it stands there as it is; else None, and the place of `word` is all that is known."""

    text: str
    word: ShellWord
    start: int | None


def script_of(command: Command) -> Script | None:
    """Return the script that `sh -c '…'` or `eval '…'` runs; None for other commands."""
    words = command.words
    if command.name == "eval" and len(words) == 2:
        return _script(words[1])
    if command.name not in SHELLS:
        return None
    for index, word in enumerate(words[1:-1], 1):
        if _SHELL_OPTION.match(word.text):
            return _script(words[index + 1])
    return None


def _script(word: ShellWord) -> Script:
    text, quote = word.text, word.text[:1]
    inner = text[1:-1]
    exact = quote in ("'", '"') and text[-1:] == quote and quote not in inner
    if exact and (quote == "'" or "\\" not in inner):
        return Script(inner, word, word.start + 1)
    return Script(word.shown, word, None)


def shell_options(command: Command) -> tuple[frozenset[str], frozenset[str]]:
    """Return what `set` (or a shell's own options) switches on and off: letters and names of -o."""
    on: set[str] = set()
    off: set[str] = set()
    words = [word.shown for word in command.words[1:]]
    for index, word in enumerate(words):
        if word[:1] not in ("-", "+") or word.startswith("--"):
            continue
        target = on if word[0] == "-" else off
        target.update(letter for letter in word[1:] if letter.isalpha() and letter != "o")
        if "o" in word[1:] and index + 1 < len(words):
            name = words[index + 1]
            target.add({"errexit": "e", "xtrace": "x", "nounset": "u"}.get(name, name))
    return frozenset(on), frozenset(off)
