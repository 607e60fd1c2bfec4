"""What of the answers goes into `gotare.yaml`, so that `gotare build` makes what the files say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gotare.generate.config_text import on_base, where_to
from gotare.generate.files import Settled
from gotare.plan import ImagePlan, Plan
from gotare.scaffold.answers import Answers
from gotare.settings import Config


def settled_by(
    plan: Plan, answers: Answers, config: Config | None, pins: Mapping[str, str]
) -> tuple[Settled, ...]:
    """Return the settings, in the order of the file."""
    return tuple(_settled(plan, answers, config, pins))


def _settled(
    plan: Plan, answers: Answers, config: Config | None, pins: Mapping[str, str]
) -> Iterator[Settled]:
    if answers.variant:
        yield from on_base(answers.variant, pins)
    if answers.tags:
        yield where_to(answers.image)
    if answers.checks:
        yield from _checks(plan, answers, config)


def _checks(plan: Plan, answers: Answers, config: Config | None) -> Iterator[Settled]:
    why = "Asked by a small probe that gotare adds: the image has no shell."
    if len(plan.images) == 1:
        yield Settled(("healthcheck",), answers.checks[0][1], why)
        return
    if not (config and config.images):
        for image in plan.images:
            yield Settled(("images", image.name, "packages"), _packages(plan, image), "")
    for name, url in answers.checks:
        yield Settled(("images", name, "healthcheck"), url, why)


def _packages(plan: Plan, image: ImagePlan) -> list[str]:
    """Return an image's packages as folders, where the module's path tells them."""
    module = plan.sources.module
    return [_folder(package, module) for package in image.packages]


def _folder(package: str, module: str) -> str:
    if module and package == module:
        return "."
    is_inside = module and package.startswith(f"{module}/")
    return f".{package.removeprefix(module)}" if is_inside else package
