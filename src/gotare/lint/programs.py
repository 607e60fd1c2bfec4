"""Which program of the project does a service or container run, and what does its image hold?

Nothing is guessed: without a name that fits there is no program, and rules say nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from gotare.lint.images import Image
from gotare.lint.subjects import Surroundings

if TYPE_CHECKING:
    from gotare.golang.facts.types import ProgramFacts
    from gotare.lint.dockerfile.stages import Stage
    from gotare.plan import ImagePlan

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh"})
TOOLS: Final = SHELLS | {
    "curl", "wget", "nc", "netcat", "pgrep", "ps", "cat", "ls", "test", "grep", "echo", "true",
    "pidof", "stat", "nslookup", "dig", "ping", "httpie", "python", "python3", "node",
    "grpc_health_probe", "grpcurl",
}  # fmt: skip
"""Programs that checks use and that images with nothing but a Go program lack."""


def plan_of(around: Surroundings, names: Iterable[str], image: Image | None) -> ImagePlan | None:
    """Return the planned image that a container runs, by its own names and that of its image."""
    if around.plan is None:
        return None
    said = {_plain(name) for name in names if name}
    said |= {_plain(image.word)} if image and not image.is_database else set()
    fitting = [planned for planned in around.plan.images if _plain(planned.name) in said]
    if not fitting and len(around.plan.images) == 1 and image:
        fitting = [p for p in around.plan.images if _plain(around.plan.sources.name) in said]
    return fitting[0] if len(fitting) == 1 else None


_MODULE: Final = re.compile(r"^[ \t]*module[ \t]+\"?([\w./~-]+)", re.MULTILINE)


def is_own(image: Image, around: Surroundings) -> bool:
    """Whether an image is made by the project itself, or by those who make it: it has the name of
    the module, or of its owner."""
    parts = _module_of(around)
    name = image.name.lower()
    return bool(parts) and (
        image.word.lower() == parts[-1] or _owner(parts) in name.split("/")[:-1]
    )


def is_of_owner(action: str, around: Surroundings) -> bool:
    """Whether an action or workflow is of those who make the project."""
    owner = _owner(_module_of(around))
    return bool(owner) and action.lower().partition("/")[0] == owner


def _module_of(around: Surroundings) -> list[str]:
    found = _MODULE.search(around.texts.get("go.mod", ""))
    return re.sub(r"/v\d+$", "", found[1]).lower().split("/") if found else []


def _owner(parts: list[str]) -> str:
    """Return who owns a module, where its path is that of a host of code; "" where it is not."""
    return parts[1] if len(parts) > 2 and "." in parts[0] else ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


def facts_of(around: Surroundings, planned: ImagePlan | None) -> tuple[ProgramFacts, ...]:
    """Return what is known of the programs in a planned image."""
    if planned is None or around.project is None:
        return ()
    return tuple(around.project.facts.of(package) for package in planned.packages)


def ports_of(around: Surroundings, planned: ImagePlan | None) -> tuple[tuple[str, int | None], ...]:
    """Return the ports that the programs in an image open to others, each with the variable that
    sets it; empty where that is not all that they open. A plan has one port for listeners that
    have the same by default, though each may be given its own."""
    facts = facts_of(around, planned)
    if planned is None or any(each.unknown for each in facts):
        return ()
    ports = [(port.variable, port.number) for port in planned.workload.ports]
    found = (one for each in facts for one in each.listeners if one.protocol != "unix")
    return tuple(dict.fromkeys((*ports, *((one.variable, one.port) for one in found))))


def near(around: Surroundings, path: str) -> str:
    """Return a path that is relative to the linted file as one in the build context."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(around.here), path))


def stage_of(around: Surroundings, dockerfile: str, target: str = "") -> Stage | None:
    """Return the last stage of a Dockerfile, named from the linted file; None where it is not."""
    text = around.texts.get(near(around, dockerfile))
    if text is None:
        return None
    from gotare.errors import GotareError
    from gotare.lint.dockerfile.parse import parse_dockerfile
    from gotare.lint.dockerfile.stages import build_of

    try:
        return build_of(parse_dockerfile(text, dockerfile), target=target).final
    except GotareError:
        return None


def only_stage(around: Surroundings) -> Stage | None:
    """Return the last stage of the Dockerfile at the root of the context, if that makes one image
    only; None where it is not there or makes several."""
    text = around.texts.get("Dockerfile")
    if text is None:
        return None
    from gotare.errors import GotareError
    from gotare.lint.dockerfile.parse import parse_dockerfile
    from gotare.lint.dockerfile.stages import build_of

    try:
        build = build_of(parse_dockerfile(text))
    except GotareError:
        return None
    return build.final if len(build.targets) == 1 else None


def lacks(tool: str, stage: Stage | None) -> bool:
    """Whether an image certainly does not hold a program: its base is made for one program only,
    and nothing that is copied into it has that name."""
    name = posixpath.basename(tool)
    return name in TOOLS and stage is not None and _is_minimal(stage) and not _brings(stage, name)


def _is_minimal(stage: Stage) -> bool:
    return stage.facts is not None and stage.facts.minimal and stage.facts.shell is None


def _brings(stage: Stage, tool: str) -> bool:
    """Whether something is copied that may be the tool, or may hold it: busybox, a folder of it."""
    found = (i for each in stage.chain for i in each.named("COPY", "ADD", "RUN"))
    text = " ".join(instruction.value for instruction in found)
    return bool(re.search(rf"busybox|\b{re.escape(tool)}\b|/bin/?(?:\s|$)", text))
