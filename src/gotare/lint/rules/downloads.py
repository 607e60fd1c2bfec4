"""Is what a build fetches from the network what its author looked at?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from gotare.findings import Severity
from gotare.frozen import dataclass
from gotare.lint.dockerfile.fetching import FETCHERS, checks, saved_as, url_of
from gotare.lint.dockerfile.runs import Ran, ran_by, ran_in
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl"})
_ARTIFACT: Final = re.compile(
    r"(?:\.(?:tar|tgz|tbz2?|txz|zip|gz|xz|bz2|zst|deb|rpm|apk|jar|whl|appimage|run|bin|exe|so)"
    r"|/releases/(?:latest/)?download/[^\s?#]+|[-_](?:linux|amd64|arm64|x86_64)[\w.…-]*)(?:[?#]|$)",
    re.IGNORECASE,
)
_NO_ARTIFACT: Final = re.compile(
    r"\.(?:asc|gpg|key|sig|sha\d*|sha\d*sums?|md5|pub|crt|pem|list|txt|json|ya?ml|proto|toml)"
    r"(?:\.txt)?(?:[?#]|$)|^https?://(?:localhost|127\.|\[::1\])|checksums?",
    re.IGNORECASE,
)
_COMMIT: Final = re.compile(r"/[0-9a-f]{40}/")
"""A commit in the URL of a file: it says what is fetched."""

_CACHE_BREAKER: Final = re.compile(r"\?[^#]*[$…]")
"""A query that changes with each build: what is there now is wanted, whose digest nobody knows."""

_OFF: Final = re.compile(
    r"^(?:(?:GIT_SSL_NO_VERIFY|HOMEBREW_NO_VERIFY_ATTESTATIONS)=(?!0|false)\S"
    r"|(?:NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY)=[\"']?0"
    r"|(?i:npm_config_strict_ssl)=[\"']?(?:false|0)|PIP_TRUSTED_HOST=\S)"
)
_FLAGS_OFF: Final = {
    "curl": r"--insecure|--proxy-insecure|-[a-zA-Z]*k[a-zA-Z]*",
    "wget": r"--no-check-certificate",
    "apk": r"--allow-untrusted",
    "apt-get": r"--allow-unauthenticated|--force-yes|--allow-insecure-repositories",
    "apt": r"--allow-unauthenticated|--force-yes|--allow-insecure-repositories",
    "yum": r"--nogpgcheck|--nogpg",
    "dnf": r"--nogpgcheck|--no-gpgchecks",
    "rpm": r"--nosignature|--nodigest",
    "pip": r"--trusted-host(?:=.*)?",
    "pip3": r"--trusted-host(?:=.*)?",
    "git": r"http\.sslVerify=(?:false|0)|http\.sslverify=(?:false|0)",
}  # fmt: skip
"""Flags by which programs are told to trust whoever answers."""


def _commands(subject: DockerfileSubject) -> Iterator[Ran]:
    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            if not ran.make and not ran.command.broken:
                yield ran


def _curl_pipe_shell(subject: DockerfileSubject) -> Iterator[Found]:
    for ran in _commands(subject):
        source = _source_of(subject, ran)
        if (
            source is not None
            and not _checks(subject, ran.instruction)
            and not _COMMIT.search(url_of(source))
        ):
            who, what = ran.plain.name, "runs whatever the server sends at that moment"
            yield Found(
                f"{who} {what}" if _runs_script(who) else f"the step {what}: {who}",
                Span(source.span.start, ran.span.end),
                "download a version of it, check its digest, then run it",
            )
        elif _runs_script(ran.plain.name) or ran.plain.name in ("eval", "source", "."):
            inner = re.search(r"(?:\$\(|<\(|`)\s*(?:curl|wget)\s", _text(ran))
            if inner:
                yield Found(
                    f"{ran.plain.name} runs whatever the server sends at that moment",
                    ran.span,
                    "download a version of it, check its digest, then run it",
                )


@dataclass(frozen=True, slots=True)
class _Downloads:
    """The downloads of one instruction: the first of each pipeline, and of each file's name."""

    by_pipeline: Mapping[int, Ran]
    by_name: Mapping[str, Ran]


def _downloads(subject: DockerfileSubject, instruction: Instruction) -> _Downloads:
    def found() -> _Downloads:
        by_pipeline: dict[int, Ran] = {}
        by_name: dict[str, Ran] = {}
        for ran in _commands_of(subject, instruction):
            if ran.plain.name in FETCHERS:
                by_pipeline.setdefault(ran.command.pipeline, ran)
                by_name.setdefault(posixpath.basename(saved_as(ran)), ran)
        return _Downloads(by_pipeline, by_name)

    return subject.build.once("downloads", instruction, found)


def _source_of(subject: DockerfileSubject, ran: Ran) -> Ran | None:
    """Return the download that a command runs: from a pipe, or from the file that it made."""
    downloads = _downloads(subject, ran.instruction)
    script = posixpath.basename(_script_of(ran))
    piped = _runs_script(ran.plain.name) and ran.command.operator in ("|", "|&")
    found = downloads.by_pipeline.get(ran.command.pipeline) if piped else None
    if found is None and script:
        found = downloads.by_name.get(script)
    return found if found is not None and found.span.start < ran.span.start else None


def _is_run(subject: DockerfileSubject, download: Ran) -> bool:
    """Whether a command of the same instruction runs what a download brings."""

    def found() -> frozenset[int]:
        sources = (_source_of(subject, ran) for ran in _commands_of(subject, instruction))
        return frozenset(id(source) for source in sources if source is not None)

    instruction = download.instruction
    return id(download) in subject.build.once("downloads that are run", instruction, found)


def _script_of(ran: Ran) -> str:
    """Return the file that a shell is given, or the script that is called by its path."""
    if _runs_script(ran.plain.name):
        return next((text for text in ran.plain.texts if text[:1] not in ("-", "+")), "")
    called = ran.plain.words[0].shown if ran.plain.words else ""
    return called if called.endswith((".sh", ".bash", ".py")) else ""


def _runs_script(name: str) -> bool:
    return name in _SHELLS


def _commands_of(subject: DockerfileSubject, instruction: Instruction) -> Iterator[Ran]:
    for ran in ran_by(subject.build, instruction, subject.around):
        if not ran.make and not ran.command.broken:
            yield ran


def _checks(subject: DockerfileSubject, instruction: Instruction) -> bool:
    return subject.build.once("checks", instruction, lambda: checks(instruction))


def _text(ran: Ran) -> str:
    return " ".join(word.text for word in ran.plain.words)


def _download_unverified(subject: DockerfileSubject) -> Iterator[Found]:
    for ran in _commands(subject):
        if ran.plain.name not in FETCHERS or _is_checked(subject, ran):
            continue
        if _is_run(subject, ran):
            continue
        url = url_of(ran)
        if url and _is_artifact(url) and not _only_looks(ran):
            plain = url.startswith(("http:", "ftp:"))
            name = re.search(r"/([\w.${}:+…-]+)(?:[?#]|$)", url)
            yield Found(
                f"{name[1] if name else 'a file'} is taken without a look at its digest"
                + (", and over a connection that anybody can change" if plain else ""),
                ran.span,
                "check it: echo 'DIGEST  FILE' | sha256sum -c, or ADD --checksum=sha256:… URL",
                severity=Severity.INFO if _CACHE_BREAKER.search(url) and not plain else None,
            )


def _is_checked(subject: DockerfileSubject, ran: Ran) -> bool:
    """Whether the same step, or a later one of the stage, checks anything."""

    def last() -> int:
        runs = reversed(ran.stage.named("RUN"))
        return next((run.span.start for run in runs if _checks(subject, run)), -1)

    return ran.instruction.span.start <= subject.build.once("last check", ran.stage, last)


def _is_artifact(url: str) -> bool:
    return bool(_ARTIFACT.search(url)) and not _NO_ARTIFACT.search(url)


def _only_looks(ran: Ran) -> bool:
    """Whether a download only asks for headers, or is thrown away."""
    return any(re.fullmatch(r"--head|--spider|-[a-zA-Z]*I[a-zA-Z]*", t) for t in ran.plain.texts)


def _verification_off(subject: DockerfileSubject) -> Iterator[Found]:
    for ran in _commands(subject):
        pattern = _FLAGS_OFF.get(ran.plain.name)
        local = ran.plain.name == "apk" and any("/" in t and ".apk" in t for t in ran.plain.texts)
        for word in ran.plain.arguments if pattern and not local else ():
            if pattern and re.fullmatch(pattern, word.shown):
                yield _off(ran.plain.name, word.shown, ran.where(word))
        text = " ".join(ran.plain.texts)
        if ran.plain.name == "git" and re.search(
            r"(?i)config\b.*http\.sslverify\s+(?:false|0)", text
        ):
            yield _off("git", "http.sslVerify false", ran.span)
        if ran.plain.name == "npm" and re.search(r"strict-ssl(?:\s+|=)false", text):
            yield _off("npm", "strict-ssl false", ran.span)
        said = " ".join([_text(ran), *(a.value.text for a in ran.command.assignments)])
        if re.search(r"StrictHostKeyChecking[= ]no\b", said):
            yield _off("ssh", "StrictHostKeyChecking no", ran.span)
        for assignment in ran.command.assignments:
            if _OFF.match(f"{assignment.name}={assignment.value.shown}"):
                yield _off("this", assignment.name, ran.place(assignment.start, assignment.end))
    for instruction in subject.file.instructions:
        for pair in instruction.pairs if instruction.name == "ENV" else ():
            if pair.value and _OFF.match(f"{pair.key.text}={pair.value.text}"):
                yield _off("every program", pair.key.text, pair.span)


def _off(who: str, how: str, span: Span) -> Found:
    return Found(
        f"{who} is told by {how} to trust whoever answers",
        span,
        "leave it out; a certificate of your own goes into the trust store",
    )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="curl-pipe-shell",
        severity=Severity.WARNING,
        title="A script is downloaded and run unseen.",
        check=_curl_pipe_shell,
    ),
    _rule(
        id="download-unverified",
        severity=Severity.WARNING,
        title="A program or archive is downloaded, and its digest is not checked.",
        check=_download_unverified,
    ),
    _rule(
        id="verification-off",
        severity=Severity.WARNING,
        title="The check of certificates or signatures is switched off.",
        check=_verification_off,
        equivalents={
            "checkov": (
                "CKV2_DOCKER_2",
                "CKV2_DOCKER_3",
                "CKV2_DOCKER_4",
                "CKV2_DOCKER_5",
                "CKV2_DOCKER_6",
                "CKV2_DOCKER_7",
                "CKV2_DOCKER_8",
                "CKV2_DOCKER_9",
                "CKV2_DOCKER_10",
                "CKV2_DOCKER_11",
                "CKV2_DOCKER_12",
                "CKV2_DOCKER_13",
                "CKV2_DOCKER_14",
                "CKV2_DOCKER_16",
            )
        },
    ),
)
