"""Is what the image is made from, and what it holds, safe to ship?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.model import Base
from gotare.lint.dockerfile.releases import END_OF_LIFE, NEWEST_GO, has_ended
from gotare.lint.dockerfile.shipping import shipped
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

_ROLLING: Final = re.compile(r"(?:gcr\.io/)?distroless/|cgr\.dev/|.*/chainguard/|chainguard/")
"""Repositories whose tags are never of a version: only a digest pins them."""

_SYSTEMS: Final = re.compile(
    r"(?:alpine|trixie|bookworm|bullseye|buster|stretch|windowsservercore|nanoserver)[\w.-]*"
)
"""Tags of golang that name a system and no Go."""

_SIGNATURE: Final = re.compile(r"sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?")
_ARCHITECTURE: Final = re.compile(
    r"(?:.*[-_.])?(?:amd64|x86[-_]64|arm64(?:v8)?|aarch64|arm32v[67]|armhf|armv7|s390x|ppc64le)"
)


_IN_PATH: Final = re.compile(r"amd64|x86|arm|aarch64|s390x|ppc64le|riscv|windows", re.IGNORECASE)
"""Files whose own name says that they are for one architecture."""


def images_taken(subject: DockerfileSubject) -> Iterator[Base]:
    """Yield the images that stages stand on and that COPY takes from; each reference once. Names
    for which some build puts in a context are left out."""
    seen = {name for build in subject.around.builds for name in build.contexts}
    for stage in subject.build.stages:
        origins = [copy.origin for copy in copies_in(subject.build, stage)]
        for base in (stage.base, *origins):
            if base and base.kind == "image" and base.text not in seen:
                seen.add(base.text)
                yield base


def _latest(subject: DockerfileSubject) -> Iterator[Found]:
    for base in images_taken(subject):
        if base.reference is None or base.digest or not _floats(base):
            continue
        if "/" not in base.repository and base.known is None:
            continue  # may be a context that the builder is given
        how = f"with the tag {base.tag}" if base.tag else "without a tag, which means latest"
        how += "" if base.tag in ("", "latest") else ", which means the newest Go"
        rolling, newest = _ROLLING.match(base.name), _newest(base)
        wanted = rolling or _is_nightly(subject) or _is_replaced(subject, base)
        chosen = _ends_in_variable(base)
        unless = ", unless a build argument says otherwise" if chosen else ""
        hint = f"write {newest}" if newest else "name a version, and a digest to pin it"
        yield Found(
            f"{base.name} is named {how}{unless}: what it is changes from day to day",
            base.span,
            "pin it by its digest" if rolling else hint,
            _renamed(subject, base, newest) if newest else None,
            severity=Severity.INFO if wanted or chosen else None,
        )


_NIGHTLY: Final = re.compile(r"(?:^|[._-])(?:nightly|canary)(?=[._-]|$)")
_SETS_GO: Final = re.compile(r"\bGOTOOLCHAIN[= ][\"']?(?!(?:local|auto|path)\b)[\w$]")


def _is_nightly(subject: DockerfileSubject) -> bool:
    """Whether a file is for builds that are meant to have the newest of everything."""
    return bool(_NIGHTLY.search(subject.file.path.replace("\\", "/").rpartition("/")[2]))


def _is_replaced(subject: DockerfileSubject, base: Base) -> bool:
    """Whether the Go of a base gives its place to one in a fixed version."""
    return base.repository == "golang" and any(
        _SETS_GO.search(instruction.value)
        for stage in subject.build.stages
        if stage.base.text == base.text
        for instruction in stage.instructions
        if instruction.name in ("RUN", "ENV")
    )


def _floats(base: Base) -> bool:
    """Whether a reference names no version at all."""
    is_go = base.repository == "golang" and base.registry in ("", "docker.io")
    return base.tag in ("", "latest") or (is_go and _SYSTEMS.fullmatch(base.tag) is not None)


def _newest(base: Base) -> str:
    """Return the newest release of a distribution or of Go, as far as it is known here; "" for
    other images and for references with variables."""
    if base.variables or base.registry not in ("", "docker.io"):
        return ""
    if base.repository == "golang":
        system = f"-{base.tag}" if base.tag not in ("", "latest") else ""
        return f"golang:1.{NEWEST_GO}{system}"
    releases = [r.split() for r in END_OF_LIFE if r.split()[0] == base.repository]
    numbers = [number for _, number in releases if base.repository in ("alpine", "debian")]
    newest = max(numbers, key=lambda n: [int(part) for part in n.split(".")], default="")
    return f"{base.repository}:{newest}" if newest else ""


def _renamed(subject: DockerfileSubject, base: Base, name: str) -> Fix:
    """Return the fix that names another image, wherever it is named in FROM or --from."""
    spans = [each.base.span for each in subject.build.stages if each.base.text == base.text]
    edits = [replace(span, name) for span in spans]
    for stage in subject.build.stages:
        for copy in copies_in(subject.build, stage):
            if copy.origin and copy.origin.text == base.text and copy.origin.kind == "image":
                edits.append(replace(copy.origin.span, f"--from={name}"))
    return Fix(tuple(edits), False, f"name {name}")


def _unpinned(subject: DockerfileSubject) -> Iterator[Found]:
    for base in images_taken(subject):
        floating = base.reference is not None and _floats(base)
        if base.digest or floating or (base.known is None and "/" not in base.repository):
            continue
        if _may_hold_digest(base):
            continue
        yield Found(
            f"{base.text} is not pinned by a digest: its maker may put another image there",
            base.span,
            "write NAME:TAG@sha256:…; docker buildx imagetools inspect shows the digest",
        )


def _may_hold_digest(base: Base) -> bool:
    """Whether a variable at the end of a reference may bring a digest along."""
    return _ends_in_variable(base) and base.reference is None


def _ends_in_variable(base: Base) -> bool:
    """Whether a variable brings the tag: whoever builds may name another."""
    text = base.text.strip("\"'")
    return bool(base.variables) and text.endswith(("}", f"${base.variables[-1]}"))


def _digest_as_tag(subject: DockerfileSubject) -> Iterator[Found]:
    for base in images_taken(subject):
        if _SIGNATURE.fullmatch(base.tag):
            yield Found(
                f"the tag {base.tag[:19]}… names a signature or an attestation, not the image",
                base.span,
                f"write {base.name}@sha256:…",
            )


def _architecture_tag(subject: DockerfileSubject) -> Iterator[Found]:
    for base in images_taken(subject):
        windows = base.known is not None and base.known.system == "windows"
        for_one = base.variables or windows or _IN_PATH.search(subject.file.path)
        if base.reference is not None and _ARCHITECTURE.fullmatch(base.tag) and not for_one:
            plain = re.sub(r"[-_.](?:amd64|arm64|arm64v8)$", "", base.tag)
            known = plain != base.tag and not base.digest
            yield Found(
                f"the tag {base.tag} is of one architecture: builds for another fail or emulate",
                base.span,
                "name the tag without the architecture: the builder chooses",
                _renamed(subject, base, f"{base.text.rpartition(':')[0]}:{plain}")
                if known
                else None,
            )


def _end_of_life(subject: DockerfileSubject) -> Iterator[Found]:
    told: set[str] = set()
    for stage in shipped(subject.build):
        base, facts = stage.root, stage.facts
        if facts is None or not has_ended(facts.end_of_life) or base.text in told:
            continue
        told.add(base.text)
        newest = _newest(base)
        slim = "-slim" if base.repository == "debian" and base.tag.endswith("-slim") else ""
        offered = bool(newest) and not facts.has_go and not base.digest
        yield Found(
            f"{facts.release} gets no security fixes since {facts.end_of_life}: what it holds "
            "keeps the holes that are found",
            base.span,
            f"write {newest}{slim}" if offered else "stand on a release that is repaired",
            _renamed(subject, base, newest + slim) if offered else None,
        )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="latest-tag",
        severity=Severity.WARNING,
        title="A base image is named without a version.",
        check=_latest,
        fixes="unsafe",
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
        id="base-end-of-life",
        severity=Severity.WARNING,
        title="The image stands on a release that is no longer repaired.",
        check=_end_of_life,
        fixes="unsafe",
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
        fixes="unsafe",
    ),
)
