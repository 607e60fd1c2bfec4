"""Checks what `gotare plan` finds about published programs against what their authors say.

    benchmarks/facts_truth.py               all programs
    benchmarks/facts_truth.py caddy nats    those whose name contains one of the words
    benchmarks/facts_truth.py --write       put the tables into docs/facts.md

Downloads each module, and reads it as a project; nothing is compiled. Mistakes are shown as such;
the exit code is 1 when a program could not be read that should have been.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts_programs import DECISIONS, Known, known_programs
from benchmarks.facts_report import Row, mistakes, section, with_section
from benchmarks.facts_words import KINDS, Tally, Truth, Words, score, tally, words_of
from benchmarks.measure import FailedError, run
from benchmarks.workshop import ROOT, Workshop, open_workshop
from gotare.cache import Cache
from gotare.cli.host import host_platform
from gotare.errors import GotareError
from gotare.oci.transports import Surroundings
from gotare.plan import ImagePlan
from gotare.prepare import Prepared, prepare
from gotare.programs import Local
from gotare.request import Request
from gotare.settings import Settings
from gotare.workload import Check


def copied(shop: Workshop, known: Known) -> Path:
    """Return a writable copy of the program's module. Raises FailedError.

    A module's archive leaves out what is vendored but not its list, which go takes for the whole:
    so `vendor` is left out altogether.
    """
    step = shop.step(shop.go, "mod", "download", "-json", known.module)
    folder = shop.place("sources") / known.name
    shutil.rmtree(folder, ignore_errors=True)
    source = Path(json.loads(run(step))["Dir"])
    shutil.copytree(
        source,
        folder,
        copy_function=shutil.copyfile,
        ignore=lambda path, _: {"vendor"} if Path(path) == source else set(),
    )
    return folder


def planned(shop: Workshop, known: Known, folder: Path) -> Prepared:
    """Plan the program as `gotare plan` does. Raises GotareError."""
    request = Request(
        directory=folder,
        patterns=("." if known.package == "." else f"./{known.package}",),
        overrides=Settings(go_tags=known.tags or None),
        destinations=(),
        host=host_platform(),
        go=shop.go,
    )
    cache = Cache(shop.emptied("gotare"))
    return prepare(request, cache, Surroundings(shop.env(), shop.folder, folder))


def row_of(shop: Workshop, known: Known) -> Row:
    """Return what came of one program; a failure is in the row."""
    try:
        folder = copied(shop, known)
        planned(shop, known, folder)
        began = time.perf_counter()
        prepared = planned(shop, known, folder)
        took = time.perf_counter() - began
    except (FailedError, GotareError, RecursionError) as error:
        return Row(known, failure=" ".join(str(error).split())[:300])
    assert isinstance(prepared.programs, Local)
    project = prepared.programs.project
    main = project.mains[0].import_path
    found = words_of(project.facts, main, project.cgo_needs)
    unknown = tuple(f"{item.what}: {item.why}" for item in project.facts.of(main).unknown)
    return Row(known, tallies_of(known.truth, found, prepared.plan.images[0]), unknown, took)


def tallies_of(
    truth: Truth, found: dict[str, dict[str, str]], image: ImagePlan
) -> dict[str, Tally]:
    """Return the tally of each kind, and that of the plan's decisions that the truth is about."""
    facts = {kind: words for kind, words in truth.must.items() if kind in KINDS}
    tallies = score(Truth(facts, truth.may), found)
    if DECISIONS in truth.must:
        must = truth.must[DECISIONS]
        topics = {word.partition(" ")[0] for word in must}
        decided = {w: at for w, at in decisions_of(image).items() if w.partition(" ")[0] in topics}
        tallies[DECISIONS] = tally(must, (), decided)
    return tallies


def decisions_of(image: ImagePlan) -> Words:
    """Return what was decided, as words."""
    return dict(_decisions(image))


def _decisions(image: ImagePlan) -> Iterator[tuple[str, str]]:
    yield f"kind {image.workload.kind}", ""
    yield f"cgo {'off' if image.flags.cgo == 'off' else 'on'}", ""
    yield f"base {image.base}", ""
    for name in ("liveness", "readiness"):
        check: Check | None = getattr(image.workload, name)
        if check:
            yield f"{name} {check.port or ''}{check.path or ' '.join(check.command)}", check.at


def main() -> int:
    """Read the programs that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("words", nargs="*", help="only programs whose name contains one of these")
    parser.add_argument("--write", action="store_true", help="write docs/facts.md")
    options = parser.parse_args()
    with open_workshop(ROOT / ".cache" / "facts") as shop:
        return report(shop, options.words, options.write)


def report(shop: Workshop, words: Sequence[str], write: bool) -> int:
    """Check and show; return the exit code."""
    rows = []
    for known in known_programs(words):
        print(f"facts: {known.module}", file=sys.stderr, flush=True)
        rows.append(row_of(shop, known))
        print("\n".join(mistakes(rows[-1:])), file=sys.stderr, flush=True)
    text = section(rows)
    print(text)
    if write:
        page = ROOT / "docs" / "facts.md"
        page.write_text(with_section(page.read_text() if page.exists() else "", text))
    return int(any(row.is_wrong for row in rows))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FailedError as error:
        sys.exit(f"facts: {error}")
