"""Do lines of a RUN become arguments of the command before them, as `&&` is missing?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.shell.model import ShellWord
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "correctness")
_TAKERS: Final = {"touch": 1, "mkdir": 1, "cd": 1, "rm": 1, "chmod": 2, "chown": 2}
"""Commands that take any words, and how many they need at least."""

_IN_SHELL: Final = re.compile(
    r"(?:^|[;&|(]\s*)((?:/(?:usr/)?bin/)?(?:ba|da|a)?sh\s+-c\s+set\s+-\w+)\s*(?:;|&&|$)"
)
"""Options of a shell that ends as soon as it has set them: `-c` takes one word."""

_PROGRAMS: Final = frozenset({
    "go", "xx-go", "golangci-lint", "gotestsum", "make", "git", "npm", "yarn", "pnpm", "apt-get",
    "apt", "apk", "curl", "wget", "tar", "cp", "mv", "mkdir", "rm", "chmod", "chown", "pip", "pip3",
    "sh", "bash", "adduser", "useradd", "addgroup", "groupadd", "ln", "sed", "unzip", "install",
})  # fmt: skip


def _lost(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            if ran.plain.name in _TAKERS and not ran.make and ran.instruction.form == "shell":
                yield from _lines(subject, ran)


def _lines(subject: DockerfileSubject, ran: Ran) -> Iterator[Found]:
    """Yield the lines of a command that begin with a program and go on with its arguments."""
    words, least = ran.plain.words, _TAKERS[ran.plain.name]
    given = accumulate(not word.text.startswith("-") for word in words[1:])
    for index, (word, count) in enumerate(zip(words[2:-1], given, strict=False), 2):
        if word.literal not in _PROGRAMS or count < least:
            continue
        after = words[index + 1]
        begins = "\n" in _between(subject, ran, words[index - 1], word)
        if begins and "\n" not in _between(subject, ran, word, after):
            start = ran.where(word).start
            yield Found(
                f"`{word.text} {after.text}` is not run: it becomes arguments of "
                f"{ran.plain.name}, as no && ends the line before it",
                Span(start, ran.where(after).end),
                f"write && {word.text} {after.text}",
                Fix((Edit(start, start, "&& "),), False, "write && before it"),
            )
            return


def _options(subject: DockerfileSubject) -> Iterator[Found]:
    for _, instruction in subject.build.walk():
        found = None
        if instruction.name == "RUN" and instruction.form == "shell":
            found = _IN_SHELL.search(instruction.value)
        if found:
            yield Found(
                f"`{found[1]}` has no effect: that shell is given the word set alone, and ends; "
                "the commands behind it go on after an error",
                instruction.place(*found.span(1)),
                f"write {found[1][found[1].index('set') :]}",
            )


def _between(subject: DockerfileSubject, ran: Ran, first: ShellWord, second: ShellWord) -> str:
    return subject.file.text[ran.where(first).end : ran.where(second).start]


RULES: Final = (
    _DECLARE.error(
        "lost-command",
        "A line of a RUN becomes arguments of the one before it.",
        _lost,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "options-of-ended-shell",
        "Options are set in a shell that ends at once.",
        _options,
    ),
)
