"""What is counted and weighed instead of timed: memory, sizes of images, requests."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import Field
from benchmarks.measure import Step, peak_memory, run
from benchmarks.projects import Project
from benchmarks.report import Aim, Section, at_most, table

_MB = 1_000_000
_KB = 1_000


def memory(field: Field, project: Project) -> Section:
    """How much memory gotare's own process holds at most, for a program of some 100 MB."""
    shutil.rmtree(project.folder / "dist", ignore_errors=True)
    field.workshop.emptied("gotare")
    step = _build(field, project)
    cases = [
        ("first build", peak_memory(step)),
        ("nothing to do", peak_memory(step)),
    ]
    project.edit()
    cases.insert(1, ("one-line edit", peak_memory(step)))
    rows = [(title, f"{value / _MB:.1f} MB") for title, value in cases]
    size = len(program(project.folder / "dist"))
    text = f"The most that the Python process holds (VmHWM), for a binary of {size / _MB:.1f} MB."
    most = max(value for _, value in cases) / _MB
    aims = [at_most("peak memory, 100 MB binary: under 90 MB", 90, most, "MB")]
    return Section("Peak memory", text, table(("", "peak"), rows), aims)


def _build(field: Field, project: Project, *options: str) -> Step:
    args = (field.gotare, "build", "--quiet", *project.packages, *options)
    return field.workshop.step(*args, cwd=project.folder)


VARIANTS = (
    ("scratch, and what the program needs", ("--base=scratch",), None),
    ("scratch, certificates", ("--base=scratch", "--add=certificates"), 120),
    ("static: certificates, zones, users, tmp",
     ("--add=certificates", "--add=zones", "--add=users", "--add=tmp"), 250),
)  # fmt: skip
"""Images, the options that make them, and by how many KB they may exceed the gzipped binary."""


def sizes(field: Field, project: Project) -> Section:
    """How much more than the compressed program an image is."""
    rows: list[tuple[str, str, str]] = []
    aims: list[Aim] = []
    layout = field.workshop.folder / "sizes"
    for title, options, limit in VARIANTS:
        shutil.rmtree(layout, ignore_errors=True)
        run(_build(field, project, f"--oci-layout={layout}", *options))
        if not rows:
            packed = gzipped(layout)
            rows.append(("the binary, by gzip -6", f"{packed:,}", ""))
        size = image_size(layout)
        rows.append((title, f"{size:,}", f"{(size - packed) / _KB:+.1f} KB"))
        if limit:
            text = f"compressed image, {title}: at most the gzipped binary + {limit} KB"
            aims.append(at_most(text, limit, (size - packed) / _KB, "KB"))
    text = f"Of {project.name}, in bytes: manifest, config and layers, as a registry holds them."
    return Section("Size of images", text, table(("", "bytes", "more"), rows), aims)


def manifest_of(layout: Path) -> tuple[int, dict[str, Any]]:
    """Return the size and content of the only image's manifest."""
    entry = json.loads((layout / "index.json").read_bytes())["manifests"][0]
    return entry["size"], json.loads(blob(layout, entry["digest"]).read_bytes())


def blob(layout: Path, digest: str) -> Path:
    """Return the path of a blob in a layout."""
    return layout / "blobs" / digest.replace(":", "/")


def image_size(layout: Path) -> int:
    """Return the bytes of manifest, config and layers."""
    size, manifest = manifest_of(layout)
    return int(size + sum(part["size"] for part in (manifest["config"], *manifest["layers"])))


def program(layout: Path) -> bytes:
    """Return the program, which is the last file of the last layer."""
    _, manifest = manifest_of(layout)
    with (
        gzip.open(blob(layout, manifest["layers"][-1]["digest"])) as stream,
        tarfile.open(fileobj=stream, mode="r:") as tar,
    ):
        file = tar.extractfile([member for member in tar if member.isfile()][-1])
        assert file
        return file.read()


def gzipped(layout: Path) -> int:
    """Return the bytes that `gzip -6` makes of the program."""
    done = subprocess.run(
        ["gzip", "-6", "-c", "-n"], input=program(layout), stdout=subprocess.PIPE, check=True
    )
    return len(done.stdout)


def requests(field: Field, project: Project) -> Section:
    """How many requests a registry gets."""
    registry = field.registry
    assert registry
    name = f"{registry.host}/counted/app"
    cases = [
        ("first push", ("1",), None),
        ("unchanged", ("1",), 2),
        ("unchanged, gotare's cache gone", ("1", "--no-cache"), 2),
        ("new tag", ("2",), 3),
    ]
    rows: list[tuple[str, str, str]] = []
    aims: list[Aim] = []
    for title, (tag, *options), limit in cases:
        step = _build(field, project, "--push", "-t", f"{name}:{tag}", *options)
        with registry.counted() as found:
            run(step)
        rows.append((title, str(len(found)), ", ".join(_verbs(found))))
        if limit:
            aims.append(at_most(f"push, {title}: at most {limit}", limit, len(found), "requests"))
    text = "Requests that the registry got, by its own log."
    return Section("Pushing", text, table(("", "requests", "which"), rows), aims)


def _verbs(requests: list[str]) -> list[str]:
    """Return what was done how often, in the order of its first time."""
    kinds = [_kind(request) for request in requests]
    return [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]


def _kind(request: str) -> str:
    method, _, path = request.partition(" ")
    for part in ("manifests", "blobs/uploads", "blobs", "referrers"):
        if f"/{part}/" in path:
            return f"{method} {part}"
    return f"{method} {path}"
