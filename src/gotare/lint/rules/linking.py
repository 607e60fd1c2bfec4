"""Does the program find the C library that it is linked with, and does it link what it needs?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.linking import tags_forbid_c
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.packages import has_compiler
from gotare.lint.dockerfile.shipping import command_of
from gotare.lint.rule import Found
from gotare.lint.rules import context, go_edits
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import builds, called, shipped_builds
from gotare.lint.subjects import DockerfileSubject

if TYPE_CHECKING:
    from gotare.golang.cgo_need import CgoNeed

_DECLARE: Final = Declaring("", "dockerfile", "linking")
_LIBC: Final = {"glibc": "glibc,", "musl": "musl, Alpine's C library,"}


def _needs(subject: DockerfileSubject) -> tuple[CgoNeed, ...] | None:
    """Return the packages of the project that need cgo; None where that is not known."""
    if not context.is_project(subject):
        return None
    project = subject.around.project
    return None if project is None else project.cgo_needs


def _without_cgo(subject: DockerfileSubject, build: GoBuild) -> Fix | None:
    """Return the fix CGO_ENABLED=0; it is safe where the project is known to need no cgo."""
    needs = _needs(subject)
    if needs or "CGO_ENABLED" in build.command.settings or build.race:
        return None
    if build.buildmode in ("c-shared", "c-archive", "plugin"):
        return None
    edit = go_edits.add_variables(build.command, "CGO_ENABLED=0", first=True)
    return Fix((edit,), needs == (), "build without cgo") if edit else None


def _advice(subject: DockerfileSubject, build: GoBuild, otherwise: str) -> str:
    needs = _needs(subject)
    if needs:
        return f"{needs[0]} needs cgo: {otherwise}"
    if needs == ():
        return 'CGO_ENABLED=0 (the project needs no cgo: no package imports "C")'
    return f"CGO_ENABLED=0, or, where a package needs cgo, {otherwise}"


def _landed(subject: DockerfileSubject, *kinds: str) -> Iterator[tuple[GoBuild, Stage, Held, str]]:
    """Yield the programs that need a C library, with the C library of the image they lie in."""
    for build, places in shipped_builds(subject):
        if build.linking not in kinds or not _surely_uses_c(subject, build):
            continue
        for stage, held in places:
            if command_of(stage) is not None:
                libc = contents_of(subject.build, stage, subject.around).libc
                yield build, stage, held, libc


def _surely_uses_c(subject: DockerfileSubject, build: GoBuild) -> bool:
    """Whether a program with cgo on is linked with C. Of a project that nobody could read it is
    taken for granted, as nearly every program uses net; of another it must be known."""
    if build.tool != "go" and "CGO_ENABLED" not in build.command.settings:
        return False
    return build.uses_c is True or (build.uses_c is None and subject.around.project is None)


def _doubt(subject: DockerfileSubject, build: GoBuild) -> Severity | None:
    """Return what is left of an error where nobody knows the sources: less still, where they are
    single files without modules, as programs that only print are."""
    if build.uses_c:
        return None
    return Severity.INFO if _is_small(subject, build.stage) else Severity.WARNING


def _is_small(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether single Go files and a go.mod are all that a stage takes."""
    copies = [copy for link in stage.chain for copy in copies_in(subject.build, link)]
    names = [source.name for copy in copies for source in copy.sources]
    return bool(names) and all(name.endswith(".go") or name == "go.mod" for name in names)


def _unless(build: GoBuild) -> str:
    """Return what the sources may say against it, where nobody knows them."""
    return "" if build.uses_c else " unless it does without net, os/user and C"


def _dynamic_in_scratch(subject: DockerfileSubject) -> Iterator[Found]:
    for build, stage, held, libc in _landed(subject, "glibc", "musl"):
        if libc == "none" and build.buildmode != "pie":
            image = "scratch" if stage.root.kind == "scratch" else stage.root.name
            yield Found(
                f"{held.path} needs {_LIBC[build.linking]} which the image of {called(stage)} "
                f"({image}) lacks, so that it does not start{_unless(build)}: {build.linking_why}",
                build.span,
                _advice(subject, build, "a base with that C library"),
                _without_cgo(subject, build),
                severity=_doubt(subject, build),
            )
            return


def _glibc_in_musl(subject: DockerfileSubject) -> Iterator[Found]:
    for build, stage, held, libc in _landed(subject, "glibc"):
        if libc == "musl" and not _has_glibc(subject, stage):
            yield Found(
                f"{held.path} is linked with glibc{_unless(build)}, and the image of "
                f"{called(stage)} ({stage.root.name}) has musl: the loader is not found "
                f"({build.linking_why})",
                build.span,
                _advice(subject, build, "build on golang:alpine, or run on debian"),
                _without_cgo(subject, build),
                severity=_doubt(subject, build),
            )
            return


def _has_glibc(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether something brings glibc's loader to Alpine."""
    contents = contents_of(subject.build, stage, subject.around)
    named = any(package.name.startswith("glibc") for package in contents.packages)
    return (
        named
        or contents.runs_glibc_too
        or any(
            "ld-linux" in instruction.value or "glibc" in instruction.value
            for link in stage.chain
            for instruction in link.instructions
        )
    )


def _musl_in_glibc(subject: DockerfileSubject) -> Iterator[Found]:
    for build, stage, held, libc in _landed(subject, "musl"):
        if libc == "glibc" and not _has_musl(subject, stage):
            yield Found(
                f"{held.path} is linked with musl{_unless(build)}, and the image of "
                f"{called(stage)} ({stage.root.name}) has glibc: the loader is not found "
                f"({build.linking_why})",
                build.span,
                _advice(subject, build, "build on golang:bookworm, or run on alpine"),
                _without_cgo(subject, build),
                severity=_doubt(subject, build),
            )
            return


def _has_musl(subject: DockerfileSubject, stage: Stage) -> bool:
    packages = contents_of(subject.build, stage, subject.around).packages
    return any(p.name == "musl" for p in packages) or any(
        "ld-musl" in instruction.value for link in stage.chain for instruction in link.instructions
    )


def _no_compiler(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        setting = build.command.settings.get("CGO_ENABLED")
        if setting is None or setting.value != "1" or build.remote:
            continue
        if has_compiler(subject.build, build.ran, subject.around) != "no" or _names_cc(build):
            continue
        if build.uses_c is False:
            continue
        package = "apk add build-base" if build.stage.root.known else "install gcc"
        yield Found(
            f"CGO_ENABLED=1, and {called(build.stage)} has no C compiler: go build fails as "
            'soon as a package (net, os/user, or one that imports "C") needs it',
            (setting.span or build.span) if setting.origin == "prefix" else build.span,
            _advice(subject, build, package),
        )


def _names_cc(build: GoBuild) -> bool:
    return bool(build.command.setting("CC")) or build.tool != "go"


def _needed_but_off(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        if build.cgo is not False or build.remote or build.action == "test":
            continue
        for need in _needs(subject) or ():
            if need.effect != "degrades" and _reaches(subject, build, need):
                what = "does not compile" if need.effect == "fails" else "fails when it is used"
                yield Found(
                    f"without cgo {need.package} {what}, and the program needs it "
                    f"({' -> '.join(need.chain)}): {build.cgo_why}",
                    build.span,
                    "CGO_ENABLED=1 with a C compiler, and a base with the C library; or a package "
                    "that is pure Go",
                )
                break


def _reaches(subject: DockerfileSubject, build: GoBuild, need: CgoNeed) -> bool:
    """Whether a command builds a program that needs the package."""
    project = subject.around.project
    if project is None:
        return False
    names = {path.rpartition("/")[2] for path in build.outputs or ()}
    mains = {main.import_path for main in project.mains if main.name in names}
    if build.outputs is None or not mains:
        mains = {main.import_path for main in project.mains}
        return mains <= set(need.mains)
    return bool(mains & set(need.mains))


def _left_to_chance(subject: DockerfileSubject) -> Iterator[Found]:
    told: set[int] = set()
    for build, places in shipped_builds(subject):
        if "CGO_ENABLED" in build.command.settings or build.cgo is not True or build.race:
            continue
        if build.linking not in _LIBC or not _surely_uses_c(subject, build):
            continue
        if build.uses_c is None and tags_forbid_c(build.tags):
            continue
        why = _risk(subject, build, places)
        if why and build.span.start not in told:
            told.add(build.span.start)
            yield Found(
                f"nothing says whether cgo is on, and {why} ({build.cgo_why})",
                build.span,
                _advice(subject, build, "CGO_ENABLED=1"),
                _without_cgo(subject, build),
            )


def _risk(
    subject: DockerfileSubject, build: GoBuild, places: tuple[tuple[Stage, Held], ...]
) -> str:
    """Return what may go wrong; "" where nothing does, or another rule tells of it."""
    for stage, held in places:
        if any(link.index == build.stage.index for link in stage.chain):
            continue
        libc = contents_of(subject.build, stage, subject.around).libc
        if libc == "unknown":
            return f"whether {held.path} finds a C library in {called(stage)} is left to chance"
        if libc == build.linking and _is_older(build.stage, stage):
            return f"{held.path} may ask for a newer glibc than that of {called(stage)}"
        if _crosses(build):
            return f"{held.path} needs {libc} on the builder's own platform, and on no other"
    return ""


def _is_older(built: Stage, runs: Stage) -> bool:
    """Whether a program runs on an older release of the distribution that it is built on."""
    first, last = built.facts, runs.facts
    if first is None or last is None:
        return False
    name, _, number = first.release.partition(" ")
    other, _, older = last.release.partition(" ")
    is_known = number.isdecimal() and older.isdecimal()
    return name == other == "debian" and is_known and int(older) < int(number)


def _crosses(build: GoBuild) -> bool:
    platform = build.stage.chain[0].platform or ""
    return "BUILDPLATFORM" in platform and "GOARCH" in build.command.settings


def _pie(subject: DockerfileSubject) -> Iterator[Found]:
    for build, places in shipped_builds(subject):
        flag = build.command.flag("buildmode")
        if flag is None or build.buildmode != "pie" or build.linking == "static":
            continue
        if any("static-pie" in word for word in build.ldflags):
            continue
        for stage, held in places:
            if contents_of(subject.build, stage, subject.around).libc == "none":
                yield Found(
                    f"-buildmode=pie makes {held.path} ask for the dynamic loader, which the image "
                    f"of {called(stage)} lacks: it does not start",
                    flag.span,
                    'leave it out, or -ldflags="-linkmode=external -extldflags=-static-pie"',
                )
                break


def _static_glibc(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        facts = build.stage.facts
        is_static = any("-static" in word and "pie" not in word for word in build.ldflags)
        if not is_static or build.cgo is not True or facts is None or facts.libc != "glibc":
            continue
        flag = build.command.flag("ldflags")
        missing = [tag for tag in ("netgo", "osusergo") if tag not in build.tags]
        if flag is None or "netgo" not in missing or not _needs(subject):
            continue
        yield Found(
            "glibc is linked in statically, and its resolver loads shared libraries of the very "
            "same version at run time: names are not found where these lack",
            flag.span,
            f"-tags {','.join(missing)} resolves names in Go",
        )


RULES: Final = (
    _DECLARE.error(
        "cgo-dynamic-in-scratch",
        "A program that needs a C library runs on a base that has none.",
        _dynamic_in_scratch,
        fixes="safe",
    ),
    _DECLARE.error(
        "glibc-binary-in-musl",
        "A program that is linked with glibc runs on Alpine.",
        _glibc_in_musl,
        fixes="safe",
    ),
    _DECLARE.error(
        "musl-binary-in-glibc",
        "A program that is linked with musl runs on glibc.",
        _musl_in_glibc,
        fixes="safe",
    ),
    _DECLARE.error(
        "cgo-without-compiler",
        "CGO_ENABLED=1 is set where there is no C compiler.",
        _no_compiler,
    ),
    _DECLARE.error(
        "cgo-needed-but-off",
        "A package needs cgo, and cgo is off.",
        _needed_but_off,
    ),
    _DECLARE.warning(
        "cgo-left-to-chance",
        "Nothing says whether cgo is on, and it matters.",
        _left_to_chance,
        fixes="safe",
    ),
    _DECLARE.error(
        "pie-in-scratch",
        "A position independent program runs on a base without a loader.",
        _pie,
    ),
    _DECLARE.warning(
        "static-glibc-resolver",
        "A program with glibc linked in statically resolves names by it.",
        _static_glibc,
    ),
)
