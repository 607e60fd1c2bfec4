"""Does a secret that is mounted for one command stay in a file of the layer?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Severity
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import Ran, ran_by
from gotare.lint.dockerfile.shipping import is_in_image, titled
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.shell.model import ShellWord
from gotare.lint.subjects import DockerfileSubject

_READ: Final = r"(?:\$\(\s*(?:cat\s+|<\s*)|`\s*cat\s+)[^)`]*"
_ASSIGNED: Final = r"(?:^|[\s;&|(])([A-Za-z_]\w*)=[\"']?"
_LOGINS: Final = re.compile(r"(?:^|/)(?:\.netrc|\.git-credentials|\.npmrc|\.gitconfig)$")
_URL: Final = re.compile(r"https?://.*@")


def _kept(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("RUN"):
            secret = _secrets_of(subject, stage, instruction)
            if secret is None:
                continue
            for ran in ran_by(subject.build, instruction, subject.around):
                where = _kept_in(ran, secret)
                if where and not _is_taken_away(instruction, where):
                    yield _told(subject, stage, ran, where)


def _secrets_of(
    subject: DockerfileSubject, stage: Stage, instruction: Instruction
) -> re.Pattern[str] | None:
    """Return what shows that a word holds a secret that is mounted for a RUN; None: none is."""
    mounts = [m for m in mounts_of(subject.build, stage, instruction) if m.kind == "secret"]
    if not mounts:
        return None
    targets = [m.fields.get("target") or m.fields.get("dst") or "" for m in mounts]
    paths = "|".join(re.escape(path) for path in ["/run/secrets/", *filter(None, targets)])
    read = rf"{_READ}(?:{paths})"
    names = {m.fields["env"] for m in mounts if m.fields.get("env")}
    names |= set(re.findall(_ASSIGNED + read, instruction.value))
    variables = "".join(rf"|\$\{{?{re.escape(name)}\b" for name in sorted(names))
    return re.compile(f"{read}{variables}")


def _kept_in(ran: Ran, secret: re.Pattern[str]) -> str:
    """Return the file in which a command leaves a secret, "" for none."""
    words = [word for word in ran.plain.arguments if secret.search(word.text)]
    if not words:
        return ""
    if ran.plain.name == "git":
        return _kept_by_git(ran, words)
    for redirection in ran.command.redirections:
        target = redirection.target.shown if redirection.target else ""
        if ">" in redirection.operator and _LOGINS.search(target):
            return target
    return ""


def _kept_by_git(ran: Ran, words: list[ShellWord]) -> str:
    texts = [word.shown for word in ran.plain.arguments]
    plain = [text for text in texts if not text.startswith("-")]
    action = next((text for text in plain if text in ("clone", "config", "remote")), "")
    if action == "config" and "--global" in texts:
        return "~/.gitconfig"
    in_url = any(_URL.search(word.text) for word in words)
    return ".git/config" if action in ("clone", "remote") and in_url else ""


def _is_taken_away(instruction: Instruction, where: str) -> bool:
    """Whether the same RUN deletes the file, or the secret in it."""
    name = where.rpartition("/")[2] if where != ".git/config" else r"\.git\b"
    text = instruction.value
    deleted = rf"\brm\s[^;&|]*{name}|--unset|--remove-section|remote\s+(?:set-url|rm|remove)\b"
    return bool(re.search(deleted, text)) or (
        where == ".git/config" and bool(re.search(r"\brm\s+-\w*r", text))
    )


def _told(subject: DockerfileSubject, stage: Stage, ran: Ran, where: str) -> Found:
    git = ran.plain.name == "git"
    hint = (
        'GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.https://…@host/.insteadOf" '
        "GIT_CONFIG_VALUE_0=https://host/ before the command keeps nothing"
        if git
        else "mount the whole file: --mount=type=secret,id=netrc,target=/root/.netrc"
    )
    return Found(
        f"{'git' if git else ran.plain.name} writes the mounted secret into {where}, which stays "
        f"in {titled(subject.build, stage)}",
        ran.span,
        hint,
        severity=None if is_in_image(subject.build, stage) else Severity.WARNING,
    )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="mounted-secret-kept",
        severity=Severity.ERROR,
        title="A secret that is mounted for one command stays in a file.",
        check=_kept,
    ),
)
