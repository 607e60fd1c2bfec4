"""The plans of these tests are plans: they survive being written as JSON and read back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gotare.plan import Plan
from gotare.records import from_json, to_json
from tests.generate import plans


@pytest.mark.parametrize(
    "make",
    [
        plans.api_plan,
        plans.grpc_plan,
        plans.cli_plan,
        plans.workspace_plan,
        plans.cgo_plan,
        plans.migrating_plan,
        plans.backends_plan,
        plans.awkward_plan,
    ],
)
def test_json_both_ways(make: Callable[[], Plan]) -> None:
    plan = make()
    assert from_json(Plan, json.loads(json.dumps(to_json(plan)))) == plan
