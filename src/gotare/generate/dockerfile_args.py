"""The arguments of a docker build that gotare's Dockerfiles take, and what they stand for.

Each is declared with its default before the first stage and again, without one, in every stage that
uses it: an ARG belongs to its stage alone, and a label that names one of another stage is empty.
"""

from __future__ import annotations

from typing import Final

from gotare.golang.flags import BuildFlags
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
_KINDS: Final = {"version": VERSION, "commit": COMMIT, "date": DATE}


def label_argument(image: ImagePlan, label: str) -> str | None:
    """Return the argument that a label's value comes from; None for one that the user wrote."""
    argument = _LABELS.get(label)
    told = image.annotations.get(label)
    return argument if told is None or told == image.run.labels[label] else None


def symbol_argument(image: ImagePlan, plan: Plan, symbol: str) -> str | None:
    """Return the argument that a variable of the code is set to with -X; None for a fixed value."""
    kind = kind_of(symbol.rpartition(".")[2])
    if kind:
        return _KINDS[kind]
    value = image.flags.x[symbol]
    known = {image.run.labels.get(label): name for label, name in _LABELS.items()}
    return known.get(value) or (DATE if plan.created and value == rfc3339(plan.created) else None)


def compiled_in(plan: Plan, flags: BuildFlags) -> tuple[str, ...]:
    """Return the arguments that reach the programs compiled with these flags, in their order."""
    image = next(image for image in plan.images if image.flags == flags)
    found = {symbol_argument(image, plan, symbol) for symbol in flags.x}
    return _ordered(found)


def labelled(image: ImagePlan) -> tuple[str, ...]:
    """Return the arguments that reach an image's labels, in their order."""
    return _ordered({label_argument(image, label) for label in image.run.labels})


def build_arguments(plan: Plan) -> tuple[str, ...]:
    """Return the arguments that a build of the plan's Dockerfiles should be given."""
    found = {name for image in plan.images for name in labelled(image)}
    found |= {name for image in plan.images for name in compiled_in(plan, image.flags)}
    return _ordered(found)


def _ordered(found: set[str] | set[str | None]) -> tuple[str, ...]:
    return tuple(name for name in DEFAULTS if name in found)
