"""Rules that tests of what is around rules use: they stay as they are while real ones change."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found, Rule


def _untagged(subject: Any) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        if instruction.name == "FROM" and instruction.words:
            word = instruction.words[0]
            if ":" not in word.text or word.text.endswith(":latest"):
                yield Found(f"{word.text} has no version", word.span, "name one")


def _maintainer(subject: Any) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        if instruction.name == "MAINTAINER":
            edit = Edit(instruction.keyword.start, instruction.keyword.end + 1, "LABEL by=")
            yield Found("MAINTAINER is old", instruction.span, fix=Fix((edit,), True, "label"))


def _shouting(subject: Any) -> Iterator[Found]:
    """Finds each `!` and would take it out; not safe."""
    text = subject.file.text
    for place in (n for n, character in enumerate(text) if character == "!"):
        fix = Fix((Edit(place, place + 1, ""),), False, "calm down")
        yield Found("shouts", Span(place, place + 1), fix=fix, severity=Severity.INFO)


def _failing(subject: Any) -> Iterator[Found]:
    if "# boom" in subject.file.text:
        raise RuntimeError("boom")
    return iter(())


def _lacks_ignore(subject: Any) -> Iterator[Found]:
    """Wants an ignore file that names .git, and would write it."""
    text = subject.around.texts.get(".dockerignore", "")
    if "# wants ignore" in subject.file.text and ".git\n" not in text:
        fix = Fix((Edit(len(text), len(text), ".git\n"),), True, "ignore .git", ".dockerignore")
        yield Found("the context holds .git", Span(0, 0), fix=fix)


def _places_elsewhere(subject: Any) -> Iterator[Found]:
    """Finds each `bin` in the ignore file, and would take it out."""
    name = subject.around.ignore_file
    text = subject.around.texts.get(name, "") if "# places" in subject.file.text else ""
    start = text.find("bin\n")
    if start >= 0:
        fix = Fix((Edit(start, start + 4, ""),), True, "take it out", name)
        yield Found("bin is ignored", Span(start, start + 3), fix=fix, path=name)


def _asks_project(subject: Any) -> Iterator[Found]:
    if "# asks" in subject.file.text and subject.around.project is not None:
        yield Found(f"belongs to {subject.around.project.module}", Span(0, 0))


def _lines(subject: Any) -> Iterator[Found]:
    start = 0
    for line in subject.text.splitlines(True):
        if "flaw" in line:
            yield Found("flaw", Span(start, start + len(line)))
        start += len(line)


RULES = (
    Rule(
        "untagged", "dockerfile", "security", Severity.WARNING, "No version.", _untagged,
        equivalents={
            "hadolint": ("DL3006", "DL3007"), "trivy": ("DS001",), "checkov": ("CKV_DOCKER_7",),
        },
    ),
    Rule(
        "maintainer", "dockerfile", "correctness", Severity.WARNING, "Old.", _maintainer, "safe",
        {"hadolint": ("DL4000",), "buildkit": ("MaintainerDeprecated",)},
    ),
    Rule("shouting", "dockerfile", "correctness", Severity.WARNING, "Loud.", _shouting, "unsafe"),
    Rule("failing", "dockerfile", "correctness", Severity.WARNING, "Fails.", _failing),
    Rule("no-ignore", "dockerfile", "cache", Severity.ERROR, "None.", _lacks_ignore, "safe"),
    Rule("placing", "dockerfile", "cache", Severity.ERROR, "There.", _places_elsewhere, "safe"),
    Rule("asking", "dockerfile", "runtime", Severity.INFO, "Asks.", _asks_project),
    Rule("flawed", "makefile", "go-build", Severity.ERROR, "A flaw.", _lines),
)  # fmt: skip


def module() -> ModuleType:
    """Return a module of rules."""
    made = ModuleType("gotare.lint.rules.fake")
    made.RULES = RULES  # type: ignore[attr-defined]
    return made
