"""What `gotare init` writes has no warning, with the facts of the plan that it was written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.findings import Severity
from gotare.lint.kinds import kind_of_name, kind_of_text
from gotare.lint.readers import reader_of
from gotare.lint.rule import Kind
from gotare.lint.rules import rules_of
from gotare.lint.subjects import Surroundings
from gotare.plan import Plan
from tests.conftest import ROOT
from tests.generate.plan_table import PLANS

GOLDEN = ROOT / "tests" / "generate" / "golden"
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
