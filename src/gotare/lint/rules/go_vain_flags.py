"""Are flags of `go build` given that cost time, or change nothing?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.goflags import GoFlag
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules import go_edits
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_caches import build_cache
from gotare.lint.rules.go_steps import builds, commands
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")


def _fix(edit: Edit | None, title: str) -> Fix | None:
    return Fix((edit,), True, title) if edit else None


def _rebuild_all(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        facts = build.stage.facts
        minor = go_minor(facts.go) if facts else None
        if (minor is not None and minor < 10) or build.remote:
            continue
        rebuild, suffix = build.command.flag("a"), build.command.flag("installsuffix")
        flags = [f for f in (rebuild, suffix) if f is not None and f.value not in ("false", "0")]
        if flags:
            yield _in_vain(subject, build, flags)


def _in_vain(subject: DockerfileSubject, build: GoBuild, flags: list[GoFlag]) -> Found:
    names = " ".join(f"-{flag.name}" for flag in flags)
    if flags[0].name == "a":
        why = "-a compiles the standard library and all modules again, whatever the cache has"
    else:
        why = "-installsuffix names a folder that Go does not use since 1.10"
    edits = [go_edits.remove_flag(subject.file, build.command, flag) for flag in flags]
    usable = [edit for edit in edits if edit is not None]
    fix = Fix(tuple(usable), True, f"leave {names} out") if len(usable) == len(flags) else None
    hint = f"leave {names} out: CGO_ENABLED=0 alone makes a static program"
    costs = flags[0].name == "a" and _has_cache(subject, build)
    return Found(why, flags[0].span, hint, fix, severity=None if costs else Severity.INFO)


def _has_cache(subject: DockerfileSubject, build: GoBuild) -> bool:
    """Whether something may be compiled already: by a command before, in a cache mount, or in the
    image, as the standard library before Go 1.20."""
    facts = build.stage.facts
    minor = go_minor(facts.go) if facts else None
    chain = {stage.index for stage in build.stage.chain}
    if any(
        command.stage.index in chain
        and command.span.start < build.span.start
        and command.action in ("build", "install", "test", "vet", "run", "generate", "tool")
        for command in commands(subject)
    ):
        return True
    if minor is not None and minor < 20:
        return True
    cache = build_cache(build.ran)
    mounts = mounts_of(subject.build, build.stage, build.instruction)
    return any(mount.kind == "cache" and (not cache or mount.covers(cache)) for mount in mounts)


def _static_flag(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("ldflags")
        if not _is_surely_pure(build) or flag is None or _links_outside(build):
            continue
        text = subject.file.slice(flag.span)
        found = _EXTLDFLAGS.search(text)
        if found and not build.ran.make:
            edit = _without_extldflags(subject, build, flag, found[0].strip())
            span = Span(flag.span.start + found.start(), flag.span.start + found.end())
            yield Found(
                "-extldflags is for an external linker, and without cgo Go links by itself: the "
                f"program is static anyway ({build.cgo_why})",
                span,
                "leave it out",
                _fix(edit, "leave -extldflags out"),
            )


def _without_extldflags(
    subject: DockerfileSubject, build: GoBuild, flag: GoFlag, text: str
) -> Edit | None:
    if all("extldflags" in word or "-static" in word for word in build.ldflags):
        return go_edits.remove_flag(subject.file, build.command, flag)
    return go_edits.remove_from_value(subject.file, build.command, flag, text)


_EXTLDFLAGS: Final = re.compile(
    r"-extldflags[= ]\s*(?:\\?\"-static\\?\"|'-static'|-static(?=[\s\"']|$))"
)


def _is_surely_pure(build: GoBuild) -> bool:
    """Whether cgo is off, and no --build-arg can switch it on."""
    found = build.command.settings.get("CGO_ENABLED")
    return build.cgo is False and not build.remote and (found is None or found.origin != "arg")


def _links_outside(build: GoBuild) -> bool:
    return any("linkmode" in word for word in build.ldflags) or bool(build.buildmode)


def _pure_tags(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("tags")
        needless = [tag for tag in build.tags if tag in ("netgo", "osusergo")]
        if not _is_surely_pure(build) or flag is None or not needless:
            continue
        yield Found(
            f"without cgo net and os/user are pure Go anyway: -tags {','.join(needless)} changes "
            f"nothing ({build.cgo_why})",
            flag.span,
            "leave it out" if set(needless) == set(build.tags) else "keep the other tags only",
            _fewer_tags(subject, build, flag, needless),
        )


def _fewer_tags(
    subject: DockerfileSubject, build: GoBuild, flag: GoFlag, needless: list[str]
) -> Fix | None:
    kept = [tag for tag in build.tags if tag not in needless]
    if not kept:
        return _fix(go_edits.remove_flag(subject.file, build.command, flag), "leave the tags out")
    text = subject.file.slice(flag.span)
    if not go_edits.is_text(build.command) or text.count(flag.text) != 1 or "$" in text:
        return None
    start = flag.span.start + text.index(flag.text)
    joint = "," if "," in flag.text else " "
    edit = Edit(start, start + len(flag.text), joint.join(kept))
    return Fix((edit,), True, "keep the other tags")


def _parallel(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("p")
        if flag is None or not (flag.value or "").isdecimal() or int(flag.value or "0") < 2:
            continue
        yield Found(
            f"-p {flag.value} fixes how many compilers run at once: a large builder could run "
            "more, and a small one has not the memory for so many",
            flag.span,
            "leave it out: go takes as many as there are processors",
            _fix(go_edits.remove_flag(subject.file, build.command, flag), "leave -p out"),
        )


RULES: Final = (
    _DECLARE.warning(
        "rebuild-all-installsuffix",
        "`-a -installsuffix cgo` rebuilds everything for nothing.",
        _rebuild_all,
        fixes="safe",
    ),
    _DECLARE.info(
        "needless-extldflags-static",
        "`-extldflags -static` has no meaning without cgo.",
        _static_flag,
        fixes="safe",
    ),
    _DECLARE.info(
        "needless-netgo-tags",
        "The tags netgo and osusergo have no meaning without cgo.",
        _pure_tags,
        fixes="safe",
    ),
    _DECLARE.info(
        "parallelism-fixed",
        "`-p` fixes how many programs compile at once.",
        _parallel,
        fixes="safe",
    ),
)
