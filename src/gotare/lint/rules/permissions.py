"""May users of the image do more with its files than they must?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.effects import paths_of
from gotare.lint.dockerfile.goflags import arguments_of
from gotare.lint.dockerfile.runs import Ran, ran_by, ran_in
from gotare.lint.dockerfile.shipping import in_images, is_to_build_on
from gotare.lint.dockerfile.state import joined
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

_WIDE_LETTERS: Final = re.compile(r"(?:[uga]*[ao][ugoa]*|)[+=][rxXst]*w[rwxXst]*")
_SET_LETTERS: Final = re.compile(r"(?:[ugoa]*u[ugoa]*|)[+=][rwxX]*s[rwxXst]*")
"""With `g+s` folders give new files their group: that is common, and no danger."""

_HELPERS: Final = re.compile(r"(?:.*/)?(?:fusermount3?|new[ug]idmap|bwrap|ping6?|mount\.\w+)")
"""Programs that do for other users what only root may, and nothing without the bit."""

_SYSTEM: Final = re.compile(r"/(?:(?:bin|boot|etc|lib\w*|opt|root|sbin|usr)(?:/|$))")
"""Where programs and their settings are."""
_DATA: Final = re.compile(
    r"(?!/(?:bin|etc|lib\w*|sbin)/)(?:.*/)?(?:cache|data|logs?|run|sessions?|spool|te?mp|uploads|work)"
)
"""Folders that are called as if programs write there."""


def _chmods(subject: DockerfileSubject) -> Iterator[tuple[Ran, str]]:
    """Yield each chmod of stages that are shipped, with the mode as it is written."""
    for stage in in_images(subject.build):
        for ran in ran_in(subject.build, stage, subject.around):
            if ran.plain.name == "chmod" and not ran.make:
                words = [t for t in ran.plain.texts if not re.fullmatch(r"-[Rcfv]+|--\w.*", t)]
                if words:
                    yield ran, words[0]


def _copies(subject: DockerfileSubject) -> Iterator[tuple[Instruction, str]]:
    """Yield the --chmod flags of stages that are shipped."""
    for stage in in_images(subject.build):
        for instruction in stage.named("COPY", "ADD"):
            flag = instruction.flag("chmod")
            if flag and flag.value:
                yield instruction, flag.value


def is_wide(mode: str) -> bool:
    """Whether a mode lets everybody write; one with the sticky bit is a folder like /tmp."""
    if re.fullmatch(r"0?[0-7]{3,4}", mode):
        number = int(mode, 8)
        return bool(number & 0o002) and not number & 0o1000
    parts = mode.split(",")
    return any(_WIDE_LETTERS.fullmatch(part) and "t" not in part for part in parts) and (
        "+t" not in mode
    )


def sets_id(mode: str) -> bool:
    """Whether a mode makes programs run as their owner, whoever starts them."""
    if re.fullmatch(r"[0-7]{4,5}", mode):
        return bool(int(mode, 8) & 0o4000)
    return any(_SET_LETTERS.fullmatch(part) for part in mode.split(","))


def _chmod_wide(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, mode in _chmods(subject):
        if is_wide(mode) and not all(_is_temporary(path) for path in _opened(ran)):
            span = ran.where(next(w for w in ran.plain.arguments if w.shown == mode))
            for_any_user = _is_data_folder(subject, ran)
            yield Found(
                f"chmod {mode} lets every user write there",
                span,
                "with 1777 users cannot take each other's files; chgrp 0 and chmod g=u may do, too"
                if for_any_user
                else "give it to the user that writes: chown, or COPY --chown",
                severity=Severity.INFO if for_any_user else None,
            )
    for instruction, mode in _copies(subject):
        flag = instruction.flag("chmod")
        if flag and is_wide(mode):
            narrow = f"{int(mode, 8) & ~0o022:03o}" if mode.isdecimal() else ""
            edits = (replace(flag.span, f"--chmod={narrow}"),)
            yield Found(
                f"--chmod={mode} lets every user write there",
                flag.span,
                f"write --chmod={narrow or '755'}, and --chown for who writes",
                Fix(edits, False, f"write --chmod={narrow}") if narrow else None,
            )


def _is_data_folder(subject: DockerfileSubject, ran: Ran) -> bool:
    """Whether a chmod opens nothing but folders for data, without what is in them: for what their
    owner keeps there at run time, also as a user that nobody knows yet. They are new and given to
    somebody, or to what is built on the image, or are called like such."""
    if any(re.fullmatch(r"-\w*R\w*|--recursive", text) for text in ran.plain.texts):
        return False
    ran_with = ran_by(subject.build, ran.instruction, subject.around)
    new = _named_by(ran_with, "mkdir")
    given = {path for path in new & _named_by(ran_with, "chown") if not _SYSTEM.match(path)}
    fine = new if is_to_build_on(ran.stage) else given
    return all(path in fine or _DATA.fullmatch(path) for path in _opened(ran))


def _opened(ran: Ran) -> list[str]:
    """Return what a chmod names, absolute where that is known. Variables that may be any folder are
    left out."""
    named = [a for a in arguments_of(ran.plain.arguments, ran) if not a.text.startswith("-")]
    return [
        (joined(ran.directory, a.text) or a.text).rstrip("/")
        for a in named[1:]
        if a.known or not a.text.startswith("$") or "/" in a.text
    ]


def _named_by(ran_with: Sequence[Ran], program: str) -> set[str]:
    """Return the folders that commands of a program name."""
    return {
        path.rstrip("/")
        for ran in ran_with
        if ran.plain.name == program
        for path in paths_of(ran)[1]
        if path is not None
    }


def _is_temporary(path: str) -> bool:
    return re.match(r"/(?:var/)?tmp(?:/|$)|/dev/shm", path) is not None


def _setuid(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, mode in _chmods(subject):
        folders = ran.plain.texts and all(t.endswith("/") for t in ran.plain.texts[1:])
        if sets_id(mode) and not folders:
            opened = _opened(ran)
            helpers = bool(opened) and all(_HELPERS.fullmatch(path) for path in opened)
            yield Found(
                f"chmod {mode} makes a program run as its owner, whoever starts it",
                ran.span,
                "start as the user that is needed, or grant one capability with setcap",
                severity=Severity.INFO if helpers else None,
            )
    for instruction, mode in _copies(subject):
        flag = instruction.flag("chmod")
        if flag and sets_id(mode):
            what = f"--chmod={mode} makes a program run as its owner, whoever starts it"
            helpers = all(_HELPERS.fullmatch(word.text) for word in instruction.words[:-1])
            level = Severity.INFO if helpers else None
            yield Found(what, flag.span, "leave the bit out: 755", severity=level)


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="chmod-wide",
        severity=Severity.WARNING,
        title="Every user may write to files of the image.",
        check=_chmod_wide,
        fixes="unsafe",
        equivalents={"tally": ("tally/world-writable-state-path-workaround",)},
    ),
    _rule(
        id="setuid",
        severity=Severity.WARNING,
        title="A program of the image runs as its owner, whoever starts it.",
        check=_setuid,
        equivalents={"dockle": ("CIS-DI-0008",)},
    ),
)
