"""Does the image hold what its program needs at run time?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.edit import insert_after
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in
from gotare.lint.dockerfile.shipping import titled
from gotare.lint.dockerfile.spans import written
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import FileUse, Need, ProgramFacts
    from gotare.settings import FileMapping

_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_ZONES: Final = "/usr/share/zoneinfo"
_ZONE: Final = re.compile(r"[A-Z]\w+/[\w+-]+(?:/\w+)?|[A-Z]{3}\d[A-Z]{3}|CET|EET|MET|WET|Japan")
_SYSTEM_BIN: Final = re.compile(r"/(?:usr/)?s?bin/[\w.-]+")
_STATIC: Final = re.compile(r"static|busybox|tini|dumb-init|su-exec|upx|grpc[_-]health[_-]probe")


def _base_of(stage: Stage) -> Span:
    return Span(stage.source.keyword.start, stage.base.span.end)


def _need(facts: ProgramFacts | None, kind: str) -> Need | None:
    """Return what the program needs of the system and does not bring along itself."""
    needs = facts.needs if facts else ()
    return next((need for need in needs if need.kind == kind and not need.linked), None)


def _is_bare(subject: DockerfileSubject, image: Image) -> bool:
    """Whether nothing is known of the project, and the image is a Go program on scratch."""
    return subject.around.project is None and image.runs_go and image.stage.root.kind == "scratch"


def _source_of(subject: DockerfileSubject, image: Image, path: str) -> str:
    """Return the stage that the program was built in, if it holds a path; "" otherwise."""
    build = image.program.go_build if image.program else None
    if build is None or build.stage.index >= image.stage.index or not build.stage.name:
        return ""
    contents = contents_of(subject.build, build.stage, subject.around)
    title = build.stage.name_word.text if build.stage.name_word else build.stage.name
    return title if contents.has(path) == "yes" else ""


def _copied(subject: DockerfileSubject, image: Image, lines: Sequence[str]) -> Fix | None:
    edit = insert_after(subject.file, image.stage.source, lines)
    return Fix((edit,), True, "copy it from the build stage") if lines else None


# certificates and zones


def _missing_certificates(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        if image.contents.certificates != "no" or image.stage.facts is None:
            continue
        need = _need(facts_of(subject, image), "roots")
        if need is None and not _is_bare(subject, image):
            continue
        stage = _source_of(subject, image, _CERTIFICATES)
        line = f"COPY --from={stage or '<stage>'} {_CERTIFICATES} {_CERTIFICATES}"
        optional = need is not None and _is_optional(need)
        speaks = "may speak" if optional else "speaks"
        why = f"{need.at} {speaks} TLS to others" if need else "calls over HTTPS fail"
        yield Found(
            f"{titled(subject.build, image.stage)} has no CA certificates: {why}",
            _base_of(image.stage),
            f"write {line}",
            _copied(subject, image, [line] if stage else []),
            severity=None if need and not optional else Severity.INFO,
        )


def _is_optional(need: Need) -> bool:
    from gotare.golang.facts.outbound import is_plain_unless_told

    return is_plain_unless_told(need.at)


def _missing_zones(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        if image.contents.zones != "no" or image.stage.facts is None:
            continue
        said = _zone_said(image)
        facts = facts_of(subject, image)
        need = _need(facts, "zones")
        if _brings_zones(facts) or (need is None and not said and not _is_bare(subject, image)):
            continue
        lines = _zone_lines(subject, image)
        why = f"{need.at} loads one" if need else said or "time.LoadLocation fails"
        yield Found(
            f"{titled(subject.build, image.stage)} has no time zones: {why}",
            _base_of(image.stage),
            f"write {' and '.join(lines)}" if lines else 'import _ "time/tzdata", or copy zones',
            _copied(subject, image, lines),
            severity=None if need or said else Severity.INFO,
        )


def _brings_zones(facts: ProgramFacts | None) -> bool:
    return facts is not None and any(n.kind == "zones" and n.linked for n in facts.needs)


def _zone_said(image: Image) -> str:
    """Return that TZ names a zone, "" where it does not."""
    zone = image.stage.state.env.get("TZ") or ""
    return f"TZ={zone} names one" if _ZONE.fullmatch(zone) and image.runs_go else ""


def _zone_lines(subject: DockerfileSubject, image: Image) -> list[str]:
    """Return the lines that bring zones: the system's, where the build stage has them, else those
    that lie beside every Go toolchain."""
    build = image.program.go_build if image.program else None
    packed = "/usr/local/go/lib/time/zoneinfo.zip"
    stage = _source_of(subject, image, packed)
    system = build is not None and build.stage.facts is not None and build.stage.facts.zones
    if system and stage:
        return [f"COPY --from={stage} {_ZONES} {_ZONES}"]
    return (
        [f"COPY --from={stage} {packed} /zoneinfo.zip", "ENV ZONEINFO=/zoneinfo.zip"]
        if stage
        else []
    )


# folders and accounts


def _missing_tmp(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        if image.contents.tmp != "no" or "TMPDIR" in image.stage.state.env:
            continue
        facts = facts_of(subject, image)
        temp = [f for f in facts.files if f.access == "temp"] if facts else []
        used = next((f for f in temp if not f.path or f.path.startswith("/tmp")), None)  # noqa: S108
        if used:
            yield Found(
                f"{titled(subject.build, image.stage)} has no /tmp, and {used.at} makes temporary "
                "files",
                _base_of(image.stage),
                "copy a folder of mode 1777 from the build stage, or mount a tmpfs there",
            )


def _missing_passwd(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        need = _need(facts_of(subject, image), "users") if image.contents.accounts == "no" else None
        if need:
            yield Found(
                f"{titled(subject.build, image.stage)} has no /etc/passwd, and {need.at} looks "
                "users up",
                _base_of(image.stage),
                "copy an /etc/passwd with the user, or take gcr.io/distroless/static",
            )


# files


def _shipped(facts: ProgramFacts) -> tuple[tuple[FileMapping, FileUse], ...]:
    from gotare.decide.contents import shipped_files

    return shipped_files(facts.files)


def _missing_files(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        workdir = image.stage.state.workdir
        facts = facts_of(subject, image) if workdir else None
        for file, use in _shipped(facts) if facts else ():
            target = posixpath.normpath(posixpath.join(workdir or "/", file.destination))
            if _is_told(image, use.settled_by) or image.contents.has(target) != "no":
                continue
            yield Found(
                f"{use.at} opens {use.path}, and nothing brings {target} into "
                f"{titled(subject.build, image.stage)}",
                _base_of(image.stage),
                f"write COPY {file.source} {target}",
                _copy_fix(subject, image, file.source, target),
                severity=Severity.INFO if use.kind == "config" else None,
            )


def _is_told(image: Image, settled_by: str) -> bool:
    """Whether the image says by a variable or a flag that the file is elsewhere."""
    state = image.stage.state
    words = [word for command in (state.entrypoint, state.cmd) if command for word in command.words]
    flag = settled_by.lstrip("-")
    named = any(re.match(rf"--?{re.escape(flag)}(?:=|$)", word) for word in words)
    return bool(settled_by) and (settled_by in state.env or named)


def _copy_fix(subject: DockerfileSubject, image: Image, source: str, target: str) -> Fix | None:
    files = subject.around.files or frozenset()
    if not {source, f"{source}/"} & files or re.search(r"\s", source + target):
        return None
    copies = image.stage.named("COPY", "ADD")
    after = copies[-1] if copies else image.stage.source
    edit = insert_after(subject.file, after, [f"COPY {source} {target}"])
    return Fix((edit,), True, f"copy {source}")


def _helper_dynamic(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        if image.contents.libc != "none":
            continue
        for held in image.contents.held:
            source = _dynamic_source(subject, held)
            if source:
                yield Found(
                    f"{held.origin} of {source} needs shared libraries, which "
                    f"{titled(subject.build, image.stage)} does not have",
                    written(held.at),
                    "take a static build of it, or leave it out",
                )


def _dynamic_source(subject: DockerfileSubject, held: Held) -> str:
    """Return what a program of a distribution comes from; "" where it may be static."""
    path = held.origin
    if held.go_build is not None or not _SYSTEM_BIN.fullmatch(path) or _STATIC.search(path):
        return ""
    if held.how == "image" and held.image is not None and held.image.known is not None:
        known = held.image.known
        return held.image.text if known.family in _DYNAMIC else ""
    if held.how != "stage" or held.from_stage is None:
        return ""
    stage = subject.build.stages[held.from_stage]
    contents = contents_of(subject.build, stage, subject.around)
    made = contents.files.at(path)
    known_base = stage.facts is not None and stage.facts.family in (*_DYNAMIC, "golang")
    return stage.title if known_base and made is None else ""


_DYNAMIC: Final = frozenset({"alpine", "debian", "ubuntu"})

_rule = partial(Rule, kind="dockerfile", family="runtime")

RULES: Final = (
    _rule(
        id="missing-certificates",
        severity=Severity.ERROR,
        title="The program speaks TLS to others, and the image has no CA certificates.",
        check=_missing_certificates,
        fixes="safe",
    ),
    _rule(
        id="missing-zones",
        severity=Severity.WARNING,
        title="The program loads time zones, and the image has none.",
        check=_missing_zones,
        fixes="safe",
    ),
    _rule(
        id="missing-tmp",
        severity=Severity.WARNING,
        title="The program makes temporary files, and the image has no /tmp.",
        check=_missing_tmp,
    ),
    _rule(
        id="missing-passwd",
        severity=Severity.WARNING,
        title="The program looks users up, and the image has no /etc/passwd.",
        check=_missing_passwd,
    ),
    _rule(
        id="missing-run-time-files",
        severity=Severity.WARNING,
        title="The program opens files that nothing brings into the image.",
        check=_missing_files,
        fixes="safe",
    ),
    _rule(
        id="helper-binary-dynamic",
        severity=Severity.ERROR,
        title="A program that needs shared libraries is copied alone.",
        check=_helper_dynamic,
    ),
)
