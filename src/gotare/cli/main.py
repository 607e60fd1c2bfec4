"""The `gotare` command: finds the subcommand, and is the only place that catches and exits."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from gotare import __version__
from gotare.errors import CompileError, GotareError, ToolError

COMMANDS: Final = {
    "build": "Build images from the Go project, without a daemon or a Dockerfile.",
    "copy": "Copy an image between registries, layouts, archives and engines.",
    "validate": "Check an image against the OCI specifications.",
}
"""Every command and its one-line help: the module is `gotare.cli.<name>`, the object `command`."""

_INTERRUPTED: Final = 130


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


def main() -> None:
    """Run the command line and exit: 0 fine, 1 findings, 2 usage, 3 failed, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run with these arguments and return the exit code; every error is printed here."""
    try:
        code = cli.main(args, prog_name="gotare", standalone_mode=False)
    except click.ClickException as error:
        return _usage(error)
    except GotareError as error:
        return _failed(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("error: interrupted", err=True)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to tell, now or at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except OSError as error:
        return _failed(GotareError(str(error)))
    except Exception as error:
        if "GOTARE_TRACEBACK" in os.environ:
            raise
        kind = type(error).__name__
        return _failed(
            GotareError(
                f"internal error: {kind}: {error}",
                "this is a defect of gotare: please report it with GOTARE_TRACEBACK=1 set",
            )
        )
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> int:
    click.echo(f"error: {error.format_message()}", err=True)
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(f"hint: {context.command_path} --help", err=True)
    return 2


def _failed(error: GotareError) -> int:
    if isinstance(error, CompileError | ToolError) and error.output:
        click.echo(error.output.rstrip("\n"), err=True)
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    return error.exit_code


if __name__ == "__main__":
    main()
