"""`gotare audit`: the lists of good practice for Go images, as a score card."""

from __future__ import annotations

from pathlib import Path

import click

from gotare.cli.terminal import Terminal, common


@click.command(name="audit")
@click.option("--min-score", metavar="PERCENT", type=click.IntRange(0, 100), help="Exit with 1 when less of what applies is met.")  # fmt: skip  # noqa: E501
@click.option("--no-project", is_flag=True, help="Do not read the Go project: run no go.")
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@common
def command(terminal: Terminal, min_score: int | None, no_project: bool, go: Path | None) -> int:
    """Hold the project to the lists of good practice for Go images.

    Each line of build, security, performance and production is met, not met, or does not apply, and
    names its evidence: a finding of gotare lint, a place in a file, or a fact of the plan. Every
    rule counts, whatever gotare.yaml selects; files for development and tests do not.
    """
    from gotare.cli.host import host_platform
    from gotare.linting.audit import audit, card_lines
    from gotare.linting.session import LintRequest, Session, project_loader

    request = LintRequest(terminal.directory, project=not no_project, bare=True)
    with project_loader(terminal.env, terminal.home, host_platform(), go) as load:
        session = Session(request, terminal.env, None if no_project else load, every_rule=True)
        card = audit(session)
    for note in session.notes():
        terminal.note(f"note: {note}")
    terminal.result(card.json(), lambda: "\n".join(card_lines(card)))
    return 1 if min_score is not None and card.score < min_score else 0
