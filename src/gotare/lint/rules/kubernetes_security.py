"""Do pods keep to the restricted profile of the Pod Security Standards, line by line?

Source: kubernetes.io, "Pod Security Standards". What a pod says counts for its containers, and what
a container says counts more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.kubernetes import Container, KubernetesSubject, Workload
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.yaml.edits import add_entry, replace
from gotare.lint.yaml.nodes import Node


def _workloads(subject: KubernetesSubject) -> Iterator[Workload]:
    yield from (each for each in subject.workloads if not each.is_windows)


def _containers(subject: KubernetesSubject) -> Iterator[Container]:
    yield from (container for each in _workloads(subject) for container in each.containers)


def _every(subject: KubernetesSubject) -> Iterator[Container]:
    """Yield the containers of patches too: what they say is said."""
    yield from (container for each in subject.fragments for container in each.containers)


# fixes


def secured(
    subject: KubernetesSubject, holder: Node, line: str, *more: str, safe: bool
) -> Fix | None:
    """Add lines to the securityContext of a container or pod; make one where there is none."""
    title = f"say {line.rstrip(':')}"
    context = holder["securityContext"]
    if context.flow:
        if more:
            return None
        edit = add_entry(subject.text, context, [line])
    elif context:
        edit = add_entry(subject.text, context, [line, *more])
    else:
        lines = ["securityContext:", *(f"  {each}" for each in (line, *more))]
        edit = add_entry(subject.text, holder, lines)
    return Fix((edit,), safe, title) if edit else None


def _said(node: Node, text: str, title: str, safe: bool) -> Fix:
    return Fix((replace(node, text),), safe, title)


def _by_pod(
    subject: KubernetesSubject,
    wrong: Callable[[Container], bool],
    message: str,
    hint: str,
    lines: Sequence[str],
    severity: Callable[[Container], Severity | None] = lambda _: None,
) -> Iterator[Found]:
    """Yield one finding for a pod whose containers are all wrong, else one for each."""
    for workload in _workloads(subject):
        offenders = [each for each in workload.containers if wrong(each)]
        if offenders and len(offenders) == len(workload.containers):
            fix = secured(subject, workload.pod, lines[0], *lines[1:], safe=False)
            fix = None if workload.at("securityContext", lines[0].partition(":")[0]) else fix
            text = message.format(workload.object.title)
            yield Found(text, workload.object.place, hint, fix, "", severity(offenders[0]))
        else:
            for each in offenders:
                text = message.format(f"container {each.name} of {workload.object.title}")
                yield Found(text, each.place, hint, None, "", severity(each))


# users and privileges


def _may_be_root(subject: KubernetesSubject) -> Iterator[Found]:
    yield from _by_pod(
        subject,
        lambda container: container.secured("runAsNonRoot").boolean is not True,
        "{} may run as root: nothing says runAsNonRoot",
        "securityContext: runAsNonRoot: true, and a numeric user in the image",
        ["runAsNonRoot: true"],
        _grade_of_user,
    )


def _grade_of_user(container: Container) -> Severity | None:
    """A user who is not root by number is none, whatever the profile asks for."""
    return Severity.INFO if (container.secured("runAsUser").number or 0) > 0 else None


def _is_root(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        holders = [workload.pod, *(each.node for each in workload.containers)]
        for node in (holder.at("securityContext", "runAsUser") for holder in holders):
            if node.number == 0:
                yield Found(
                    f"{workload.object.title} runs as root",
                    node.span,
                    "runAsUser: 65532, or leave it to the image",
                )


def _escalation(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        node = container.at("securityContext", "allowPrivilegeEscalation")
        if node.boolean is False or container.at("securityContext", "privileged").boolean:
            continue
        line = "allowPrivilegeEscalation: false"
        yield Found(
            f"container {container.name} may gain privileges through setuid programs",
            node.span if node else container.place,
            line,
            _said(node, "false", f"say {line}", True)
            if node
            else secured(subject, container.node, line, safe=True),
        )


def _privileged(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _every(subject):
        node = container.node.at("securityContext", "privileged")
        if node.boolean:
            yield Found(
                f"container {container.name} is privileged: whoever takes it over has the node",
                node.span,
                "leave it out, and add the one capability that is needed",
            )


def _capabilities(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        dropped = container.at("securityContext", "capabilities", "drop")
        if "ALL" in {text.upper() for text in dropped.strings}:
            continue
        has_more = container.at("securityContext", "capabilities")
        lines = ("capabilities:", '  drop: ["ALL"]')
        yield Found(
            f"container {container.name} keeps the runtime's capabilities",
            dropped.span if dropped else container.place,
            'capabilities: drop: ["ALL"]',
            None if has_more else secured(subject, container.node, *lines, safe=False),
        )


def _added(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _every(subject):
        for item in container.node.at("securityContext", "capabilities", "add"):
            if item.value.upper().removeprefix("CAP_") != "NET_BIND_SERVICE":
                yield Found(
                    f"container {container.name} has the capability {item.value}",
                    item.span,
                    "the restricted profile allows NET_BIND_SERVICE only",
                )


def _seccomp(subject: KubernetesSubject) -> Iterator[Found]:
    yield from _by_pod(
        subject,
        lambda each: (
            each.secured("seccompProfile")["type"].text not in ("RuntimeDefault", "Localhost")
        ),
        "{} has no seccomp profile",
        "securityContext: seccompProfile: type: RuntimeDefault",
        ["seccompProfile:", "  type: RuntimeDefault"],
    )


def _writable_root(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        node = container.at("securityContext", "readOnlyRootFilesystem")
        if node.boolean is True:
            continue
        line = "readOnlyRootFilesystem: true"
        yield Found(
            f"container {container.name} can write to its image",
            node.span if node else container.place,
            f"{line}, and an emptyDir where it writes",
            _said(node, "true", f"say {line}", False)
            if node
            else secured(subject, container.node, line, safe=False),
        )


# the host


def _host_namespace(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.pod[key].boolean:
                yield Found(
                    f"{workload.object.title} shares the node's namespace ({key})",
                    workload.pod.place(key),
                    "leave it out",
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
                    severity=Severity.INFO if harmless else None,
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
    for container in _every(subject):
        for port in container.node["ports"]:
            if port["hostPort"].number:
                yield Found(
                    f"container {container.name} takes a port of the node",
                    port.place("hostPort"),
                    "a Service of type NodePort or LoadBalancer",
                )


def _proc_mount(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _every(subject):
        node = container.node.at("securityContext", "procMount")
        if node.text not in ("", "Default"):
            yield Found(
                f"container {container.name} sees parts of /proc that are hidden otherwise",
                node.span,
                "leave procMount out",
            )


_SAFE_SYSCTLS: Final = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
})  # fmt: skip


def _sysctl(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for item in workload.pod.at("securityContext", "sysctls"):
            if item["name"].text not in _SAFE_SYSCTLS:
                yield Found(
                    f"{workload.object.title} sets {item['name'].text}, which reaches other pods",
                    item.span,
                    "set it on the node, or leave it out",
                )


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.warning(
        "run-as-non-root",
        "Nothing keeps a pod from running as root.",
        _may_be_root,
        fixes="unsafe",
        equivalents={"trivy": ("KSV-0012",), "checkov": ("CKV_K8S_23",)},
    ),
    _OF.warning(
        "run-as-root",
        "A pod runs as root by number.",
        _is_root,
        equivalents={"trivy": ("KSV-0105",), "checkov": ("CKV_K8S_40",)},
    ),
    _OF.warning(
        "privilege-escalation",
        "A container may gain privileges.",
        _escalation,
        fixes="safe",
        equivalents={"trivy": ("KSV-0001",), "checkov": ("CKV_K8S_20",)},
    ),
    _OF.error(
        "privileged",
        "A container is privileged.",
        _privileged,
        equivalents={"trivy": ("KSV-0017",), "checkov": ("CKV_K8S_16",)},
    ),
    _OF.warning(
        "capabilities-kept",
        "A container keeps capabilities.",
        _capabilities,
        fixes="unsafe",
        equivalents={
            "trivy": ("KSV-0003", "KSV-0106"),
            "checkov": ("CKV_K8S_37", "CKV_K8S_28"),
        },
    ),
    _OF.warning(
        "capability-added",
        "A container has a capability more.",
        _added,
        equivalents={"trivy": ("KSV-0022", "KSV-0005"), "checkov": ("CKV_K8S_25",)},
    ),
    _OF.warning(
        "seccomp",
        "A pod has no seccomp profile.",
        _seccomp,
        fixes="unsafe",
        equivalents={"trivy": ("KSV-0030", "KSV-0104"), "checkov": ("CKV_K8S_31",)},
    ),
    _OF.warning(
        "writable-root",
        "A container can write to its image.",
        _writable_root,
        fixes="unsafe",
        equivalents={"trivy": ("KSV-0014",), "checkov": ("CKV_K8S_22",)},
    ),
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
    _OF.warning(
        "proc-mount",
        "A container sees more of /proc.",
        _proc_mount,
        equivalents={"trivy": ("KSV-0027",)},
    ),
    _OF.warning(
        "unsafe-sysctl",
        "A pod sets a kernel parameter that reaches others.",
        _sysctl,
        equivalents={"trivy": ("KSV-0026",)},
    ),
)
