"""What `gotare init` writes has no flaw, and rules stand lines that do not belong together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotare.findings import Finding, Severity
from gotare.lint.around import Neighbourhood
from gotare.lint.files import find_targets
from gotare.lint.policy import Policy
from gotare.lint.rules import all_rules
from gotare.lint.run import Source, lint, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import facts_of

FAMILIES = frozenset({"runtime", "security", "correctness"})

ROOT = Path(__file__).parents[2]
GOLDEN = sorted(
    path
    for path in (ROOT / "tests/generate/golden/dockerfile").rglob("Dockerfile*")
    if path.suffix != ".dockerignore"
)
UNKNOWN = {"missing-certificates", "missing-zones", "healthcheck-missing", "unpinned-base"}
"""What is said, as an information, where nobody knows what the program does."""


def families_of(findings: tuple[Finding, ...]) -> set[str]:
    families = {rule.id: rule.family for rule in all_rules().values()}
    return {f.rule for f in findings if families.get(f.rule) in FAMILIES}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_init_writes_has_no_flaw(path: Path) -> None:
    linted = lint_text(Source(path.name, "dockerfile", path.read_text()), Surroundings(), Policy())
    assert families_of(linted.findings) <= UNKNOWN
    assert {f.severity for f in linted.findings if f.rule in UNKNOWN} <= {Severity.INFO}


@pytest.mark.parametrize("name", ["rest-api", "cli", "grpc"])
def test_what_init_writes_fits_the_project(name: str) -> None:
    project = ROOT / "examples" / name
    targets = [t for t in find_targets(project, [], dict(os.environ)) if t.kind == "dockerfile"]
    look = Neighbourhood(project, lambda _: facts_of(project)).look
    result = lint(targets, look, Policy())
    assert targets
    assert result.failures == ()
    assert families_of(result.findings) <= {"unpinned-base"}


PIECES = sorted(
    {
        line
        for path in (Path(__file__).parent / "rules").rglob("bad*/Dockerfile")
        for line in path.read_text("utf-8", "surrogateescape").splitlines(keepends=True)
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.integers(0, 400))
def test_no_rule_fails_on_lines_that_do_not_belong_together(lines: list[str], cut: int) -> None:
    text = "".join(lines)
    for each in (text, "FROM golang:1.26 AS build\n" + text, text[:cut]):
        linted = lint_text(Source("Dockerfile", "dockerfile", each), Surroundings(), Policy())
        assert linted.failures == ()
        for finding in linted.findings:
            for edit in finding.fix.edits if finding.fix and not finding.fix.path else ():
                assert 0 <= edit.start <= edit.end <= len(each)
