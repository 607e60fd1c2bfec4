"""Does the build leave secrets in layers, in the config or in the history of an image?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.golang.facts.secrets import is_secret
from gotare.lint.dockerfile.copies import Copy, CopySource, copies_in
from gotare.lint.dockerfile.edit import delete
from gotare.lint.dockerfile.model import Stage, Variable
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.shipping import is_in_image, titled
from gotare.lint.dockerfile.syntax import Instruction, Pair
from gotare.lint.dockerfile.usage import plain_names
from gotare.lint.plain_secrets import is_plain_secret
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.text_edits import without
from gotare.lint.subjects import DockerfileSubject

_MOUNT: Final = "pass it with RUN --mount=type=secret,id=NAME and docker build --secret"
_TOKEN: Final = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20}"
    r"|xox[abpr]-[\w-]{20,}|AIza[\w-]{35}|sk_live_\w{24,}|npm_[A-Za-z0-9]{36}|hvs\.[\w-]{24,}"
    r"|dop_v1_[0-9a-f]{64})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
"""What tokens of well-known services look like."""

_LOGIN: Final = re.compile(r"\b[a-z][\w+.-]*://(?P<who>[^/\s@\"'|;&]+)@[\w$.{-]", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_]\w*)")
_KEPT: Final = re.compile(
    r"(?:^|/)(?:\.netrc|_netrc|\.git-credentials|\.npmrc|\.pypirc|\.pgpass|id_(?:rsa|dsa|ecdsa"
    r"|ed25519)|\.docker/config\.json|auth\.json|\.my\.cnf|credentials)$"
)
_FILE: Final = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?:local|prod|production|dev|development|staging))?|id_(?:rsa|dsa|ecdsa"
    r"|ed25519)|\.netrc|_netrc|\.git-credentials|\.pgpass|\.npmrc|\.pypirc|kubeconfig"
    r"|\.kube/config|\.aws/credentials|\.docker/config\.json|[\w.-]*service[-_]?account[\w.-]*\.json"
    r"|(?:[\w.-]*[-_.])?(?:private|key|privkey)\.pem|[\w.-]+\.(?:key|p12|pfx|jks|keystore|kdbx))$"
    r"|(?:^|/)(?:\.ssh|\.aws|\.gnupg|\.kube)/?$",
    re.IGNORECASE,
)
_PUBLIC: Final = re.compile(
    r"(?:^|[-_./])(?:pub|public|test|tests|testdata|example|sample)(?:[-_./]|$)"
)


def _secret_in_arg(subject: DockerfileSubject) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        for pair in instruction.pairs if instruction.name == "ARG" else ():
            name, value = pair.key.text, pair.value.text.strip("\"'") if pair.value else ""
            if _is_written(name, value):
                yield Found(
                    f"the default of {name} is a secret that everybody can read here",
                    pair.span,
                    _MOUNT,
                    severity=Severity.ERROR,
                )
            elif is_secret(name) and not value:
                what = f"what --build-arg gives {name} stays in the history of the image"
                yield Found(what, pair.span, _MOUNT)


def _is_written(name: str, value: str) -> bool:
    if re.search(r"_(?:LABEL|SLOT)$", name):
        return False
    return bool(_TOKEN.search(value)) or is_plain_secret(name, value)


def _secret_in_env(subject: DockerfileSubject) -> Iterator[Found]:
    for stage, instruction in subject.build.walk():
        for pair in instruction.pairs if instruction.name == "ENV" else ():
            said = _kept_in_env(subject, stage, instruction, pair)
            if said:
                url = "://" in (pair.value.text if pair.value else "")
                mild = url or not is_in_image(subject.build, stage)
                yield Found(
                    said,
                    pair.span,
                    "leave it out: give it when the container starts; for the build, "
                    "RUN --mount=type=secret",
                    _without_pair(subject, instruction, pair),
                    severity=Severity.WARNING if mild else None,
                )


def _without_pair(subject: DockerfileSubject, instruction: Instruction, pair: Pair) -> Fix | None:
    """Return the fix that leaves a variable out which nothing after it in the file reads."""
    name, file = re.escape(pair.key.text), subject.file
    if re.search(rf"\$\{{?{name}\b", file.text[pair.span.end :]):
        return None
    alone = len(instruction.pairs) == 1
    edit = delete(file, instruction) if alone else without(file, pair.span)
    return Fix((edit,), False, f"leave {pair.key.text} out")


def _kept_in_env(
    subject: DockerfileSubject, stage: Stage, instruction: Instruction, pair: Pair
) -> str:
    name, value = pair.key.text, pair.value.text.strip("\"'") if pair.value else ""
    if _is_written(name, value):
        return f"ENV keeps the secret {name} in {titled(subject.build, stage)}, for all to read"
    state = stage.state_at(instruction)
    names = plain_names(value, subject.file.escape)
    given = [n for n in names if n in state.args and is_secret(n)]
    if given and is_secret(name):
        return f"ENV keeps what --build-arg gives {given[0]} in {titled(subject.build, stage)}"
    return ""


def _secret_in_run(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("RUN"):
            yield from _in_text(stage, instruction)
        for ran in ran_in(subject.build, stage, subject.around):
            yield from _in_command(stage, ran)


def _in_text(stage: Stage, instruction: Instruction) -> Iterator[Found]:
    """Yield tokens and logins that are written in the text of RUN, or come from ARG and ENV."""
    token = _TOKEN.search(instruction.value)
    if token:
        what = "a token stands in RUN, for everybody to read"
        yield Found(what, instruction.place(*token.span()), f"revoke it, then {_MOUNT}")
    for login in _LOGIN.finditer(instruction.value):
        said = _login(login["who"], stage.state_at(instruction).variables)
        if said:
            yield Found(said, instruction.place(*login.span("who")), _MOUNT)


def _login(who: str, variables: Mapping[str, Variable]) -> str:
    """Return what is wrong with the login of a URL; "" nothing, or nobody can tell."""
    given = [name for name in _VARIABLE.findall(who) if name in variables]
    secret = [name for name in given if is_secret(name)] or (given if ":" in who else [])
    if secret:
        return f"{secret[-1]} goes into a URL, and so into the history and often into a file"
    password = who.partition(":")[2]
    if password and not re.search(r"[$<>(`*{]|^x-oauth|^password$|^x+$", password):
        return "a password stands in a URL, for everybody to read"
    return ""


def _in_command(stage: Stage, ran: Ran) -> Iterator[Found]:
    """Yield what commands write to files that hold logins, and passwords of users."""
    for redirection in ran.command.redirections:
        target = redirection.target.shown if redirection.target else ""
        if ">" in redirection.operator and _KEPT.search(target):
            used = _given(stage, ran)
            if used:
                yield Found(
                    f"{used} goes into {target}, which stays in the layer",
                    ran.span,
                    _MOUNT,
                )
    if ran.plain.name == "chpasswd" or _sets_password(ran):
        yield Found(
            f"{ran.plain.name} sets a password in the image",
            ran.span,
            "users of images need none: nobody logs in",
        )


def _sets_password(ran: Ran) -> bool:
    return ran.plain.name in ("useradd", "usermod") and not {"-p", "--password"}.isdisjoint(
        ran.plain.texts
    )


def _given(stage: Stage, ran: Ran) -> str:
    """Return the name of an ARG or ENV that a command writes, "" for none."""
    variables = stage.state_at(ran.instruction).variables
    used = [name for word in ran.plain.words for name in word.variables if name in variables]
    return used[-1] if used else ""


def _secret_file_copied(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            for source in copy.sources:
                if _is_secret_file(copy, source):
                    found = _copied(subject, stage, source, is_in_image(subject.build, stage))
                    empty = _is_made_empty(copy, source)
                    yield replace(found, severity=Severity.INFO) if empty else found


def _is_secret_file(copy: Copy, source: CopySource) -> bool:
    path = source.text.rstrip("/")
    if source.kind != "path" or not _FILE.search(path) or _PUBLIC.search(path):
        return False
    return copy.origin is None or copy.from_stage is not None


def _is_made_empty(copy: Copy, source: CopySource) -> bool:
    """Whether the stage that it comes from makes sure by `touch` that there is one."""
    touched = re.compile(rf"\btouch\b[^;&|\n]*{re.escape(source.name)}\b")
    chain = copy.from_stage.chain if copy.from_stage else ()
    return any(touched.search(run.value) for stage in chain for run in stage.named("RUN"))


def _copied(subject: DockerfileSubject, stage: Stage, source: CopySource, shipped: bool) -> Found:
    where = titled(subject.build, stage)
    return Found(
        f"{source.text} is copied into {where}: whoever has the image has it, too"
        if shipped
        else f"{source.text} is copied into {where}, where caches and pushed layers keep it",
        source.span,
        "mount it for one command: RUN --mount=type=secret,id=NAME"
        if not shipped
        else "leave it out: mount it when the container runs",
        severity=None if shipped else Severity.WARNING,
    )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="secret-in-arg",
        severity=Severity.WARNING,
        title="A secret is passed as a build argument.",
        check=_secret_in_arg,
        equivalents={
            "hadolint": ("DL3064",),
            "buildkit": ("SecretsUsedInArgOrEnv",),
            "trivy": ("DS031",),
            "dockle": ("CIS-DI-0010",),
        },
    ),
    _rule(
        id="secret-in-env",
        severity=Severity.ERROR,
        title="ENV keeps a secret in the image.",
        check=_secret_in_env,
        fixes="unsafe",
        equivalents={
            "hadolint": ("DL3064",),
            "buildkit": ("SecretsUsedInArgOrEnv",),
            "trivy": ("DS031",),
            "dockle": ("CIS-DI-0010",),
        },
    ),
    _rule(
        id="secret-in-run",
        severity=Severity.ERROR,
        title="RUN writes a secret into a layer or the history.",
        check=_secret_in_run,
        equivalents={"trivy": ("DS031",), "checkov": ("CKV2_DOCKER_17",)},
    ),
    _rule(
        id="secret-file-copied",
        severity=Severity.ERROR,
        title="A file with secrets is copied into an image.",
        check=_secret_file_copied,
        equivalents={"dockle": ("CIS-DI-0010",), "trivy": ("DS031",)},
    ),
)
