"""What does only a person know? The questions, each with what is taken when nobody is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gotare.decide.checks import Checks, bare_ports, probe_url
from gotare.errors import UsageError
from gotare.generate.dockerfile_base import variant_of
from gotare.generate.files import Part, Variant
from gotare.oci.reference import parse_reference
from gotare.plan import ImagePlan, Plan
from gotare.scaffold.look import Found
from gotare.settings import Config

Pipelines = Literal["github", "gitlab", "both", "none"]
PIPELINES: Final[dict[str, tuple[Part, ...]]] = {
    "github": ("github",),
    "gitlab": ("gitlab",),
    "both": ("github", "gitlab"),
    "none": (),
}
BASES: Final[tuple[Variant, ...]] = ("scratch", "distroless", "alpine", "debian")
"""The variants that a main image can be."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `choices` empty: any text; `default` is taken when nobody is asked."""

    name: str
    text: str
    default: str
    choices: tuple[str, ...] = ()


Ask = Callable[[Question], str]


def take_default(question: Question) -> str:
    """Answer without asking anybody."""
    return question.default


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says; None and "" are left open."""

    variant: Variant | None = None
    image: str = ""
    pipelines: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered. `variant` None: the base stays; `tags`: the repository is settled, too;
    `checks` are addresses to ask, by image."""

    variant: Variant | None
    image: str
    tags: bool
    pipelines: tuple[Part, ...]
    checks: tuple[tuple[str, str], ...] = ()


def answers_to(
    plan: Plan, config: Config | None, found: Found, given: Given, ask: Ask, asked: bool
) -> Answers:
    """Put the questions that are open; `config` is the `gotare.yaml` that is there.

    `asked`: a person answers. Without one, a file that is there is taken to say all that its author
    wanted. Raises UsageError.
    """
    may_settle = asked or config is None
    variant = _variant(plan, given, ask)
    image, tags = _image(config, found, given, ask, asked)
    return Answers(
        variant,
        image,
        tags and (bool(given.image) or may_settle),
        _pipelines(found, given, ask),
        _checks(plan, ask) if may_settle else (),
    )


def _variant(plan: Plan, given: Given, ask: Ask) -> Variant | None:
    """Return the variant that is to be settled: another one than the plan has."""
    now = {variant_of(image.base) for image in plan.images}
    if len(now) > 1 or None in now:  # an image of somebody's own, or one for each
        return given.variant
    current = next(iter(now)) or "distroless"
    if given.variant:
        return given.variant if given.variant != current else None
    word = ask(Question("variant", "Base of the image", current, BASES))
    return next(v for v in BASES if v == word) if word != current else None


def _image(
    config: Config | None, found: Found, given: Given, ask: Ask, asked: bool
) -> tuple[str, bool]:
    """Return the repository, and whether `gotare.yaml` does not say it yet."""
    said = _said(config)
    if given.image:
        return _checked(given.image), _checked(given.image) != said
    if said and not asked:
        return said, False
    question = Question("image", "Repository of images, such as ghcr.io/me", said or found.image)
    image = _checked(ask(question))
    return image, bool(image) and image != said


def _said(config: Config | None) -> str:
    """Return the repository that `tags:` names: ghcr.io/me of ghcr.io/me/{name}:dev."""
    for tag in (config.common.tags or ()) if config else ():
        head, mark, _ = tag.partition("/{name}")
        if mark:
            return head
    return ""


def _checked(image: str) -> str:
    image = image.strip().rstrip("/").removesuffix("/{name}")
    if image and parse_reference(f"{image}/x").digest:
        raise UsageError(f"not a repository: {image!r}", "for example ghcr.io/me")
    return image


def _pipelines(found: Found, given: Given, ask: Ask) -> tuple[Part, ...]:
    if given.pipelines:
        return PIPELINES[given.pipelines]
    default = next(word for word, parts in PIPELINES.items() if parts == found.pipelines)
    return PIPELINES[ask(Question("ci", "CI", default, tuple(PIPELINES)))]


def _checks(plan: Plan, ask: Ask) -> tuple[tuple[str, str], ...]:
    chosen = []
    for image in _without_check(plan):
        workload = image.workload
        url = probe_url(
            Checks(workload.liveness, workload.readiness),
            workload.ports,
            bare_ports(workload.variables),
        )
        text = f"Shall {image.name} have a health check that asks {url} by a small probe"
        if url and ask(Question("healthcheck", text, "yes", ("yes", "no"))) == "yes":
            chosen.append((image.name, url))
    return tuple(chosen)


def _without_check(plan: Plan) -> Sequence[ImagePlan]:
    """Return the images that could have a health check and have none."""
    names = {note.image for note in plan.notes if note.topic == "healthcheck"}
    return [image for image in plan.images if image.name in names]
