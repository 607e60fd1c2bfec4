"""The Makefile: what real make makes of it, and builds and runs by it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.generate.files import Choices
from gotare.generate.makefile import makefile
from gotare.oci.layout import Layout
from tests.conftest import ROOT, need
from tests.engine import Engine
from tests.generate import plans
from tests.generate.pipelines import CASES, Builder, choices
from tests.generate.plan_table import PLANS
from tests.oci.engines import unique_name

GOTARE = Path(sys.executable).parent / "gotare"
COMMON = {"help", "build", "push", "scan", "test", "lint", "run", "clean"}
OWN = {"docker": {"archive"}, "gotare": {"load"}}


def make(folder: Path, *arguments: str, **env: str) -> str:
    """Run make without what the environment could say about images; return what it prints."""
    need("make")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=clean | env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    return done.stdout


def write(folder: Path, name: str, builder: Builder) -> Path:
    (folder / "Makefile").write_text(makefile(PLANS[name](), choices(builder)).content)
    return folder


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_every_target_can_be_made(tmp_path: Path, name: str, builder: Builder) -> None:
    folder = write(tmp_path, name, builder)
    for target in COMMON | OWN[builder]:
        assert make(folder, "--dry-run", target).strip()
    told = re.findall(r"^  ([a-z]+) +\S", make(folder), re.MULTILINE)
    assert set(told) == COMMON | OWN[builder]


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_an_engine_is_never_given_several_platforms(
    tmp_path: Path, name: str, builder: Builder
) -> None:
    folder = write(tmp_path, name, builder)
    for target in ("build", "push", *OWN[builder]):
        for line in make(folder, "--dry-run", target).splitlines():
            if "--load" in line:
                assert "," not in line.partition("--platform")[2].split("--tag")[0]
            if "--push" in line or "type=oci" in line:
                assert f"--platform {','.join(platforms(name))} " in line


def platforms(name: str) -> list[str]:
    return ["linux/amd64"] if name == "cgo" else ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize("name", PLANS)
def test_recipes_begin_with_tabs_and_platforms_are_linux(name: str) -> None:
    text = makefile(PLANS[name](), choices("docker")).content
    recipes = [line for line in text.split("\n") if re.match(r"[\t ]", line)]
    assert recipes
    assert all(line.startswith("\t") for line in recipes)
    assert "darwin" not in text


def test_variables_can_be_others(tmp_path: Path) -> None:
    folder = write(tmp_path, "api", "docker")
    given = ("VERSION=v9", "PLATFORMS=linux/riscv64", "REPOSITORY=example.com/x")
    line = make(folder, "--dry-run", "push", *given)
    assert "--platform linux/riscv64 " in line
    assert "--tag example.com/x/api:v9 ." in line
    assert "VERSION=v9" in line
    assert make(folder, "--dry-run", "build", VERSION="v8").count("ghcr.io/me/api:v8") == 1
    assert "--tag me.example/it:v7" in make(
        folder, "-n", "build", "IMAGE=me.example/it", "VERSION=v7"
    )


def test_the_version_is_gits(tmp_path: Path) -> None:
    folder = write(tmp_path, "api", "docker")
    assert "api:dev ." in make(folder, "--dry-run", "build")
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@example.com")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "x"), ("tag", "v1.2.3")):
        subprocess.run([*git, *command], cwd=folder, check=True)
    line = make(folder, "--dry-run", "build")
    assert "api:v1.2.3 ." in line
    assert re.search(r"COMMIT=[0-9a-f]{40} ", line)


@pytest.mark.parametrize("builder", ["docker", "gotare"])
def test_nothing_is_pushed_to_nowhere(tmp_path: Path, builder: Builder) -> None:
    for name in ("api", "workspace"):
        text = makefile(PLANS[name](), Choices(builder=builder)).content
        (tmp_path / "Makefile").write_text(text)
        refusing = {"DOCKER_HOST": "unix:///nonexistent"}
        need("make")
        done = subprocess.run(
            ["make", "push"],
            cwd=tmp_path,
            env=os.environ | refusing,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert "say where: make push REPOSITORY=ghcr.io/me" in done.stderr


@pytest.mark.parametrize("builder", ["docker", "gotare"])
def test_a_makefile_of_ones_own_takes_it_in(tmp_path: Path, builder: Builder) -> None:
    """Nothing of its own is replaced: neither its targets nor what it makes by default."""
    chosen = replace(choices(builder), makefile="container.mk")
    for name in ("api", "workspace"):
        file = makefile(PLANS[name](), chosen)
        assert file.path == "container.mk"
        (tmp_path / "container.mk").write_text(file.content)
        (tmp_path / "Makefile").write_text(
            "include container.mk\nall build test run clean help:\n\t@echo mine $@\n"
        )
        for target in ("build", "test", "clean", "help"):
            assert make(tmp_path, target) == f"mine {target}\n"
        told = re.findall(r"^  (container-[a-z]+) ", make(tmp_path, "container-help"), re.MULTILINE)
        assert set(told) == {f"container-{target}" for target in COMMON | OWN[builder]}
        assert make(tmp_path, "--dry-run", "container-build").strip()


def test_folders_with_odd_names(tmp_path: Path) -> None:
    sources = replace(plans.workspace_plan().sources, modules=("a $HOME#b", "it's"))
    made = plans.plan(plans.image("api"), sources=sources)
    (tmp_path / "Makefile").write_text(makefile(made, Choices()).content)
    lines = make(tmp_path, "--dry-run", "test").splitlines()
    printed = subprocess.run(
        ["sh", "-c", lines[0].replace("go vet", "printf '%s\\n'")], capture_output=True, text=True
    )
    assert printed.stdout == "./a $HOME#b/...\n./it's/...\n"


# for real


@pytest.fixture
def hello(tmp_path: Path, go: Path) -> Path:
    """examples/hello with the Makefile that `gotare init --builder gotare` writes."""
    folder = tmp_path / "hello"
    shutil.copytree(ROOT / "examples/hello", folder, ignore=shutil.ignore_patterns("dist"))
    options = ("--only=makefile", "--builder=gotare", "--yes")
    subprocess.run([GOTARE, "init", "-C", folder, *options], check=True, capture_output=True)
    return folder


def with_go(go: Path, cache: Path) -> dict[str, str]:
    path = f"{go.parent}:{os.environ['PATH']}"
    return {"PATH": path, "GOTARE": str(GOTARE), "GOTARE_CACHE": str(cache)}


def test_build_and_clean_for_real(hello: Path, go: Path, tmp_path: Path) -> None:
    env = with_go(go, tmp_path / "cache")
    printed = make(hello, "build", "VERSION=v1", **env)
    assert "oci:dist:hello:v1" in printed
    manifest = Layout(hello / "dist").resolve("hello:v1")
    assert manifest.media_type.endswith("index.v1+json")
    make(hello, "clean", **env)
    assert list((hello / "dist").iterdir()) == []


@pytest.mark.engine
def test_run_for_real(hello: Path, go: Path, engine: Engine, tmp_path: Path) -> None:
    env = with_go(go, tmp_path / "cache") | {"DOCKER_HOST": engine.host}
    repository = unique_name("make").partition(":")[0]
    with engine.image(f"{repository}/hello:v1"):
        printed = make(
            hello, "run", f"REPOSITORY={repository}", "VERSION=v1", "RUN_FLAGS=--network=none",
            "ARGS=version", **env,
        )  # fmt: skip
    assert re.search(r"^hello .*\(commit ", printed, re.MULTILINE)
