"""Writes docs/commands.md from the command line itself, docs/facts.md from what was measured,
docs/rules from the rules of the linter, and docs/guides.md from the lines of the score card.

Tests fail when they are not current.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gotare.cli.app import COMMANDS, cli

TARGET = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def commands_page() -> str:
    """Return the page: each command with its help as the terminal shows it."""
    parts = ["# Commands\n\nWritten by `scripts/write_docs.py` from the commands themselves.\n"]
    for name in COMMANDS:
        parent = click.Context(cli, info_name="gotare", **cli.context_settings)
        command = cli.get_command(parent, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=parent, max_content_width=96)
        context.terminal_width = 96
        parts.append(f"## gotare {name}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(commands_page())
    sys.path.insert(0, str(TARGET.parent.parent))
    from scripts.facts_page import FACTS_PAGE, facts_page
    from scripts.guides_page import GUIDES_PAGE, guides_page
    from scripts.rule_pages import write_rule_pages

    FACTS_PAGE.write_text(facts_page())
    GUIDES_PAGE.write_text(guides_page())
    write_rule_pages()
