"""What do the settings of a container make of what the code says? Shared by rules of Kubernetes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from gotare.lint.kubernetes import Container, KubernetesSubject
from gotare.lint.programs import plan_of

if TYPE_CHECKING:
    from gotare.plan import ImagePlan
    from gotare.workload import Port


def planned_of(subject: KubernetesSubject, container: Container) -> ImagePlan | None:
    """Return the planned image that a container runs; None where it runs something else, be it a
    script in the same image."""
    planned = plan_of(subject.around, (container.name,), container.image)
    started = container.at("command").strings[:1]
    if planned is None or not started:
        return planned
    known = (planned.name, *planned.run.entrypoint[:1], *planned.packages)
    return planned if posixpath.basename(started[0]) in map(posixpath.basename, known) else None


def listened(container: Container, planned: ImagePlan | None) -> frozenset[int]:
    """Return the ports that the program in a container listens on; nothing where that is open:
    its arguments or variables may say otherwise."""
    if planned is None or container.at("args") or container.at("command"):
        return frozenset()
    numbers = [_number(container, port) for port in planned.workload.ports]
    return frozenset() if None in numbers else frozenset(number for number in numbers if number)


def _number(container: Container, port: Port) -> int | None:
    entry = container.env.get(port.variable) if port.variable else None
    if entry is None:
        is_open = bool(port.variable and container.at("envFrom"))
        return None if is_open or not port.number else port.number
    found = re.fullmatch(r"(?:.*:)?(\d{1,5})", entry["value"].text)
    return int(found[1]) if found else None
