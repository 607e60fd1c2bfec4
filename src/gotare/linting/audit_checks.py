"""Answers to the lines of the score card that no rule answers alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from gotare.lint.rule import Kind
from gotare.linting.audit_evidence import Evidence, Verdict, met, no_matter, not_met

_NO_DOCKERFILE: Final = no_matter("there is no Dockerfile")
_PIPELINES: Final[tuple[Kind, ...]] = ("workflow", "makefile")
_HEAVY: Final = frozenset({"golang", "debian", "ubuntu", "ubi", "fedora", "centos", "amazonlinux"})
"""Families of bases that weigh more than 20 MB before anything is copied."""


def several_stages(evidence: Evidence) -> Verdict:
    """Whether what compiles is not what runs."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    for path, build in evidence.builds:
        if len(build.stages) == 1 and build.stages[0].named("RUN"):
            return not_met("one stage compiles and runs", path)
    stages = ", ".join(f"{path} has {len(b.stages)} stages" for path, b in evidence.builds[:2])
    return met(stages)


IGNORING: Final = (
    "copy-whole-context-unignored", "copies-git-folder", "ignored-file-copied",
    "embedded-file-ignored", "dockerignore-excludes-package", "dockerignore-excludes-modules",
)  # fmt: skip


def ignores(evidence: Evidence) -> Verdict:
    """Whether an ignore file keeps the build context small."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    found = evidence.found(IGNORING)
    if found:
        return not_met(found[0].message, f"{found[0].at.path}:{found[0].at.line}")
    files = evidence.of("dockerignore")
    if not files:
        return not_met("there is none: the whole folder is sent to the builder")
    return met("it is there", files[0].source.shown)


def caches(evidence: Evidence) -> Verdict:
    """Whether builds keep what they made: cache mounts, or a cache in the pipeline."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    mount = evidence.says(r"--mount=\S*type=cache", "dockerfile")
    if mount:
        return met("a cache is mounted", mount)
    pipeline = evidence.says(r"cache-(to|from)|type=gha|--cache-(to|from)", *_PIPELINES)
    if pipeline:
        return met("the pipeline keeps a cache", pipeline)
    return not_met("no cache mount and no cache in a pipeline", evidence.builds[0][0])


PLATFORMS: Final = (
    "goarch-fixed", "platform-constant", "goarch-from-uname", "architecture-tag",
)  # fmt: skip


def platforms(evidence: Evidence) -> Verdict:
    """Whether the platform that is built for is chosen, not that of the machine by chance."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    wrong = evidence.found(
        ["goarch-fixed", "platform-constant", "builder-platform-shipped", "goarch-from-uname"]
    )
    if wrong:
        return not_met(wrong[0].message, f"{wrong[0].at.path}:{wrong[0].at.line}")
    place = evidence.says(r"\bTARGET(ARCH|PLATFORM)\b", "dockerfile")
    if place:
        return met("it follows the target platform", place)
    said = evidence.says(r"--platform[= ]|platforms:", *_PIPELINES)
    if said:
        return met("the pipeline names the platform", said)
    return not_met("nothing names a platform", evidence.builds[0][0])


def minimal_base(evidence: Evidence) -> Verdict:
    """Whether final images stand on scratch or distroless."""
    finals = list(evidence.finals)
    if not finals:
        return _NO_DOCKERFILE
    for place, stage in finals:
        facts = stage.facts
        if stage.root.kind != "scratch" and facts is None:
            return no_matter(f"{place}: {stage.root.text} is an image that gotare does not know")
        if stage.root.kind != "scratch" and facts is not None and not facts.minimal:
            return not_met(f"the final image stands on {stage.root.text}", place)
    place, stage = finals[0]
    return met(f"the final image stands on {stage.root.text}", place)


STAMPING: Final = (
    "version-arg-unused", "version-variable-missing", "stamp-without-default",
    "ldflags-unquoted-variable", "arg-out-of-scope", "makefile-unknown-stamp",
    "makefile-no-version-args",
)  # fmt: skip


def stamped(evidence: Evidence) -> Verdict:
    """Whether programs are told their version, and it arrives."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    found = evidence.found(STAMPING)
    if found:
        return not_met(found[0].message, f"{found[0].at.path}:{found[0].at.line}")
    place = evidence.says(r"-X[= ]?['\"]?[\w./-]+=|-buildvcs=true|\bgotare build\b", "dockerfile", *_PIPELINES)  # fmt: skip  # noqa: E501
    if place:
        return met("a version is stamped", place)
    return not_met("no build stamps a version", evidence.builds[0][0])


_SCANNERS: Final = r"\b(trivy|grype|snyk|govulncheck|docker[ -]scout|clair|gotare scan)\b"


def scans(evidence: Evidence) -> Verdict:
    """Whether a pipeline scans, and fails for what it finds."""
    toothless = evidence.found(["workflow-toothless-scan"])
    if toothless:
        return not_met(toothless[0].message, f"{toothless[0].at.path}:{toothless[0].at.line}")
    place = evidence.says(_SCANNERS, *_PIPELINES)
    return met("a scanner is run", place) if place else not_met("no pipeline runs a scanner")


def size(evidence: Evidence) -> Verdict:
    """Whether images can be small: what a base weighs is known, what a binary does is not."""
    finals = list(evidence.finals)
    for place, stage in finals:
        facts = stage.facts
        if facts is not None and (facts.has_go or facts.family in _HEAVY) and not facts.minimal:
            return not_met(f"{stage.root.text} alone weighs more", place)
    return no_matter("the binary decides: gotare build says the size")


def downloads(evidence: Evidence) -> Verdict:
    """Whether modules come in one step of their own, in which go fetches them at the same time."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    if evidence.plan and evidence.plan.sources.vendored:
        return no_matter("the modules are vendored")
    place = evidence.says(r"\bgo mod download\b", "dockerfile")
    if place:
        return met("go mod download fetches them at the same time", place)
    return not_met("no step of its own fetches modules", evidence.builds[0][0])


def architectures(evidence: Evidence) -> Verdict:
    """Whether images are made for several architectures."""
    if evidence.plan and len(evidence.plan.platforms) > 1:
        return met(f"gotare.yaml names {', '.join(map(str, evidence.plan.platforms))}")
    several = r"linux/\w+(/v\d)?\s*,\s*linux/\w+"
    place = evidence.says(several, "workflow", "makefile", "compose")
    if place:
        return met("several platforms are built", place)
    return not_met("nothing builds for more than one platform")


def labels(evidence: Evidence) -> Verdict:
    """Whether images say what they are made of."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    place = evidence.says(r"org\.opencontainers\.image\.", "dockerfile")
    if place:
        return met("the Dockerfile writes them", place)
    place = evidence.says(r"docker/metadata-action|org\.opencontainers\.image\.|gotare build", *_PIPELINES)  # fmt: skip  # noqa: E501
    if place:
        return met("the pipeline writes them", place)
    return not_met("no org.opencontainers.image label", evidence.builds[0][0])


def health_endpoint(evidence: Evidence) -> Verdict:
    """Whether the program can be asked if it is well."""
    if evidence.plan is None:
        return no_matter("there is no Go project to read")
    if not evidence.services:
        return no_matter("no program serves")
    for image in evidence.services:
        check = image.workload.readiness or image.workload.liveness
        if check is None or check.kind == "tcp":
            return not_met(f"{image.name} has no route, service or command that tells")
    first = evidence.services[0].workload
    check = first.readiness or first.liveness
    assert check is not None
    return met(check.path or f"{check.kind} check", check.at)


NEEDS: Final = (
    "missing-certificates", "missing-zones", "missing-tmp", "missing-passwd",
    "missing-run-time-files", "copied-path-missing",
)  # fmt: skip


def needs(evidence: Evidence) -> Verdict:
    """Whether images hold what their programs ask the system for."""
    if not evidence.builds:
        return _NO_DOCKERFILE
    if evidence.plan is None:
        return no_matter("there is no Go project to read")
    found = evidence.found(NEEDS)
    if found:
        return not_met(found[0].message, f"{found[0].at.path}:{found[0].at.line}")
    return met("certificates, zones, users and files are there, as far as the code asks for them")


HEALTH: Final = (
    "healthcheck-missing", "healthcheck-tool-missing", "healthcheck-wrong-port-or-path",
    "healthcheck-argument-unread", "json-then-shell", "shell-form-healthcheck",
    "compose-health-tool", "k8s-no-readiness-probe", "k8s-no-liveness-probe", "k8s-probe-path",
    "k8s-probe-port", "k8s-probe-tool",
    "k8s-liveness-on-readiness",
)  # fmt: skip


def health_checks(evidence: Evidence) -> Verdict:
    """Whether something asks, in a way that can be answered."""
    if not evidence.of("dockerfile", "compose", "kubernetes"):
        return no_matter("nothing deploys the program")
    if evidence.plan is not None and not evidence.services:
        return no_matter("no program serves")
    found = evidence.found(HEALTH)
    if found:
        return not_met(found[0].message, f"{found[0].at.path}:{found[0].at.line}")
    asks = r"^\s*HEALTHCHECK\s+(?!NONE)|healthcheck:|(readiness|liveness)Probe:"
    place = evidence.says(asks, "dockerfile", "compose", "kubernetes")
    return met("it is asked", place) if place else not_met("nothing asks whether it is well")


STOPPING: Final = (
    "shell-form-entrypoint", "shell-form-cmd", "pid1-through-shell", "stop-signal-not-heard",
    "sigterm-not-handled", "only-interrupt-handled", "exit-during-shutdown",
)  # fmt: skip


def stops(evidence: Evidence) -> Verdict:
    """Whether SIGTERM reaches the program and is heard."""
    found = evidence.found(STOPPING)
    if found:
        return not_met(found[0].message, f"{found[0].at.path}:{found[0].at.line}")
    if not evidence.builds and not evidence.services:
        return no_matter("there is no Dockerfile and no program that serves")
    return met("the program is process 1, and nothing keeps it from hearing SIGTERM")


def monitoring(evidence: Evidence) -> Verdict:
    """Whether the program tells how it is doing."""
    if evidence.plan is None:
        return no_matter("there is no Go project to read")
    if not evidence.services:
        return no_matter("no program serves")
    for image in evidence.services:
        if image.workload.metrics is not None:
            return met(
                f"{image.name} serves {image.workload.metrics.path}", image.workload.metrics.at
            )
    return not_met("no program serves metrics")


def tested(evidence: Evidence) -> Verdict:
    """Whether a pipeline starts the image or its services before they are shipped."""
    starts = r"docker[ -]compose .*\bup\b|\bdocker run\b|\bpodman run\b|smoke|testcontainers|\bkind create\b|gotare (verify|run)\b"  # noqa: E501
    place = evidence.says(starts, *_PIPELINES)
    if place:
        return met("the image is started", place)
    if not evidence.of(*_PIPELINES):
        return no_matter("there is no pipeline")
    return not_met("no pipeline starts the image")


_DOCUMENT: Final = re.compile(r"(deploy|container|docker|kubernetes|operat|install|run)\w*\.md$")


def documented(evidence: Evidence) -> Verdict:
    """Whether a document tells how it is deployed, by its name."""
    for name in sorted(evidence.names):
        path = PurePosixPath(name.lower())
        if _DOCUMENT.search(path.name):
            return met("a document is about it", name)
    return not_met("no document named for deployment: docs/container.md, DEPLOY.md")
