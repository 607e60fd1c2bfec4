"""Writes `.gitlab-ci.yml`: with docker's buildx beside the job, or with gotare alone."""

from __future__ import annotations

from typing import Final

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import header
from gotare.generate.pipeline import common, registry_of
from gotare.generate.render import render, tidy
from gotare.plan import Plan

PATH: Final = ".gitlab-ci.yml"
_ENGINES: Final = {
    "docker": "BuildKit needs an engine beside the job, and so a privileged runner.",
    "gotare": "No job needs an engine or a privileged runner: gotare builds without.",
}
_ELSEWHERE: Final = ("", "ghcr.io", "docker.io")


def gitlab(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the pipeline."""
    registry = registry_of(choices)
    text = render(
        f"gitlab-{choices.builder}.yml.j2",
        **common(plan, choices),
        header=header("gitlab"),
        engine=_ENGINES[choices.builder],
        own_registry=registry in _ELSEWHERE or registry.startswith("registry.gitlab."),
    )
    return GeneratedFile(PATH, tidy(text), "gitlab")
