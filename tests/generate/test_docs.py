"""docs/container.md: what it says of a plan, in Markdown that cannot be broken by a value."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.generate.docs import code, docs, plain, table
from gotare.generate.files import Choices
from gotare.workload import Note, Reason, Variable, Workload
from tests.generate import plans
from tests.generate.golden_files import check_golden
from tests.generate.plan_table import CHOICES, PLANS

REASONS = (
    Reason("api", "base", "static", "pure Go; outbound TLS", "internal/pay/client.go:31"),
    Reason("api", "port", "8080/http", "the code listens there", "cmd/api/main.go:44"),
)
NOTES = (
    Note("api", "unknown", "a port is unknown: computed from cfg.Listen", "cmd/api/main.go:50"),
    Note("api", "shell-out", 'runs "git": not in this base', "internal/hook/run.go:12"),
)


def text(name: str = "api", choices: Choices = CHOICES) -> str:
    return docs(PLANS[name](), choices).content


def test_golden() -> None:
    made = replace(plans.api_plan(), reasons=REASONS, notes=NOTES)
    check_golden("docs", [docs(made, CHOICES)])


def test_each_choice_comes_with_its_evidence() -> None:
    content = docs(replace(plans.api_plan(), reasons=REASONS, notes=NOTES), CHOICES).content
    for reason in REASONS:
        assert f"`{reason.value}`" in content
        assert reason.at in content
    assert "| `DATABASE_URL` | a secret that you give | `internal/db/db.go:12` |" in content
    unknown = content.partition("## Unknown")[2]
    assert "computed from cfg.Listen (`cmd/api/main.go:50`)" in unknown.partition("## ")[0]
    assert "gotare.yaml" in unknown
    assert "git" in content.partition("## To know")[2]


@pytest.mark.parametrize("name", PLANS)
def test_every_image_has_its_chapter(name: str) -> None:
    content = text(name)
    for image in PLANS[name]().images:
        assert f"\n## {image.name}\n" in content
        assert all(item.name in content for item in image.workload.variables)
    for title in ("Build", "Run", "Debug"):
        assert f"\n## {title}\n" in content
    assert content.count("```") % 2 == 0
    assert len(content.splitlines()) < 150


def test_it_does_not_change_with_each_commit() -> None:
    stamped = Reason("api", "-X", "main.commit=0123abc, main.version=v1.2.3", "declared")
    reasons = (
        Reason("", "platform", "linux/amd64", "this machine's"),
        Reason("", "created", "2026-01-02T03:04:05Z", "the time of the commit"),
        Reason("api", "revision", "unknown", "no git commit"),
        stamped,
    )
    content = docs(replace(plans.api_plan(), reasons=reasons), CHOICES).content
    assert "| -X | `main.commit, main.version` | version, commit, date |" in content
    for word in ("0123abc", "v1.2.3", "2026", "this machine", "no git"):
        assert word not in content
    assert "linux/amd64, linux/arm64" in content


def test_secrets_are_not_told() -> None:
    variable = Variable("TOKEN", "hunter2", required=True, secret=True)
    made = plans.plan(plans.image("api", workload=Workload(variables=(variable,))))
    assert "hunter2" not in docs(made, Choices()).content


def test_the_place_and_the_builder() -> None:
    made = docs(plans.api_plan(), Choices(docs="doc/container.md", builder="gotare"))
    assert made.path == "doc/container.md"
    assert "gotare build --load" in made.content
    assert "docker buildx" not in made.content


LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(LINES)
def test_code_stays_in_its_cell(value: str) -> None:
    cell = code(value)
    assert "\n" not in cell
    assert not re.search(r"(?<!\\)\|", cell)
    assert table(("a", "b"), [(cell, "x")]).count("\n") == 2
    if value.strip():
        fence = re.match(r"`+", cell)
        assert fence
        assert cell.endswith(fence[0])
        assert fence[0] not in cell[len(fence[0]) : -len(fence[0])]


@given(LINES)
def test_plain_text_is_no_markup(value: str) -> None:
    written = plain(value)
    assert re.sub(r"\\(.)", r"\1", written) == " ".join(value.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_<|\[]", written)
