"""The pipelines of every plan, and what is read out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import yaml

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.project_files import generate
from tests.generate.plan_table import CHOICES, PLANS

Builder = Literal["docker", "gotare"]
BUILDERS: tuple[Builder, ...] = ("docker", "gotare")
CASES = [(name, builder) for name in PLANS for builder in BUILDERS]
DIFFERENT = [case for case in CASES if case[0] in ("api", "cli", "workspace", "awkward")]
"""Those that differ in form: reading YAML takes the schemas' checker a second each."""


def choices(builder: Builder) -> Choices:
    """Return the choices for a builder."""
    return replace(CHOICES, builder=builder)


@cache
def pipelines(name: str, builder: Builder) -> tuple[GeneratedFile, ...]:
    """Return the two pipelines and the Makefile of a plan."""
    return generate(PLANS[name](), choices(builder), ("github", "gitlab", "makefile"))


def document(file: GeneratedFile) -> dict[str, Any]:
    """Read a pipeline; BaseLoader leaves `on` a word."""
    loaded = yaml.load(file.content, yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


def steps(workflow: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every step of a GitHub workflow with the name of its job."""
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step


def scripts(pipeline: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the whole script of every job of a GitLab pipeline, as its runner joins it."""
    for name, job in pipeline.items():
        if isinstance(job, dict) and "script" in job:
            before = job.get("before_script") or pipeline.get(job.get("extends", ""), {}).get(
                "before_script", []
            )
            yield name, "\n".join([*before, *job["script"]]) + "\n"
