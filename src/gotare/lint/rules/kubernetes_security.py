"""Do pods keep to the restricted profile of the Pod Security Standards, line by line?

Source: kubernetes.io, "Pod Security Standards". What a pod says counts for its containers, and what
a container says counts more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.kubernetes import Container, KubernetesSubject, Workload
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.kubernetes_host import containers_of_all, needed
from gotare.lint.yaml.edits import add_entry, replace
from gotare.lint.yaml.nodes import Node


def _workloads(subject: KubernetesSubject) -> Iterator[Workload]:
    yield from (each for each in subject.workloads if not each.is_windows)


def _containers(subject: KubernetesSubject) -> Iterator[Container]:
    yield from (container for each in _workloads(subject) for container in each.containers)


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
                    severity=needed(workload),
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
    for container in containers_of_all(subject):
        node = container.node.at("securityContext", "privileged")
        if node.boolean:
            yield Found(
                f"container {container.name} is privileged: whoever takes it over has the node",
                node.span,
                "leave it out, and add the one capability that is needed",
                severity=needed(container),
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
    for container in containers_of_all(subject):
        for item in container.node.at("securityContext", "capabilities", "add"):
            if item.value.upper().removeprefix("CAP_") != "NET_BIND_SERVICE":
                yield Found(
                    f"container {container.name} has the capability {item.value}",
                    item.span,
                    "the restricted profile allows NET_BIND_SERVICE only",
                    severity=needed(container),
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


def _proc_mount(subject: KubernetesSubject) -> Iterator[Found]:
    for container in containers_of_all(subject):
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
