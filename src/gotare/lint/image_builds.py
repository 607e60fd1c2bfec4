"""Looks at the commands that build images, in workflows, pipelines and Makefiles alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gotare.golang.facts.secrets import is_secret
from gotare.lint.rule import Found
from gotare.lint.shellwords import Command, Word, image_builds

Resolve = Callable[[str], str]
"""Puts the values of variables into a word; what is not known stays."""

_FOREIGN: Final = re.compile(r"(?:darwin|windows|macos|freebsd)(?:/|$)", re.IGNORECASE)


def platforms(text: str) -> tuple[str, ...]:
    """Return the platforms of a list."""
    return tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


def loaded(found: Iterator[Command], resolve: Resolve) -> Iterator[Found]:
    """Yield builds for several platforms that go into an engine."""
    for command in image_builds(found):
        listed = [p for word in command.values("--platform") for p in platforms(resolve(word.text))]
        if len(set(listed)) > 1 and command.has("--load"):
            yield Found(
                f"--load with {len(set(listed))} platforms: the engine's classic store holds one",
                command.span,
                "load one platform; push several, or write them to an archive",
            )


def foreign(found: Iterator[Command], resolve: Resolve) -> Iterator[Found]:
    """Yield platforms that images for Linux cannot have. What a shell or a function of make says
    is not known."""
    for command in image_builds(found):
        if any(is_files(resolve(word.text)) for word in command.values("--output", "-o")):
            continue
        for word in command.values("--platform"):
            text = resolve(word.text)
            if "$(" not in text and "`" not in text:
                yield from foreign_platforms(text, word)


def is_files(output: str) -> bool:
    """Whether what a build puts out are files, and no image."""
    found = re.search(r"\btype=(\w+)", output)
    return found[1] in ("local", "tar") if found else bool(output) and "=" not in output


def foreign_platforms(text: str, word: Word) -> Iterator[Found]:
    """Yield the platforms of a list that are not Linux."""
    for each in platforms(text):
        if _FOREIGN.match(each):
            yield Found(
                f"there is no image for {each}: containers share the kernel of Linux",
                word.span,
                "release programs for other systems as files",
            )


def secret_arguments(found: Iterator[Command]) -> Iterator[Found]:
    """Yield secrets that are build arguments."""
    for command in image_builds(found):
        for word in command.values("--build-arg"):
            name, _, value = word.text.partition("=")
            if is_secret(name) or re.search(r"\bsecrets\.(?!GITHUB_OUTPUT)\w+", value):
                yield Found(
                    f"the build argument {name} is a secret, and stays in the image's history",
                    word.span,
                    f"--secret id={name.lower()},env={name}, and RUN --mount=type=secret",
                )


def latest_only(found: Iterator[Command], resolve: Resolve) -> Iterator[Found]:
    """Yield builds whose only tag is latest."""
    for command in image_builds(found):
        tags = list(command.values("-t", "--tag"))
        if tags and all(is_latest(resolve(tag.text)) for tag in tags):
            yield Found(
                "the image has no tag but latest: nobody can say which one runs, or go back",
                tags[0].span,
                "add a tag with the version",
            )


_LONGEST: Final = 1000
"""Characters of a reference that is looked at."""
_NESTED: Final = re.compile(r"\$\{\{[^{}]*\}\}|\$?\$[({][^(){}]*[)}]|\$\w+")


def is_latest(tag: str) -> bool:
    """Whether a reference names latest, or no tag; a variable may hold one."""
    plain = tag.strip() if len(tag) <= _LONGEST else ""
    while (new := _NESTED.sub("VARIABLE", plain)) != plain:
        plain = new
    said = plain.rpartition("/")[2].partition(":")[2]
    return bool(plain) and (said == "latest" or (not said and "VARIABLE" not in plain))
