"""`gotare explain`: the page of a rule, or of a topic of `gotare plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gotare.cli.terminal import Terminal, common


@click.command(name="explain")
@click.argument("name", required=False, metavar="[RULE|TOPIC]")
@common
def command(terminal: Terminal, name: str | None) -> None:
    """Explain a rule of gotare lint, or a topic of the notes of gotare plan.

    A rule may be named by the id that another tool has for it (DL3007, CKV_DOCKER_3). Without a
    name all rules and topics are listed.
    """
    from gotare.lint.explain import contents, explain

    if name is None:
        terminal.result(_everything(), contents)
        return
    page = explain(name)
    terminal.result({"name": name, "page": page}, lambda: page.rstrip("\n"))


def _everything() -> Mapping[str, Any]:
    from gotare.lint.explain import TOPICS
    from gotare.lint.own import OWN
    from gotare.lint.rules import all_rules

    return {
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "severity": str(rule.severity),
                "kind": rule.kind,
                "family": rule.family,
                "fix": rule.fixes or None,
                "equivalents": {tool: list(ids) for tool, ids in rule.equivalents.items()},
            }
            for rule in all_rules().values()
        ],
        "own": [
            {"id": own.id, "title": own.title, "severity": str(own.severity)}
            for own in OWN.values()
        ],
        "topics": dict(TOPICS),
    }
