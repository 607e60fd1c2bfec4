"""Shows a plan: what will be in each image, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gotare.plan import ImagePlan, Plan


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as the command's JSON."""
    document = asdict(plan)
    document["platforms"] = [str(platform) for platform in plan.platforms]
    document["compression"] = str(plan.compression)
    return document


def plan_lines(plan: Plan) -> str:
    """Return the plan as text: a block for each image, each decision with its reason."""
    common = [
        f"  {reason.decision:<11}{reason.value}  ({reason.why})"
        for reason in plan.reasons
        if not reason.image
    ]
    blocks = ["\n".join(["all images", *common])]
    return "\n\n".join([*blocks, *(_image(plan, image) for image in plan.images)])


def _image(plan: Plan, image: ImagePlan) -> str:
    lines = [f"{image.name}  ({', '.join(image.packages)})"]
    for reason in plan.reasons:
        if reason.image == image.name:
            lines.append(f"  {reason.decision:<11}{reason.value}  ({reason.why})")
    run = image.run
    facts = {
        "tags": image.tags,
        "ports": run.ports,
        "volumes": run.volumes,
        "env": tuple(f"{name}={value}" for name, value in run.env.items()),
        "files": tuple(f"{file.source} -> {file.destination}" for file in image.files),
        "adds": image.add if image.add is not None else ("what the linked binary needs",),
    }
    lines += [f"  {name:<11}{', '.join(values)}" for name, values in facts.items() if values]
    return "\n".join(lines)
