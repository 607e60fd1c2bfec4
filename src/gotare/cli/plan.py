"""`gotare plan`: what the project's images must be, and why; nothing is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gotare.cache import open_cache
from gotare.cli.host import host_platform
from gotare.cli.terminal import Terminal, common


@click.command(name="plan")
@click.argument("packages", nargs=-1, metavar="[PACKAGE]...")
@click.option("--platform", multiple=True, metavar="OS/ARCH[/VARIANT]", help="Plan for; repeatable or comma-separated (default: this machine's).")  # fmt: skip  # noqa: E501
@click.option("--base", metavar="BASE", help="scratch, static (default), or any image.")
@click.option("--go-tag", multiple=True, metavar="TAG", help="Build tag for go.")
@click.option("--cgo", type=click.Choice(["off", "dynamic", "static"]), is_flag=False, flag_value="dynamic", help="Plan a build with cgo.")  # fmt: skip  # noqa: E501
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@click.option("--facts", is_flag=True, help="With --json: the facts found in the code, too.")
@common
def command(terminal: Terminal, facts: bool, **options: Any) -> None:
    """Say what the images of the Go project must be, and why.

    Each line names the place in the code that it comes from. What the code does not tell is said to
    be unknown; gotare.yaml settles it, and wins where it says something else than the code.
    """
    from gotare.cli.show_plan import plan_json, plan_lines
    from gotare.oci.transports import Surroundings
    from gotare.prepare import prepare
    from gotare.programs import Local
    from gotare.records import to_json
    from gotare.request import Request
    from gotare.settings import Settings

    settings = Settings(
        platforms=options["platform"] or None,
        base=options["base"],
        go_tags=options["go_tag"] or None,
        cgo=options["cgo"],
    )
    request = Request(
        directory=terminal.directory,
        patterns=options["packages"],
        overrides=settings,
        destinations=(),
        host=host_platform(),
        go=options["go"],
    )
    with open_cache(terminal.env, terminal.home) as (cache, warning), terminal.progress() as shown:
        if warning:
            terminal.note(f"warning: {warning}")
        around = Surroundings(terminal.env, terminal.home, terminal.directory, False, shown)
        prepared = prepare(request, cache, around)
    document = plan_json(prepared.plan)
    if facts and isinstance(prepared.programs, Local):
        document = {"plan": document, "facts": to_json(prepared.programs.project.facts)}
    terminal.result(document, lambda: plan_lines(prepared.plan))
