"""The base image that ko gets: the layers that gotare composes, without a program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from benchmarks.measure import run
from benchmarks.projects import Project
from benchmarks.services import Registry
from benchmarks.workshop import Workshop

PARTS = ("certificates", "zones", "users", "tmp")


def push_base(workshop: Workshop, gotare: Path, project: Project, registry: Registry) -> str:
    """Push the base to the registry and return its name. Raises FailedError."""
    layout = workshop.emptied("base")
    added = [word for part in PARTS for word in ("--add", part)]
    place = f"--oci-layout={layout}"
    step = (gotare, "build", *project.packages, *added, "--sbom=none", "-t", "base:1", place)
    run(workshop.step(*step, cwd=project.folder))
    without_program(layout)
    name = f"{registry.host}/static:latest"
    run(workshop.step(gotare, "copy", f"oci:{layout}:base:1", name))
    return name


def without_program(layout: Path) -> None:
    """Take the last layer, which holds the program, out of the only image of a layout."""
    index = json.loads((layout / "index.json").read_bytes())
    manifest = _blob(layout, index["manifests"][0]["digest"])
    config = _blob(layout, manifest["config"]["digest"])
    manifest["layers"].pop()
    config["rootfs"]["diff_ids"].pop()
    config["history"].pop()
    for key in ("Entrypoint", "Cmd", "Healthcheck"):
        config["config"].pop(key, None)
    manifest["config"] |= _written(layout, config)
    index["manifests"][0] |= _written(layout, manifest)
    (layout / "index.json").write_text(json.dumps(index))


def _blob(layout: Path, digest: str) -> Any:
    return json.loads((layout / "blobs" / digest.replace(":", "/")).read_bytes())


def _written(layout: Path, document: Any) -> dict[str, str | int]:
    """Write a blob; return what a descriptor says of it."""
    content = json.dumps(document).encode()
    name = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256" / name).write_bytes(content)
    return {"digest": f"sha256:{name}", "size": len(content)}
