"""The arguments of a docker build that gotare's Dockerfiles take, and what they stand for.

Each is declared with its default before the first stage and again, without one, in every stage that
uses it: an ARG belongs to its stage alone, and a label that names one of another stage is empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gotare.golang.version_names import kind_of
from gotare.oci.image import rfc3339
from gotare.plan import ImagePlan, Plan

VERSION: Final = "VERSION"
COMMIT: Final = "COMMIT"
DATE: Final = "DATE"

DEFAULTS: Final = {VERSION: "dev", COMMIT: "unknown", DATE: "1970-01-01T00:00:00Z"}
"""What a build says that was told nothing. The date is one, because the label must be a date."""

_LABELS: Final = {
    "org.opencontainers.image.version": VERSION,
    "org.opencontainers.image.revision": COMMIT,
    "org.opencontainers.image.created": DATE,
}
_ALWAYS: Final = ("org.opencontainers.image.version", "org.opencontainers.image.revision")
_KINDS: Final = {"version": VERSION, "commit": COMMIT, "date": DATE}


def labels_of(image: ImagePlan) -> dict[str, str | None]:
    """Return the labels: those of the plan, and version and revision though git may not tell one
    today. None: the value is an argument."""
    told: dict[str, str | None] = dict.fromkeys(_ALWAYS)
    return {**told, **image.run.labels}


def label_argument(image: ImagePlan, label: str) -> str | None:
    """Return the argument that a label's value comes from; None for one that the user wrote."""
    argument = _LABELS.get(label)
    told, value = image.annotations.get(label), image.run.labels.get(label)
    return argument if told is None or value is None or told == value else None


def stamped(image: ImagePlan, plan: Plan) -> dict[str, str | None]:
    """Return the variables of the code that -X sets, with the argument each is set to; None for
    the value that the plan has."""
    symbols = sorted({*image.flags.x, *image.stamps})
    return {symbol: _symbol_argument(image, plan, symbol) for symbol in symbols}


def _symbol_argument(image: ImagePlan, plan: Plan, symbol: str) -> str | None:
    kind = image.stamps.get(symbol) or kind_of(symbol.rpartition(".")[2])
    if kind:
        return _KINDS[kind]
    value = image.flags.x[symbol]
    known = {image.run.labels.get(label): name for label, name in _LABELS.items()}
    return known.get(value) or (DATE if plan.created and value == rfc3339(plan.created) else None)


def compiled_in(plan: Plan) -> tuple[str, ...]:
    """Return the arguments that reach the programs, in their order."""
    return _ordered(name for image in plan.images for name in stamped(image, plan).values())


def labelled(image: ImagePlan) -> tuple[str, ...]:
    """Return the arguments that reach an image's labels, in their order."""
    return _ordered(label_argument(image, label) for label in labels_of(image))


def build_arguments(plan: Plan) -> tuple[str, ...]:
    """Return the arguments that a build of the plan's Dockerfiles should be given."""
    return _ordered((*(name for i in plan.images for name in labelled(i)), *compiled_in(plan)))


def _ordered(found: Iterable[str | None]) -> tuple[str, ...]:
    names = set(found)
    return tuple(name for name in DEFAULTS if name in names)
