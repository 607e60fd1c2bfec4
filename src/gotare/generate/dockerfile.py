"""Dockerfiles from a plan: which files there are, and what stages each has in which order.

`docker build` of one of them and `gotare build` make the same image of the same plan: the same
files with the same owners and modes, and the same config (tests/generate/test_dockerfile_image.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gotare.generate.dockerfile_args import DEFAULTS, build_arguments
from gotare.generate.dockerfile_base import Base, base_of, rootfs, variant_of
from gotare.generate.dockerfile_build import Toolchain, build_stage, modules_stage, probe_stage
from gotare.generate.dockerfile_dev import air_files, dev_dockerfile
from gotare.generate.dockerfile_files import files_stage, has_files
from gotare.generate.dockerfile_final import Stages, debug_stage, image_stage, runtime_stage
from gotare.generate.dockerfile_source import context_notes, generated, pending
from gotare.generate.files import Choices, GeneratedFile, Variant
from gotare.generate.tools import SYNTAX
from gotare.plan import ImagePlan, Plan

_OURS: Final = re.compile(r"(scratch|context|modules|source|probe|(build|debug|files|rootfs).*)")
"""Names of stages that an image's stage cannot have."""


def dockerfiles(plan: Plan, choices: Choices) -> tuple[GeneratedFile, ...]:
    """Return `Dockerfile`, one file for each variant that differs from it, and air's settings.

    Raises UsageError for values that a Dockerfile cannot hold, ProjectError for a plan without
    sources.
    """
    made = [_file("Dockerfile", _content(plan, choices, choices.variant))]
    for variant in variants(plan, choices):
        if variant == "dev":
            made.append(_file("Dockerfile.dev", dev_dockerfile(plan, choices)))
            made += [_file(path, content) for path, content in air_files(plan)]
        else:
            made.append(_file(f"Dockerfile.{variant}", _content(plan, choices, variant)))
    return tuple(made)


def variants(plan: Plan, choices: Choices) -> tuple[Variant, ...]:
    """Return the variants that get a file of their own: those that the main file is not already.

    There is none from scratch for a program that links libraries.
    """
    main = {choices.variant or variant_of(image.base) for image in plan.images}
    linked = any(image.flags.cgo == "dynamic" for image in plan.images)
    return tuple(
        variant
        for variant in dict.fromkeys(choices.variants)
        if main != {variant} and not (variant == "scratch" and linked)
    )


def base_references(plan: Plan, choices: Choices) -> tuple[str, ...]:
    """Return the images that the files name, without digests: what `gotare init --pin` resolves."""
    plain = Choices(choices.variant, choices.variants)
    found: dict[str, None] = {}
    for file in dockerfiles(plan, plain):
        if file.path.startswith("Dockerfile"):
            found |= dict.fromkeys(_references(file.content))
    return tuple(name for name in found if "@" not in name)


def _references(content: str) -> Iterator[str]:
    """Yield the images that a file names: those of FROM and COPY --from that are no stages."""
    stages = {"scratch", *re.findall(r"^FROM .* AS (\S+)$", content, re.MULTILINE)}
    for a, b in re.findall(r"^FROM (?:--\S+ )*(\S+)|^COPY --from=(\S+)", content, re.MULTILINE):
        if (a or b) not in stages:
            yield a or b


def _file(path: str, content: str) -> GeneratedFile:
    return GeneratedFile(path, content, "dockerfile")


@dataclass(frozen=True, slots=True)
class _Part:
    """An image with its base and the names of its stages."""

    image: ImagePlan
    base: Base
    stages: Stages


def _content(plan: Plan, choices: Choices, variant: Variant | None) -> str:
    parts = _parts(plan, variant)
    tools = Toolchain(plan, choices, any(part.base.variant == "alpine" for part in parts))
    blocks = [_header(plan), modules_stage(tools)]
    if pending(plan.sources):
        blocks.append(generated(plan.sources))
    blocks += [build_stage(tools), build_stage(tools, symbols=True)]
    if any(part.image.probe for part in parts):
        blocks.append(probe_stage(tools))
    blocks += _shared(parts, plan, choices)
    blocks += _final(parts, plan, choices)
    return "\n\n".join(blocks) + "\n"


def _header(plan: Plan) -> str:
    lines = [f"# syntax={SYNTAX}", *context_notes(plan.sources)]
    arguments = [f"ARG {name}={DEFAULTS[name]}" for name in build_arguments(plan)]
    if arguments:
        lines += ["", "# Given by --build-arg; each stage that uses one declares it again."]
    return "\n".join([*lines, *arguments])


def _shared(parts: Sequence[_Part], plan: Plan, choices: Choices) -> Iterator[str]:
    """Yield the stages that images take files from; images with the same additions share one."""
    seen: set[str] = set()
    for part in parts:
        name = part.stages.rootfs
        if name and name not in seen:
            seen.add(name)
            yield rootfs(part.base, plan, choices, name)
    for part in parts:
        if part.stages.files:
            yield files_stage(part.image, plan, choices, part.stages.files)


def _final(parts: Sequence[_Part], plan: Plan, choices: Choices) -> Iterator[str]:
    """Yield the images. The first comes last: it is what a build without --target makes."""
    for part in (*parts[1:], *parts[:1]):
        yield runtime_stage(part.image, part.base, plan, choices, part.stages)
        yield debug_stage(part.image, plan, choices, part.stages)
        yield image_stage(part.image, plan, part.stages)


def _parts(plan: Plan, variant: Variant | None) -> list[_Part]:
    bases = [base_of(image, variant) for image in plan.images]
    kinds = list(dict.fromkeys(_additions(base) for base in bases if base.additions))
    names = targets(plan)
    parts = []
    for number, (image, base) in enumerate(zip(plan.images, bases, strict=True)):
        name = names[image.name]
        kind = kinds.index(_additions(base)) if base.additions else -1
        stages = Stages(
            image=name,
            debug="debug" if number == 0 else f"debug-{name}",
            rootfs="" if kind < 0 else _numbered("rootfs", kind),
            files=_numbered("files", number) if has_files(image) else "",
        )
        parts.append(_Part(image, base, stages))
    return parts


def _additions(base: Base) -> tuple[tuple[str, ...], str]:
    return base.additions, base.reference if base.own_users else ""


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def stage_name(image: str, taken: set[str]) -> str:
    """Return the name of an image's stage, and take it: what `docker build --target` wants."""
    name = re.sub(r"[^a-z0-9._-]+", "-", image.lower()).strip("-._") or "image"
    if not name[0].isalpha() or _OURS.fullmatch(name):
        name = f"image-{name}"
    base, number = name, 2
    while {name, f"{name}-runtime"} & taken:
        name, number = f"{base}-{number}", number + 1
    taken |= {name, f"{name}-runtime"}
    return name


def targets(plan: Plan) -> dict[str, str]:
    """Return the stage of each image by the image's name: what `--target` takes."""
    taken: set[str] = set()
    return {image.name: stage_name(image.name, taken) for image in plan.images}
