"""Builds published Go programs by path@version, checks their images, and starts them.

    benchmarks/realworld.py            all programs
    benchmarks/realworld.py caddy yq   those whose path contains one of the words
    benchmarks/realworld.py --fresh    download and compile everything anew
    benchmarks/realworld.py --write    put the table into docs/realworld.md

Failures are shown as such; the exit code is 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import containers
from benchmarks.figures import blob
from benchmarks.machine import describe_machine
from benchmarks.measure import FailedError, run
from benchmarks.programs import PROGRAMS, Published, Start
from benchmarks.report import seconds, table
from benchmarks.workshop import ROOT, Workshop, go_env, install_gotare, open_workshop

OPENING = """Written by `make realworld ARGS=--write`. Each program is built by `gotare build
PATH@VERSION`, twice: on the default base (static: certificates, time zones, users, /tmp) and with
`--base scratch`, which holds what gotare finds that the program needs and no more. Both images are
checked by `gotare validate`, unpacked by umoci, and started by runc with a read-only root, no
capability, no new privileges, and as user 65532. Services have to answer and to end on SIGTERM;
exit code 2 there means that the program leaves the signal to Go. *First* is the build on static as
this run found things, with downloading and compiling what no earlier program had needed; *again* is
the one on scratch, with everything compiled."""

_SHOWN = 140
"""Characters of the message that refuses a program."""

BASES = (("static", ()), ("scratch", ("--base=scratch", "--no-cache")))


@dataclass(frozen=True, slots=True)
class Built:
    """One image of a program, in a layout."""

    layout: Path
    name: str
    binary: int
    size: int
    parts: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one program: its images by base, and how they started or what failed."""

    query: str
    what: str
    images: tuple[Built, ...] = ()
    started: str = ""
    failure: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        path, _, version = self.query.partition("@")
        outcome = f"**failed**: {self.failure}" if self.failure else self.started
        if len(self.images) < len(BASES):
            return path, self.what, version, "", "", "", "", "", "", _one_line(outcome)
        static, scratch = self.images
        sizes = (_megabytes(static.binary), _megabytes(static.size), _megabytes(scratch.size))
        times = (seconds(static.seconds), seconds(scratch.seconds))
        added = ", ".join(scratch.parts) or "nothing"
        return path, self.what, version, *sizes, added, *times, _one_line(outcome)


HEADER = (
    *("program", "what", "version", "binary", "on static", "on scratch", "scratch holds"),
    *("first", "again", "started"),
)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _one_line(text: str) -> str:
    """Return text for a cell of a table; whose module proxy it was does not matter."""
    plain = re.sub(r"https?://(?!127\.)\S+", "the module proxy", text)
    return " ".join(plain.split()).replace("|", "\\|")


class Trial:
    """Builds and starts programs in one workshop."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self._gotare = install_gotare(workshop)
        self._no_containers = containers.missing()

    def rows(self, program: Published) -> list[Row]:
        """Return a row for each program of a build; a failure is in the row."""
        try:
            images = [self._build(program, base, options) for base, options in BASES]
        except FailedError as error:
            return [_not_built(program, query, str(error)) for query in program.queries]
        if program.refused:
            return [Row(query, program.what, failure="not refused") for query in program.queries]
        each = zip(program.queries, program.starts, zip(*images, strict=True), strict=True)
        return [self._row(query, program.what, start, built) for query, start, built in each]

    def _build(self, program: Published, base: str, options: Sequence[str]) -> list[Built]:
        """Build on one base; return the images in the order of the queries."""
        layout = self._shop.emptied(f"realworld/{base}")
        args = (self._gotare, "build", "--quiet", "--json", f"--oci-layout={layout}", *options)
        began = time.perf_counter()
        answer = json.loads(run(self._shop.step(*args, *program.queries)))
        took = time.perf_counter() - began
        return [_built(layout, image, took) for image in answer["images"]]

    def _row(self, query: str, what: str, start: Start, images: tuple[Built, ...]) -> Row:
        outcomes = [self._try_out(start, built) for built in images]
        failures = [
            f"on {base}: {failure}"
            for (base, _), (_, failure) in zip(BASES, outcomes, strict=True)
            if failure
        ]
        return Row(query, what, images, outcomes[0][0], "; ".join(failures))

    def _try_out(self, start: Start, built: Built) -> tuple[str, str]:
        """Check and start one image; return how it went, and what failed."""
        bundle = self._shop.folder / "realworld" / "bundle"
        try:
            run(self._shop.step(self._gotare, "validate", f"oci:{built.layout}:{built.name}"))
            if self._no_containers:
                return f"not tried: {self._no_containers}", ""
            containers.unpack(built.layout, built.name, bundle)
            return containers.try_out(bundle, start), ""
        except FailedError as error:
            return "", str(error)
        finally:
            shutil.rmtree(bundle, ignore_errors=True)


def _built(layout: Path, image: dict[str, Any], took: float) -> Built:
    platform = image["platforms"][0]
    manifest = json.loads(blob(layout, platform["digest"]).read_bytes())
    size = sum(part["size"] for part in (manifest["config"], *manifest["layers"]))
    kinds = tuple(layer["kind"] for layer in platform["layers"])
    program = next(layer["size"] for layer in platform["layers"] if layer["kind"] == "binary")
    parts = tuple(kind for kind in kinds if kind != "binary")
    return Built(layout, image["name"], program, size, parts, took)


def _not_built(program: Published, query: str, error: str) -> Row:
    """Return the row of a program that was not built, which may be as it should."""
    if program.refused and program.refused in error:
        return Row(query, program.what, started=f"refused: {error[:_SHOWN]}…")
    return Row(query, program.what, failure=error)


def chosen(words: Sequence[str]) -> list[Published]:
    """Return the programs whose path contains one of the words; all without words."""
    return [
        program
        for program in PROGRAMS
        if not words or any(word in query for word in words for query in program.queries)
    ]


def document(machine: dict[str, str], rows: Sequence[Row]) -> str:
    """Return the whole page."""
    built = sum(bool(row.images) and not row.failure for row in rows)
    failed = sum(bool(row.failure) for row in rows)
    refused = len(rows) - built - failed
    lines = ["# Published programs", "", OPENING, "", *table(("", ""), machine.items()), ""]
    lines += [
        f"{built} built and started, {refused} refused as they should be, {failed} failed.",
        "",
    ]
    lines += table(HEADER, (row.cells for row in rows))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Build, check, start and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("words", nargs="*", help="only programs whose path contains one of these")
    parser.add_argument("--fresh", action="store_true", help="empty all caches beforehand")
    parser.add_argument("--write", action="store_true", help="write docs/realworld.md")
    options = parser.parse_args()
    with open_workshop(ROOT / ".cache" / "realworld") as workshop:
        return report(workshop, options)


def report(workshop: Workshop, options: argparse.Namespace) -> int:
    """Try the programs that were asked for; return the exit code."""
    for cache in ("go-build", "modules", "gotare") if options.fresh else ():
        workshop.emptied(cache)
    trial, rows = Trial(workshop), list[Row]()
    for program in chosen(options.words):
        print(f"realworld: {' '.join(program.queries)}", file=sys.stderr, flush=True)
        rows += trial.rows(program)
        print("\n".join(table(HEADER, (rows[-1].cells,))[2:]), flush=True)
    machine = describe_machine() | {"Go": go_env(workshop, "GOVERSION")[0]}
    machine["caches of Go"] = "empty at first" if options.fresh else "as earlier runs left them"
    text = document(machine, rows)
    print(text)
    if options.write:
        (ROOT / "docs" / "realworld.md").write_text(text)
    return int(any(row.failure for row in rows))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FailedError as error:
        sys.exit(f"realworld: {error}")
