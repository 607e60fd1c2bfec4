"""Arrows point one way (CONTRIBUTING.md): every import of every module is held against the plan."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gotare
from gotare import errors
from gotare.cli.app import COMMANDS
from gotare.inputs import APART
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "gotare"
LEVELS: tuple[tuple[frozenset[str], ...], ...] = (
    (frozenset({"errors", "progress", "findings", "interrupts", "records", "frozen"}),),
    (frozenset({"oci"}), frozenset({"golang"}), frozenset({"report"})),
    (
        frozenset({"bases"}),
        frozenset({"sbom"}),
        frozenset({"settings", "config", "places"}),
        frozenset({"workload"}),
        frozenset({"actions"}),
        frozenset({"probe"}),
        frozenset({"cache", "cache_blobs"}),
        frozenset({"result"}),
    ),
    (frozenset({"plan", "grouping", "circumstances", "decide"}),),
    (
        frozenset(
            {
                "assemble",
                "base_images",
                "build",
                "health_probe",
                "reship",
                "request",
                "prepare",
                "build_source",
                "inputs",
                "pack",
                "programs",
                "provenance",
                "reuse",
                "ship",
            }
        ),
        frozenset({"generate"}),
        frozenset({"lint"}),
        frozenset({"writing"}),
    ),
    (frozenset({"scaffold"}), frozenset({"linting"})),
    (frozenset({"cli", "__main__"}),),
)
"""From the bottom up. A module may import its own set and every set of a level below."""


def place(module: str) -> tuple[int, int]:
    """Return the level and the set of a part of gotare."""
    for level, sets in enumerate(LEVELS):
        for number, names in enumerate(sets):
            if module in names:
                return level, number
    raise AssertionError(f"gotare.{module} has no place in LEVELS: give it one")


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and file of every module but the root package."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name:
            yield name, path


def imports(path: Path) -> Iterator[str]:
    """Yield what a file imports of gotare, inside functions too, without the leading package."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.partition(".")[2] for name in names if name.split(".")[0] == "gotare")


def is_allowed(importer: str, imported: str) -> bool:
    if imported == "__version__":
        return True
    mine, theirs = place(importer.split(".")[0]), place(imported.split(".")[0])
    return mine == theirs or theirs[0] < mine[0]


def test_the_plan_holds() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        for imported in imports(path)
        if not is_allowed(name, imported)
    ]
    assert wrong == []


def test_what_is_apart_from_builds_is_never_imported_by_one() -> None:
    """`inputs.py` leaves it out of what a build depends on."""
    paths = dict(modules())
    waiting, reached = ["build", "reship"], set[str]()
    while waiting:
        name = waiting.pop()
        if name in paths and name not in reached:
            reached.add(name)
            waiting += [part for found in imports(paths[name]) for part in _and_above(found)]
    assert {name.partition(".")[0] for name in reached} & APART == set()
    assert {"build", "pack", "oci.image", "golang.project"} <= reached


def _and_above(name: str) -> list[str]:
    """Return a dotted name and those of the packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[: number + 1]) for number in range(len(parts))]


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("oci.store", "errors.CorruptError", True),
        ("oci.store", "oci.types", True),
        ("oci.store", "golang.project", False),
        ("golang.project", "oci.types", False),
        ("bases.remote", "oci.store", True),
        ("oci.store", "bases", False),
        ("plan", "bases", True),
        ("plan", "build", False),
        ("generate.docker", "plan", True),
        ("generate.docker", "build", False),
        ("cli.build", "build", True),
        ("build", "cli.main", False),
        ("errors", "progress", True),
        ("errors", "oci.types", False),
        ("sbom.spdx", "__version__", True),
    ],
)
def test_the_plan_itself(importer: str, imported: str, allowed: bool) -> None:
    assert is_allowed(importer, imported) == allowed


def test_a_hidden_import_is_found(tmp_path: Path) -> None:
    path = tmp_path / "hidden.py"
    path.write_text("def f():\n    from gotare.cli import main\n    import gotare.plan as p\n")
    assert list(imports(path)) == ["cli.main", "plan"]


def test_every_module_can_be_imported_first() -> None:
    for name, _ in modules():
        importlib.import_module(f"gotare.{name}")


def test_the_public_names_are_sorted_and_there() -> None:
    public = list(getattr(gotare, "__all__", ["__version__"]))
    assert public == sorted(public)
    assert all(getattr(gotare, name) is not None for name in public)


def test_every_error_is_drawn_in_its_tree() -> None:
    drawn = re.findall(r"^ {4}[|` -]*(\w+Error_?) ", errors.__doc__ or "", re.MULTILINE)
    classes = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert sorted(drawn) == sorted(classes)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_there_and_in_the_readme(command: str) -> None:
    module = importlib.import_module(f"gotare.cli.{command}")
    assert module.command.help
    assert f"gotare {command}" in (ROOT / "README.md").read_text()
