"""What a command knows of its surroundings; results go to stdout, the rest to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from gotare.frozen import dataclass
from gotare.progress import SILENT, Progress

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Terminal:
    """The folder to work in, the environment, and how much to say."""

    directory: Path
    env: Mapping[str, str]
    home: Path
    json: bool
    quiet: bool
    verbose: bool

    def result(self, document: Mapping[str, Any], lines: Callable[[], str]) -> None:
        """Print the result: one JSON document with --json, else what `lines` returns."""
        if self.json:
            click.echo(json.dumps(document, indent=2))
        elif not self.quiet:
            click.echo(lines())

    def note(self, message: str) -> None:
        """Print a message on stderr, unless quiet."""
        if not self.quiet:
            click.echo(message, err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show progress: live on a terminal, plain lines otherwise, nothing when quiet."""
        if self.quiet:
            yield SILENT
            return
        live = sys.stderr.isatty() and self.env.get("TERM") != "dumb"
        from gotare.cli.show_progress import live_progress, plain_progress

        with live_progress(self.env) if live else plain_progress(self.verbose) as progress:
            yield progress


def common(function: _Command) -> _Command:
    """Add the options that every command has; the command gets a `terminal`."""
    options = [
        click.option(
            "-C",
            "directory",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            default=Path(),
            help="Work in DIR.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
        click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
        click.option("-v", "--verbose", is_flag=True, help="Print more of what is done."),
    ]

    def command(
        directory: Path, as_json: bool, quiet: bool, verbose: bool, **arguments: Any
    ) -> Any:
        env = dict(os.environ)
        home = Path(env.get("HOME") or "~").expanduser()
        terminal = Terminal(directory.resolve(), env, home, as_json, quiet, verbose)
        return function(terminal=terminal, **arguments)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    wrapped: Any = command
    wrapped.__click_params__ = getattr(function, "__click_params__", [])
    for option in reversed(options):
        wrapped = option(wrapped)
    result: _Command = wrapped
    return result
