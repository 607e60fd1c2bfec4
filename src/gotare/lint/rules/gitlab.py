"""Do the jobs of a GitLab pipeline run what they ran yesterday, and no more than they need?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.lint.images import image_of
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.workflow import WorkflowSubject
from gotare.lint.yaml.nodes import NOTHING, Node


def _holders(subject: WorkflowSubject) -> Iterator[Node]:
    """Yield what may name images: the whole file, and its jobs."""
    if subject.system == "gitlab":
        yield subject.root
        yield from (job.node for job in subject.pipeline_jobs)


def _images(holder: Node) -> Iterator[Node]:
    """Yield the names of images and services; those that come from elsewhere are told of there."""
    named = [holder[key] for key in ("image", "services") if _is_own(holder, key)]
    for node in (each for one in named for each in (one.items or (one,))):
        yield node["name"] or node


def _is_own(holder: Node, key: str) -> bool:
    entry = holder.entries.get(key)
    return entry is not None and not entry.merged and entry.alias is None


def _floating(subject: WorkflowSubject) -> Iterator[Found]:
    for holder in _holders(subject):
        for node in _images(holder):
            image = image_of(node.text)
            if node.text and image.is_floating:
                what = "has the tag latest" if image.tag else "has no tag, which means latest"
                yield Found(
                    f"the image {node.text} {what}: the job is another one tomorrow",
                    node.span,
                    "name a version, or a digest",
                )


def _engines(subject: WorkflowSubject) -> Iterator[tuple[Node, Node]]:
    """Yield the jobs with an engine beside them, and the node that names it."""
    for holder in _holders(subject):
        for item in holder["services"]:
            node = item["name"] or item
            if "dind" in image_of(node.text).tag:
                yield holder, node


def _open_engine(subject: WorkflowSubject) -> Iterator[Found]:
    for holder, node in _engines(subject):
        said = [holder["variables"], subject.root["variables"]]
        certificates = _first(said, "DOCKER_TLS_CERTDIR")
        host = _first(said, "DOCKER_HOST").text
        is_open = bool(certificates) and not certificates.text
        if is_open or host.endswith(":2375"):
            yield Found(
                "the engine listens without TLS: every container beside it is root on the runner",
                node.span,
                "DOCKER_TLS_CERTDIR: /certs, and DOCKER_HOST: tcp://docker:2376",
            )


def _first(nodes: list[Node], name: str) -> Node:
    return next((node[name] for node in nodes if name in node.entries), NOTHING)


def _privileged(subject: WorkflowSubject) -> Iterator[Found]:
    for _, node in _engines(subject):
        yield Found(
            "an engine in a job needs a privileged runner",
            node.span,
            "gotare build needs no engine; keep such runners for these jobs alone",
        )


_OF: Final = Declaring("gitlab", "workflow", "workflow")

RULES: Final = (
    _OF.warning("image-latest", "A job's image floats: latest, or no tag.", _floating),
    _OF.warning("engine-without-tls", "An engine beside a job has no TLS.", _open_engine),
    _OF.info("privileged-engine", "An engine beside a job needs a privileged runner.", _privileged),
)
