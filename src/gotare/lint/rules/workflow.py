"""Does a workflow build, scan and publish images as it seems to?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from gotare.findings import Severity
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.image_builds import (
    foreign,
    foreign_platforms,
    is_files,
    is_latest,
    latest_only,
    loaded,
    platforms,
    secret_arguments,
)
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.shellwords import Command, Word
from gotare.lint.workflow import Step, WorkflowSubject

_BUILD: Final = "docker/build-push-action"


def _duplicate(subject: WorkflowSubject) -> Iterator[Found]:
    for problem in subject.problems:
        if problem.kind == "duplicate":
            yield Found(problem.message, problem.span, "only one of them counts: keep one")


def _builds(subject: WorkflowSubject) -> Iterator[Step]:
    yield from (step for step in subject.steps if step.action == _BUILD)


def _all_commands(subject: WorkflowSubject) -> Iterator[Command]:
    yield from (command for script in subject.scripts for command in script.commands)


def _resolved(subject: WorkflowSubject, text: str) -> str:
    """Put in what `env` or `variables` say, as a shell would."""
    known = {e.name: e.value.text for e in subject.root["env"].entries.values()}
    known |= {e.name: e.value.text for e in subject.root["variables"].entries.values()}
    pattern = r"\$\{?(\w+)\}?(?!\})"
    return re.sub(pattern, lambda m: known.get(m[1], m[0]), subject.value(text))


def _loaded(subject: WorkflowSubject) -> Iterator[Found]:
    for step in _builds(subject):
        listed = platforms(subject.value(step.given["platforms"].text, step))
        outputs = step.given["outputs"].text
        if len(set(listed)) > 1 and (step.given["load"].boolean or "type=docker" in outputs):
            yield Found(
                f"load with {len(set(listed))} platforms: the engine's classic store holds one",
                step.given.place("load" if step.given["load"] else "outputs"),
                "load one platform, and push several in a step of their own",
            )
    yield from loaded(_all_commands(subject), lambda text: _resolved(subject, text))


def _foreign(subject: WorkflowSubject) -> Iterator[Found]:
    for step in _builds(subject):
        node = step.given["platforms"]
        if any(is_files(line.strip()) for line in step.given["outputs"].text.splitlines()):
            continue
        yield from foreign_platforms(subject.value(node.text, step), Word(node.text, node.span))
    yield from foreign(_all_commands(subject), lambda text: _resolved(subject, text))


def _secret_argument(subject: WorkflowSubject) -> Iterator[Found]:
    for step in _builds(subject):
        node = step.given["build-args"]
        for line in node.value.splitlines():
            name, _, value = line.strip().partition("=")
            if not re.search(r"\$\{\{[^}]{0,200}\bsecrets\.", value):
                continue
            yield Found(
                f"the build argument {name} is a secret, and stays in the image's history",
                node.span,
                "secrets: of the action, and RUN --mount=type=secret",
            )
    yield from secret_arguments(_all_commands(subject))


def _latest(subject: WorkflowSubject) -> Iterator[Found]:
    for step in _builds(subject):
        node = step.given["tags"]
        tags = platforms(node.text)
        if tags and all(is_latest(tag) for tag in tags) and step.given["push"].boolean is not False:
            yield Found(
                "the image has no tag but latest: nobody can say which one runs, or go back",
                node.span,
                "add a tag with the version or the commit: docker/metadata-action",
                severity=Severity.INFO if _is_explained(subject, step) else None,
            )
    pushed = re.search(r"--push\b|\b(?:docker|podman)\s+push\b", subject.text)
    if pushed:
        yield from latest_only(_all_commands(subject), lambda text: _resolved(subject, text))


_ABOVE: Final = 2000
"""Characters above a line that may be a comment about it."""


def _is_explained(subject: WorkflowSubject, step: Step) -> bool:
    """Whether a comment right above the tags speaks of latest."""
    at = step.given.place("tags").start
    above = subject.text[max(at - _ABOVE, 0) : at].split("\n")[-2::-1]
    comment = takewhile(lambda line: line.lstrip().startswith("#"), above)
    return any(re.search(r"\blatest\b", line) for line in comment)


def _no_cache(subject: WorkflowSubject) -> Iterator[Found]:
    steps = list(_builds(subject))
    if any(step.given["cache-from"] or step.given["no-cache"] for step in steps):
        return
    for step in steps:
        yield Found(
            "the build begins from nothing at every run",
            step.place,
            "cache-from: type=gha, cache-to: type=gha,mode=max",
        )


# scans


_SCANNERS: Final = {
    "aquasecurity/trivy-action": ("exit-code", frozenset({"", "0"})),
    "anchore/scan-action": ("fail-build", frozenset({"false"})),
    "docker/scout-action": ("exit-code", frozenset({"", "0", "false"})),
}
"""Actions that scan: what makes them fail, and the values with which they do not."""


def _toothless(subject: WorkflowSubject) -> Iterator[Found]:
    if any(_fails(step) for step in subject.steps):
        return
    for step in subject.steps:
        if step.action in _SCANNERS:
            key, _ = _SCANNERS[step.action]
            hint = f"{key} and a severity, without continue-on-error"
            yield _never_fails(subject, step.place, hint)
    yield from _toothless_commands(subject)


def _is_told(subject: WorkflowSubject) -> bool:
    """Whether what scans find becomes alerts of the repository, or the workflow only reports from
    time to time."""
    reports = bool(subject.events) and subject.events <= {"schedule", "workflow_dispatch"}
    return reports or any(
        step.action.endswith("codeql-action/upload-sarif") for step in subject.steps
    )


def _never_fails(subject: WorkflowSubject, span: Span, hint: str) -> Found:
    if _is_told(subject):
        message = "the scan never fails: what it finds stops nothing"
        return Found(message, span, hint, severity=Severity.INFO)
    message = "the scan never fails: whatever it finds is published all the same"
    return Found(message, span, hint)


def _fails(step: Step) -> bool:
    """Whether a scan fails for what it finds."""
    if step.action not in _SCANNERS or step.node["continue-on-error"].boolean:
        return False
    key, harmless = _SCANNERS[step.action]
    return step.given[key].text.lower() not in harmless


def _toothless_commands(subject: WorkflowSubject) -> Iterator[Found]:
    scans = [c for c in _all_commands(subject) if _scans(c.texts)]
    if any(_scan_fails(command) for command in scans):
        return
    for command in scans:
        hint = "--exit-code 1 --severity HIGH,CRITICAL (grype: --fail-on high)"
        yield _never_fails(subject, command.span, hint)


def _scans(texts: tuple[str, ...]) -> bool:
    return texts[:2] in (("trivy", "image"), ("trivy", "fs")) or (
        texts[:1] == ("grype",) and len(texts) > 1 and texts[1] not in ("db", "version")
    )


def _scan_fails(command: Command) -> bool:
    codes = [word.text for word in command.values("--exit-code")]
    return not command.excused and (command.has("--fail-on", "-f") or any(c != "0" for c in codes))


_OF: Final = Declaring("workflow", "workflow", "workflow")

RULES: Final = (
    _OF.error("duplicate-key", "A key is there twice.", _duplicate),
    _OF.warning("load-platforms", "Several platforms are loaded into an engine.", _loaded),
    _OF.error("foreign-platform", "A platform for which there is no Linux image.", _foreign),
    _OF.error("secret-build-arg", "A secret is a build argument.", _secret_argument),
    _OF.warning("latest-only", "An image is published as latest only.", _latest),
    _OF.info("no-build-cache", "Every build begins from nothing.", _no_cache),
    _OF.warning("toothless-scan", "A scan that never fails.", _toothless),
)
