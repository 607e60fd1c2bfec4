"""Does the program understand what HEALTHCHECK gives it?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Severity
from gotare.lint.dockerfile.model import Exec
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in
from gotare.lint.dockerfile.spans import written
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.rules import context
from gotare.lint.subjects import DockerfileSubject

if TYPE_CHECKING:
    from gotare.golang.project import Project

_READS: Final = re.compile(
    r"\bos\.Args\b|\bflag\.\w|\"(?:flag|github\.com/(?:spf13|urfave|alecthomas|jessevdk|alexflint"
    r"|peterbourgon|mitchellh/cli|hashicorp/cli|google/subcommands|docopt|ardanlabs/conf)"
    r"|gopkg\.in/alecthomas|[\w./-]*/(?:cli|cobra|pflag|kingpin|cmd|command|flags?|args)"
    r"(?:/v\d+)?)[/\"]"
)
"""What shows that a program looks at its arguments, or may."""


def _unread(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        check = image.stage.state.healthcheck
        if check is None or check.command is None or not _runs_itself(image, check.command):
            continue
        facts = facts_of(subject, image)
        if facts is not None and facts.listeners and not _reads_arguments(subject):
            yield _told(check.command, check.at)


def _runs_itself(image: Image, command: Exec) -> bool:
    """Whether a check starts the image's own Go program with an argument."""
    program = image.contents.program(command) if image.runs_go else None
    own = image.program
    return (
        program is not None
        and own is not None
        and own.path is not None
        and program.path == own.path
        and bool(program.arguments)
        and bool(program.arguments[0])
    )


def _reads_arguments(subject: DockerfileSubject) -> bool:
    """Whether the project's own code may look at arguments; also where it cannot be read."""
    project = subject.around.project
    if project is None or not context.holds(subject, "go.mod"):
        return True
    texts = list(_texts(subject, project))
    return not texts or any(text is None or _READS.search(text) for text in texts)


def _texts(subject: DockerfileSubject, project: Project) -> Iterator[str | None]:
    """Yield the texts of the Go files of the programs, but for vendored ones."""
    for package in project.packages:
        folder = posixpath.normpath(package.dir)
        for name in package.files if not folder.startswith("vendor/") else ():
            if name.endswith(".go") and not name.endswith("_test.go"):
                yield subject.around.texts.get(posixpath.normpath(f"{folder}/{name}"))


def _told(command: Exec, at: Instruction) -> Found:
    words = " ".join(command.words)
    return Found(
        f"HEALTHCHECK runs `{words}`, and the program reads no arguments: each check starts it "
        "once more, and ends as that does",
        written(at),
        "let the program answer it: `if len(os.Args) > 1` … ask the own port, and exit with 0 or 1",
    )


RULES: Final = (
    Rule(
        id="healthcheck-argument-unread",
        kind="dockerfile",
        family="runtime",
        severity=Severity.ERROR,
        title="HEALTHCHECK gives the program an argument that it does not read.",
        check=_unread,
    ),
)
