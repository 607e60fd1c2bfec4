"""Which Go files of a project are linted beside those of its main packages: those that facts
stand in. Nobody reads thousands of files for the few that say something about a container."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from gotare.lint.files import Target
from gotare.lint.go_source import is_product
from gotare.lint.subjects import Surroundings

if TYPE_CHECKING:
    from gotare.golang.facts.types import Evidence, ProgramFacts

_MOST: Final = 2_000
"""Files that facts are followed into, at most."""


def with_go_files(
    targets: Sequence[Target], look: Callable[[Target, str], Surroundings]
) -> list[Target]:
    """Return the targets, and behind them the other Go files in which something stands about the
    programs whose main files are among the targets. A file that the user names stands alone."""
    found = {target.shown: target for target in targets}
    roots: set[str] = set()
    for target in targets:
        if target.kind == "go" and not target.named and target.place is not None:
            for other in _others(target, look(target, ""), roots):
                found.setdefault(other.shown, other)
            if len(found) > len(targets) + _MOST:
                break
    return list(found.values())


def _others(target: Target, around: Surroundings, roots: set[str]) -> Iterator[Target]:
    here, place = around.here, target.place
    if not here or place is None or not target.shown.endswith(here):
        return
    above = target.shown.removesuffix(here)
    project = None if above in roots else around.project
    if project is None:
        return
    roots.add(above)
    top = place.parents[here.count("/")]
    paths = {at.path for facts in project.facts.programs for at in evidence(facts)}
    for path in sorted(paths):
        if path.endswith(".go") and not path.startswith(("/", "../")) and is_product(path):
            yield Target(above + path, top / path, "go")


def evidence(facts: ProgramFacts) -> Iterator[Evidence]:
    """Yield where the facts stand that rules speak of."""
    groups = (
        facts.listeners, facts.routes, facts.variables, facts.files, facts.executed, facts.needs,
        facts.hazards,
    )  # fmt: skip
    for group in groups:
        yield from (one.at for one in group)
    for at in (facts.shutdown and facts.shutdown.at, facts.loops):
        if at:
            yield at
