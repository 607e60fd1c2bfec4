"""Is the image there that steps of a workflow scan and start, and are their actions?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.workflow import Job, Step, WorkflowSubject

_BUILD: Final = "docker/build-push-action"
_SCANNERS: Final = frozenset({
    "aquasecurity/trivy-action", "anchore/scan-action", "docker/scout-action",
    "snyk/actions/docker",
})  # fmt: skip
_STARTS: Final = re.compile(r"\b(?:docker|podman)\s+(?:run|pull|create)\b|\btrivy\s+image\b")
_ASKS: Final = re.compile(r"pull_request|github\.ref\b|refs/heads|refs/tags|event_name")

_RETIRED: Final[Mapping[str, tuple[int, str]]] = {
    "actions/upload-artifact": (3, "they end with an error"),
    "actions/download-artifact": (3, "they end with an error"),
    "actions/cache": (2, "they end with an error"),
    "github/codeql-action": (2, "they are no longer maintained"),
}
"""The last version of an action that GitHub has retired, and what that means."""


# pull requests


def _absent(subject: WorkflowSubject) -> Iterator[Found]:
    if not {"pull_request", "pull_request_target"} & subject.events:
        return
    for job in subject.jobs:
        build = next((step for step in job.steps if step.action == _BUILD), None)
        if build is None or not _pushes_sometimes(build) or _keeps(build):
            continue
        for step in _after(job, build):
            if _uses_image(step) and not _ASKS.search(step.condition):
                yield Found(
                    "for a pull request the image is neither pushed nor loaded, so there is none "
                    "to use here",
                    step.place,
                    "load: true for one platform, or if: github.event_name != 'pull_request'",
                )
                break


def _pushes_sometimes(build: Step) -> bool:
    push = build.given["push"].text
    return _ASKS.search(push) is not None and not _ASKS.search(build.condition)


def _keeps(build: Step) -> bool:
    return build.given["load"].text not in ("", "false") or bool(build.given["outputs"])


def _after(job: Job, build: Step) -> Iterator[Step]:
    index = next(number for number, step in enumerate(job.steps) if step is build)
    yield from job.steps[index + 1 :]


def _uses_image(step: Step) -> bool:
    if step.action in _SCANNERS:
        return bool(step.given["image-ref"] or step.given["image"])
    return step.script is not None and _STARTS.search(step.script.text) is not None


# too late


def _published_first(subject: WorkflowSubject) -> Iterator[Found]:
    for job in subject.jobs:
        build = next((s for s in job.steps if s.action == _BUILD and _publishes(s)), None)
        scans = [step for step in job.steps if step.action in _SCANNERS]
        if build is None or not scans:
            continue
        first = scans[0]
        if any(step is first for step in _after(job, build)):
            yield Found(
                "the image is published before it is scanned: who pulls meanwhile has what the "
                "scan finds",
                first.place,
                "build and load, scan, and push after that",
            )


def _publishes(step: Step) -> bool:
    return step.given["push"].text not in ("", "false")


# actions that are gone


def _retired(subject: WorkflowSubject) -> Iterator[Found]:
    for step in subject.steps:
        action, version = step.uses
        repository = "/".join(action.lower().split("/")[:2])
        last, why = _RETIRED.get(repository, (0, ""))
        number = re.fullmatch(r"v(\d+)(?:\.[\d.]+)?", version)
        if why and number and int(number[1]) <= last:
            yield Found(
                f"{action}@{version} is retired: up to v{last} {why}",
                step.place,
                "take the newest release",
            )


_OF: Final = Declaring("workflow", "workflow", "workflow")

RULES: Final = (
    _OF.error("image-absent", "A step uses an image that is not there.", _absent),
    _OF.info("published-before-scan", "An image is published, then scanned.", _published_first),
    _OF.warning("retired-action", "A version of an action that is retired.", _retired),
)
