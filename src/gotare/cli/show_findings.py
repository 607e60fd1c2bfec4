"""Shows what `gotare lint` found, in the format that was asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from gotare.cli.terminal import Terminal

if TYPE_CHECKING:
    from gotare.linting.session import Outcome
    from gotare.report import Described


def show(terminal: Terminal, outcome: Outcome, form: str, prefix: str = "") -> None:
    """Print the findings on stdout. `prefix` is the folder's path in its repository: what CI shows
    on a change names files from there."""
    text = _text(terminal, outcome) if form == "text" else _document(outcome, form, prefix)
    if form == "text" and terminal.quiet:
        return
    if text:
        sys.stdout.flush()
        sys.stdout.buffer.write((text + "\n").encode("utf-8", "replace"))
        sys.stdout.flush()


def _text(terminal: Terminal, outcome: Outcome) -> str:
    from gotare.report.text import text_report

    colored = (
        sys.stdout.isatty()
        and "NO_COLOR" not in terminal.env
        and terminal.env.get("TERM") != "dumb"
    )
    return text_report(outcome.findings, outcome.text_of, colored)


def _document(outcome: Outcome, form: str, prefix: str) -> str:
    if form != "json" and prefix:
        outcome = outcome.below(prefix)
    findings = outcome.findings
    if form == "github":
        from gotare.report.github import github_report

        return github_report(findings)
    if form == "junit":
        from gotare.report.junit import junit_report

        return junit_report(findings, outcome.files)
    return json.dumps(_json(outcome, form), indent=2)


def _json(outcome: Outcome, form: str) -> object:
    findings = outcome.findings
    if form == "gitlab":
        from gotare.report.gitlab import gitlab_report

        return gitlab_report(findings, outcome.fingerprints)
    if form == "sarif":
        from gotare.report.sarif import sarif_report

        rules = list(_described(dict.fromkeys(finding.rule for finding in findings)))
        marks = outcome.fingerprints
        return sarif_report(findings, marks, rules, outcome.text_of, outcome.failures)
    from gotare.report.json import json_report

    return json_report(findings, len(outcome.files), outcome.failures, outcome.notes)


def _described(ids: Iterable[str]) -> Iterable[Described]:
    from gotare.lint.explain import page_of
    from gotare.lint.own import OWN
    from gotare.lint.rules import all_rules
    from gotare.report import Described

    for name in ids:
        if name in OWN:
            own = OWN[name]
            yield Described(name, own.title, str(own.severity), page_of(name))
            continue
        rule = all_rules()[name]
        level, tags = str(rule.severity), (rule.family, rule.kind)
        yield Described(name, rule.title, level, page_of(name), tags, rule.equivalents)


def say(terminal: Terminal, outcome: Outcome, fixed: int) -> None:
    """Print on stderr what was done, and what else is to be known."""
    from gotare.report.text import summary

    for failure in outcome.failures:
        click.echo(f"error: {failure}", err=True)
    for note in outcome.notes:
        terminal.note(f"note: {note}")
    if fixed:
        terminal.note(f"repaired {fixed} finding" + ("" if fixed == 1 else "s"))
    if outcome.files:
        terminal.note(summary(outcome.findings, len(outcome.files)))
