"""Compares what gotare and BuildKit read in the Dockerfiles of .cache/lint-corpus.

    benchmarks/lint_agreement.py            print what differs, and how fast gotare reads
    benchmarks/lint_agreement.py --write    put the figures into docs/lint.md

`benchmarks/lint_corpus.py` makes the corpus. The exit code is 1 when a file differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts_report import with_section
from benchmarks.lint_corpus import FILES, MANIFEST, ROOT
from gotare.lint.dockerfile.parse import decode_dockerfile, parse_dockerfile
from tests.lint.dockerfile.agreement import differences
from tests.lint.dockerfile.buildkit import SOURCES, NoOracleError, compiled_oracle

PAGE = ROOT / "docs" / "lint.md"
TITLE = "How Dockerfiles are read"

OPENING = """Written by `make lint-corpus ARGS=--write`. The Dockerfiles of the Go repositories that
`benchmarks/lint_corpus.txt` pins are read by gotare and by BuildKit's own parser. They agree about
a file when both refuse it, or when both find the same instructions on the same lines, with the same
flags, form, words, pairs and heredocs, the same escape character, and the same blank lines to warn
of. The texts of errors are not compared."""


@dataclass
class Outcome:
    """What came of the files of a corpus. `differs` says what differs, by file."""

    files: int = 0
    repositories: int = 0
    go: int = 0
    bytes: int = 0
    instructions: int = 0
    heredocs: int = 0
    refused: list[str] = field(default_factory=list)
    differs: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def agreement(self) -> float:
        """Return the share of files that both read alike."""
        return 1 - len(self.differs) / self.files if self.files else 0.0


def compare(manifest: Sequence[Any], go: Path) -> Outcome:
    """Read all files of a corpus in both ways. Raises NoOracleError."""
    paths = [f"{one['repository']}/{one['path']}" for one in manifest]
    contents = [(FILES / path).read_bytes() for path in paths]
    answers = compiled_oracle(go).files(contents)
    outcome = Outcome(len(paths), len({one["repository"] for one in manifest}))
    outcome.go = sum(one["go"] for one in manifest)
    outcome.bytes = sum(map(len, contents))
    outcome.seconds = reading_time(contents)
    for path, content, answer in zip(paths, contents, answers, strict=True):
        _count(outcome, path, content, answer)
    return outcome


def _count(outcome: Outcome, path: str, content: bytes, answer: Any) -> None:
    found = answer["Instructions"] or []
    outcome.instructions += len(found)
    outcome.heredocs += sum(len(one["Heredocs"] or ()) for one in found)
    if answer["Error"]:
        outcome.refused.append(f"{path}: {answer['Error']}")
    if lines := differences(content, answer):
        outcome.differs[path] = lines


def reading_time(contents: Sequence[bytes]) -> float:
    """Return the seconds that gotare needs to read the files, the best of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for content in contents:
            parse_dockerfile(decode_dockerfile(content))
        times.append(time.perf_counter() - start)
    return min(times)


def buildkit_version() -> str:
    """Return the version of BuildKit that the oracle is compiled from."""
    words = (SOURCES / "go.mod").read_text().split()
    return words[words.index("github.com/moby/buildkit") + 1]


def section(outcome: Outcome) -> str:
    """Return the section of the page."""
    rows = (
        ("Dockerfiles", f"{outcome.files} of {outcome.repositories} repositories"),
        ("that name Go", str(outcome.go)),
        ("instructions", f"{outcome.instructions}, {outcome.heredocs} heredocs"),
        ("refused by both", str(len(outcome.refused) - _refused_by_one(outcome))),
        ("read differently", str(len(outcome.differs))),
        ("agreement", f"{outcome.agreement:.2%} with BuildKit {buildkit_version()}"),
        ("speed", f"{outcome.files / outcome.seconds:.0f} files a second, on one core"),
    )
    lines = [f"## {TITLE}", "", OPENING, "", "| what | figure |", "|---|---|"]
    lines += [f"| {what} | {figure} |" for what, figure in rows]
    return "\n".join([*lines, ""])


def _refused_by_one(outcome: Outcome) -> int:
    refused = {line.partition(": ")[0] for line in outcome.refused}
    return len(refused & outcome.differs.keys())


def main() -> int:
    """Compare, print and perhaps write. Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the figures into docs/lint.md")
    options = parser.parse_args()
    go = shutil.which("go")
    if not MANIFEST.exists() or not go:
        print("no corpus: run benchmarks/lint_corpus.py" if go else "no go on PATH")
        return 1
    try:
        outcome = compare(json.loads(MANIFEST.read_text()), Path(go))
    except NoOracleError as error:
        print(error)
        return 1
    for line in outcome.refused:
        print(f"refused: {line}")
    for path, lines in outcome.differs.items():
        print(f"differs: {path}: {lines[0]}")
    print(section(outcome))
    if options.write:
        page = PAGE.read_text() if PAGE.exists() else "# Lint\n"
        PAGE.write_text(with_section(page, section(outcome)))
    return 1 if outcome.differs else 0


if __name__ == "__main__":
    sys.exit(main())
