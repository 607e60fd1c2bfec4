"""What `gotare init` writes has no warning, with the facts of the plan that it was written for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.findings import Severity
from gotare.generate.files import Choices, Variant
from gotare.generate.project_files import generate
from gotare.lint.around import Known, Load, Neighbourhood
from gotare.lint.files import find_targets
from gotare.lint.kinds import kind_of_name, kind_of_text
from gotare.lint.policy import Policy
from gotare.lint.readers import reader_of
from gotare.lint.rule import Kind
from gotare.lint.rules import rules_of
from gotare.lint.run import lint
from gotare.lint.subjects import Surroundings
from gotare.plan import Plan
from tests.conftest import ROOT
from tests.generate.plan_table import CHOICES, PLANS
from tests.lint.cases import case_env, facts_of, lines_of

GOLDEN = ROOT / "tests" / "generate" / "golden"
BASES: tuple[Variant, ...] = ("scratch", "distroless", "alpine", "debian")
KINDS: tuple[Kind, ...] = ("compose", "kubernetes", "workflow", "makefile", "dockerignore")
TRIALS = [
    *((GOLDEN / "compose" / name, PLANS[name]()) for name in PLANS),
    *((GOLDEN / "kubernetes" / name, PLANS[name]()) for name in PLANS),
    *(
        (folder, PLANS[folder.name.partition("-")[0]]())
        for folder in sorted((GOLDEN / "ci").iterdir())
    ),
    *((folder, None) for folder in sorted((ROOT / "examples").iterdir()) if folder.is_dir()),
]


def texts_of(folder: Path) -> dict[str, str]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def found_in(path: str, kind: Kind, around: Surroundings) -> list[str]:
    subject = reader_of(kind)(path, around.texts[path], around)
    assert not getattr(subject, "errors", ())
    return [
        f"{path}: {rule.id}: {found.message}"
        for rule in rules_of(kind)
        for found in rule.findings(subject)
        if (found.severity or rule.severity) >= Severity.WARNING
    ]


SHAPES: list[tuple[str, Choices]] = [
    *((name, replace(CHOICES, variant=variant)) for name in PLANS for variant in (None, *BASES)),
    *((name, replace(CHOICES, builder="gotare")) for name in PLANS),
    *((name, replace(CHOICES, makefile="container.mk", image="")) for name in PLANS),
]


def laid_out(place: Path, plan: Plan, choices: Choices) -> Path:
    """Write all that `init` writes, beside the files that decide modules."""
    for path in plan.sources.control:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text("module example.test/x\n" if path.endswith(".mod") else "")
    for path in (*plan.sources.kept, *(f.source for image in plan.images for f in image.files)):
        (place / path).mkdir(parents=True, exist_ok=True)
        (place / path / "file").write_text("")
    for file in generate(plan, choices):
        (place / file.path).parent.mkdir(parents=True, exist_ok=True)
        (place / file.path).write_text(file.content)
    (place / ".git").mkdir()
    return place


def lines_in(place: Path, load: Load | None) -> tuple[list[str], set[Kind]]:
    """Lint a folder; return what is worse than information, and the kinds of the files."""
    targets = find_targets(place, [], case_env(place))
    result = lint(targets, Neighbourhood(place, load).look, Policy(), place)
    assert result.failures == ()
    bad = [f for f in result.findings if f.severity >= Severity.WARNING]
    return lines_of(tuple(bad)).splitlines(), {target.kind for target in targets}


@pytest.mark.parametrize(
    ("name", "choices"),
    SHAPES,
    ids=[f"{n}-{c.builder}-{c.variant}-{c.makefile}" for n, c in SHAPES],
)
def test_no_file_of_init_has_a_warning(tmp_path: Path, name: str, choices: Choices) -> None:
    plan = PLANS[name]()
    place = laid_out(tmp_path / "place", plan, choices)
    said, kinds = lines_in(place, lambda root: Known(plan=plan))
    assert said == []
    assert kinds >= {*KINDS, "dockerfile"}


EXAMPLES = [folder for folder in sorted((ROOT / "examples").iterdir()) if folder.is_dir()]


@pytest.mark.parametrize("folder", EXAMPLES, ids=[folder.name for folder in EXAMPLES])
def test_no_file_of_an_example_has_a_warning(tmp_path: Path, folder: Path, go: Path) -> None:
    """With the facts of its code; its Go files are looked at as well."""
    ignored = shutil.ignore_patterns("dist")
    place = Path(shutil.copytree(folder, tmp_path / "place", ignore=ignored))
    said, kinds = lines_in(place, facts_of)
    assert said == []
    assert "go" in kinds


@pytest.mark.parametrize(
    ("folder", "plan"), TRIALS, ids=["/".join(folder.parts[-2:]) for folder, _ in TRIALS]
)
def test_no_warning(folder: Path, plan: Plan | None) -> None:
    texts = texts_of(folder)
    said, looked = [], 0
    for path, text in texts.items():
        kind = kind_of_name(path) or kind_of_text(path, text)
        if kind in KINDS:
            looked += 1
            said += found_in(
                path, kind, Surroundings(None, plan, frozenset(texts), texts, here=path)
            )
    assert said == []
    assert looked or folder.name in ("assets", "hello", "workspace")
