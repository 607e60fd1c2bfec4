"""Writes `.github/workflows/container.yml`: with docker's buildx, or with gotare."""

from __future__ import annotations

from typing import Final

from gotare.actions import ACTIONS
from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import header
from gotare.generate.pipeline import common
from gotare.generate.render import render, tidy
from gotare.plan import Plan

PATH: Final = ".github/workflows/container.yml"
_OWN_REGISTRY: Final = "ghcr.io/${{ github.repository_owner }}"


def github(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the workflow."""
    text = render(
        f"github-{choices.builder}.yml.j2",
        **common(plan, choices),
        actions=ACTIONS,
        header=header("github"),
        repository=choices.image.rstrip("/") or _OWN_REGISTRY,
    )
    return GeneratedFile(PATH, tidy(text, 2), "github")
