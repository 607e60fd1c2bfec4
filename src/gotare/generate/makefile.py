"""Writes the Makefile, or `container.mk` for a project that has a Makefile of its own.

A Makefile cannot be merged: two recipes for `build` are an error, and whose `test` is right nobody
can know. So a Makefile that gotare has not written stays as it is, and all that gotare has to add
goes into a file that one line takes in (`include container.mk`), under names that are nobody
else's: `container-build`, `container-push` …
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gotare.generate.dockerfile_args import DEFAULTS
from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import header
from gotare.generate.pipeline import common
from gotare.generate.render import render
from gotare.plan import ImagePlan, Plan

_DATE: Final = (
    "$(shell TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null"
    f" || echo {DEFAULTS['DATE']})"
)
_ARGUMENTS: Final = {
    "VERSION": "$(VERSION)",
    "COMMIT": f"$(shell git rev-parse HEAD 2>/dev/null || echo {DEFAULTS['COMMIT']})",
    "DATE": _DATE,
}
"""What the arguments of the Dockerfile are, as make says it."""

_TARGETS: Final = {
    "docker": "help build push archive scan test lint run clean",
    "gotare": "help build push load scan test lint run clean",
}


def makefile(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the Makefile, with real tabs."""
    values = common(plan, choices)
    prefix = "container-" if choices.makefile == "container.mk" else ""
    names = [prefix + name for name in _TARGETS[choices.builder].split()]
    values |= {
        "header": _header(choices),
        "p": prefix,
        "phony": " ".join([*names, *_each(plan, choices, prefix)]),
        "width": max(map(len, names)),
        "repository": choices.image.rstrip("/"),
        "build_flags": " ".join(_build_flags(values)),
        "run_flags": " ".join(_run_flags(plan.images)),
        "needs": list(_needs(plan.images)),
    }
    return GeneratedFile(choices.makefile, render("Makefile.j2", **values), "makefile")


def _header(choices: Choices) -> str:
    if choices.makefile == "Makefile":
        return header("makefile")
    return f"{header('makefile')}\n#\n# Take it into the Makefile with a line: include container.mk"


def _each(plan: Plan, choices: Choices, prefix: str) -> list[str]:
    """Return the targets for one image each."""
    if len(plan.images) == 1 or choices.builder == "gotare":
        return []
    each = [f"$(NAMES:%={prefix}{name}-%)" for name in ("build", "push", "archive", "scan")]
    return [f"{prefix}repository", *each]


def _build_flags(values: dict[str, Any]) -> Iterator[str]:
    for argument in values["arguments"]:
        yield f"--build-arg {argument}={_ARGUMENTS[argument]}"
    if values["code"].private:
        yield "--secret id=netrc,src=$(HOME)/.netrc"


def _run_flags(images: tuple[ImagePlan, ...]) -> Iterator[str]:
    """Yield the options of the first image's ports; a program that ends may read what is typed."""
    workload = images[0].workload
    if workload.kind == "cli":
        yield "--interactive"
    for port in workload.ports:
        if port.public:
            protocol = "/udp" if port.protocol == "udp" else ""
            yield f"--publish 127.0.0.1:{port.number}:{port.number}{protocol}"


def _needs(images: tuple[ImagePlan, ...]) -> Iterator[str]:
    for image in images:
        names = ", ".join(backend.name for backend in image.workload.backends)
        if names:
            yield f"{image.name} needs {names}: docker compose up starts them too"
