"""Do commands of package managers install what they should, and leave nothing behind?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.packages import installed_by
from gotare.lint.dockerfile.runs import Ran, ran_by, ran_in
from gotare.lint.dockerfile.shipping import in_images, is_in_image, titled
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.entry_script import scripts_on
from gotare.lint.rules.leftovers import goes_elsewhere, keeps
from gotare.lint.subjects import DockerfileSubject

_APT: Final = frozenset({"apt", "apt-get"})
_RED_HAT: Final = frozenset({"yum", "dnf", "microdnf", "tdnf"})
_INSTALLS: Final = frozenset({"install", "reinstall", "add", "groupinstall"})
_UPGRADES: Final = frozenset(
    {("apt", "upgrade"), ("apt", "dist-upgrade"), ("apt", "full-upgrade"), ("apk", "upgrade"),
     ("yum", "update"), ("yum", "upgrade"), ("dnf", "update"), ("dnf", "upgrade"),
     ("microdnf", "update"), ("microdnf", "upgrade"), ("tdnf", "update")}
)  # fmt: skip


def _managed(subject: DockerfileSubject, *names: str) -> Iterator[tuple[Ran, str]]:
    """Yield the commands of package managers by name, each with what it is told to do."""
    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            if ran.plain.name in names and not ran.plain.broken and not ran.make:
                yield ran, action_of(ran)


def action_of(ran: Ran) -> str:
    """Return the first argument that is no flag: `install`, `update`, `add`, …"""
    return next((text for text in ran.plain.texts if not text.startswith("-")), "")


def _after_action(ran: Ran, flag: str, *, safe: bool) -> Fix:
    """Return the fix that adds a flag right after `install` or `add`."""
    word = next(word for word in ran.plain.arguments if not word.shown.startswith("-"))
    end = ran.where(word).end
    return Fix((Edit(end, end, f" {flag}"),), safe, f"add {flag}")


# apt


def _apt_no_recommends(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, *_APT):
        said = " ".join(ran.plain.texts)
        if action != "install" or "--no-install-recommends" in said or "Recommends" in said:
            continue
        if not _says(subject, ran.stage, "Install-Recommends"):
            yield Found(
                f"{ran.plain.name} installs what the packages recommend, too",
                ran.span,
                "add --no-install-recommends, and name what you need of it",
                _after_action(ran, "--no-install-recommends", safe=False),
            )


def _says(subject: DockerfileSubject, stage: Stage, word: str) -> bool:
    """Whether a stage or one that it stands on mentions a setting anywhere."""

    def found() -> bool:
        own = any(word in subject.file.slice(each.span) for each in stage.instructions)
        return own or (stage.parent is not None and _says(subject, stage.parent, word))

    return subject.build.once(f"says {word}", stage, found)


def _apt_lists_left(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, *_APT):
        if action != "update" or not is_in_image(subject.build, ran.stage):
            continue
        if keeps(subject, ran, "/var/lib/apt"):
            yield Found(
                f"the package lists of apt stay in {titled(subject.build, ran.stage)}",
                ran.span,
                "end the same RUN with && rm -rf /var/lib/apt/lists/*",
                _appended(ran.instruction, "rm -rf /var/lib/apt/lists/*"),
            )


def _appended(instruction: Instruction, command: str) -> Fix | None:
    """Return the fix that adds a command to a RUN; none where it is more than a chain of &&."""
    text = instruction.value
    plain = instruction.form == "shell" and not instruction.heredocs and instruction.offsets
    if not plain or re.search(
        r"\|\||;|[#&]\s*$|(?<!&)&(?!&)|^\s*(?:if|for|while|case|\(|\{)", text
    ):
        return None
    end = instruction.place(0, len(text.rstrip())).end
    return Fix((Edit(end, end, f" && {command}"),), True, f"add {command}")


def _apt_update_alone(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, "apt", "apt-get", "apk"):
        others = ran_by(subject.build, ran.instruction, subject.around)
        if action != "update" or any(installed_by(other) or _upgrade(other) for other in others):
            continue
        later = [
            other
            for other in ran_in(subject.build, ran.stage, subject.around)
            if other.instruction.span.start > ran.instruction.span.start and installed_by(other)
        ]
        if later and ran.plain.name in (*_APT, later[0].plain.name):
            yield Found(
                f"{ran.plain.name} update has a layer of its own: kept in the cache, it lets "
                "later packages be looked for in old lists",
                ran.span,
                "join it with the RUN that installs: update && install",
            )


def _upgrade(ran: Ran) -> bool:
    name = "apt" if ran.plain.name in _APT else ran.plain.name
    return (name, action_of(ran)) in _UPGRADES


def _package_upgrade(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, *_APT, *_RED_HAT, "apk"):
        named = [text for text in ran.plain.texts if not text.startswith("-")][1:]
        if _upgrade(ran) and not named:
            yield Found(
                f"{ran.plain.name} {action} makes what is in the image depend on the day",
                ran.span,
                "take a newer base, and pin it by its digest",
            )


def _install_without_yes(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, *_APT, *_RED_HAT):
        if action not in ("install", "reinstall", "upgrade", "dist-upgrade") or _says_yes(ran):
            continue
        manager = "Assume-Yes" if ran.plain.name in _APT else "assumeyes"
        piped = re.search(r"\byes\b[^|;&]*\|", ran.instruction.value)
        if not piped and not _says(subject, ran.stage, manager) and ran.plain.name != "tdnf":
            yield Found(
                f"{ran.plain.name} {action} asks before it goes on, and nobody answers in a build",
                ran.span,
                "add -y",
                _after_action(ran, "-y", safe=True),
            )


def _says_yes(ran: Ran) -> bool:
    """Whether a command is told not to ask, or may be told by a variable."""
    for word, text in zip(ran.plain.arguments, ran.plain.texts, strict=True):
        long = text in ("--yes", "--assume-yes", "--assumeyes", "--force-yes", "--quiet=2")
        short = re.fullmatch(r"-[a-zA-Z]*(?:y|qq)[a-zA-Z]*", text)
        if long or short or text.startswith("$") or (not text and word.parts):
            return True
    simulated = {"-s", "--simulate", "--dry-run", "--download-only", "-d"}
    return not simulated.isdisjoint(ran.plain.texts) or ran.plain.texts.count("-q") > 1


def _apt_not_apt_get(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, "apt"):
        if action in ("install", "update", "upgrade", "remove", "purge", "autoremove", "clean"):
            span = ran.where(ran.plain.words[0])
            yield Found(
                "apt is made for people: what it takes and prints may change",
                span,
                "write apt-get",
                Fix((Edit(span.end, span.end, "-get"),), True, "write apt-get")
                if ran.plain.program == "apt"
                else None,
            )


# apk, yum, dnf


def _apk_cache(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, "apk"):
        if not _fetches_index(ran, action) or (
            action == "update" and _adds(subject, ran) != {True}
        ):
            continue
        kept = keeps(subject, ran, "/var/cache/apk", "/etc/apk/cache", r"/var/cache/\*")
        if kept and is_in_image(subject.build, ran.stage) and not goes_elsewhere(ran):
            is_add = action == "add"
            yield Found(
                f"the package index of apk stays in {titled(subject.build, ran.stage)}",
                ran.span,
                "add --no-cache" if is_add else "leave it out: --no-cache has an index of its own",
                _after_action(ran, "--no-cache", safe=True) if is_add else None,
            )


def _fetches_index(ran: Ran, action: str) -> bool:
    """Whether apk fetches an index, and keeps it."""
    without = {"--no-cache", "--no-network", "-C"}
    return action in ("add", "update") and without.isdisjoint(ran.plain.texts)


def _adds(subject: DockerfileSubject, ran: Ran) -> set[bool]:
    """Return for each `apk add` of the same RUN whether it keeps no index: of others it is told."""
    found = ran_by(subject.build, ran.instruction, subject.around)
    adds = [other for other in found if other.plain.name == "apk" and action_of(other) == "add"]
    return {not _fetches_index(add, "add") for add in adds}


def _yum_clean(subject: DockerfileSubject) -> Iterator[Found]:
    for ran, action in _managed(subject, *_RED_HAT):
        if (
            action not in _INSTALLS
            or goes_elsewhere(ran)
            or not is_in_image(subject.build, ran.stage)
        ):
            continue
        cleaned = re.search(r"\bclean\s+(?:all|packages)\b|--nocache", ran.instruction.value)
        if not cleaned and keeps(subject, ran, "/var/cache/(?:yum|dnf|tdnf)", r"/var/cache/\*"):
            yield Found(
                f"the cache of {ran.plain.name} stays in {titled(subject.build, ran.stage)}",
                ran.span,
                f"end the same RUN with && {ran.plain.name} clean all",
                _appended(ran.instruction, f"{ran.plain.name} clean all"),
            )


# whatever the manager


def _unpinned_package(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        if not stage.root.digest:
            continue
        for ran in ran_in(subject.build, stage, subject.around):
            names = [p for p in installed_by(ran) if p.known and not p.version and _named(p.name)]
            if names:
                yield Found(
                    f"{', '.join(p.name for p in names)}: the base is pinned by its digest, "
                    "and these packages are not",
                    Span(names[0].span.start, names[-1].span.end),
                    "name versions, or copy what you need from an image that is pinned",
                )


def _named(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9][\w.+-]*", name))


def _sudo(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            if ran.command.name == "sudo" and not ran.make:
                yield _no_sudo(ran)
            for package in installed_by(ran):
                if package.name == "sudo" and is_in_image(subject.build, stage):
                    used = re.search(r"\bsudo\b", scripts_on(subject, stage))
                    yield Found(
                        f"{titled(subject.build, stage)} holds sudo, which leads back to root",
                        package.span,
                        "leave it out: run as root what needs root before USER",
                        severity=Severity.INFO if used else None,
                    )


def _no_sudo(ran: Ran) -> Found:
    first, *rest = ran.command.words
    plain = bool(rest) and not rest[0].shown.startswith("-") and "=" not in rest[0].shown
    as_root = ran.stage.state_at(ran.instruction).is_root is True
    edit = Edit(ran.where(first).start, ran.where(rest[0]).start if rest else 0, "")
    return Found(
        "RUN uses sudo" + (", though it is root" if as_root else ""),
        ran.where(first),
        "leave it out" if as_root else "change the user with USER",
        Fix((edit,), True, "leave sudo out") if plain and as_root else None,
    )


def _ssh_server(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in in_images(subject.build):
        for ran in ran_in(subject.build, stage, subject.around):
            for package in installed_by(ran):
                if re.fullmatch(r"openssh(?:-server.*)?|dropbear|ssh", package.name):
                    yield Found(
                        f"{titled(subject.build, stage)} holds an SSH server",
                        package.span,
                        "use docker exec, kubectl exec or kubectl debug; openssh-client has ssh",
                    )
        for port in stage.state.ports:
            if port.first <= 22 <= port.last and port.at in stage.instructions:
                yield Found("EXPOSE opens the port of SSH", port.word.span, "leave SSH out")


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="apt-no-recommends",
        severity=Severity.INFO,
        title="`apt-get install` takes recommended packages along.",
        check=_apt_no_recommends,
        fixes="unsafe",
        equivalents={"hadolint": ("DL3015",), "trivy": ("DS029",)},
    ),
    _rule(
        id="apt-lists-left",
        severity=Severity.WARNING,
        title="The package lists of apt stay in the image.",
        check=_apt_lists_left,
        fixes="safe",
        equivalents={"hadolint": ("DL3009",), "dockle": ("DKL-DI-0005",)},
    ),
    _rule(
        id="apt-update-alone",
        severity=Severity.WARNING,
        title="Package lists are fetched in one layer and used in another.",
        check=_apt_update_alone,
        equivalents={
            "trivy": ("DS017",),
            "dockle": ("CIS-DI-0007",),
        },
    ),
    _rule(
        id="package-upgrade",
        severity=Severity.INFO,
        title="All packages are upgraded, so that images differ from day to day.",
        check=_package_upgrade,
        equivalents={
            "hadolint": ("DL3005", "DL3017", "DL3031", "DL3039"),
            "trivy": ("DS024",),
            "dockle": ("DKL-DI-0003",),
        },
    ),
    _rule(
        id="install-without-yes",
        severity=Severity.ERROR,
        title="A package manager asks, and nobody answers.",
        check=_install_without_yes,
        fixes="safe",
        equivalents={"hadolint": ("DL3014", "DL3030", "DL3038"), "trivy": ("DS021",)},
    ),
    _rule(
        id="apt-not-apt-get",
        severity=Severity.INFO,
        title="`apt` is made for people, `apt-get` for scripts.",
        check=_apt_not_apt_get,
        fixes="safe",
        equivalents={"hadolint": ("DL3027",), "checkov": ("CKV_DOCKER_9",)},
    ),
    _rule(
        id="apk-cache",
        severity=Severity.WARNING,
        title="The package index of apk stays in the image.",
        check=_apk_cache,
        fixes="safe",
        equivalents={
            "hadolint": ("DL3019",),
            "trivy": ("DS025",),
            "dockle": ("DKL-DI-0004",),
        },
    ),
    _rule(
        id="yum-clean",
        severity=Severity.WARNING,
        title="The cache of yum or dnf stays in the image.",
        check=_yum_clean,
        fixes="safe",
        equivalents={"hadolint": ("DL3032", "DL3040"), "trivy": ("DS015", "DS019")},
    ),
    _rule(
        id="unpinned-package",
        severity=Severity.INFO,
        title="The base is pinned, and packages that are installed are not.",
        check=_unpinned_package,
        equivalents={"hadolint": ("DL3008", "DL3018", "DL3033", "DL3041")},
    ),
    _rule(
        id="sudo",
        severity=Severity.WARNING,
        title="`sudo` is used in a build, or held by an image.",
        check=_sudo,
        fixes="safe",
        equivalents={
            "hadolint": ("DL3004",),
            "trivy": ("DS010",),
            "checkov": ("CKV2_DOCKER_1",),
            "dockle": ("DKL-DI-0001",),
        },
    ),
    _rule(
        id="ssh-server",
        severity=Severity.WARNING,
        title="An image holds an SSH server.",
        check=_ssh_server,
        equivalents={"trivy": ("DS004",), "checkov": ("CKV_DOCKER_1",)},
    ),
)
