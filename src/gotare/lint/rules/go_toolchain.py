"""Is the Go of the build image one that can, and should, build this?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.golang.goversion import is_older
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.releases import NEWEST_GO, go_end_of_life, go_minor
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import (
    builds,
    commands,
    commands_in,
    is_development,
    reads_modules,
    setting,
)
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")
_DIRECTIVE: Final = re.compile(r"^go[ \t]+(\d\S*)", re.MULTILINE)
_TOOLCHAIN: Final = re.compile(r"^toolchain[ \t]+go(\d\S*)", re.MULTILINE)


# the version


def _too_old(subject: DockerfileSubject) -> Iterator[Found]:
    said = _directive(subject)
    if said is None:
        return
    asked, place = said
    for stage in subject.build.stages:
        image = _go_of(stage)
        command = next((c for c in commands_in(subject, stage) if reads_modules(c)), None)
        if image and command and _is_too_old(image, asked) and _stays(command, image):
            yield _old_image(subject, stage, image, asked, place)


def _directive(subject: DockerfileSubject) -> tuple[str, str] | None:
    """Return the Go that go.work or go.mod asks for, and where it says so."""
    for name in ("go.work", "go.mod"):
        text = subject.around.texts.get(name)
        found = _DIRECTIVE.search(text) if text else None
        if text and found:
            return found[1], f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
    return None


def _go_of(stage: Stage) -> str:
    """Return the Go of the image that a stage itself names; "" unknown."""
    facts = stage.facts
    is_own = stage.parent is None and facts is not None and facts.family == "golang"
    return facts.go if is_own and facts else ""


def _is_too_old(image: str, asked: str) -> bool:
    """Whether an image's Go is surely older: the tag 1.24 may be any 1.24.x."""
    if image.count(".") == 1:
        mine, theirs = go_minor(image), go_minor(asked)
        return mine is not None and theirs is not None and mine < theirs
    return is_older(image, asked)


def _stays(command: GoCommand, image: str) -> bool:
    """Whether go does not fetch the newer toolchain by itself."""
    toolchain = setting(command, "GOTOOLCHAIN")
    minor = go_minor(image)
    return toolchain == "local" or (minor is not None and minor < 21)


def _old_image(
    subject: DockerfileSubject, stage: Stage, image: str, asked: str, place: str
) -> Found:
    base = stage.base
    if (go_minor(image) or 0) >= 21:
        why = "GOTOOLCHAIN=local, which the image sets, lets it fetch no other"
    else:
        why = "before Go 1.21 it tries, and fails at the first thing that it does not know"
    return Found(
        f"{base.name}:{base.tag} has Go {image}, and {place} asks for go {asked}: {why}",
        base.span,
        f"{base.name}:{_newer(base.tag, image, asked)}",
        _newer_image(subject, stage, image, asked),
    )


def _newer(tag: str, image: str, asked: str) -> str:
    """Return the tag with a version that is new enough. The distribution of an old image may not
    be there for a new Go."""
    minor = ".".join(asked.split(".")[:2])
    version = asked if image.count(".") == 2 and asked.count(".") == 2 else minor
    rest = tag.removeprefix("v").removeprefix(image)
    return version + re.sub(r"-alpine[\d.]+", "-alpine", rest)


def _newer_image(subject: DockerfileSubject, stage: Stage, image: str, asked: str) -> Fix | None:
    base = stage.base
    if base.digest or base.variables or not base.text.endswith(f":{base.tag}"):
        return None
    text = base.text.removesuffix(base.tag) + _newer(base.tag, image, asked)
    return Fix((replace(base.span, text),), False, "take the Go that go.mod asks for")


def _end_of_life(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        image = _go_of(stage)
        ended = go_end_of_life(image) if image else ""
        if ended:
            yield Found(
                f"Go {image} gets no security fixes since {ended}: what it compiles keeps the "
                "known holes of its standard library",
                stage.base.span,
                f"the newest releases are Go 1.{NEWEST_GO} and Go 1.{NEWEST_GO - 1}",
            )


# what changes go.mod


def _get(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        if command.action != "get" or _is_gopath(command):
            continue
        named = [package for package in command.packages if not package.startswith(".")]
        if named:
            what, hint = (
                f"`go get {' '.join(named[:2])}` changes go.mod in the image only",
                ("commit what `go get` does to go.mod; `go install PACKAGE@VERSION` makes a tool"),
            )
        else:
            what = "`go get` resolves versions anew"
            hint = "`go mod download` fetches what go.mod and go.sum say"
        yield Found(
            f"{what}, so that the image is not built from what is committed",
            command.span,
            hint,
            _download_instead(subject, command) if not named else None,
        )


def _is_gopath(command: GoCommand) -> bool:
    facts = command.stage.facts
    minor = go_minor(facts.go) if facts else None
    return setting(command, "GO111MODULE") == "off" or (minor is not None and minor < 11)


def _download_instead(subject: DockerfileSubject, command: GoCommand) -> Fix | None:
    """Return the fix that puts `go mod download` in a command's place."""
    ran = command.ran
    words = ran.plain.words
    if ran.make or command.instruction.form != "shell" or command.uncertain or not words:
        return None
    start, end = ran.where(words[0]).start, ran.where(words[-1]).end
    return Fix((Edit(start, end, "go mod download"),), False, "download what go.mod says")


def _tidy(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        if command.action in ("mod tidy", "mod init", "mod edit") and not is_development(
            subject, command.stage
        ):
            yield Found(
                f"`go {command.action}` changes go.mod while the image is built: nobody has seen "
                "or committed the versions that it takes",
                command.span,
                "run it before the build, and commit go.mod and go.sum",
                _download_instead(subject, command) if command.action == "mod tidy" else None,
            )


def _module_mode(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        flag = command.flag("mod")
        if flag is not None and flag.value == "mod" and command.action != "mod tidy":
            yield Found(
                f"-mod=mod lets `go {command.action}` change go.mod and go.sum, so that the image "
                "may hold versions that are not committed",
                flag.span,
                "leave it out: -mod=readonly is the default, and tells what is missing",
            )


# what is not meant for an image build


def _go_run(subject: DockerfileSubject) -> Iterator[Found]:
    for target in subject.build.targets:
        state = target.state
        for command in (state.entrypoint, state.cmd):
            if command is None or command.at is None or is_development(subject, target):
                continue
            words = command.words if command.form == "json" else tuple(command.words[0].split())
            if words[:2] == ("go", "run"):
                yield Found(
                    f"the image of {target.title} compiles the program each time it starts, and "
                    "needs the toolchain and the sources for that",
                    command.at.span,
                    "go build in a stage of its own, and copy the program",
                )
                break


def _tests(subject: DockerfileSubject) -> Iterator[Found]:
    final = subject.build.final
    needed = subject.build.needed_by(final) if final else ()
    for command in commands(subject):
        is_run = command.action == "test" and not command.is_set("c")
        if is_run and command.stage in needed and not is_development(subject, command.stage):
            yield Found(
                f"stage {command.stage.title} runs tests whenever the image is built: a release "
                "waits for them, and an emulated platform may fail them",
                command.span,
                "put them into a stage of their own, for `docker build --target test`",
            )


def _latest_tool(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        if command.action not in ("install", "run", "get"):
            continue
        for package in command.packages:
            path, at, version = package.partition("@")
            if at and version in ("latest", "master", "main", "HEAD", "upgrade", "patch"):
                yield Found(
                    f"{path}@{version} is another program from day to day",
                    _span_of(command, package),
                    f"name a version: {path}@v1.2.3, or `go get -tool` and `go tool`",
                )


def _span_of(command: GoCommand, package: str) -> Span:
    for word in command.ran.plain.arguments:
        if word.shown == package:
            return command.ran.where(word)
    return command.span


# how it was done before modules


def _gopath_era(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        found = command.settings.get("GO111MODULE")
        if found is not None and found.value == "off" and command.action in ("build", "install"):
            yield Found(
                "GO111MODULE=off builds without modules: no versions, no checksums",
                found.span or command.span,
                "leave it out, and commit a go.mod",
            )
    yield from _old_managers(subject)


def _old_managers(subject: DockerfileSubject) -> Iterator[Found]:
    from gotare.lint.dockerfile.runs import ran_in

    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            words = (ran.plain.name, *ran.plain.texts[:1])
            if words in _MANAGERS:
                yield Found(
                    f"{' '.join(words)} fetches dependencies as before modules; nobody maintains "
                    f"{words[0]} any more",
                    ran.span,
                    "`go mod init` takes over what it has pinned",
                )


_MANAGERS: Final = {
    ("dep", "ensure"), ("glide", "install"), ("glide", "i"), ("glide", "up"),
    ("govendor", "sync"), ("govendor", "fetch"), ("godep", "restore"), ("gvt", "restore"),
}  # fmt: skip


def _module_switch(subject: DockerfileSubject) -> Iterator[Found]:
    seen: set[int] = set()
    for command in commands(subject):
        found = command.settings.get("GO111MODULE")
        facts = command.stage.facts
        minor = go_minor(facts.go) if facts else None
        if found is None or found.value != "on" or found.span is None or (minor or 0) < 16:
            continue
        if found.span.start not in seen:
            seen.add(found.span.start)
            yield Found(
                "GO111MODULE=on says what holds since Go 1.16",
                found.span,
                "leave it out",
                _without_switch(subject, command),
            )


def _without_switch(subject: DockerfileSubject, command: GoCommand) -> Fix | None:
    from gotare.lint.rules.go_edits import remove_variable

    edit = remove_variable(subject.file, command, "GO111MODULE")
    return Fix((edit,), True, "leave GO111MODULE out") if edit else None


# what is not checked


def _sumdb(subject: DockerfileSubject) -> Iterator[Found]:
    for command, name, value in _settings(subject, "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK"):
        if name == "GOSUMDB" and value == "off":
            text = "GOSUMDB=off switches the checksum database off for every module"
        elif name == "GONOSUMCHECK" and value not in ("", "0"):
            text = "GONOSUMCHECK switches the checks of modules off"
        elif name == "GONOSUMDB" and _is_wide(value):
            text = f"GONOSUMDB={value} keeps public modules from being checked"
        else:
            continue
        yield Found(
            text,
            command.settings[name].span or command.span,
            "GOPRIVATE names the modules that no public database can know",
        )


def _insecure(subject: DockerfileSubject) -> Iterator[Found]:
    for command, name, value in _settings(subject, "GOINSECURE", "GOPROXY", "GOPRIVATE"):
        if name == "GOINSECURE" and value:
            text = f"GOINSECURE={value} fetches modules without TLS, or from whoever answers"
        elif name == "GOPROXY" and re.search(r"(?:^|[,|])http://(?!localhost|127\.)", value):
            text = "GOPROXY names a proxy without TLS: whoever is on the way can change modules"
        elif name == "GOPRIVATE" and _is_wide(value):
            text = f"GOPRIVATE={value} takes public modules for private ones: nothing checks them"
        else:
            continue
        yield Found(text, command.settings[name].span or command.span, "narrow it down, or use TLS")
    for command in commands(subject):
        flag = command.flag("insecure")
        if flag is not None and command.action == "get":
            yield Found(
                "-insecure fetches modules without TLS, and without checking them",
                flag.span,
                "GOPRIVATE with a netrc secret reaches private modules",
            )


def _settings(subject: DockerfileSubject, *names: str) -> Iterator[tuple[GoCommand, str, str]]:
    """Yield variables with known values, each place once."""
    seen: set[tuple[str, int]] = set()
    for command in commands(subject):
        for name in names:
            found = command.settings.get(name)
            if found is None or not found.value:
                continue
            place = (name, (found.span or command.span).start)
            if place not in seen:
                seen.add(place)
                yield command, name, found.value


def _is_wide(patterns: str) -> bool:
    wide = {"*", "*.*", "github.com", "github.com/*", "golang.org", "gopkg.in", "**"}
    return any(pattern.strip() in wide for pattern in patterns.split(","))


# what is missing


def _generated(subject: DockerfileSubject) -> Iterator[Found]:
    build = next((b for b in builds(subject) if not b.remote and b.action == "build"), None)
    if build is None or not context.is_project(subject) or _may_generate(subject):
        return
    project = subject.around.project
    if project is None:
        return
    for generator in project.facts.sources.generators:
        if not generator.committed:
            yield Found(
                f"the build needs what `{generator.command}` writes ({generator.at}), which is not "
                "committed, and no step runs it",
                build.span,
                "run `go generate` before go build, or commit what it writes",
            )
            return


_NO_GENERATORS: Final = frozenset({
    "go", "apk", "apt-get", "mkdir", "cd", "rm", "echo", "set", "export", "chmod", "chown",
    "adduser", "addgroup", "useradd", "groupadd", "update-ca-certificates", "",
})  # fmt: skip
"""Programs that write no code."""


def _may_generate(subject: DockerfileSubject) -> bool:
    """Whether some step may write code: a generator, a script, or a program that is not known."""
    from gotare.lint.dockerfile.copies import copies_in
    from gotare.lint.dockerfile.runs import ran_in

    for build in builds(subject):
        for stage in build.stage.chain:
            if any(copy.origin is not None for copy in copies_in(subject.build, stage)):
                return True
            for ran in ran_in(subject.build, stage, subject.around):
                if ran.plain.name not in _NO_GENERATORS:
                    return True
    return any(c.action in ("generate", "run", "tool") for c in commands(subject))


def _vendor_missing(subject: DockerfileSubject) -> Iterator[Found]:
    if not context.is_project(subject) or context.holds(subject, "vendor/modules.txt"):
        return
    for build in builds(subject):
        flag = build.command.flag("mod")
        if flag is None or flag.value != "vendor" or _makes_vendor(subject, build):
            continue
        pattern = context.left_out(subject, "vendor/modules.txt")
        name = subject.around.ignore_file
        why = f"{name} leaves vendor out" if pattern else "the context has no vendor folder"
        yield Found(
            f"-mod=vendor fails: {why}",
            flag.span,
            "leave -mod=vendor out, and fetch the modules; or commit and send vendor",
        )


def _makes_vendor(subject: DockerfileSubject, build: GoBuild) -> bool:
    folders = subject.around.files or ()
    is_elsewhere = any(path.endswith("/vendor/modules.txt") for path in folders)
    return is_elsewhere or any(c.action.endswith(" vendor") for c in commands(subject))


RULES: Final = (
    _DECLARE.error(
        "go-image-too-old",
        "The image's Go is older than go.mod asks for.",
        _too_old,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "go-end-of-life",
        "The image's Go is no longer repaired.",
        _end_of_life,
    ),
    _DECLARE.warning(
        "go-get-in-build",
        "`go get` chooses versions while the image is built.",
        _get,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "mod-tidy-in-build",
        "go.mod is changed while the image is built.",
        _tidy,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "mod-mode-mod",
        "-mod=mod lets the build change go.mod.",
        _module_mode,
    ),
    _DECLARE.warning(
        "go-run-entrypoint",
        "The container compiles its program when it starts.",
        _go_run,
    ),
    _DECLARE.info(
        "tests-in-image-build",
        "Tests run whenever the image is built.",
        _tests,
    ),
    _DECLARE.warning(
        "install-latest-tool",
        "A tool is installed without a version.",
        _latest_tool,
        equivalents={"hadolint": ("DL3062",)},
    ),
    _DECLARE.warning(
        "gopath-era",
        "Dependencies are fetched as before modules.",
        _gopath_era,
    ),
    _DECLARE.info(
        "needless-go111module",
        "GO111MODULE=on says what is the default.",
        _module_switch,
        fixes="safe",
    ),
    _DECLARE.warning(
        "sumdb-off",
        "Modules are not checked against the checksum database.",
        _sumdb,
    ),
    _DECLARE.warning(
        "insecure-module-flags",
        "Modules are fetched so that others can change them on the way.",
        _insecure,
    ),
    _DECLARE.warning(
        "generate-uncommitted",
        "Generated code is neither committed nor generated in the build.",
        _generated,
    ),
    _DECLARE.error(
        "vendor-missing",
        "-mod=vendor is given, and there is no vendor folder.",
        _vendor_missing,
    ),
)
