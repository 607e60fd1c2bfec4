"""`gotare init`: asks, shows what would change, writes it all at once, and says what was done."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gotare.cache import open_cache
from gotare.cli.host import host_platform
from gotare.cli.terminal import Terminal, common
from gotare.errors import UsageError

if TYPE_CHECKING:
    from gotare.request import Request
    from gotare.scaffold.answers import Question
    from gotare.scaffold.draft import Draft, Wanted
    from gotare.writing.changes import Change

_PARTS: Final = (
    "dockerfile, dockerignore, compose, kubernetes, github, gitlab, makefile, config, docs"
)


@click.command(name="init")
@click.argument("packages", nargs=-1, metavar="[PACKAGE]...")
@click.option("--only", multiple=True, metavar="PART", help=f"Write these parts; repeatable or comma-separated: {_PARTS}.")  # fmt: skip  # noqa: E501
@click.option("--variant", type=click.Choice(["scratch", "distroless", "alpine", "debian"]), help="The base of the image; settled in gotare.yaml.")  # fmt: skip  # noqa: E501
@click.option("--builder", type=click.Choice(["docker", "gotare"]), help="What makes images in CI and make (default: as before, else docker).")  # fmt: skip  # noqa: E501
@click.option("--ci", type=click.Choice(["github", "gitlab", "both", "none"]), help="Pipelines (default: those in use, else by the git remote).")  # fmt: skip  # noqa: E501
@click.option("--image", metavar="REPOSITORY", default="", help="Where images are pushed, as ghcr.io/me; settled in gotare.yaml.")  # fmt: skip  # noqa: E501
@click.option("--pin", is_flag=True, help="Name images with the digests that they have today.")
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
@click.option("--yes", is_flag=True, help="Ask nothing and take the defaults.")
@click.option("--diff", "only_diff", is_flag=True, help="Show what would change, and write nothing; 1 when something would.")  # fmt: skip  # noqa: E501
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@click.option("--insecure", is_flag=True, help="Allow registries without TLS or trusted certificate.")  # fmt: skip  # noqa: E501
@common
def command(terminal: Terminal, only_diff: bool, force: bool, **options: Any) -> int:
    """Write Dockerfiles, Compose, Kubernetes, CI and make files for the Go project.

    Files that differ from what is there are shown as a diff, and overwritten after a yes or with
    --force. Lines between '# gotare: keep begin NAME' and '# gotare: keep end' stay, and so does a
    file with a line '# gotare: keep'. All files are written, or none.
    """
    from gotare.writing.atomic import write_all

    asked = _may_ask(terminal, options["yes"])
    draft = _draft(terminal, options, asked)
    if only_diff:
        return _show(terminal, draft)
    for note in draft.notes:
        terminal.note(f"note: {note}")
    chosen = _chosen(terminal, draft, force, asked)
    if draft.settles and not any(change.path == "gotare.yaml" for change in chosen):
        raise UsageError(
            "gotare.yaml has to change for this, or gotare build would make something else",
            "nothing was written: give --force, or leave the choice out",
        )
    write_all(chosen)
    written = {change.path for change in chosen}
    terminal.result(_json(draft, written), lambda: _summary(draft, written))
    return 0


def _may_ask(terminal: Terminal, yes: bool) -> bool:
    return not (yes or terminal.json) and sys.stdin.isatty() and sys.stderr.isatty()


def _draft(terminal: Terminal, options: Mapping[str, Any], asked: bool) -> Draft:
    from gotare.cli.show_progress import plain_progress
    from gotare.oci.transports import Surroundings
    from gotare.scaffold.answers import take_default
    from gotare.scaffold.draft import make_draft

    wanted = _wanted(options)
    # A live display would draw over the questions.
    progress = plain_progress(terminal.verbose) if asked else terminal.progress()
    with open_cache(terminal.env, terminal.home) as (cache, warning), progress as shown:
        if warning:
            terminal.note(f"warning: {warning}")
        around = Surroundings(
            terminal.env, terminal.home, terminal.directory, options["insecure"], shown
        )
        ask = _ask if asked else take_default
        return make_draft(_request(terminal, options), wanted, cache, around, ask, asked)


def _wanted(options: Mapping[str, Any]) -> Wanted:
    from gotare.scaffold.answers import Given
    from gotare.scaffold.draft import Wanted

    given = Given(options["variant"], options["image"], options["ci"] or "")
    return Wanted(given, _parts(options["only"]), options["builder"], options["pin"])


def _parts(only: Iterable[str]) -> Any:
    """Read --only. Raises UsageError for what is no part."""
    from difflib import get_close_matches

    from gotare.generate.files import PARTS

    words = [word.strip() for text in only for word in text.split(",") if word.strip()]
    for word in words:
        if word not in PARTS:
            nearest = get_close_matches(word, PARTS, 1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"parts: {_PARTS}"
            raise UsageError(f"--only: not a part: {word!r}", hint)
    return tuple(words) or None


def _request(terminal: Terminal, options: Mapping[str, Any]) -> Request:
    from gotare.request import Request
    from gotare.settings import Settings

    return Request(
        directory=terminal.directory,
        patterns=options["packages"],
        overrides=Settings(),
        destinations=(),
        host=host_platform(),
        go=options["go"],
    )


# questions


def _ask(question: Question) -> str:
    kind = click.Choice(question.choices) if question.choices else None
    answer = click.prompt(
        question.text, question.default, type=kind, err=True, show_default=bool(question.default)
    )
    return str(answer)


def _chosen(terminal: Terminal, draft: Draft, force: bool, asked: bool) -> list[Change]:
    """Return the changes to make: all that lose nothing, and those that are agreed to."""
    chosen, everything = [], force
    for change in draft.changes:
        if not change.writes:
            continue
        if change.action == "updated" and not everything:
            _print_diff(terminal, change)
            answer = _overwrite(change) if asked else "no"
            everything = answer == "all"
            if answer == "no":
                continue
        chosen.append(change)
    return chosen


def _overwrite(change: Change) -> str:
    kind = click.Choice(["yes", "no", "all"])
    return str(click.prompt(f"Overwrite {change.path}", "no", type=kind, err=True))


# what is shown


def _print_diff(terminal: Terminal, change: Change) -> None:
    from gotare.writing.diff import diff_lines

    if not terminal.quiet:
        colored = sys.stderr.isatty() and "NO_COLOR" not in terminal.env
        click.echo("\n".join(_colored(diff_lines(change), colored)), err=True)


def _colored(lines: Iterable[str], colored: bool) -> Iterable[str]:
    colors = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        yield click.style(line, fg=colors.get(line[:1])) if colored else line


def _show(terminal: Terminal, draft: Draft) -> int:
    """Show what would change; return 1 when something would."""
    from gotare.writing.diff import diff_lines

    changes = [change for change in draft.changes if change.writes]
    document = _json(draft, {change.path for change in changes})
    diffs = {change.path: "\n".join(diff_lines(change)) for change in changes}
    for file in document["files"]:
        file["diff"] = diffs.get(file["path"], "")
    terminal.result(document, lambda: "\n".join(diffs.values()) or "nothing would change")
    return 1 if changes else 0


def _action(change: Change, written: set[str]) -> str:
    return "skipped" if change.writes and change.path not in written else change.action


def _json(draft: Draft, written: set[str]) -> dict[str, Any]:
    return {
        "files": [
            {"path": c.path, "part": draft.parts[c.path], "action": _action(c, written)}
            for c in draft.changes
        ]
    }


def _summary(draft: Draft, written: set[str]) -> str:
    lines = [_line(change, _action(change, written)) for change in draft.changes]
    actions = [_action(change, written) for change in draft.changes]
    counts = [f"{actions.count(action)} {action}" for action in dict.fromkeys(actions)]
    hint = ["skipped files differ: --force overwrites them"] if "skipped" in actions else []
    return "\n".join([*lines, ", ".join(counts), *hint])


def _line(change: Change, action: str) -> str:
    notes = [f"keeps {', '.join(change.blocks)}"] if change.blocks else []
    for name, lines in change.replaced:
        notes.append(f"{name} in place of: {'; '.join(line.strip() for line in lines)}")
    return f"{action:<10}{change.path}" + (f"  ({'; '.join(notes)})" if notes else "")
