"""The plans of `plans.py` by the name of their golden folder."""

from __future__ import annotations

from collections.abc import Callable

from gotare.generate.files import Choices
from gotare.plan import Plan
from tests.generate import plans

PLANS: dict[str, Callable[[], Plan]] = {
    "api": plans.api_plan,
    "grpc": plans.grpc_plan,
    "cli": plans.cli_plan,
    "workspace": plans.workspace_plan,
    "cgo": plans.cgo_plan,
    "migrating": plans.migrating_plan,
    "backends": plans.backends_plan,
    "awkward": plans.awkward_plan,
}
CHOICES = Choices(image="ghcr.io/me")
