"""What do pods have of the node that they run on?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Severity
from gotare.lint.images import passes_on
from gotare.lint.kubernetes import Container, KubernetesSubject, Workload
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.yaml.nodes import Node


def containers_of_all(subject: KubernetesSubject) -> Iterator[Container]:
    """Yield the containers of patches too: what they say is said."""
    yield from (container for each in subject.fragments for container in each.containers)


def needed(one: Container | Workload) -> Severity | None:
    """What a container needs by its trade is only to know about."""
    return Severity.INFO if one.reaches_by_trade else None


def _host_namespace(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.pod[key].boolean:
                yield Found(
                    f"{workload.object.title} shares the node's namespace ({key})",
                    workload.pod.place(key),
                    "leave it out",
                    severity=needed(workload),
                )


_OF_SYSTEM: Final = re.compile(
    r"/(?:(?:etc|root|boot|dev|proc|sys|run|home|var/run|var/lib/(?:docker|kubelet|containerd|etcd))"
    r"(?:/.*)?|var(?:/lib)?|usr|lib)?/?"
)
"""Paths of a node that tell a reader what nobody should know, or whose contents are open."""

_SOCKETS: Final = ("docker.sock", "containerd.sock", "crio.sock", "podman.sock")


def _host_path(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for volume in workload.pod["volumes"]:
            path = volume.at("hostPath", "path").text
            if volume["hostPath"] and not path.endswith(_SOCKETS):
                harmless = not _OF_SYSTEM.fullmatch(path) and _is_only_read(workload, volume)
                yield Found(
                    f"{workload.object.title} has {path or 'a path'} of the node",
                    volume.place("hostPath"),
                    "emptyDir, or a PersistentVolumeClaim",
                    severity=Severity.INFO if harmless else needed(workload),
                )


def _is_only_read(workload: Workload, volume: Node) -> bool:
    """Whether all containers that mount a volume mount it read-only."""
    name = volume["name"].text
    mounts = [
        m for c in workload.containers for m in c.at("volumeMounts") if m["name"].text == name
    ]
    return bool(mounts) and all(mount["readOnly"].boolean for mount in mounts)


def _socket(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for volume in workload.pod["volumes"]:
            path = volume.at("hostPath", "path")
            if path.text.endswith(_SOCKETS):
                yield Found(
                    f"{workload.object.title} has the runtime's socket, and so the node",
                    path.span,
                    "build without a daemon; watch pods through the API",
                )


def _host_port(subject: KubernetesSubject) -> Iterator[Found]:
    for container in containers_of_all(subject):
        for port in container.node["ports"]:
            if port["hostPort"].number:
                is_door = passes_on(container.workload.name, container.node["image"].text)
                yield Found(
                    f"container {container.name} takes a port of the node",
                    port.place("hostPort"),
                    "a Service of type NodePort or LoadBalancer",
                    severity=Severity.INFO if is_door else needed(container),
                )


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.warning(
        "host-namespace",
        "A pod shares a namespace of its node.",
        _host_namespace,
        equivalents={
            "trivy": ("KSV-0008", "KSV-0009", "KSV-0010"),
            "checkov": ("CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"),
        },
    ),
    _OF.warning(
        "host-path",
        "A pod has a path of its node.",
        _host_path,
        equivalents={"trivy": ("KSV-0023",)},
    ),
    _OF.error(
        "runtime-socket",
        "A pod has the socket of the container runtime.",
        _socket,
        equivalents={"trivy": ("KSV-0006",), "checkov": ("CKV_K8S_27",)},
    ),
    _OF.warning(
        "host-port",
        "A container takes a port of its node.",
        _host_port,
        equivalents={"trivy": ("KSV-0024",), "checkov": ("CKV_K8S_26",)},
    ),
)
