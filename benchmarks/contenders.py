"""Who is measured: gotare, plain `go build`, ko, and `docker build` with and without cache mounts.

All compile with the same flags and environment. The binary of `go build` is no image: it shows what
cannot be saved.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.builder import MOUNTS, PLAIN, dockerfile
from benchmarks.measure import Contender, Step
from benchmarks.projects import Project
from benchmarks.services import Engine, Registry
from benchmarks.workshop import GO_FLAGS, Workshop

GOTARE: Final = "gotare"
GOTARE_PUSH: Final = "gotare --push"
GO: Final = "go build"
KO: Final = "ko"
KO_PUSH: Final = "ko, pushing"
DOCKER: Final = "docker build"
DOCKER_MOUNTS: Final = "docker build, cache mounts"


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that the contenders need; what is absent here is None."""

    workshop: Workshop
    gotare: Path
    ko: Path | None = None
    ko_base: str = ""
    registry: Registry | None = None
    engine: Engine | None = None

    def contenders(self, project: Project) -> list[Contender]:
        """Return all that can take part."""
        found = [
            Contender(GO, self._go(project), GOTARE),
            Contender(GOTARE, self._gotare(project), GOTARE),
        ]
        if self.registry:
            pushing = self._gotare(
                project, "--push", "-t", f"{self.registry.host}/bench/{{name}}:1"
            )
            found.append(Contender(GOTARE_PUSH, pushing, GOTARE_PUSH))
        if self.ko:
            layout = self.workshop.folder / "layouts" / project.name
            options = ("--push=false", f"--oci-layout-path={layout}")
            found.append(Contender(KO, self._ko(project, *options), GOTARE))
            found.append(Contender(KO_PUSH, self._ko(project), GOTARE_PUSH))
        if self.engine and len(project.packages) == 1:
            found.append(Contender(DOCKER_MOUNTS, self._docker(project, MOUNTS), GOTARE))
            found.append(Contender(DOCKER, self._docker(project, PLAIN), GOTARE))
        return found

    def _go(self, project: Project) -> Step:
        out = self.workshop.place(f"out/{project.name}")
        args = (self.workshop.go, "build", *GO_FLAGS, "-o", f"{out}/", *project.packages)
        return self.workshop.step(*args, cwd=project.folder)

    def _gotare(self, project: Project, *options: str) -> Step:
        args = (self.gotare, "build", "--quiet", *project.packages, *options)
        return self.workshop.step(*args, cwd=project.folder)

    def _ko(self, project: Project, *options: str) -> Step:
        host = self.registry.host if self.registry else ""
        assert self.ko
        ldflags = ("--ldflags=-s", "--ldflags=-w")
        return self.workshop.step(
            *(self.ko, "build", "--platform=linux", *ldflags, *options, *project.packages),
            cwd=project.folder,
            KO_DOCKER_REPO=f"{host}/ko",
            KO_DEFAULTBASEIMAGE=self.ko_base,
        )

    def _docker(self, project: Project, mounts: str) -> Step:
        assert self.engine
        name = f"{project.name}-mounts" if mounts else project.name
        file = self.workshop.place("dockerfiles") / name
        file.write_text(dockerfile(project, mounts))
        options = ("--network=none", f"--tag=gotare-bench-{name}", f"--file={file}")
        return self.workshop.step(*self.engine.command("build", *options, project.folder))


def editing(contenders: list[Contender], project: Project) -> list[Contender]:
    """Let a line of the project change ahead of each run."""
    return [replace(one, before=project.edit) for one in contenders]


def limited(contenders: list[Contender], rounds: dict[str, int]) -> list[Contender]:
    """Let some run in fewer rounds."""
    return [replace(one, rounds=rounds.get(one.name)) for one in contenders]


def from_nothing(field: Field, contenders: list[Contender], std: Path) -> list[Contender]:
    """Let each run start with no cache but the compiled standard library."""
    shop = field.workshop
    cache = shop.folder / "first"
    found = []
    for one in contenders:
        env = {**one.step.env, "GOCACHE": str(cache / "go-build"), "KOCACHE": str(cache / "ko")}
        step = replace(one.step, env={**env, "GOTARE_CACHE": str(cache / "gotare")})
        found.append(replace(one, step=step, before=_forgetting(field, one, std)))
    return found


def _forgetting(field: Field, one: Contender, std: Path) -> Callable[[], None]:
    if one.name.startswith(DOCKER) and field.engine:
        return partial(_forget_layers, field.engine)
    return partial(_forget_files, field.workshop, one.step.cwd, std)


def _forget_layers(engine: Engine) -> None:
    engine.docker("builder", "prune", "--all", "--force")


def _forget_files(shop: Workshop, project: Path, std: Path) -> None:
    """Remove all caches and outputs, and lay the compiled standard library by hard links."""
    folder = shop.emptied("first")
    shutil.copytree(std, folder / "go-build", copy_function=_linked)
    for output in (project / "dist", shop.folder / "out" / project.name,
                   shop.folder / "layouts" / project.name):  # fmt: skip
        shutil.rmtree(output, ignore_errors=True)


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
