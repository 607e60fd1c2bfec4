"""Are files copied, and then copied once more by what changes their owner or mode?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import Ran, ran_by
from gotare.lint.dockerfile.state import joined
from gotare.lint.rule import Found
from gotare.lint.rules.context import clean
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import is_development
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "cache")
_SMALL: Final = re.compile(
    r"\.(?:sh|bash|conf|cfg|ini|toml|ya?ml|json|txt|env|pem|key|pub|crt|html|md|xml|cnf|service|py|pl|rb"
    r"|lua|sql)$|entrypoint|_key|[*?]"
)
_SYSTEM_PROGRAM: Final = re.compile(r"/(?:usr/)?s?bin/[^/]+")
_INIT: Final = re.compile(r"(?:tini|dumb-init|su-exec|gosu)(?:[-_.].*)?")
"""Files by their names in URLs."""
_LITTLE: Final = 1_000_000
"""Characters of which a second copy is no matter."""
_FEW: Final = 100
"""Files of a folder that are looked at."""


def _doubled(subject: DockerfileSubject) -> Iterator[Found]:
    for target in subject.build.targets:
        for stage in target.chain:
            if is_development(subject, stage):
                continue
            for instruction in stage.named("RUN"):
                told: list[Copy] = []
                for ran in ran_by(subject.build, instruction, subject.around):
                    copy = _copied_before(subject, stage, ran)
                    if copy is not None and copy not in told:
                        told.append(copy)
                        yield _twice(subject, copy, ran)


def _copied_before(subject: DockerfileSubject, stage: Stage, ran: Ran) -> Copy | None:
    """Return the COPY whose files a chown (or chmod) writes once more."""
    if ran.plain.name not in ("chown", "chmod") or ran.make:
        return None
    found = [
        copy
        for copy in reversed(copies_in(subject.build, stage))
        if copy.instruction.span.start < ran.instruction.span.start
        and not copy.owner
        and _changes(subject, ran, copy)
    ]
    programs = (copy for copy in found if copy.from_stage is not None)
    return next(programs, found[0] if found else None)


def _changes(subject: DockerfileSubject, ran: Ran, copy: Copy) -> bool:
    """Whether a command changes something of a COPY that is not small."""
    paths = _changed(ran)
    return any(
        path is not None and _reaches(paths, path, ran) and not _is_small(subject, copy, source)
        for source, path in copy.placed()
    )


def _changed(ran: Ran) -> list[str]:
    """Return the absolute paths that chown or chmod is given."""
    words = [word for word in ran.plain.arguments if not word.text.startswith("-")][1:]
    return [path for word in words if (path := joined(ran.directory, ran.said(word)))]


def _is_small(subject: DockerfileSubject, copy: Copy, source: CopySource) -> bool:
    """Whether a second copy costs next to nothing: of scripts, settings, and what is little in the
    context."""
    if _SMALL.search(source.name) or source.kind == "heredoc":
        return True
    if copy.origin is not None or source.kind != "path" or not source.known:
        return False
    path, files, texts = clean(source.text), subject.around.files or (), subject.around.texts
    held = [file for file in files if file == path or file.startswith(f"{path}/")]
    held = [file for file in held if file[-1] != "/"]
    if not held or len(held) > _FEW:
        return False
    return sum(len(texts.get(file) or " " * _LITTLE) for file in held) < _LITTLE


def _reaches(changed: list[str], path: str, ran: Ran) -> bool:
    is_deep = any(w[:1] == "-" and "R" in w for w in ran.plain.texts)
    above = [p for p in changed if path.startswith(p.rstrip("/") + "/")]
    return path in changed or (is_deep and bool(above))


def _twice(subject: DockerfileSubject, copy: Copy, ran: Ran) -> Found:
    flag = ran.plain.name
    line = subject.file.line_of(copy.instruction.span.start)
    return Found(
        f"{flag} writes the files of {copy.instruction.name} in line {line} once more: the image "
        "holds them twice",
        ran.span,
        f"COPY --{flag}=… does it while copying",
        _while_copying(subject, copy, ran),
        severity=Severity.INFO if all(map(_is_system_program, copy.sources)) else None,
    )


def _is_system_program(source: CopySource) -> bool:
    """Whether it is a program of a distribution's, or an init that is fetched: these are seldom
    large."""
    pattern = _INIT if source.kind == "url" else _SYSTEM_PROGRAM
    of = source.name if source.kind == "url" else source.text
    return source.kind in ("path", "url") and bool(pattern.fullmatch(of))


def _while_copying(subject: DockerfileSubject, copy: Copy, ran: Ran) -> Fix | None:
    """Return the fix where the RUN does nothing else and changes what one COPY brought."""
    from gotare.lint.dockerfile.edit import delete, insert_words

    found = ran_by(subject.build, ran.instruction, subject.around)
    words = [w for w in ran.plain.arguments if not w.text.startswith("-")]
    if len(found) != 1 or len(words) != 2 or words[0].literal is None or copy.is_add:
        return None
    exact = [path for _, path in copy.placed()] == _changed(ran)
    mode = words[0].literal
    if ran.plain.name == "chmod":
        mode = {"+x": "755", "a+x": "755"}.get(mode, mode)
    if not exact or (ran.plain.name == "chmod" and not mode.isdecimal()) or copy.mode:
        return None
    flag = f"--{ran.plain.name}={mode}"
    edits = (insert_words(copy.instruction, flag), delete(subject.file, ran.instruction))
    return Fix(edits, False, f"COPY {flag}")


RULES: Final = (
    _DECLARE.warning(
        "chown-copy-doubles",
        "Files are copied, and then copied once more by chown or chmod.",
        _doubled,
        fixes="unsafe",
        equivalents={"tally": ("tally/prefer-copy-chmod",)},
    ),
)
