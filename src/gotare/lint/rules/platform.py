"""Is the program compiled for the platform that the image is for?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.edit import insert_before
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules import go_edits
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import builds, called, landings, prefix, shipped_builds
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "platform")
_ARCHITECTURES: Final = frozenset({
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
})  # fmt: skip
_SYSTEMS: Final = frozenset({
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd",
    "openbsd", "plan9", "solaris", "wasip1", "windows",
})  # fmt: skip
_MEANT: Final = {
    "x86_64": "amd64", "aarch64": "arm64", "arm64v8": "arm64", "armv7": "arm", "armv6": "arm",
    "arm32v7": "arm", "i386": "386", "x86": "386",
}  # fmt: skip
_NOT_GO: Final = re.compile(r"\buname\b|\barch\)|TARGETPLATFORM\}?[\"']?$")


def _is_native(stage: Stage) -> bool:
    """Whether a stage runs on the builder's own platform, whatever the image is for."""
    return re.fullmatch(r"\$\{?BUILDPLATFORM\}?", stage.chain[0].platform or "") is not None


# the architecture


def _fixed(subject: DockerfileSubject) -> Iterator[Found]:
    for build, places in shipped_builds(subject):
        setting = build.command.settings.get("GOARCH")
        if setting is None or setting.origin not in ("prefix", "env", "export"):
            continue
        if setting.value not in _ARCHITECTURES or _is_several(subject, build):
            continue
        if "$" in prefix(build, "GOARCH") or "$" in _text(subject, setting.span) or not places:
            continue
        if all(_is_pinned(build.stage, stage, setting.value) for stage, _ in places):
            continue
        yield Found(
            f"GOARCH={setting.value} compiles for one architecture, and the image is labelled with "
            "that of the build: on any other machine it does not start",
            setting.span or build.span,
            "GOARCH=$TARGETARCH with ARG TARGETARCH, or nothing: Go compiles for where it runs",
            _unfixed(subject, build),
        )


def _text(subject: DockerfileSubject, span: Span | None) -> str:
    return subject.file.slice(span) if span else ""


def _is_several(subject: DockerfileSubject, build: GoBuild) -> bool:
    """Whether programs for several platforms are made on purpose."""
    found = {
        (other.command.setting("GOOS") or "linux", other.command.setting("GOARCH"))
        for other in builds(subject)
        if "GOARCH" in other.command.settings
    }
    return len(found) > 1 or "loop" in build.ran.command.around


def _is_pinned(built: Stage, runs: Stage, arch: str | None) -> bool:
    """Whether the image is for that architecture by its own FROM."""
    platforms = [stage.platform or "" for stage in (*built.chain, *runs.chain)]
    return any(platform.split("/")[1:2] == [arch] for platform in platforms) or any(
        f"{arch}/" in runs.root.text or f"-{arch}" in runs.root.text for arch in (arch, "arm64v8")
    )


def _unfixed(subject: DockerfileSubject, build: GoBuild) -> Fix | None:
    if _is_native(build.stage) or build.tool != "go":
        return None
    edit = go_edits.remove_variable(subject.file, build.command, "GOARCH")
    return Fix((edit,), True, "compile for where it runs") if edit else None


def _no_cross(subject: DockerfileSubject) -> Iterator[Found]:
    for build, places in shipped_builds(subject):
        if build.tool != "go" or not places or not _is_native(build.stage):
            continue
        if _stays_native(places) or _decides(subject, build, "GOARCH"):
            continue
        yield Found(
            f"{called(build.stage)} runs on the builder's platform and compiles for it: "
            "nothing sets GOARCH to that of the image",
            build.span,
            "ARG TARGETOS TARGETARCH, and GOOS=$TARGETOS GOARCH=$TARGETARCH before go build",
            _crossing(subject, build),
        )


def _decides(subject: DockerfileSubject, build: GoBuild, name: str) -> bool:
    """Whether something says what to compile for, or may: a Makefile, xx, `go env -w`."""
    if build.ran.make or name in build.command.settings or build.command.uncertain:
        return True
    texts = (subject.file.slice(run.span) for run in build.stage.named("RUN"))
    return any("xx-go" in text or "go env -w" in text for text in texts)


def _stays_native(places: tuple[tuple[Stage, object], ...]) -> bool:
    """Whether the program only lands in stages that run on the builder's platform, too."""
    return all(_is_native(stage) for stage, _ in places)


def _crossing(subject: DockerfileSubject, build: GoBuild) -> Fix | None:
    """Return the fix: the variables. None for `go install`, which then puts programs elsewhere."""
    if build.action == "install":
        return None
    names = [name for name in ("GOOS", "GOARCH") if name not in build.command.settings]
    text = " ".join(f"{name}=$TARGET{name[2:]}" for name in names)
    edit = go_edits.add_variables(build.command, text)
    return _with_arguments(subject, build, edit, tuple(f"TARGET{name[2:]}" for name in names))


def _with_arguments(
    subject: DockerfileSubject, build: GoBuild, edit: Edit | None, names: tuple[str, ...]
) -> Fix | None:
    """Return an edit as a fix, with an ARG for the variables that the stage does not know yet."""
    if edit is None or build.cgo is True:
        return None
    known = build.stage.state_at(build.instruction).variables
    missing = [name for name in names if name not in known]
    edits = [edit]
    if missing:
        line = f"ARG {' '.join(missing)}"
        edits.insert(0, insert_before(subject.file, build.instruction, [line]))
    return Fix(tuple(edits), True, "compile for the platform of the image")


def _no_system(subject: DockerfileSubject) -> Iterator[Found]:
    for build, places in shipped_builds(subject):
        follows = "TARGETARCH" in prefix(build, "GOARCH")
        if (
            not places
            or not follows
            or not _is_native(build.stage)
            or _decides(subject, build, "GOOS")
        ):
            continue
        yield Found(
            "GOARCH follows the platform of the image, and GOOS that of the builder: from Windows "
            "containers, or for them, the program is of the wrong system",
            build.span,
            "GOOS=$TARGETOS beside it",
            _with_arguments(
                subject,
                build,
                go_edits.add_variables(build.command, "GOOS=$TARGETOS"),
                ("TARGETOS",),
            ),
        )


def _unknown_arch(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        for name, known in (("GOARCH", _ARCHITECTURES), ("GOOS", _SYSTEMS)):
            setting = build.command.settings.get(name)
            if setting is None or not setting.value or setting.value in known:
                continue
            meant = _MEANT.get(setting.value.lower())
            yield Found(
                f"go knows no {name}={setting.value}: the build fails",
                setting.span or build.span,
                f"{name}={meant}" if meant else "`go tool dist list` names those that it knows",
            )


def _uname(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        written = prefix(build, "GOARCH")
        setting = build.command.settings.get("GOARCH")
        if setting is None or not _NOT_GO.search(written) or "sed" in written:
            continue
        says = "linux/amd64" if "PLATFORM" in written else "x86_64 and aarch64"
        yield Found(
            f"GOARCH={written} is {says}, and Go knows amd64 and arm64: the build fails",
            setting.span or build.span,
            "GOARCH=$TARGETARCH, with ARG TARGETARCH",
        )


# the compiler


def _emulated(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        root = build.stage.chain[0]
        follows = "TARGETARCH" in prefix(build, "GOARCH")
        if not follows or root.platform is not None or build.cgo is not False:
            continue
        if root.base.kind != "image" or _runs_result(subject, root):
            continue
        at, moves = root.source.keyword.end, _moves_installed(subject, root)
        yield Found(
            f"GOARCH={prefix(build, 'GOARCH')} lets Go compile for any platform, and "
            f"{called(root)} still runs on that of the image: under an emulator, many times slower",
            root.base.span,
            "FROM --platform=$BUILDPLATFORM, and go build -o in place of go install"
            if moves
            else "FROM --platform=$BUILDPLATFORM",
            None
            if moves
            else Fix((Edit(at, at, " --platform=$BUILDPLATFORM"),), True, "compile on the builder"),
        )


def _moves_installed(subject: DockerfileSubject, root: Stage) -> bool:
    """Whether `go install` on a stage, run on the builder, would put programs elsewhere."""
    return any(
        build.action == "install" and build.stage.chain[0].index == root.index
        for build in builds(subject)
    )


def _runs_result(subject: DockerfileSubject, root: Stage) -> bool:
    """Whether other images are built on the stage, so that it must be of their platform."""
    return any(target.chain[0].index == root.index for target in subject.build.targets)


# the system


def _darwin(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        setting = build.command.settings.get("GOOS")
        if setting is None or setting.value in (None, "", "linux") or setting.value not in _SYSTEMS:
            continue
        for stage, held in landings(subject, build):
            if _starts(stage, held.path) and (stage.facts is None or stage.facts.system == "linux"):
                yield Found(
                    f"{held.path} is compiled for {setting.value}, and {called(stage)} runs it on "
                    "linux",
                    setting.span or build.span,
                    "GOOS=linux",
                )
                break


def _starts(stage: Stage, path: str) -> bool:
    """Whether a container of a stage starts a program."""
    for command in (stage.state.entrypoint, stage.state.cmd):
        words = command.words if command else ()
        first = words[0].split()[0] if words and words[0].split() else ""
        if first and first.rpartition("/")[2] == path.rpartition("/")[2]:
            return True
    return False


def _variant(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        if "TARGETARCH" not in prefix(build, "GOARCH") or not _is_native(build.stage):
            continue
        variant = build.stage.state_at(build.instruction).variables.get("TARGETVARIANT")
        text = subject.file.slice(build.instruction.span)
        if variant is None or "GOARM" in build.command.settings or "VARIANT" in text:
            continue
        yield Found(
            "TARGETVARIANT is declared, and GOARM is not set from it: an image for arm/v6 holds a "
            "program for arm/v7",
            variant.span or build.span,
            "GOARM=${TARGETVARIANT#v}",
            _with_level(build),
        )


def _with_level(build: GoBuild) -> Fix | None:
    edit = go_edits.add_variables(build.command, 'GOARM="${TARGETVARIANT#v}"')
    return Fix((edit,), True, "compile for the variant") if edit else None


def _installed(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        follows = "TARGETARCH" in prefix(build, "GOARCH")
        if build.action != "install" or build.tool != "go" or build.remote or not follows:
            continue
        if _is_native(build.stage):
            yield Found(
                "`go install` puts programs for another platform into a folder of their own, "
                "bin/linux_arm64: what is copied from bin is missing, or an old one",
                build.span,
                "go build -o names the place for all platforms",
            )


RULES: Final = (
    _DECLARE.warning(
        "goarch-fixed",
        "The program is compiled for one architecture, whatever the image is for.",
        _fixed,
        fixes="safe",
    ),
    _DECLARE.error(
        "buildplatform-without-cross",
        "A stage on the builder's platform does not compile for that of the image.",
        _no_cross,
        fixes="safe",
    ),
    _DECLARE.info(
        "goos-missing-cross",
        "GOARCH follows the image's platform, and GOOS does not.",
        _no_system,
        fixes="safe",
    ),
    _DECLARE.error(
        "goarch-unknown",
        "GOARCH or GOOS is none that go knows.",
        _unknown_arch,
    ),
    _DECLARE.error(
        "goarch-from-uname",
        "GOARCH is taken from a program that names architectures otherwise.",
        _uname,
    ),
    _DECLARE.info(
        "compiles-under-emulation",
        "Go can cross-compile, and runs under an emulator instead.",
        _emulated,
        fixes="safe",
    ),
    _DECLARE.error(
        "darwin-image",
        "A program for another system is started in a Linux image.",
        _darwin,
    ),
    _DECLARE.info(
        "arm-variant-dropped",
        "The variant of arm is declared, and not compiled for.",
        _variant,
        fixes="safe",
    ),
    _DECLARE.warning(
        "go-install-cross",
        "`go install` puts programs for other platforms elsewhere.",
        _installed,
    ),
)
