"""Who else can make a workflow do things, and what may it do?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.actions import ACTIONS
from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.programs import is_of_owner
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.workflow import Job, Step, WorkflowSubject
from gotare.lint.yaml.edits import add_before
from gotare.lint.yaml.nodes import Node

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_OF_GITHUB: Final = ("actions/", "github/")
"""Whoever can move these tags can already do all that a workflow could do."""

_BY_TAG: Final = "slsa-framework/slsa-github-generator/.github/workflows/"
"""These look up the tag that they were called by, and refuse a commit. Source: their README,
"Referencing SLSA builders and generators"."""


def _unpinned(subject: WorkflowSubject) -> Iterator[Found]:
    for node in _used(subject):
        action, at, version = node.text.partition("@")
        if action.startswith(("./", "docker://")) or _COMMIT.fullmatch(version) or "$" in node.text:
            continue
        if at and action.startswith(_BY_TAG):
            continue
        trusted = action.startswith(_OF_GITHUB) or is_of_owner(action, subject.around)
        said = f"the tag or branch {version}" if at else "no version"
        yield Found(
            f"{action} is taken by {said}, which can be moved to other code",
            node.span,
            "pin it to a commit, with the version as a comment",
            _pinned(subject, node, action, version),
            severity=Severity.INFO if at and trusted else None,
        )


def _used(subject: WorkflowSubject) -> Iterator[Node]:
    """Yield what steps and jobs use."""
    yield from (step.node["uses"] for step in subject.steps if step.node["uses"].text)
    yield from (job.node["uses"] for job in subject.jobs if job.node["uses"].text)


def _pinned(subject: WorkflowSubject, node: Node, action: str, version: str) -> Fix | None:
    """Pin an action whose commit is known; safe where it stays within the major version."""
    for known in ACTIONS.values():
        path = f"{known.repository}/{known.path}" if known.path else known.repository
        if path != action.lower() or node.style != "plain" or _goes_on(subject.text, node.span.end):
            continue
        same = version in (known.version, known.version.partition(".")[0])
        return Fix((Edit(node.span.start, node.span.end, str(known)),), same, "pin the action")
    return None


def _goes_on(text: str, at: int) -> bool:
    """Whether a line has more after an offset."""
    end = text.find("\n", at)
    return bool(text[at : end if end >= 0 else len(text)].strip())


# permissions


_READERS: Final = (
    "actions/checkout", "actions/setup-", "actions/cache", "actions/upload-artifact",
    "actions/download-artifact", "golangci/golangci-lint-action", "docker/setup-",
    "hadolint/hadolint-action", "arduino/setup-protoc", "bufbuild/buf-setup-action",
)  # fmt: skip
"""Actions that need nothing but to read the code."""


def _no_permissions(subject: WorkflowSubject) -> Iterator[Found]:
    root = subject.root
    if subject.system != "github" or not subject.jobs or "permissions" in root.entries:
        return
    if subject.events == {"workflow_call"}:
        return  # who calls it says what the token may do
    open_jobs = [job for job in subject.jobs if "permissions" not in job.node.entries]
    if not open_jobs:
        return
    edit = add_before(subject.text, root, "jobs", ["permissions:", "  contents: read", ""])
    safe = all(_only_reads(job) for job in open_jobs) and "token" not in subject.text.lower()
    yield Found(
        "no permissions: the token may do whatever the repository's settings allow",
        open_jobs[0].place,
        "permissions: contents: read, and more for the jobs that need more",
        Fix((_trimmed(edit),), safe, "let the token only read") if edit else None,
    )


def _trimmed(edit: Edit) -> Edit:
    return Edit(edit.start, edit.end, re.sub(r"[ \t]+(?=\r?\n)", "", edit.text))


def _only_reads(job: Job) -> bool:
    actions = [step.action for step in job.steps if step.action]
    return not job.node["uses"] and all(action.startswith(_READERS) for action in actions)


def _write_all(subject: WorkflowSubject) -> Iterator[Found]:
    for holder in (subject.root, *(job.node for job in subject.jobs)):
        if holder["permissions"].text == "write-all":
            yield Found(
                "the token may do everything to the repository",
                holder.place("permissions"),
                "name what is written: packages: write, security-events: write",
            )


def _sarif(subject: WorkflowSubject) -> Iterator[Found]:
    for job in subject.jobs:
        said = job.node["permissions"] or subject.root["permissions"]
        allowed = said["security-events"].text == "write" or said.text == "write-all"
        given = "permissions" in job.node.entries or "permissions" in subject.root.entries
        for step in job.steps if given and not allowed else ():
            if step.action.endswith("codeql-action/upload-sarif"):
                yield Found(
                    f"the job {job.name} may not write security events: the upload fails",
                    step.place,
                    "permissions: security-events: write",
                )


# what others decide


_FOREIGN: Final = re.compile(
    r"github\.(?:head_ref|event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body"
    r"|head\.(?:ref|label|repo\.default_branch))|comment\.body|review\.body|review_comment\.body"
    r"|discussion\.(?:title|body)|commits\b[^}]*\.(?:message|author\.\w+)"
    r"|head_commit\.(?:message|author\.\w+)|pages\b[^}]*\.page_name"
    r"|workflow_run\.(?:head_branch|head_commit\.\w+)))"
)
"""What somebody without rights writes. Source: GitHub, "Understanding the risk of script
injections"."""
_EXPRESSION: Final = re.compile(r"\$\{\{(.{1,1000}?)\}\}", re.DOTALL)


_TRUSTED_EVENTS: Final = frozenset({
    "pull_request_target", "workflow_run", "issues", "issue_comment", "discussion",
    "discussion_comment",
})  # fmt: skip
"""Events of strangers whose runs have the repository's secrets, and a token that may write."""


def _injection(subject: WorkflowSubject) -> Iterator[Found]:
    for step in subject.steps:
        node = step.given["script"] if step.action == "actions/github-script" else step.node["run"]
        text = subject.text[node.span.start : node.span.end]
        for found in _EXPRESSION.finditer(text):
            foreign = _FOREIGN.search(found[1])
            if foreign and not _GUARD.search(subject.conditions(step)):
                start = node.span.start + found.start()
                yield Found(
                    f"{foreign[0]} becomes a part of the script: whoever writes it runs commands",
                    Span(start, start + len(found[0])),
                    'put it into env, and write "$NAME" in the script',
                    severity=None if _has_rights(subject, foreign[0]) else Severity.WARNING,
                )


def _has_rights(subject: WorkflowSubject, foreign: str) -> bool:
    """Whether a run in which a stranger writes something has secrets, as far as can be told. Those
    for requests of forks have none."""
    of_commit = "push" in subject.events and "commit" in foreign
    return of_commit or bool(subject.events & _TRUSTED_EVENTS)


_GUARD: Final = re.compile(
    r"workflow_run\.event\s*(?:!=\s*'pull_request'|==\s*'(?!pull_request)\w+')"
    r"|(?:head\.repo|head_repository)\.full_name\s*==\s*github\.repository\b"
    r"|github\.repository\s*==\s*[\w.]*(?:head\.repo|head_repository)\.full_name"
    r"|head\.repo\.fork\s*==\s*false|!\s*[\w.]*head\.repo\.fork\b"
    r"|pull_request\.user\.login\s*==|author_association\b"
)
"""Conditions that keep strangers away."""


def _foreign_checkout(subject: WorkflowSubject) -> Iterator[Found]:
    if not subject.events & {"pull_request_target", "workflow_run"}:
        return
    for step in subject.steps:
        ref = step.given["ref"]
        is_head = re.search(r"head\.(?:sha|ref)|head_ref|head_(?:sha|branch)|refs/pull/", ref.text)
        if (
            step.action != "actions/checkout"
            or not is_head
            or _GUARD.search(subject.conditions(step))
        ):
            continue
        approved = step.job is not None and bool(step.job.node["environment"])
        yield Found(
            "code of a stranger is taken, in a run with the repository's secrets",
            ref.span,
            "on: pull_request, or do not check out what the request holds",
            severity=Severity.WARNING if approved else None,
        )


def _push_on_request(subject: WorkflowSubject) -> Iterator[Found]:
    if "pull_request" not in subject.events:
        return
    for step in subject.steps:
        if step.action != "docker/build-push-action" or not step.given["push"].boolean:
            continue
        if not _is_guarded(subject, step):
            yield Found(
                "pull requests push an image: those of forks fail, the others publish what nobody "
                "has reviewed",
                step.given.place("push"),
                "push: ${{ github.event_name != 'pull_request' }}",
            )


def _is_guarded(subject: WorkflowSubject, step: Step) -> bool:
    """Whether a condition may keep pull requests away."""
    del subject
    return bool(step.condition.strip())


_OF: Final = Declaring("workflow", "workflow", "workflow")

RULES: Final = (
    _OF.warning(
        "unpinned-action",
        "An action is taken by a tag or branch.",
        _unpinned,
        fixes="unsafe",
        equivalents={"zizmor": ("unpinned-uses",)},
    ),
    _OF.warning(
        "no-permissions",
        "The token has whatever the settings allow.",
        _no_permissions,
        fixes="safe",
        equivalents={"zizmor": ("excessive-permissions",), "checkov": ("CKV2_GHA_1",)},
    ),
    _OF.warning(
        "write-all",
        "The token may do everything.",
        _write_all,
        equivalents={"zizmor": ("excessive-permissions",), "checkov": ("CKV2_GHA_1",)},
    ),
    _OF.error("sarif-permission", "Findings are uploaded without the right to.", _sarif),
    _OF.error(
        "script-injection",
        "What a stranger writes becomes a part of a script.",
        _injection,
        equivalents={"zizmor": ("template-injection",), "checkov": ("CKV_GHA_2",)},
    ),
    _OF.error(
        "foreign-checkout",
        "Code of a stranger runs beside the repository's secrets.",
        _foreign_checkout,
        equivalents={"zizmor": ("dangerous-triggers",)},
    ),
    _OF.warning("push-on-pull-request", "A pull request pushes an image.", _push_on_request),
)
