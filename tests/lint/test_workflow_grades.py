"""Where is a finding in a workflow less bad than its rule says?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

ACTIONS: Final = {
    "actions/checkout@v4": Severity.INFO,
    "github/codeql-action/init@v4": Severity.INFO,
    "actions/checkout": Severity.WARNING,
    "docker/login-action@v4": Severity.WARNING,
    "my-actions/checkout@v1": Severity.WARNING,
}
"""What a step uses, and how bad it is that no commit is named."""


@pytest.mark.parametrize("action", ACTIONS)
def test_tags_of_github_are_a_lesser_matter(action: str) -> None:
    path = ".github/workflows/ci.yml"
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {action}\n"
    linted = lint_text(
        Source(path, "workflow", text), Surroundings(), only("workflow-unpinned-action")
    )
    assert [found.severity for found in linted.findings] == [ACTIONS[action]]


OWN: Final = {
    "me/ci/checkout@main": [Severity.INFO],
    "me/ci/.github/workflows/build.yml@v1": [Severity.INFO],
    "me/ci/checkout": [Severity.WARNING],
    "me-corp/ci@v1": [Severity.WARNING],
    "slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@v2.1.0": [],
    "slsa-framework/slsa-verifier/actions/installer@v2.7.1": [Severity.WARNING],
}
"""What a step of a project of `me` uses, and how bad it is that no commit is named."""


def graded(rule: str, text: str) -> list[Severity]:
    """Return how bad the findings of a rule in a workflow of `me` are."""
    around = Surroundings(texts={"go.mod": "module github.com/Me/tool\n"})
    linted = lint_text(Source(".github/workflows/ci.yml", "workflow", text), around, only(rule))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


@pytest.mark.parametrize("action", OWN)
def test_tags_of_ones_own_are_a_lesser_matter(action: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {action}\n"
    assert graded("workflow-unpinned-action", text) == OWN[action]


GUARDED: Final = {
    "github.event.workflow_run.event != 'pull_request'": [],
    "github.event.workflow_run.event == 'push'": [],
    "github.event.workflow_run.event == 'pull_request'": [Severity.ERROR],
    "github.event.workflow_run.conclusion == 'success'": [Severity.ERROR],
    "github.event.pull_request.head.repo.full_name == github.repository": [],
    "github.repository == github.event.workflow_run.head_repository.full_name": [],
    "github.event.pull_request.head.repo.fork == false": [],
    "'!github.event.pull_request.head.repo.fork'": [],
    "github.event.pull_request.user.login == 'dependabot[bot]'": [],
    "github.actor == 'dependabot[bot]'": [Severity.ERROR],
}
"""Conditions of a job that takes the code of a request, and how bad that is."""

TAKEN: Final = """on: {{workflow_run: {{workflows: [ci], types: [completed]}}}}
jobs:
  a:
    runs-on: ubuntu-24.04
    {setting}
    steps:
      - uses: actions/checkout@v6
        with:
          ref: ${{{{ github.event.workflow_run.head_sha }}}}
"""


@pytest.mark.parametrize("condition", GUARDED)
def test_conditions_keep_strangers_away(condition: str) -> None:
    text = TAKEN.format(setting=f"if: {condition}")
    assert graded("workflow-foreign-checkout", text) == GUARDED[condition]


def test_an_environment_may_ask_before_strangers_run() -> None:
    text = TAKEN.format(setting="environment: staging")
    assert graded("workflow-foreign-checkout", text) == [Severity.WARNING]


def test_conditions_of_what_a_job_needs_hold_for_it() -> None:
    asked = "a:\n    if: github.event.pull_request.user.login == 'x[bot]'\n    runs-on: a\n  b:"
    text = TAKEN.format(setting="needs: [a]").replace("a:", asked, 1)
    assert graded("workflow-foreign-checkout", text) == []
    assert graded("workflow-foreign-checkout", text.replace("needs", "x")) == [Severity.ERROR]


INJECTED: Final = {
    "pull_request": ("github.head_ref", Severity.WARNING),
    "pull_request_target": ("github.head_ref", Severity.ERROR),
    "issues": ("github.event.issue.title", Severity.ERROR),
    "push": ("github.event.head_commit.message", Severity.ERROR),
    "[push, pull_request]": ("github.head_ref", Severity.WARNING),
}
"""Events, and what a stranger writes there."""


@pytest.mark.parametrize("event", INJECTED)
def test_what_strangers_write_is_worse_beside_secrets(event: str) -> None:
    written, severity = INJECTED[event]
    text = (
        f"on: {event}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        f"      - run: echo ${{{{ {written} }}}}\n"
    )
    assert graded("workflow-script-injection", text) == [severity]


SCAN: Final = """on: {event}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: aquasecurity/trivy-action@0.36.0
      - {after}
"""


@pytest.mark.parametrize(
    ("event", "after", "severity"),
    [
        ("push", "run: make push", Severity.WARNING),
        ("push", "uses: github/codeql-action/upload-sarif@v4", Severity.INFO),
        ("{schedule: [{cron: 0 0 * * *}]}", "run: make report", Severity.INFO),
        ("{schedule: [{cron: 0 0 * * *}], push: {}}", "run: make push", Severity.WARNING),
    ],
)
def test_scans_whose_alerts_are_read(event: str, after: str, severity: Severity) -> None:
    text = SCAN.format(event=event, after=after)
    assert graded("workflow-toothless-scan", text) == [severity]


LATEST: Final = """on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          {comment}
          tags: me/tool:latest
"""


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("# Tests of others always start the latest one.\n          # See there.", Severity.INFO),
        ("# The image.", Severity.WARNING),
    ],
)
def test_latest_that_a_comment_gives_a_reason_for(comment: str, severity: Severity) -> None:
    assert graded("workflow-latest-only", LATEST.format(comment=comment)) == [severity]


OUTPUTS: Final = {"type=local,dest=bin": 0, "type=tar,dest=a.tar": 0, "type=image": 1, "bin": 0}
"""What a build puts out, and whether its platforms must be those of images."""


@pytest.mark.parametrize("output", OUTPUTS)
def test_files_may_be_for_any_system(output: str) -> None:
    step = f"platforms: windows/amd64\n          outputs: {output}"
    text = LATEST.format(comment=step)
    assert len(graded("workflow-foreign-platform", text)) == OUTPUTS[output]
