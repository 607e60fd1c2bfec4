"""The command group: finds a subcommand, and imports it only when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from gotare import __version__

COMMANDS: Final = {
    "plan": "Say what the images of the Go project must be, and why.",
    "init": "Write Dockerfiles, Compose, Kubernetes, CI and make files for the Go project.",
    "build": "Build images from the Go project, without a daemon or a Dockerfile.",
    "lint": "Find what is wrong in Dockerfiles and the files around them, and repair it.",
    "audit": "Hold the project to the lists of good practice, as a score card.",
    "explain": "Explain a rule of lint or a note of plan.",
    "lsp": "Serve editors: findings, explanations and repairs while files are written.",
    "copy": "Copy an image between registries, layouts, archives and engines.",
    "validate": "Check an image against the OCI specifications.",
}
"""Every command and its one-line help: the module is `gotare.cli.<name>`, the object `command`."""


class Commands(click.Group):
    """Imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names without importing anything."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"gotare.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            nearest = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"Did you mean {nearest[0]!r}?" if nearest else "See gotare --help."
            raise click.UsageError(f"No such command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="gotare %(version)s")
def cli() -> None:
    """From a Go project to a minimal, reproducible OCI image, without a daemon."""
