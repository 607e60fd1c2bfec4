"""BuildKit's own linter and hadolint, at its default level, say nothing of generated Dockerfiles.

Every plan of plans.py is written in every variant, beside plans for what those leave out. The
parser and linter are those of BuildKit's module (buildkit/lint): the engine may be too old to tell.
This is all that can be shown of images on Alpine that link musl, and of what needs other folders,
private modules or downloaded generators.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.generate.dockerfile import base_references, dockerfiles
from gotare.generate.files import VARIANTS, Choices
from gotare.plan import Plan
from gotare.workload import Step, Tool
from tests.generate import plans
from tests.generate.bases import compile_buildkit

DIGEST = "sha256:" + "0123456789abcdef" * 4


def private_plan() -> Plan:
    """Private modules, folders beyond the context, and a folder of its own for go."""
    made = plans.api_plan()
    sources = replace(
        made.sources,
        private=("git.example.com/team/*", "*.corp.example.com"),
        outside=("../lib", "../../other/Lib", "/opt/sdk"),
        directory="server",
    )
    return replace(made, sources=sources)


def generating_plan() -> Plan:
    """Every generator that is known, and one that is not, none of them committed."""
    made = plans.grpc_plan()
    commands = {
        "protoc": "protoc --go_out=. --go-grpc_out=. --connect-go_out=. a.proto",
        "buf": "buf generate",
        "sqlc": "sqlc generate",
        "templ": "templ generate",
        "stringer": "stringer -type=Kind",
        "own": "./scripts/own.sh \"$GOFILE\"",
    }  # fmt: skip
    steps = tuple(
        Step(tool, command, "internal/gen", False, f"internal/gen/{tool}.go:3")
        for tool, command in commands.items()
    )
    return replace(made, sources=replace(made.sources, steps=steps))


def tools_plan() -> Plan:
    """A program that runs others, links C++, and is for platforms with levels."""
    made = plans.cgo_plan()
    (image,) = made.images
    tools = (Tool("git", "git", "git"), Tool("convert", "imagemagick", "imagemagick"))
    changed = replace(image, workload=replace(image.workload, tools=tools), distroless="cc")
    return replace(made, images=(changed,), sources=replace(made.sources, cxx=True))


MADE = {
    name.removesuffix("_plan"): getattr(plans, name)
    for name in vars(plans)
    if name.endswith("_plan")
} | {"private": private_plan, "generating": generating_plan, "tools": tools_plan}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All different Dockerfiles of all plans, plain and pinned, each variant as the main one."""
    folder = tmp_path_factory.mktemp("dockerfiles")
    paths: dict[str, Path] = {}
    for name, make in MADE.items():
        plan = make()
        pins = dict.fromkeys(base_references(plan, Choices()), DIGEST)
        settings = {"plain": Choices(), "pinned": Choices(pins=pins)}
        settings |= {f"as-{v}": Choices(variant=v, variants=()) for v in VARIANTS if v != "dev"}
        for kind, choices in settings.items():
            for file in dockerfiles(plan, choices):
                path = folder / name / kind / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.content)
                if path.name.startswith("Dockerfile"):
                    paths.setdefault(file.content, path)
    assert len(paths) > 60
    return list(paths.values())


@pytest.fixture(scope="module")
def buildkit_lint(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BuildKit's linter as a program."""
    program = tmp_path_factory.mktemp("lint") / "lint"
    program.write_bytes(compile_buildkit(go, "lint"))
    program.chmod(0o755)
    return program


def findings(program: Path, paths: list[Path]) -> list[dict[str, object]]:
    """Return what BuildKit says."""
    done = subprocess.run([program, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_buildkit_finds_nothing(buildkit_lint: Path, written: list[Path]) -> None:
    assert findings(buildkit_lint, written) == []


def test_buildkit_would_find_something(buildkit_lint: Path, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM alpine:3\nFORM x\n")
    assert [finding["Rule"] for finding in findings(buildkit_lint, [path])] == ["error"]
    path.write_text("FROM alpine:3 as Build\nLABEL a=$VERSION\nCMD run it\n")
    rules = {finding["Rule"] for finding in findings(buildkit_lint, [path])}
    assert rules >= {"FromAsCasing", "StageNameCasing", "UndefinedVar", "JSONArgsRecommended"}


def hadolint(paths: list[Path]) -> str:
    """Return what hadolint says at its default level."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or "hadolint"
    if not shutil.which(program):
        pytest.skip("no hadolint here; the development dependencies bring it")
    words = [program, "--no-color", *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=paths[0].parent)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_hadolint_finds_nothing(written: list[Path]) -> None:
    assert hadolint(written) == ""


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM alpine:latest\nRUN apk add curl\nUSER root\n")
    assert {"DL3007", "DL3018", "DL3002"} <= set(hadolint([path]).split())
