"""Turns what `go list` complains about into one ProjectError with Go's own lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gotare.errors import ProjectError, ToolError
from gotare.golang.cgo_need import import_chains, is_excluded
from gotare.golang.hints import hint_for
from gotare.golang.packages import Listed

SHOWN = 20
"""Problems shown at most."""


def cannot_list(error: ToolError) -> ProjectError:
    """Return the error of a go list that did not run to its end: a broken go.mod and the like."""
    lines = error.output.splitlines() or [error.message]
    hint = hint_for(error.output) or "correct the file and line that go names"
    return ProjectError("go cannot load the project:\n" + "\n".join(lines), hint)


def raise_for_problems(listings: Iterable[Sequence[Listed]], may_fail: frozenset[str]) -> None:
    """Raise ProjectError for packages that cannot be loaded, each problem once.

    Left to others: syntax errors (the compiler tells them better), and the packages `may_fail`,
    which constraints exclude.
    """
    problems: dict[str, None] = {}
    for listing in listings:
        for package in listing:
            is_ours = package.problem and not _is_for_compiler(package)
            if is_ours and package.import_path not in may_fail:
                problems[_told(package, listing)] = None
    if problems:
        shown = list(problems)[:SHOWN]
        more = f"\n… and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        text = "\n".join(shown) + more
        raise ProjectError(f"go cannot load the packages:\n{text}", hint_for(text))


def _is_for_compiler(package: Listed) -> bool:
    return bool(package.name and package.files("InvalidGoFiles"))


def _told(package: Listed, listing: Sequence[Listed]) -> str:
    problem = package.problem
    assert problem
    if "import cycle" in problem.text:
        return f"{problem.text}: {' -> '.join(problem.stack)}"
    if is_excluded(package):
        chain = import_chains(listing, [package.import_path]).get(package.import_path, ())
        via = f" (imported by {' <- '.join(reversed(chain[:-1]))})" if chain[:-1] else ""
        return f"{package.import_path}: {problem.text}{via}"
    named = package.import_path in str(problem) or not problem.position
    return str(problem) if named else f"{problem} (package {package.import_path})"
