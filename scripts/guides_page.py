"""Makes docs/guides.md: what guides to Go images ask for, and who sees to it here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gotare.linting.audit_items import ITEMS, Item

GUIDES_PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "guides.md"

_HEAD: Final = """# What guides ask for

Written by `scripts/write_docs.py` from the lines of `gotare audit`.

Guides to Go in containers ask for much the same. Here is who sees to each line: what `gotare build`
and `gotare init` do by themselves, the rules by which `gotare lint` finds that a file of yours does
not, and a line of `gotare audit`, which has the same title. Lines without rules are measured from
the files and the plan: see the evidence in `gotare audit`.

Guides are wrong at times. What they teach without meaning to (labels with arguments of another
stage, a check behind which a shell stands, zones that `golang:alpine` does not have, tokens that
git keeps) is in `tests/lint/guides`: one Dockerfile for each of theirs, with what is found in it,
and what repairs it. The repaired ones are built with BuildKit, and run.
"""

DONE: Final = {
    "Use multi-stage builds": (
        "needs no stages: go compiles outside of the image",
        "a stage for modules, one that compiles, one for each image",
    ),
    "Optimize layer caching (dependencies first)": (
        "go's own caches; nothing is done when nothing changed",
        "modules are fetched from go.mod and go.sum alone",
    ),
    "Use .dockerignore": ("sends no context", "writes it, from what the build reads"),
    "Enable BuildKit caching": ("go's own caches", "cache mounts, and a cache in the pipeline"),
    "Build for specific platforms": (
        "`--platform`",
        "compiles on `$BUILDPLATFORM` for `$TARGETOS` and `$TARGETARCH`",
    ),
    'Strip debug symbols (-ldflags="-s -w")': (
        "by default",
        "by default; a target `debug` has them",
    ),
    "Switch cgo off unless it is needed": ("as the code needs it", "as the code needs it"),
    "Stamp the version into the program": (
        "sets the variables that the code has",
        "`VERSION`, `COMMIT` and `DATE` as arguments, after the modules",
    ),
    "Use distroless or scratch base images": (
        "a static base composed here, or scratch",
        "distroless, or scratch, Alpine, Debian as variants",
    ),
    "Do not ship the toolchain": ("the program alone", "the program alone"),
    "Do not ship the source code": ("the program, and files that are named", "the same"),
    "Run as non-root user": ("65532", "65532, in manifests too"),
    "Scan for vulnerabilities": ("", "a step of the pipeline that fails"),
    "Never hardcode secrets": ("", "secrets by reference; examples beside them"),
    "Use a read-only root filesystem": (
        "images run with one",
        "Compose and Kubernetes, with the folders that the code writes",
    ),
    "Drop all capabilities": ("", "Compose and Kubernetes"),
    "Expose no unnecessary ports": ("those that the code listens on", "the same"),
    "Limit who may call whom": ("", "network policies, with DNS"),
    "Install no unnecessary packages": ("none at all", "none, but for tools that the code runs"),
    "Pin base images": ("writes down the base's digest", "`--pin` adds digests"),
    "Keep Go and base images current": ("the Go that is here", "the Go that go.mod asks for"),
    "Minimize image size (below 20 MB)": ("says the size of each layer", ""),
    "Use BuildKit cache mounts": ("", "for modules and compiled packages"),
    "Parallel dependency downloads": ("`go` does", "`go mod download` in a step of its own"),
    "Multi-architecture builds": ("one index for all platforms", "the pipeline builds them"),
    "Optimize Go build flags": ("`-trimpath`, `-s -w`", "the same"),
    "Add OCI labels (version, source, …)": ("from git and go.mod", "from arguments"),
    "Implement health check endpoints": ("", ""),
    "Implement proper health checks": (
        "`healthcheck:` with a probe for images without a shell",
        "HEALTHCHECK, probes of Kubernetes and Compose",
    ),
    "Bring certificates, zones and files along": ("what the code needs", "the same"),
    "Configure proper resource limits": ("", "requests and limits, and GOMEMLIMIT"),
    "Stop cleanly (exec form, SIGTERM)": ("the program is process 1", "the same"),
    "Set up monitoring": ("", "lets Prometheus reach the metrics that the code serves"),
    "Test in a production-like environment": ("", "the pipeline starts the image"),
    "Document the deployment": ("", "`docs/container.md`"),
}
"""What build and init do, by the title of the line; "" nothing."""


def guides_page() -> str:
    """Return the page."""
    lines = [_HEAD]
    for section in dict.fromkeys(item.section for item in ITEMS):
        lines += [f"## {section}", "", "| practice | build | init | lint |", "|---|---|---|---|"]
        lines += _rows(section)
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(section: str) -> Iterator[str]:
    for item in ITEMS:
        if item.section == section:
            build, init = DONE[item.title]
            yield f"| {item.title} | {build} | {init} | {_rules(item)} |"


def _rules(item: Item) -> str:
    return ", ".join(f"[{rule}](rules/{rule}.md)" for rule in dict.fromkeys(item.rules))
