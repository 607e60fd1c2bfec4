"""Which stages become images that somebody runs, and what do these run?

Stages for development, tests, tools and as bases of others are left out, and so are those that
nobody can tell of.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile
from typing import Final

from gotare.lint.dockerfile.model import Build, Exec, Stage

_FOR_WORK: Final = (
    r"dev|devel|development|debug|test|tests|testing|e2e|integration|lint|linter|ci|build|builder"
    r"|local|tools?|base|bench|fuzz|docs|proto|protoc|gen|generate|devcontainer|check|vet|coverage"
    r"|tilt"
)
_WORK_NAME: Final = re.compile(rf"(?:^|[-_.])(?:{_FOR_WORK})(?:$|[-_.\d])", re.IGNORECASE)
_WORK_BASE: Final = re.compile(r"(?:^|/)(?:dev|devel|develop|development|devcontainers?)(?:$|/)")
_BUILD_TOOLS: Final = re.compile(
    r"\b(?:add|install)\b[^;&|]*[ \t\n](?:build-base|build-essential|alpine-sdk|g\+\+|gcc|gcc-c\+\+"
    r"|rpm-build|rpmdevtools|debhelper|devscripts)(?=[ \t\n;&|\\]|$)"
)
_WORK_FOLDER: Final = re.compile(
    r"(?:^|/)(?:tests?|e2e|testdata|testing|hack|ci|\.ci|\.devcontainer|devcontainer|build-tools"
    r"|integration|dev|develop|development|base)/",
    re.IGNORECASE,
)
_WORK_SAID: Final = re.compile(
    r"\b(?:for|in) (?:tests?|testing|development|debugging)(?: purposes?)? only\b"
    r"|\bonly (?:for|in) (?:tests?|testing|development|debugging)\b",
    re.IGNORECASE,
)
_WORK_TOOLS: Final = frozenset(
    {
        "air", "reflex", "CompileDaemon", "fresh", "realize", "gow", "modd", "nodemon", "dlv",
        "gin", "wgo", "watchexec", "entr", "make", "task", "mage", "golangci-lint", "bash", "sh",
        "ash", "sleep", "tail", "staticcheck", "buf", "protoc", "cat", "arelo", "gowatch", "bee",
        "true",
    }
)  # fmt: skip
_WORK_SCRIPT: Final = re.compile(r"(?:build|test|lint|ci|check|generate)(?:[-_.]\w+)*\.sh")
_INITS: Final = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "docker-init"})
_INTERPRETER: Final = re.compile(
    r"(?:python|pypy|lua|ruby|php|perl|node|guile)[\d.]*|nodejs|luajit|irb|pry|jshell|julia|R|ghci|erl"
    r"|iex|elixir|clojure|clj|scala|groovysh|swift|raku|perl6|sbcl|racket|octave|pwsh|bash|ash|dash"
    r"|zsh|fish|sh"
)
_INTERACTIVE: Final = frozenset({"-a", "-i", "-q", "-l", "--interactive", "--login"})
_GO_WORK: Final = frozenset({"run", "test", "generate", "vet", "tool"})


def shipped(build: Build) -> tuple[Stage, ...]:
    """Return the stages whose images are run, the final one and other targets that say what they
    run; those for development and tests are left out."""
    return build.once("shipped", build, lambda: tuple(_shipped(build)))


def _shipped(build: Build) -> Iterator[Stage]:
    for stage in build.targets:
        runs = command_of(stage) is not None
        is_final = build.final is not None and stage.index == build.final.index
        copies = any(each.named("COPY", "ADD") for each in stage.chain)
        has_go = stage.facts is not None and stage.facts.has_go
        wanted = runs or (is_final and copies and not has_go)
        if wanted and not is_for_work(build, stage) and (is_final or not has_go):
            yield stage


def in_images(build: Build) -> tuple[Stage, ...]:
    """Return the stages whose layers are in images that are run: those, and what they stand on."""

    def find() -> tuple[Stage, ...]:
        indexes = {each.index for stage in shipped(build) for each in stage.chain}
        return tuple(stage for stage in build.stages if stage.index in indexes)

    return build.once("in images", build, find)


def is_in_image(build: Build, stage: Stage) -> bool:
    """Whether the layers of a stage are in an image that is run."""
    return any(each.index == stage.index for each in in_images(build))


def is_for_work(build: Build, stage: Stage) -> bool:
    """Whether a stage is for developing, testing or building: its name, its file, the comment above
    all, what it runs, or without a command its base says so."""
    folder, _, name = build.file.path.rpartition("/")
    rest = re.sub(r"(?i)dockerfile|containerfile", "", name)
    if folder.startswith(("/", "..")):
        folder = folder.rpartition("/")[2]  # what is above is the user's, not the project's
    if _WORK_NAME.search(rest) or _WORK_FOLDER.search(f"{folder}/"):
        return True
    if _WORK_SAID.search(build.file.text, 0, build.file.instructions[0].span.start):
        return True
    if stage.name and _WORK_NAME.search(stage.name):
        return True
    if is_workbench(stage):
        return True
    words = _behind_init(words_of(command_of(stage)))
    name = words[0].rpartition("/")[2] if words else ""
    if name == "go":
        return len(words) > 1 and words[1] in _GO_WORK
    if _WORK_SCRIPT.fullmatch(name):
        return True
    return name in _WORK_TOOLS and not (name in ("sh", "bash", "ash") and words[1:])


def is_workbench(stage: Stage) -> bool:
    """Whether an image runs nothing, and stands on one that is named as made for developing, or
    installs what packages are built with."""
    if command_of(stage) is not None:
        return False
    runs = (run.value for each in stage.chain for run in each.named("RUN"))
    return bool(_WORK_BASE.search(stage.root.repository)) or any(map(_BUILD_TOOLS.search, runs))


def _behind_init(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what an init starts: `dlv exec` of `tini -s -- dlv exec`; other words as they are."""
    if not words or words[0].rpartition("/")[2] not in _INITS:
        return words
    rest = words[words.index("--") + 1 :] if "--" in words else words[1:]
    return tuple(dropwhile(lambda word: word.startswith("-"), rest))


def is_to_build_on(stage: Stage) -> bool:
    """Whether an image is one for others to stand on: it tells them what to do by ONBUILD, or waits
    for commands in an interpreter that is given no program."""
    if any(each.named("ONBUILD") for each in stage.chain):
        return True
    words = _words_in_the_end(stage)
    name = words[0].rpartition("/")[2] if words else ""
    is_free = _INTERACTIVE.issuperset(words[1:])
    return is_free and _INTERPRETER.fullmatch(name) is not None


def _words_in_the_end(stage: Stage) -> tuple[str, ...]:
    """Return what a file's own ENTRYPOINT and CMD run together; CMD alone where ENTRYPOINT is a
    script or an init around it."""
    both = (stage.state.entrypoint, stage.state.cmd)
    first, last = (words_of(c) if c is not None and c.at is not None else () for c in both)
    is_around = bool(first) and re.search(r"entrypoint|\.sh$|^--$", first[-1]) is not None
    return last if is_around and last else (*first, *last)


def command_of(stage: Stage) -> Exec | None:
    """Return the ENTRYPOINT, else the CMD, that the file itself gives an image."""
    for command in (stage.state.entrypoint, stage.state.cmd):
        if command is not None and command.at is not None:
            return command
    return None


def words_of(command: Exec | None) -> tuple[str, ...]:
    """Return the words of a command; those of a shell form up to what only a shell understands."""
    if command is None:
        return ()
    if command.form == "json":
        return command.words
    text = re.split(r"[;&|<>\n]", command.words[0].strip(), maxsplit=1)[0]
    try:
        words = shlex.split(text)
    except ValueError:
        return ()
    return tuple(words[1:] if words[:1] == ["exec"] else words)


def titled(build: Build, stage: Stage) -> str:
    """Return what a message calls a stage: by its name, else the final image, else its number."""
    if stage.name_word:
        return f"the stage {stage.name_word.text}"
    is_final = build.final is not None and stage.index == build.final.index
    return "the final stage" if is_final else stage.title
