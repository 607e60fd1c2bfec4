"""Do the recipes of a Makefile build the images and programs that they seem to?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.image_builds import foreign, latest_only, loaded, secret_arguments
from gotare.lint.makefile import MakefileSubject
from gotare.lint.programs import near
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.shellwords import Command, image_builds


def _loaded(subject: MakefileSubject) -> Iterator[Found]:
    yield from loaded(iter(subject.commands), subject.resolve)


def _foreign(subject: MakefileSubject) -> Iterator[Found]:
    yield from foreign(iter(subject.commands), subject.resolve)


def _secret(subject: MakefileSubject) -> Iterator[Found]:
    yield from secret_arguments(iter(subject.commands))


def _latest(subject: MakefileSubject) -> Iterator[Found]:
    yield from latest_only(iter(subject.commands), subject.resolve)


_VERSION: Final = re.compile(
    r"^[ \t]*ARG[ \t]+((?:\w*_)?(?:VERSION|COMMIT|REVISION|VCS_REF|BUILD_DATE|GIT_SHA|GIT_COMMIT))"
    r"(?:[ \t]*=[ \t]*(\S*))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_TOOLCHAIN: Final = re.compile(r"GO|GOLANG|ALPINE|DEBIAN|UBUNTU|NODE|XX|DOCKER|BASE|OS|PYTHON")


def _no_version(subject: MakefileSubject) -> Iterator[Found]:
    for command in image_builds(iter(subject.commands)):
        words = subject.resolve(" ".join(command.texts))
        files = [word.text for word in command.values("-f", "--file")]
        path = near(subject.around, subject.resolve(files[0]) if files else "Dockerfile")
        wanted = _version_arguments(subject.around.texts.get(path, ""))
        if wanted and "--build-arg" not in words and "$(" not in words.replace("$(shell", ""):
            yield Found(
                f"{path} takes {', '.join(wanted)}, and nothing says what they are",
                command.span,
                f"--build-arg {wanted[0]}=$(shell git describe --tags --always)",
            )


def _version_arguments(dockerfile: str) -> list[str]:
    """Return the arguments for the program's own version, not those of tools and bases."""
    names = (found[1] for found in _VERSION.finditer(dockerfile))
    return list(dict.fromkeys(n for n in names if not _TOOLCHAIN.match(n.upper())))


# go build in recipes


def _go_builds(subject: MakefileSubject) -> Iterator[Command]:
    for command in subject.commands:
        texts = [t.lstrip("@-+") for t in command.texts if not re.match(r"\w+=", t)]
        is_go = texts[:1] and (texts[0] == "go" or re.fullmatch(r"\$[({]GO\w*[)}]", texts[0]))
        if is_go and texts[1:2] in (["build"], ["install"]):
            yield command


def _obsolete(subject: MakefileSubject) -> Iterator[Found]:
    for command in _go_builds(subject):
        for word in command.values("-installsuffix"):
            yield Found(
                "-installsuffix serves nothing since Go 1.10: the build cache tells builds apart",
                word.span,
                "leave out -a -installsuffix: they only make it slow",
            )


_STAMP: Final = re.compile(r"-X[ =]+['\"]?([\w./-]+)=")


def _unknown_stamp(subject: MakefileSubject) -> Iterator[Found]:
    found = [each for each in _STAMP.finditer(subject.text) if "." in each[1]]
    project = subject.around.project if found else None
    known = {v.symbol for v in project.version_variables} if project else set()
    lower = {symbol.lower(): symbol for symbol in known}
    for each in found:
        meant = lower.get(each[1].lower())
        if meant is not None and each[1] not in known:
            span = Span(each.start(1), each.end(1))
            yield Found(
                f"-X {each[1]}: there is no such variable, and the linker says nothing",
                span,
                f"the code has {meant}",
                Fix((Edit(span.start, span.end, meant),), True, "name the variable"),
            )


_OF: Final = Declaring("makefile", "makefile", "go-build")
_PLATFORM: Final = Declaring("makefile", "makefile", "platform")

RULES: Final = (
    _PLATFORM.warning("load-platforms", "Several platforms are loaded into an engine.", _loaded),
    _PLATFORM.error("foreign-platform", "A platform for which there is no Linux image.", _foreign),
    Declaring("makefile", "makefile", "security").error(
        "secret-build-arg", "A secret is a build argument.", _secret
    ),
    _OF.info("latest-only", "An image has no tag but latest.", _latest),
    _OF.info("no-version-args", "The Dockerfile's version is not given.", _no_version),
    _OF.info("installsuffix", "`-installsuffix` serves nothing any more.", _obsolete),
    _OF.warning(
        "unknown-stamp", "`-X` names a variable that is not there.", _unknown_stamp, fixes="safe"
    ),
)
