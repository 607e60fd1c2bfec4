"""Are the modules those that are committed, checked, and all of them there?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_get import download_instead
from gotare.lint.rules.go_steps import builds, commands, is_development
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")


# what changes go.mod


_CHANGES: Final = {
    "mod tidy": "adds what go.mod lacks while the image is built, in versions that nobody has "
    "committed",
    "mod init": "makes a go.mod while the image is built, and nobody has committed the versions "
    "that go into it",
    "mod edit": "changes go.mod while the image is built: what is compiled is not what is "
    "committed",
}


def _tidy(subject: DockerfileSubject) -> Iterator[Found]:
    told: set[int] = set()
    for command in commands(subject):
        at = command.instruction.span.start
        only_shows = command.flag("json") or command.flag("print")
        if command.action in _CHANGES and not only_shows and at not in told:
            if not _is_built(subject, command):
                continue
            told.add(at)
            yield Found(
                f"`go {command.action}` {_CHANGES[command.action]}",
                command.span,
                "run it before the build, and commit go.mod and go.sum",
                download_instead(command) if command.action == "mod tidy" else None,
                severity=Severity.INFO if _may_change_nothing(subject, command) else None,
            )


def _may_change_nothing(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether `go mod tidy` finds go.mod complete, for all that is known."""
    files, requires = subject.around.files, "require" in (subject.around.texts.get("go.mod") or "")
    lacks_sums = files is not None and requires and "go.sum" not in files
    makes = "mod init" in command.instruction.value
    return command.action == "mod tidy" and not lacks_sums and not makes


def _is_built(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether a program is built after a command, in its stage or one on top of it. (Else go.mod
    may be all that is wanted.)"""
    return not is_development(subject, command.stage) and any(
        any(link.index == command.stage.index for link in build.stage.chain)
        and build.span.start > command.span.start
        and not build.remote
        for build in builds(subject)
    )


def _module_mode(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        flag = command.flag("mod")
        is_build = command.action in ("build", "install", "run", "generate")
        if flag is not None and flag.value == "mod" and is_build:
            yield Found(
                f"-mod=mod lets `go {command.action}` change go.mod and go.sum, so that the image "
                "may hold versions that are not committed",
                flag.span,
                "leave it out: -mod=readonly is the default, and tells what is missing",
            )


# how it was done before modules


def _gopath_era(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        found = command.settings.get("GO111MODULE")
        is_own = command.action in ("build", "install") and _is_own(subject, command)
        if found is not None and found.value == "off" and is_own:
            yield Found(
                "GO111MODULE=off builds without modules: no versions, no checksums",
                found.span or command.span,
                "leave it out, and commit a go.mod",
            )
    yield from _old_managers(subject)


def _is_own(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether what is built comes from the context, and not from somewhere else."""
    return command.directory is not None and (
        context.in_context(subject, command, command.directory) is not None
    )


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
        for stage in subject.build.needed_by(build.stage):
            if any(copy.origin is not None for copy in copies_in(subject.build, stage)):
                return True
            for ran in ran_in(subject.build, stage, subject.around):
                if ran.plain.name not in _NO_GENERATORS:
                    return True
    return any(c.action in ("generate", "run", "tool") for c in commands(subject))


def _vendor_missing(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("mod")
        if flag is None or flag.value != "vendor" or _makes_vendor(subject):
            continue
        path = context.go_mod_of(subject, build.command)
        folder = f"{path.removesuffix('go.mod')}vendor" if path else ""
        if not folder or context.holds(subject, folder):
            continue
        pattern = context.left_out(subject, folder)
        if pattern is None and _is_made_before(subject):
            continue
        name = subject.around.ignore_file
        why = f"{name} leaves {folder} out" if pattern else f"the context has no {folder}"
        yield Found(
            f"-mod=vendor fails: {why}",
            flag.span,
            "leave -mod=vendor out, and fetch the modules; or commit and send vendor",
        )


def _is_made_before(subject: DockerfileSubject) -> bool:
    """Whether vendor is no part of the repository, so that something may make it before a build."""
    return "vendor" in subject.around.texts.get(".gitignore", "")


def _makes_vendor(subject: DockerfileSubject) -> bool:
    from gotare.lint.dockerfile.copies import copies_in

    return any(command.action.endswith(" vendor") for command in commands(subject)) or any(
        (copy.destination or "/vendor").endswith("/vendor")
        for stage in subject.build.stages
        for copy in copies_in(subject.build, stage)
    )


RULES: Final = (
    _DECLARE.warning(
        "mod-tidy-in-build",
        "The build changes `go.mod`.",
        _tidy,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "mod-mode-mod",
        "`-mod=mod` lets the build change `go.mod`.",
        _module_mode,
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
        "`-mod=vendor` is given, and there is no `vendor` folder.",
        _vendor_missing,
    ),
)
