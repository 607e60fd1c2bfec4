"""As whom does the image run, and may that user do what the program does?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.accounts import Account
from gotare.lint.dockerfile.edit import insert_after, insert_before_comments, insert_words, replace
from gotare.lint.dockerfile.model import Base
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in
from gotare.lint.dockerfile.shipping import command_of, is_to_build_on, titled, words_of
from gotare.lint.dockerfile.spans import arguments, written
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.root_reasons import STEP_DOWN, has_reason, never_runs
from gotare.lint.subjects import DockerfileSubject

NONROOT: Final = "65532:65532"
_NUMBERS: Final = {"nobody": "65534:65534"}
_MANIFEST: Final = re.compile(
    r"(?:^|/)(?:deploy|deployments?|k8s|kubernetes|manifests?|charts?|helm|kustomize|base|config"
    r"|infra|overlays)/[^.].*\.ya?ml$|(?:^|/)(?:deployment|pod|statefulset)[\w-]*\.ya?ml$"
)
_FOR_BASES: Final = "what is built on it installs first, and should then say USER itself"
_MAX_MANIFESTS: Final = 40

_ENGINE: Final = re.compile(
    r"(?:dockerd|containerd|buildkitd|crio|kubelet|k3s)(?:[-_]entrypoint(?:\.sh)?)?"
)


def _roots(subject: DockerfileSubject) -> Iterator[Image]:
    """Yield the images that run as root, and give that up nowhere."""
    for image in images_in(subject):
        if image.stage.state.is_root and not _steps_down(subject, image) and not _is_engine(image):
            yield image


def _is_engine(image: Image) -> bool:
    """Whether an image runs containers, which only root may do without more ado."""
    words = words_of(command_of(image.stage))
    return bool(words) and _ENGINE.fullmatch(words[0].rpartition("/")[2]) is not None


def _steps_down(subject: DockerfileSubject, image: Image) -> bool:
    """Whether the image holds a program that entrypoints become another user with."""
    return any(
        STEP_DOWN.search(subject.file.slice(instruction.span))
        for stage in image.stage.chain
        for instruction in stage.instructions
    )


def _root_by_default(subject: DockerfileSubject) -> Iterator[Found]:
    for image in _roots(subject):
        stage = image.stage
        if stage.state.user_at is None and not _own_users(image) and not never_runs(stage):
            named = stage.root.kind == "image"
            base = shown(stage.root) if named else "scratch"
            is_base = is_to_build_on(stage)
            is_meant = is_base or has_reason(subject, image)
            yield Found(
                f"{titled(subject.build, stage)} runs as root: it has no USER, and {base} sets "
                "none",
                Span(stage.source.keyword.start, stage.base.span.end),
                _FOR_BASES if is_base else _hint(stage.root.name),
                None if is_meant else _nonroot_fix(subject, image),
                severity=Severity.INFO if is_meant else None,
            )


def shown(base: Base) -> str:
    """Return what a message calls an image: after expansion, without its digest."""
    return (base.reference or base.text).partition("@")[0].strip("\"'")


def _hint(base: str) -> str:
    if base.startswith("gcr.io/distroless/"):
        return f"write USER {NONROOT}, or take the tag nonroot"
    return f"write USER {NONROOT} before the command"


def _nonroot_fix(subject: DockerfileSubject, image: Image) -> Fix | None:
    """Return the fix: USER before the command, and a folder that is open to others. None where
    other instructions name /root."""
    stage, command = image.stage, image.stage.state.entrypoint or image.stage.state.cmd
    line = [f"USER {NONROOT}"]
    if command is not None and command.at in stage.instructions and command.at:
        edits = [insert_before_comments(subject.file, command.at, line)]
    elif stage.instructions:
        edits = [insert_after(subject.file, stage.instructions[-1], line)]
    else:
        return None
    for instruction in stage.instructions:
        if not re.search(r"(?<![\w/])/root\b", subject.file.slice(instruction.span)):
            continue
        if instruction.name != "WORKDIR" or instruction.value.strip().rstrip("/") != "/root":
            return None
        edits.append(replace(arguments(instruction), "/app"))
    return Fix(tuple(edits), False, f"run as {NONROOT}")


def _own_users(image: Image) -> list[str]:
    """Return the users that the image makes for itself, or takes along with /etc/passwd."""
    made = [a.name for a in _made_users(image)]
    passwd = image.contents.files.at("/etc/passwd")
    return made or (["/etc/passwd"] if passwd is not None and passwd.copy is not None else [])


def _made_users(image: Image) -> list[Account]:
    """Return the users that RUN makes; not those that only lend their numbers to containers."""
    return [a for a in image.contents.users if a.at is not None and not _lends_numbers(a)]


def _lends_numbers(account: Account) -> bool:
    said = account.at.value if account.at else ""
    return (
        re.search(rf"\b{re.escape(account.name)}:\d+:\d+[^;&|]*/etc/sub[ug]id\b", said) is not None
    )


def _user_not_used(subject: DockerfileSubject) -> Iterator[Found]:
    for image in _roots(subject):
        stage, users = image.stage, _own_users(image)
        if stage.state.user_at is None and users:
            what = "/etc/passwd is taken along" if users[0][0] == "/" else f"{users[0]} is made"
            made = next((a.at for a in _made_users(image)), None) or stage.source
            is_meant = is_to_build_on(stage) or has_reason(subject, image)
            held = image.contents.files.at("/etc/passwd")
            at = held.at if held is not None and users[0][0] == "/" else made
            yield Found(
                f"{what}, but no USER says so: {titled(subject.build, stage)} runs as root",
                written(at),
                f"write USER {users[0] if users[0][0] != '/' else NONROOT} before the command",
                severity=Severity.INFO if is_meant else None,
            )


def _user_root(subject: DockerfileSubject) -> Iterator[Found]:
    for image in _roots(subject):
        user_at = image.stage.state.user_at
        if user_at is not None:
            yield Found(
                f"USER makes {titled(subject.build, image.stage)} run as root",
                written(user_at),
                f"end with USER {NONROOT}, or another user that is not root",
            )


# users by name


def _named(subject: DockerfileSubject) -> Iterator[tuple[Image, Instruction, str, str]]:
    """Yield the images that run as a user with a name, with its USER, the name and the group."""
    for image in images_in(subject):
        state = image.stage.state
        name, _, group = (state.user or "").partition(":")
        if state.user_at is not None and not state.is_root and re.fullmatch(r"[a-z_][\w.-]*", name):
            yield image, state.user_at, name, group


def _named_user(subject: DockerfileSubject) -> Iterator[Found]:
    for image, user_at, name, group in _named(subject):
        if image.contents.accounts == "no":
            continue
        if image.contents.has_user(name) == "no" and not _may_be_made(image, name):
            continue
        manifest = _asks_non_root(subject)
        why = f": {manifest} asks for runAsNonRoot, and the Pod does not start" if manifest else ""
        numbers = _numbers(image, name, group)
        yield Found(
            f"Kubernetes cannot tell that {name} is not root{why}",
            arguments(user_at),
            f"write the number: USER {numbers}"
            if numbers
            else f"give {name} a number when it is made (-u 10001), and write USER 10001",
            Fix((replace(arguments(user_at), numbers),), True, "write the number")
            if numbers
            else None,
            severity=Severity.WARNING if manifest else None,
        )


def _numbers(image: Image, name: str, group: str) -> str:
    """Return UID or UID:GID; "" where a number is not known."""
    account = image.contents.user(name)
    if account is None or account.number is None:
        return ""
    if not group:
        return str(account.number)
    groups = [g.number for g in image.contents.groups if g.name == group]
    number = group if group.isdecimal() else str(groups[-1]) if groups and groups[-1] else ""
    return f"{account.number}:{number}" if number else ""


def _asks_non_root(subject: DockerfileSubject) -> str:
    """Return the manifest that says runAsNonRoot and no runAsUser; "" for none."""
    paths = sorted(p for p in subject.around.files or () if _MANIFEST.search(p))
    for path in paths[:_MAX_MANIFESTS]:
        text = subject.around.texts.get(path) or ""
        if re.search(r"runAsNonRoot:\s*true", text) and "runAsUser" not in text:
            return path
    return ""


def _user_without_passwd(subject: DockerfileSubject) -> Iterator[Found]:
    for image, user_at, name, _ in _named(subject):
        if image.contents.accounts == "no":
            numbers = _NUMBERS.get(name, NONROOT)
            yield Found(
                f"{titled(subject.build, image.stage)} has no /etc/passwd that knows {name}, so no "
                "container starts",
                arguments(user_at),
                f"write the number: USER {numbers}",
                Fix((replace(arguments(user_at), numbers),), True, "write a number"),
            )


def _user_not_created(subject: DockerfileSubject) -> Iterator[Found]:
    for image, user_at, name, group in _named(subject):
        if image.contents.accounts == "no" or _may_be_made(image, name):
            continue
        where = titled(subject.build, image.stage)
        if image.contents.has_user(name) == "no":
            what = f"nothing makes the user {name} in {where}, so no container starts"
            fix = Fix((replace(arguments(user_at), NONROOT),), True, "write a number")
            hint = f"make it with adduser, or write a number: USER {NONROOT}"
            yield Found(what, arguments(user_at), hint, fix)
        elif group and not group.isdecimal() and image.contents.has_group(group) == "no":
            what = f"nothing makes the group {group} in {where}, so no container starts"
            yield Found(what, arguments(user_at), f"make it with addgroup, or write USER {name}")


def _may_be_made(image: Image, name: str) -> bool:
    """Whether a script, or a package of that name, may make a user."""
    named = any(name in p.name or p.name in name for p in image.contents.packages)
    return image.contents.gathered.open or named


# places


def _workdir_root(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        state = image.stage.state
        folder, command = state.workdir or "", state.entrypoint or state.cmd
        if state.is_root is not False or not _is_closed(image):
            continue
        program = image.program.path if image.program else None
        if state.workdir_at is not None and _below_root(folder):
            yield Found(
                f"{folder} is closed to {state.user}: only root may enter /root",
                written(state.workdir_at),
                "take another folder: WORKDIR /app",
            )
        elif program and _below_root(program) and command and command.at:
            yield Found(
                f"{program} is closed to {state.user}: only root may enter /root",
                written(command.at),
                "copy the program to another folder: /usr/local/bin",
            )


def _below_root(path: str) -> bool:
    return path == "/root" or path.startswith("/root/")


def _is_closed(image: Image) -> bool:
    """Whether /root is the base's: no instruction opens it or gives it away."""
    held = image.contents.files.at("/root")
    return held is None or (held.owner is None and held.mode is None)


def _root_owned(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        state = image.stage.state
        if state.is_root is not False or state.workdir is None or state.user_at is None:
            continue
        for place, at in _written_places(subject, image):
            if _is_closed_to(image, place, state.user or ""):
                held = image.contents.files.at(place)
                where = held.at if held else state.user_at
                yield Found(
                    f"{at} writes to {place}, which belongs to root and not to {state.user}",
                    written(where),
                    f"give it to the user: --chown={state.user}",
                    _chown_fix(where, state.user or ""),
                )


def _is_closed_to(image: Image, place: str, user: str) -> bool:
    """Whether a user may not write to a folder. What comes from the context is root's."""
    held = image.contents.files.at(place)
    if held is not None and held.how == "context":
        return held.owner is None and held.mode is None
    return image.contents.writable_by(place, user) == "no"


def _written_places(subject: DockerfileSubject, image: Image) -> Iterator[tuple[str, str]]:
    """Yield the folders that the program writes to, each with the place in the code."""
    facts = facts_of(subject, image)
    if facts is None:
        return
    from gotare.decide.contents import writable_places

    uses = [use for use in facts.files if use.path and not use.settled_by]
    for place in writable_places(uses, image.stage.state.workdir or "/"):
        if not place.path.startswith("/tmp"):  # noqa: S108
            yield posixpath.normpath(place.path), place.at


def _chown_fix(at: Instruction, user: str) -> Fix | None:
    if at.name not in ("COPY", "ADD") or at.flag("chown"):
        return None
    edit: Edit = insert_words(at, f"--chown={user}")
    return Fix((edit,), True, "give it to the user")


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="root-by-default",
        severity=Severity.WARNING,
        title="The image runs as root, as no USER says otherwise.",
        check=_root_by_default,
        fixes="unsafe",
        equivalents={
            "trivy": ("DS002",),
            "checkov": ("CKV_DOCKER_3",),
            "dockle": ("CIS-DI-0001",),
        },
    ),
    _rule(
        id="user-not-used",
        severity=Severity.WARNING,
        title="The image makes a user, and runs as root all the same.",
        check=_user_not_used,
        equivalents={
            "tally": ("tally/user-created-but-never-used",),
            "trivy": ("DS002",),
            "checkov": ("CKV_DOCKER_3",),
        },
    ),
    _rule(
        id="user-root",
        severity=Severity.WARNING,
        title="USER makes the image run as root.",
        check=_user_root,
        equivalents={
            "hadolint": ("DL3002",),
            "trivy": ("DS002",),
            "checkov": ("CKV_DOCKER_8",),
            "dockle": ("CIS-DI-0001",),
        },
    ),
    _rule(
        id="named-user",
        severity=Severity.INFO,
        title="USER is a name, which Kubernetes cannot check for being root.",
        check=_named_user,
        fixes="safe",
        equivalents={"hadolint": ("DL3066",)},
    ),
    _rule(
        id="user-without-passwd",
        severity=Severity.ERROR,
        title="USER is a name, and the image has no /etc/passwd.",
        check=_user_without_passwd,
        fixes="safe",
        equivalents={"tally": ("tally/named-identity-in-passwdless-stage",)},
    ),
    _rule(
        id="user-not-created",
        severity=Severity.ERROR,
        title="USER is a name that nothing makes.",
        check=_user_not_created,
        fixes="safe",
    ),
    _rule(
        id="workdir-root-as-nonroot",
        severity=Severity.ERROR,
        title="The image runs in or from /root, where its user may not go.",
        check=_workdir_root,
    ),
    _rule(
        id="root-owned-where-written",
        severity=Severity.WARNING,
        title="The program writes to a folder that belongs to root.",
        check=_root_owned,
        fixes="safe",
    ),
)
