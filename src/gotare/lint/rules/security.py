"""Is what the image is made from, and what it holds, safe to ship?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Severity
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.model import Base
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

_ROLLING: Final = re.compile(r"(?:gcr\.io/)?distroless/|cgr\.dev/|.*/chainguard/|chainguard/")
"""Repositories whose tags are never of a version: only a digest pins them."""

_SIGNATURE: Final = re.compile(r"sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?")
_ARCHITECTURE: Final = re.compile(
    r"(?:.*[-_.])?(?:amd64|x86[-_]64|arm64(?:v8)?|aarch64|arm32v[67]|armhf|armv7|s390x|ppc64le)"
)


_IN_PATH: Final = re.compile(r"amd64|x86|arm|aarch64|s390x|ppc64le|riscv|windows", re.IGNORECASE)
"""Files whose own name says that they are for one architecture."""


def _bases(subject: DockerfileSubject) -> Iterator[Base]:
    """Yield the images that stages stand on and that COPY takes from; each reference once."""
    seen: set[str] = set()
    for stage in subject.build.stages:
        origins = [copy.origin for copy in copies_in(subject.build, stage)]
        for base in (stage.base, *origins):
            if base and base.kind == "image" and base.text not in seen:
                seen.add(base.text)
                yield base


def _latest(subject: DockerfileSubject) -> Iterator[Found]:
    for base in _bases(subject):
        if base.reference is None or base.digest or base.tag not in ("", "latest"):
            continue
        if "/" not in base.repository and base.known is None:
            continue  # may be a context that the builder is given
        how = "with the tag latest" if base.tag else "without a tag, which means latest"
        rolling = _ROLLING.match(base.name)
        yield Found(
            f"{base.name} is named {how}: what it is changes from day to day",
            base.span,
            "pin it by its digest" if rolling else "name a version, and a digest to pin it",
            severity=Severity.INFO if rolling else None,
        )


def _unpinned(subject: DockerfileSubject) -> Iterator[Found]:
    for base in _bases(subject):
        floating = base.reference is not None and base.tag in ("", "latest")
        if base.digest or floating or (base.known is None and "/" not in base.repository):
            continue
        if base.variables and _may_hold_digest(base):
            continue
        yield Found(
            f"{base.text} is not pinned by a digest: its maker may put another image there",
            base.span,
            "write NAME:TAG@sha256:…; docker buildx imagetools inspect shows the digest",
        )


def _may_hold_digest(base: Base) -> bool:
    """Whether a variable at the end of a reference may bring a digest along."""
    return base.text.rstrip("}").endswith(base.variables[-1]) and base.reference is None


def _digest_as_tag(subject: DockerfileSubject) -> Iterator[Found]:
    for base in _bases(subject):
        if _SIGNATURE.fullmatch(base.tag):
            yield Found(
                f"the tag {base.tag[:19]}… names a signature or an attestation, not the image",
                base.span,
                f"write {base.name}@sha256:…",
            )


def _architecture_tag(subject: DockerfileSubject) -> Iterator[Found]:
    for base in _bases(subject):
        windows = base.known is not None and base.known.system == "windows"
        for_one = base.variables or windows or _IN_PATH.search(subject.file.path)
        if base.reference is not None and _ARCHITECTURE.fullmatch(base.tag) and not for_one:
            yield Found(
                f"the tag {base.tag} is of one architecture: builds for another fail or emulate",
                base.span,
                "name the tag without the architecture: the builder chooses",
            )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="latest-tag",
        severity=Severity.WARNING,
        title="A base image is named without a version.",
        check=_latest,
        equivalents={
            "hadolint": ("DL3006", "DL3007"),
            "trivy": ("DS001",),
            "checkov": ("CKV_DOCKER_7",),
            "dockle": ("DKL-DI-0006",),
        },
    ),
    _rule(
        id="unpinned-base",
        severity=Severity.INFO,
        title="A base image is not pinned by its digest.",
        check=_unpinned,
    ),
    _rule(
        id="digest-as-tag",
        severity=Severity.ERROR,
        title="A base is named by the tag of its signature, not by its digest.",
        check=_digest_as_tag,
    ),
    _rule(
        id="architecture-tag",
        severity=Severity.WARNING,
        title="A base's tag is of one architecture.",
        check=_architecture_tag,
    ),
)
