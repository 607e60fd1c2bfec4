"""`gotare lsp`: the language server for editors, over standard input and output."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gotare.cli.terminal import Terminal, common

if TYPE_CHECKING:
    from gotare.lint.around import Known


@click.command(name="lsp")
@click.option("--stdio", is_flag=True, help="Speak over standard input and output: always so.")
@click.option("--no-project", is_flag=True, help="Do not read the Go project: run no go.")
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@common
def command(terminal: Terminal, stdio: bool, no_project: bool, go: Path | None) -> int:
    """Serve an editor by the Language Server Protocol.

    Shows what gotare lint finds in Dockerfiles, .dockerignore, Compose, Kubernetes, workflow, make
    and Go files while they are written, explains it, and offers repairs. Editors start this
    command; docs/editors.md says how each is told to.
    """
    from gotare.cli.host import host_platform
    from gotare.lint.around import Known
    from gotare.lint.lsp.server import Server
    from gotare.linting.session import project_loader

    def load(root: Path) -> Known:
        if no_project:
            return Known()
        with project_loader(terminal.env, terminal.home, host_platform(), go) as read:
            return read(root)

    # What is printed by mistake must not come between messages, nor stdout be closed at the end.
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return Server(load, terminal.directory).run(source, sink)
