"""Which base an image stands on: the decision tables of the guides as one function.

| the program                         | base                                                  |
|-------------------------------------|-------------------------------------------------------|
| pure Go                             | static                                                |
| pure Go, as small as can be (asked) | scratch                                               |
| links C                             | static and the libraries it links; distroless: base   |
| links C++                           | static and the libraries it links; distroless: cc     |
| runs a shell or other programs      | static, with a note: alpine (debian with cgo) has them |

Only facts that make a program fail decide. A program that runs `git` in one corner still gets the
small base, and is told; `base:` in gotare.yaml settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.golang.cgo_need import CgoNeed
from gotare.golang.facts.types import Need, ProgramFacts

DEFAULT_BASE: Final = "static"
Distroless = Literal["static", "base", "cc"]


@dataclass(frozen=True, slots=True)
class BaseChoice:
    """The base, how cgo is switched, and which of distroless' images fits; `why` names causes."""

    base: str
    cgo: Literal["off", "dynamic"]
    distroless: Distroless
    why: str
    at: str = ""


def choose_base(
    programs: Sequence[ProgramFacts], cgo_needs: Sequence[CgoNeed], cxx: bool
) -> BaseChoice:
    """Choose for the programs of one image; `cgo_needs` are those that they reach."""
    broken = [need for need in cgo_needs if need.effect in ("fails", "stub")]
    if broken:
        distroless: Distroless = "cc" if cxx else "base"
        why = f"cgo: {broken[0]} {_without(broken[0])}; its shared libraries are added"
        return BaseChoice(DEFAULT_BASE, "dynamic", distroless, why)
    causes = ["pure Go", *_causes(programs)]
    better = [need for need in cgo_needs if need.effect == "degrades"]
    if better:
        causes.append(f"{better[0].package} does without cgo")
    return BaseChoice(DEFAULT_BASE, "off", "static", "; ".join(causes))


def _without(need: CgoNeed) -> str:
    return "cannot be built without it" if need.effect == "fails" else "fails at run time without"


_WORDS: Final = {"roots": "outbound TLS", "zones": "time zones", "users": "os/user"}


def _causes(programs: Sequence[ProgramFacts]) -> list[str]:
    """Name what the static base is needed for, each with its place."""
    found: dict[str, str] = {}
    for program in programs:
        for need in program.needs:
            if need.kind in _WORDS and not need.linked:
                found.setdefault(need.kind, _named(need))
    return list(found.values())


def _named(need: Need) -> str:
    what = need.at.what.rpartition(".")[2] if need.kind == "zones" else ""
    return f"{what or _WORDS[need.kind]} ({need.at})"


def additions_for(programs: Sequence[ProgramFacts]) -> tuple[str, ...]:
    """Return what of the static base the programs need, for a base that has nothing."""
    kinds = {need.kind for program in programs for need in program.needs if not need.linked}
    temp = any(use.access == "temp" for program in programs for use in program.files)
    wanted = {"certificates": "roots" in kinds, "zones": "zones" in kinds, "tmp": temp}
    wanted["users"] = "users" in kinds
    return tuple(name for name, needed in wanted.items() if needed)
