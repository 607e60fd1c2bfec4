"""What do the settings of a container make of what the code says? Shared by rules of Kubernetes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from gotare.lint.kubernetes import Container, KubernetesSubject
from gotare.lint.programs import plan_of, ports_of

if TYPE_CHECKING:
    from gotare.plan import ImagePlan


def planned_of(subject: KubernetesSubject, container: Container) -> ImagePlan | None:
    """Return the planned image that a container runs; None where it runs something else, be it a
    script in the same image."""
    planned = plan_of(subject.around, (container.name,), container.image)
    started = container.at("command").strings[:1]
    if planned is None or not started:
        return planned
    known = (planned.name, *planned.run.entrypoint[:1], *planned.packages)
    return planned if posixpath.basename(started[0]) in map(posixpath.basename, known) else None


def listened(subject: KubernetesSubject, container: Container) -> frozenset[int]:
    """Return the ports that the program in a container listens on; nothing where that is open:
    its arguments or variables may say otherwise."""
    if container.at("args") or container.at("command"):
        return frozenset()
    planned = planned_of(subject, container)
    numbers = [_number(container, *port) for port in ports_of(subject.around, planned)]
    return frozenset() if None in numbers else frozenset(number for number in numbers if number)


def _number(container: Container, variable: str, number: int | None) -> int | None:
    entry = container.env.get(variable) if variable else None
    if entry is None:
        is_open = bool(variable and container.at("envFrom"))
        return None if is_open or not number else number
    found = re.fullmatch(r"(?:.*:)?(\d{1,5})", entry["value"].text)
    return int(found[1]) if found else None
