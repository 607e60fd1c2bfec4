"""Is the right thing sent and copied: no more than is needed, no less, and once?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import ran_by
from gotare.lint.dockerfile.shipping import is_workbench
from gotare.lint.dockerfile.spans import written
from gotare.lint.ignore_file import IgnoreFile, Pattern
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import builds
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.rules.new_ignore_file import new_ignore_file, spared
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "cache")
_ARCHIVE: Final = re.compile(
    r"\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst|lzma|Z)|gz|bz2|xz|zst)$", re.IGNORECASE
)
_CHECK: Final = re.compile(r"\b(?:sha\d+sum|shasum|b2sum|gpgv?|cosign|minisign|signify)\b")
_QUESTION: Final = re.compile(r"https?://api\.", re.IGNORECASE)


# ADD


def _add_local(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            if copy.is_add and all(_is_plain_file(source) for source in copy.sources):
                names = ", ".join(source.text for source in copy.sources[:3])
                yield Found(
                    f"ADD copies {names} as COPY does, and would unpack archives and fetch URLs",
                    written(copy.instruction),
                    "COPY says what is meant",
                    _as_copy(subject, copy),
                )


def _is_plain_file(source: CopySource) -> bool:
    """Whether a source is a file or folder that ADD treats as COPY does."""
    if source.kind == "heredoc":
        return True
    if source.kind != "path" or not source.known:
        return False
    last = posixpath.basename(source.text)
    return not _ARCHIVE.search(last) and not (context.is_pattern(last) and last not in ("*", "**"))


def _as_copy(subject: DockerfileSubject, copy: Copy) -> Fix | None:
    instruction = copy.instruction
    if any(flag.name not in ("chown", "chmod", "link", "exclude") for flag in instruction.flags):
        return None
    span = instruction.keyword
    word = "copy" if subject.file.slice(span).islower() else "COPY"
    return Fix((Edit(span.start, span.end, word),), True, "use COPY")


def _add_url(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            if copy.is_add and copy.instruction.flag("checksum") is None:
                for source in copy.sources:
                    if source.kind == "url" and not _is_expected(stage, copy, source):
                        yield Found(
                            f"nothing checks what {source.text} answers: it is added as it comes",
                            source.span,
                            "ADD --checksum=sha256:… refuses anything else",
                        )


def _is_expected(stage: Stage, copy: Copy, source: CopySource) -> bool:
    """Whether a later step checks a download, or it asks what changes, as cache breakers do."""
    return bool(_QUESTION.match(source.text)) or any(
        _CHECK.search(run.value) and (not source.name or source.name in run.value)
        for run in stage.named("RUN")
        if run.span.start > copy.instruction.span.start
    )


# what is sent


def _unignored(subject: DockerfileSubject) -> Iterator[Found]:
    if not context.is_project(subject) or context.ignore_file(subject) is not None:
        return
    whole = (
        copy
        for stage in subject.build.stages
        for copy in context.from_context(subject, stage)
        if context.takes_all(copy)
    )
    copy = next(whole, None)
    names = spared(subject) if copy is not None else None
    if copy is None or names is None:
        return
    also = f" (also {', '.join(names)})" if names else ""
    yield Found(
        f"the whole context is copied, and there is no {subject.around.ignore_file}: every file "
        f"that changes makes the build start again here{also}",
        written(copy.instruction),
        "gotare init writes a .dockerignore that keeps what the build reads",
        new_ignore_file(subject),
    )


def _git_folder(subject: DockerfileSubject) -> Iterator[Found]:
    files = subject.around.files or ()
    if ".git/" not in files or context.ignore_file(subject) is None:
        return
    if context.left_out(subject, ".git") is not None or context.left_out(subject, ".git/HEAD"):
        return
    for stage in subject.build.stages:
        for copy in context.from_context(subject, stage):
            if context.takes_all(copy) and not _uses_git(subject, stage):
                is_final = any(stage.index == each.index for each in subject.build.targets)
                if not (is_final and is_workbench(stage)):
                    yield _takes_git(subject, copy, is_final)


def _uses_git(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage may read the repository: there is a git, or nobody knows."""
    from gotare.lint.dockerfile.contents import contents_of

    if any(stage.index == target.index for target in subject.build.targets):
        return False
    return contents_of(subject.build, stage, subject.around).tool("git") != "no"


def _takes_git(subject: DockerfileSubject, copy: Copy, is_final: bool) -> Found:
    why = (
        "the image holds the repository's whole history"
        if is_final
        else "every commit and fetch makes the build start again here"
    )
    return Found(
        f"{subject.around.ignore_file} does not leave .git out, and {copy.instruction.name} takes "
        f"it: {why}",
        written(copy.instruction),
        f"write .git into {subject.around.ignore_file}",
        _ignoring(subject, ".git"),
    )


def _ignoring(subject: DockerfileSubject, line: str) -> Fix | None:
    """Return the fix that adds a line to the .dockerignore."""
    path = subject.around.ignore_file
    text = subject.around.texts.get(path)
    if text is None:
        return None
    ending = "" if not text or text.endswith("\n") else "\n"
    edit = Edit(len(text), len(text), f"{ending}{line}\n")
    return Fix((edit,), False, f"add {line} to {path}", path)


# what is left out


def _ignored_copied(subject: DockerfileSubject) -> Iterator[Found]:
    ignore = context.ignore_file(subject)
    if ignore is None:
        return
    for stage in subject.build.stages:
        for copy in context.from_context(subject, stage):
            for source in copy.sources:
                pattern = _excluding(subject, ignore, source)
                if pattern is not None:
                    yield _not_sent(subject, source, pattern)


def _excluding(
    subject: DockerfileSubject, ignore: IgnoreFile, source: CopySource
) -> Pattern | None:
    """Return the line that leaves all of a source out of the context."""
    if source.kind != "path" or not source.known:
        return None
    path = context.clean(source.text)
    if not context.is_pattern(path):
        is_open = ignore.may_except_below(path)
        return None if is_open else ignore.excludes(path)
    matching = [f for f in subject.around.files or () if context.covers(path, f.rstrip("/"))]
    found = [ignore.excludes(file.rstrip("/")) for file in matching]
    return found[0] if found and None not in found else None


def _not_sent(subject: DockerfileSubject, source: CopySource, pattern: Pattern) -> Found:
    name = subject.around.ignore_file
    text = subject.around.texts.get(name, "")
    line = text.count("\n", 0, pattern.span.start) + 1
    path = context.clean(source.text)
    return Found(
        f"{source.text} is not in the build context: {name}:{line} leaves it out ({pattern.text})",
        source.span,
        f"write !{path} below that line, or leave the copy out",
        None if context.is_pattern(path) else _ignoring(subject, f"!{path}"),
    )


def _embedded_ignored(subject: DockerfileSubject) -> Iterator[Found]:
    ignore = context.ignore_file(subject)
    if ignore is None or not _builds_context(subject):
        return
    project = subject.around.project
    if project is None or not context.holds(subject, "go.mod"):
        return
    for path in project.facts.sources.embedded:
        pattern = ignore.excludes(path)
        if pattern is not None and not ignore.may_except_below(path) and not _made(subject, path):
            yield Found(
                f"{path} is left out of the context, and the code embeds it: go build fails",
                pattern.span,
                f"write !{path} below it",
                _ignoring(subject, f"!{path}"),
                subject.around.ignore_file,
            )


def _builds_context(subject: DockerfileSubject) -> bool:
    """Whether go compiles what was copied, or is mounted, from the whole context."""
    for build in builds(subject):
        mounts = mounts_of(subject.build, build.stage, build.instruction)
        if any(m.kind == "bind" and not m.origin and "source" not in m.fields for m in mounts):
            return True
        for link in build.stage.chain:
            if any(context.takes_all(copy) for copy in context.from_context(subject, link)):
                return True
    return False


def _made(subject: DockerfileSubject, path: str) -> bool:
    """Whether something other than the context may bring a path: a copy from another stage, or a
    command that is not go's."""
    last = posixpath.basename(path)
    for build in builds(subject):
        for link in build.stage.chain:
            if any(
                copy.origin is not None and (copy.destination or last).endswith(("/" + last, last))
                for copy in copies_in(subject.build, link)
            ):
                return True
            if any(
                ran.plain.name in ("make", "npm", "yarn", "pnpm", "task", "mage", "sh", "bash")
                for run in link.named("RUN")
                for ran in ran_by(subject.build, run, subject.around)
            ):
                return True
    return False


RULES: Final = (
    _DECLARE.warning(
        "add-local-file",
        "ADD is used where COPY is meant.",
        _add_local,
        fixes="safe",
        equivalents={
            "hadolint": ("DL3020",),
            "trivy": ("DS005",),
            "checkov": ("CKV_DOCKER_4",),
            "dockle": ("CIS-DI-0009",),
        },
    ),
    _DECLARE.warning(
        "add-url-without-checksum",
        "A download is added without a checksum.",
        _add_url,
    ),
    _DECLARE.warning(
        "copy-whole-context-unignored",
        "The whole context is copied, and no .dockerignore leaves anything out.",
        _unignored,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "copies-git-folder",
        "The repository's .git is copied into a stage that does not read it.",
        _git_folder,
        fixes="unsafe",
    ),
    _DECLARE.error(
        "ignored-file-copied",
        "COPY names a file that .dockerignore leaves out.",
        _ignored_copied,
        fixes="unsafe",
        equivalents={"buildkit": ("CopyIgnoredFile",)},
    ),
    _DECLARE.error(
        "embedded-file-ignored",
        "A file that the code embeds is left out by .dockerignore.",
        _embedded_ignored,
        fixes="unsafe",
    ),
)
