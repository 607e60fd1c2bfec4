"""`gotare lint`: finds what is wrong with the files around a project's images, and repairs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gotare.cli.terminal import Terminal, common
from gotare.errors import UsageError

if TYPE_CHECKING:
    from gotare.lint.around import Load
    from gotare.linting.session import LintRequest, Outcome, Session
    from gotare.writing.changes import Change

_FORMATS = ("text", "json", "sarif", "github", "junit", "gitlab")


@click.command(name="lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", help="How findings are shown (default: text).")  # fmt: skip  # noqa: E501
@click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), help="The least severity that makes the exit code 1 (default: warning).")  # fmt: skip  # noqa: E501
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules, families or kinds of files; also ids of other tools. Repeatable or comma-separated.")  # fmt: skip  # noqa: E501
@click.option("--ignore", multiple=True, metavar="RULE", help="Leave rules out; named as for --select.")  # fmt: skip  # noqa: E501
@click.option("--severity-of", multiple=True, metavar="RULE=LEVEL", help="error, warning, info or off for a rule.")  # fmt: skip  # noqa: E501
@click.option("--fix", is_flag=True, help="Repair what can be repaired safely.")
@click.option("--unsafe", is_flag=True, help="With --fix: also repairs that may change what is built.")  # fmt: skip  # noqa: E501
@click.option("--diff-only", is_flag=True, help="With --fix: show what would change, and write nothing; 1 when something would.")  # fmt: skip  # noqa: E501
@click.option("--rewrite", is_flag=True, help="Put what gotare init would write in place of the Dockerfiles.")  # fmt: skip  # noqa: E501
@click.option("--force", "--yes", "force", is_flag=True, help="With --rewrite: write without asking.")  # fmt: skip  # noqa: E501
@click.option("--diff", metavar="REV", help="Only findings on lines that changed since a revision of git.")  # fmt: skip  # noqa: E501
@click.option("--baseline", metavar="FILE", help="Leave out the findings in FILE (default: .gotare-lint.json, if it is there).")  # fmt: skip  # noqa: E501
@click.option("--no-baseline", is_flag=True, help="Leave nothing out for being in a baseline.")
@click.option("--write-baseline", is_flag=True, help="Write the findings into the baseline, and exit with 0.")  # fmt: skip  # noqa: E501
@click.option("--no-project", is_flag=True, help="Do not read the Go project: run no go.")
@click.option("--stdin-name", metavar="PATH", default="", help="What standard input (-) is: its path in the project.")  # fmt: skip  # noqa: E501
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@common
def command(terminal: Terminal, **options: Any) -> int:
    """Find what is wrong in Dockerfiles, .dockerignore, Compose, Kubernetes, CI and make files.

    PATH is a file, a folder, or - for standard input; without one the whole folder is looked at,
    but for what git ignores. The files are compared with each other and with the Go project that
    they belong to. gotare.yaml selects and grades rules; a comment
    '# gotare: ignore=RULE reason' waves one finding through. 'gotare explain RULE' tells more.
    """
    from gotare.linting.session import Session

    _check(options)
    request = _request(terminal, options)
    with _loader(terminal, options) if request.project else nullcontext() as load:
        session = Session(request, terminal.env, load)
        if options["rewrite"]:
            return _rewrite(terminal, session, options["force"])
        return _lint(terminal, session, options)


def _loader(terminal: Terminal, options: dict[str, Any]) -> AbstractContextManager[Load]:
    from gotare.cli.host import host_platform
    from gotare.linting.session import project_loader

    return project_loader(terminal.env, terminal.home, host_platform(), options["go"])


def _check(options: dict[str, Any]) -> None:
    for flag in ("unsafe", "diff_only"):
        if options[flag] and not options["fix"]:
            raise UsageError(f"--{flag.replace('_', '-')} goes with --fix", "add --fix")
    if options["force"] and not options["rewrite"]:
        raise UsageError("--force goes with --rewrite", "--fix asks nothing")
    if options["baseline"] == "":
        raise UsageError("--baseline: no file is named", "--no-baseline switches it off")
    together = [f for f in ("fix", "rewrite", "write_baseline") if options[f]]
    if len(together) > 1:
        flags = " and ".join("--" + flag.replace("_", "-") for flag in together)
        raise UsageError(f"{flags} cannot be given together", "run one after the other")


def _request(terminal: Terminal, options: dict[str, Any]) -> LintRequest:
    from gotare.lint.policy import Flags
    from gotare.linting.session import STDIN, LintRequest

    reads = STDIN in options["paths"]
    if options["stdin_name"] and not reads:
        raise UsageError("--stdin-name goes with standard input", "give - as a path")
    if reads and (options["rewrite"] or options["write_baseline"]):
        raise UsageError("standard input can only be linted and fixed", "name the file")
    return LintRequest(
        directory=terminal.directory,
        paths=options["paths"],
        flags=Flags(
            options["select"], options["ignore"], options["severity_of"], options["fail_on"]
        ),
        diff=options["diff"],
        baseline=options["baseline"] or "",
        bare=options["no_baseline"] or options["write_baseline"],
        project=not options["no_project"],
        go=options["go"],
        stdin=_standard_input() if reads else None,
        stdin_name=options["stdin_name"],
    )


def _standard_input() -> str:
    from gotare.errors import TextError
    from gotare.lint.files import MAX_SIZE
    from gotare.lint.reading import text_of

    try:
        return text_of(sys.stdin.buffer.read(MAX_SIZE + 1))
    except TextError as error:
        raise UsageError(f"standard input is {error.message}", error.hint) from None


# linting


def _lint(terminal: Terminal, session: Session, options: dict[str, Any]) -> int:
    from gotare.cli.show_findings import say, show

    outcome, fixed = session.lint(), 0
    if options["write_baseline"]:
        return _write_baseline(terminal, session, outcome)
    if options["fix"]:
        fixing = session.fixing(outcome, options["unsafe"])
        fixed = fixing.repair(session.targets, terminal.note)
        if options["diff_only"]:
            return show_diffs(terminal, fixing.changes())
        if session.request.stdin is not None:
            click.echo(fixing.desk.text(session.stdin_shown), nl=False)
            return 0
        write(terminal, fixing.changes())
        outcome = session.again(outcome, fixing)
    show(terminal, outcome, "json" if terminal.json else options["form"], session.prefix)
    say(terminal, outcome, fixed)
    if outcome.failures:
        return 3
    return 1 if session.failing(outcome.findings) else 0


def _write_baseline(terminal: Terminal, session: Session, outcome: Outcome) -> int:
    from gotare.linting.fixing import change_of
    from gotare.writing.atomic import write_all

    path = session.baseline_path
    write_all([change_of(path, path.name, session.baseline_of(outcome))])
    number = len(outcome.findings)
    document = {"baseline": str(path), "findings": number}
    terminal.result(document, lambda: f"{path.name}: {number} findings")
    return 0


def _rewrite(terminal: Terminal, session: Session, force: bool) -> int:
    from gotare.linting.rewrite import rewritten

    changes = rewritten(session)
    writing = [change for change in changes if change.writes]
    if not writing:
        terminal.note("nothing would change")
        return 0
    asked = sys.stdin.isatty() and sys.stderr.isatty() and not terminal.json
    if not force and not asked:
        show_diffs(terminal, writing)
        terminal.note("nothing was written: give --force, or --yes")
        return 1
    print_diffs(terminal, writing)
    if not force and not click.confirm("Write this", err=True):
        return 1
    write(terminal, writing, shown=True)
    return 0


# changes


def show_diffs(terminal: Terminal, changes: Sequence[Change]) -> int:
    """Print what would change on stdout; return 1 when something would."""
    from gotare.writing.diff import diff_lines

    diffs = {change.path: "\n".join(diff_lines(change)) for change in changes}
    document = {"files": [{"path": path, "diff": diff} for path, diff in diffs.items()]}
    terminal.result(document, lambda: "\n".join(diffs.values()) or "nothing would change")
    return 1 if diffs else 0


def write(terminal: Terminal, changes: Sequence[Change], shown: bool = False) -> None:
    """Write files, each whole or not at all; on a terminal the diff is shown."""
    from gotare.writing.atomic import write_all

    if not shown and sys.stderr.isatty():
        print_diffs(terminal, changes)
    write_all(changes)


def print_diffs(terminal: Terminal, changes: Sequence[Change]) -> None:
    """Print what changes on stderr, unless quiet."""
    from gotare.writing.diff import diff_lines

    colored = sys.stderr.isatty() and "NO_COLOR" not in terminal.env
    colors = {"+": "green", "-": "red", "@": "cyan"}
    for line in (line for change in changes for line in diff_lines(change)):
        terminal.note(click.style(line, fg=colors.get(line[:1])) if colored else line)
