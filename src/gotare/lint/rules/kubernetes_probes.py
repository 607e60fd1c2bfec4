"""Do the probes of a container ask what the program answers?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.lint.kubernetes import Container, KubernetesSubject
from gotare.lint.programs import facts_of, lacks, only_stage
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.kubernetes_settings import listened, planned_of
from gotare.lint.yaml.nodes import Node

if TYPE_CHECKING:
    from gotare.lint.dockerfile.stages import Stage

PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HEALTH: Final = frozenset({
    "health", "healthz", "healthcheck", "live", "livez", "liveness", "alive", "ready", "readyz",
    "readiness", "ping", "status", "-", "healthy",
})  # fmt: skip
"""Last words of paths that tell of the program's health; the facts know such routes."""
_READY: Final = frozenset({"ready", "readyz", "readiness"})


def _running(subject: KubernetesSubject) -> Iterator[Container]:
    for workload in subject.workloads:
        if workload.lasts:
            yield from (each for each in workload.containers if not each.init)


def _no_readiness(subject: KubernetesSubject) -> Iterator[Found]:
    yield from _missing(subject, "readinessProbe", "it gets requests before it can answer")


def _no_liveness(subject: KubernetesSubject) -> Iterator[Found]:
    yield from _missing(subject, "livenessProbe", "a program that hangs is not started anew")


def _missing(subject: KubernetesSubject, probe: str, effect: str) -> Iterator[Found]:
    for container in _running(subject):
        if container.at(probe):
            continue
        planned = planned_of(subject, container)
        work = planned.workload if planned else None
        check = work and (work.liveness if probe == "livenessProbe" else work.readiness)
        if check and check.kind in ("http", "grpc"):
            what = check.path or "the gRPC health service"
            yield Found(
                f"container {container.name} has no {probe}: {effect}",
                container.place,
                f"the code answers {what} on port {check.port}",
            )


def _path_of(probe: Node) -> Node:
    return probe.at("httpGet", "path")


def _unknown_path(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        for probe in PROBES:
            node = _path_of(container.node[probe])
            known = _routes(subject, container) if _tells_health(node.text) else frozenset()
            if known and node.text.partition("?")[0].rstrip("/") not in known:
                yield Found(
                    f"{probe} asks {node.text}, which the code does not answer",
                    node.span,
                    f"the code answers {', '.join(sorted(known))}",
                )


def _tells_health(path: str) -> bool:
    return path.partition("?")[0].rstrip("/").rpartition("/")[2].lower() in _HEALTH


def _routes(subject: KubernetesSubject, container: Container) -> frozenset[str]:
    """Return the routes of the code that tell of its health."""
    planned = planned_of(subject, container)
    facts = facts_of(subject.around, planned)
    found = {route.path.rstrip("/") for fact in facts for route in fact.routes}
    work = planned.workload if planned else None
    checks = (work.liveness, work.readiness, work.startup) if work else ()
    found |= {check.path.rstrip("/") for check in checks if check and check.kind == "http"}
    return frozenset(path for path in found if _tells_health(path))


def _unknown_port(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        names = {port["name"].text for port in container.at("ports")}
        for probe in PROBES:
            node = _port_of(container.node[probe])
            if (
                node.text
                and node.number is None
                and node.text not in names
                and "$" not in node.text
            ):
                yield Found(
                    f"{probe} asks the port {node.text}, which the container does not name",
                    node.span,
                    "name it in ports, or write its number",
                )
            elif node.number is not None:
                yield from _other_number(subject, container, probe, node)


def _port_of(probe: Node) -> Node:
    kinds = ("httpGet", "tcpSocket", "grpc")
    return next((probe[kind]["port"] for kind in kinds if probe[kind]), probe["none"])


def _other_number(
    subject: KubernetesSubject, container: Container, probe: str, node: Node
) -> Iterator[Found]:
    known = listened(subject, container)
    if known and node.number not in known:
        yield Found(
            f"{probe} asks port {node.number}, and the program listens on "
            f"{', '.join(map(str, sorted(known)))}",
            node.span,
            "ask a port that the program listens on",
        )


def _same(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        live, ready = (container.node[f"{name}nessProbe"] for name in ("live", "readi"))
        path = _path_of(live)
        if path and (path.text, _port_of(live).text) == (
            _path_of(ready).text,
            _port_of(ready).text,
        ):
            yield Found(
                f"liveness and readiness ask the same ({path.text}): what is only busy is killed",
                path.span,
                "let liveness ask a route that looks at nothing else",
            )


def _liveness_on_readiness(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        node = _path_of(container.node["livenessProbe"])
        word = node.text.partition("?")[0].rstrip("/").rpartition("/")[2].lower()
        if word in _READY and not _is_only_route(subject, container, node.text):
            yield Found(
                f"liveness asks {node.text}: when a database is away, every pod is started anew",
                node.span,
                "ask a route that looks at nothing but the process",
            )


def _is_only_route(subject: KubernetesSubject, container: Container, path: str) -> bool:
    """Whether the plan itself knows of no better one."""
    planned = planned_of(subject, container)
    check = planned.workload.liveness if planned else None
    return check is not None and check.path == path


def _missing_tool(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        for probe in PROBES:
            command = container.node.at(probe, "exec", "command")
            tool = command.strings[0] if command.strings else ""
            if tool and lacks(tool, _stage(subject, container)):
                yield Found(
                    f"{probe} runs {tool}, which the image does not hold",
                    command.span,
                    "httpGet, grpc or tcpSocket need nothing in the image",
                )


def _stage(subject: KubernetesSubject, container: Container) -> Stage | None:
    """Return the stage that a container of the project runs."""
    stage = only_stage(subject.around)
    return stage if stage is not None and planned_of(subject, container) else None


def _grpc_tool(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _running(subject):
        for probe in PROBES:
            command = container.node.at(probe, "exec", "command")
            if any(
                "grpc_health_probe" in text or "grpc-health-probe" in text
                for text in command.strings
            ):
                yield Found(
                    f"{probe} runs a tool for what Kubernetes asks itself",
                    command.span,
                    "grpc: port: …, since Kubernetes 1.24",
                )


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.warning(
        "no-readiness-probe",
        "A container has no readiness probe, though its program answers one.",
        _no_readiness,
        equivalents={"checkov": ("CKV_K8S_9",)},
    ),
    _OF.warning(
        "no-liveness-probe",
        "A container has no liveness probe, though its program answers one.",
        _no_liveness,
        equivalents={"checkov": ("CKV_K8S_8",)},
    ),
    _OF.warning("probe-path", "A probe asks a path that the code does not have.", _unknown_path),
    _OF.error("probe-port", "A probe asks a port that is not there.", _unknown_port),
    _OF.info("probes-equal", "Liveness and readiness ask the same.", _same),
    _OF.warning(
        "liveness-on-readiness",
        "Liveness depends on what readiness is for.",
        _liveness_on_readiness,
    ),
    _OF.error("probe-tool", "A probe runs what the image does not hold.", _missing_tool),
    _OF.info("grpc-probe", "A probe of gRPC needs no tool.", _grpc_tool),
)
