"""Which lines were changed since a revision? `git diff` tells; new files count as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gotare.errors import ToolError, UsageError
from gotare.findings import Finding
from gotare.frozen import dataclass
from gotare.golang.process import Command, run

_HUNK: Final = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Changed:
    """The ranges of lines that are new in each file, by its real path; None: the whole file."""

    ranges: Mapping[Path, tuple[range, ...] | None]

    def touches(self, finding: Finding, place: Path) -> bool:
        """Return whether a finding lies on a changed line of its file."""
        if place not in self.ranges:
            return False
        ranges = self.ranges[place]
        last = max(finding.at.end_line, finding.at.line)
        return ranges is None or any(
            each.start <= last and finding.at.line < each.stop for each in ranges
        )


def changed_lines(directory: Path, revision: str, env: Mapping[str, str]) -> Changed:
    """Ask git what changed in the working tree since a revision. Raises UsageError, ToolError."""
    if not revision or revision.startswith("-"):
        raise UsageError(f"--diff: not a revision: {revision!r}", "as in --diff origin/main")
    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    top = Path(_git(directory, quiet, "rev-parse", "--show-toplevel").rstrip("\n"))
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    diff = _git(
        top, quiet, "-c", "core.quotePath=false", "diff", *options, *prefixes, revision, "--"
    )
    new = _git(top, quiet, "ls-files", "-z", "--others", "--exclude-standard")
    ranges: dict[Path, tuple[range, ...] | None] = {
        top / path: tuple(found) for path, found in _read(diff).items()
    }
    ranges |= {top / path: None for path in new.split("\0") if path}
    return Changed({path.resolve(): found for path, found in ranges.items()})


def _git(directory: Path, env: Mapping[str, str], *words: str) -> str:
    done = run(Command(("git", *words), directory, env))
    if done.code:
        message = done.stderr.strip().splitlines()[0:1] or ["git failed"]
        if "ambiguous argument" in message[0] or "bad revision" in message[0]:
            raise UsageError(
                f"--diff: git knows no revision {words[-2]!r}",
                "fetch it first: CI often clones the last commit only",
            )
        raise ToolError(f"--diff: {message[0]}", done.stderr, "run it inside a git repository")
    return done.stdout


def _read(diff: str) -> dict[str, list[range]]:
    found: dict[str, list[range]] = {}
    path = ""
    for line in _heads(diff):
        if line.startswith("+++ "):
            path = _path(line[4:])
        elif path:
            match = _HUNK.match(line)
            if match:
                start, count = int(match[1]), int(match[2] or 1)
                # Where lines were only taken out, the two around are what changed.
                lines = range(start, start + count) if count else range(max(start, 1), start + 2)
                found.setdefault(path, []).append(lines)
    return found


def _heads(diff: str) -> Iterator[str]:
    """Yield the lines that are not content: after a hunk's head come its lines, counted."""
    left = 0
    for line in diff.split("\n"):
        if left and line[:1] in ("+", "-", "\\"):
            left -= line[:1] != "\\"
            continue
        if line.startswith("@@ "):
            counts = re.findall(r"[-+]\d+(?:,(\d+))?", line.split("@@")[1])
            left = sum(int(count or 1) for count in counts)
        yield line


def _path(text: str) -> str:
    """Return the path of a `+++` line; "" for a file that is gone."""
    name = text.rstrip("\t")
    if name.startswith('"') and name.endswith('"'):
        name = name[1:-1].encode("latin-1", "ignore").decode("unicode_escape")
    return name[2:] if name.startswith("b/") else ""
