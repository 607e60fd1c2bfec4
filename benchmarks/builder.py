"""A builder image for `docker build`, made here from this machine's Go, and the Dockerfiles.

No registry that serves images is needed: the root folder is busybox, GOROOT, the compiled standard
library, and the modules that the projects need as a file proxy.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measure import FailedError, run
from benchmarks.projects import Project
from benchmarks.services import Engine
from benchmarks.workshop import GO_FLAGS, Workshop, go_env

BUILDER: Final = "gotare-bench-builder:latest"
_APPLETS: Final = ("sh", "mkdir", "cp", "rm", "ls", "cat")
_PARTS: Final = ("VERSION", "bin", "go.env", "lib", "pkg", "src")
"""What of GOROOT a build needs."""

PLAIN: Final = ""
MOUNTS: Final = (
    "--mount=type=cache,id={id}-modules,target=/root/go/pkg/mod "
    f"--mount=type=cache,id={{id}}-build,target=/root/.cache/go-build,from={BUILDER},"
    "source=/root/.cache/go-build "
)
"""RUN's options for the two caches that Docker's guide for Go names; the second starts with the
compiled standard library of the builder image."""


def dockerfile(project: Project, mounts: str) -> str:
    """Return a multi-stage Dockerfile as Docker's guide for Go has it."""
    mounts = mounts.format(id=project.name)
    flags = " ".join(f"'{flag}'" if " " in flag else flag for flag in GO_FLAGS)
    return f"""FROM {BUILDER} AS build
WORKDIR /src
COPY go.mod go.sum* ./
RUN {mounts}go mod download
COPY . .
RUN {mounts}go build {flags} -o /out/app {" ".join(project.packages)}
FROM scratch
COPY --from=build /out/app /app
USER 65532:65532
ENTRYPOINT ["/app"]
"""


def compiled_std(workshop: Workshop) -> Path:
    """Return a GOCACHE that holds the standard library, compiled with the contenders' flags."""
    version = go_env(workshop, "GOVERSION")[0]
    folder = workshop.folder / f"std-{version}"
    if not (folder / "done").exists():
        run(workshop.step(workshop.go, "build", *GO_FLAGS, "std", GOCACHE=str(folder)))
        # ko asks this tool, which Go compiles when it is first wanted.
        run(workshop.step(workshop.go, "tool", "buildid", workshop.go, GOCACHE=str(folder)))
        (folder / "done").touch()
    return folder


def import_builder(workshop: Workshop, engine: Engine, projects: Sequence[Project]) -> None:
    """Make the builder image in the engine. Raises FailedError."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise FailedError("there is no busybox for the builder image (busybox-static)")
    goroot = go_env(workshop, "GOROOT")[0]
    archive = workshop.folder / "builder.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(Path(busybox).resolve(), "bin/busybox")
        for applet in _APPLETS:
            _link(tar, f"bin/{applet}", "busybox")
        _folder(tar, "tmp")
        for part in _PARTS:
            tar.add(Path(goroot, part), f"{goroot.lstrip('/')}/{part}", filter=_without_tests)
        tar.add(compiled_std(workshop), "root/.cache/go-build")
        if any((project.folder / "go.sum").exists() for project in projects):
            tar.add(workshop.folder / "modules" / "cache" / "download", "proxy")
        else:
            _folder(tar, "proxy")
    changes = [
        f"ENV PATH={goroot}/bin:/bin HOME=/root CGO_ENABLED=0 GOTOOLCHAIN=local",
        "ENV GOFLAGS=-buildvcs=false GOPROXY=file:///proxy GOSUMDB=off",
    ]
    options = [word for change in changes for word in ("--change", change)]
    try:
        engine.docker("import", *options, "-", BUILDER, stdin=archive)
    finally:
        archive.unlink()


def _without_tests(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(info.name).name == "testdata" else info


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    tar.addfile(info)


def _folder(tar: tarfile.TarFile, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, 0o1777
    tar.addfile(info)
