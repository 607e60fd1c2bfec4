"""The pod of a program, by the restricted Pod Security Standard."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.files import Choices
from gotare.generate.identity import label, pushed_repository, user_and_group, user_reason
from gotare.generate.kubernetes_probes import probe_note, probes
from gotare.generate.kubernetes_settings import container_env
from gotare.generate.mounts import Mount, Mounts, mounts_of
from gotare.generate.yaml_text import Commented, Flow
from gotare.plan import ImagePlan, Plan

NAME: Final = "app.kubernetes.io/name"
DRAIN: Final = 5
"""Seconds between being taken out of the Service and being told to stop: proxies and load balancers
hear of it only then."""

_UNPRIVILEGED: Final = 1024
_SIZE: Final = "64Mi"


def selector(image: ImagePlan) -> dict[str, str]:
    """Return the label that finds the program's pods."""
    return {NAME: label(image.name)}


def pod_template(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return `template:` of a Deployment or Job."""
    metadata: dict[str, Any] = {"labels": selector(image)}
    metadata |= _scraping(image)
    return {"metadata": metadata, "spec": _pod(image, plan, choices)}


def _scraping(image: ImagePlan) -> dict[str, Any]:
    """Return the annotations that Prometheus finds the metrics by."""
    check = image.workload.metrics
    if check is None:
        return {}
    annotations = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(check.port),
        "prometheus.io/path": check.path or "/metrics",
    }
    port = next((p.name for p in image.workload.ports if p.number == check.port), "")
    why = (
        f"Metrics: {check.at or 'by the plan'}\n"
        "The Prometheus operator reads no annotations; it wants a PodMonitor with"
    )
    endpoint = f"  podMetricsEndpoints: [{{port: {port or check.port}, path: {check.path}}}]"
    return {"annotations": Commented(annotations, f"{why}\n{endpoint}")}


def _pod(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    workload, mounts = image.workload, mounts_of(image)
    pod: dict[str, Any] = {"serviceAccountName": label(image.name)}
    pod |= _token(image)
    pod["enableServiceLinks"] = Commented(
        False, beside="no variable for each Service of the namespace"
    )
    pod["securityContext"] = _pod_security(image)
    pod |= _stopping(image)
    if workload.kind == "cli":
        pod["restartPolicy"] = "Never"
    pod |= _spread(image, mounts)
    if workload.migrate and workload.kind != "cli":
        pod["initContainers"] = [_migration(image, plan, choices, mounts)]
    pod["containers"] = [_container(image, plan, choices, mounts)]
    pod["volumes"] = [_volume(image, mount) for mount in (*mounts.scratch, *mounts.lasting)]
    return pod


def calls_kubernetes(image: ImagePlan) -> bool:
    """Whether the program talks to the cluster's own API."""
    return any(backend.kind == "kubernetes" for backend in image.workload.backends)


def _token(image: ImagePlan) -> dict[str, Any]:
    client = next((b for b in image.workload.backends if b.kind == "kubernetes"), None)
    why = f"it talks to the cluster's API: {client.client} {client.at}".rstrip() if client else ""
    return {"automountServiceAccountToken": Commented(client is not None, beside=why)}


def _pod_security(image: ImagePlan) -> Commented:
    user, group = user_and_group(image)
    context: dict[str, Any] = {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": Commented(group, beside="volumes are writable for this group"),
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    low = [port for port in image.workload.ports if port.number < _UNPRIVILEGED]
    if low:
        first = min(port.number for port in low)
        sysctl = {"name": "net.ipv4.ip_unprivileged_port_start", "value": str(first)}
        why = f"Port {first} without root ({low[0].at}). One of the safe sysctls."
        context["sysctls"] = Commented([sysctl], why)
    return Commented(context, user_reason(image))


def _stopping(image: ImagePlan) -> dict[str, Any]:
    grace, drain = image.workload.grace, drain_seconds(image)
    parts = f"{drain} s of draining, then {grace} s to stop" if drain else f"{grace} s to stop"
    signal = f" after {image.run.stop_signal}" if image.run.stop_signal else ""
    return {"terminationGracePeriodSeconds": Commented(grace + drain, beside=parts + signal)}


def drain_seconds(image: ImagePlan) -> int:
    """Return how long a pod goes on serving once it is out of the Service."""
    serves = image.workload.kind == "service" and any(p.public for p in image.workload.ports)
    return DRAIN if serves else 0


def is_single(image: ImagePlan) -> bool:
    """Whether there may be one pod only: a volume is one pod's, and nothing tells that two workers
    would not do the same work twice."""
    return image.workload.kind != "service" or bool(mounts_of(image).lasting)


def _spread(image: ImagePlan, mounts: Mounts) -> dict[str, Any]:
    if is_single(image):
        return {}
    constraints = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(image)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    why = "One node or zone less must not take all replicas; each release is spread for itself."
    return {"topologySpreadConstraints": Commented(constraints, why)}


def _container(image: ImagePlan, plan: Plan, choices: Choices, mounts: Mounts) -> Commented:
    workload = image.workload
    container = _common(image, plan, choices, label(image.name))
    container |= container_env(image)
    ports = [
        Commented({"name": p.name, "containerPort": p.number, "protocol": p.protocol.upper()}, p.at)
        for p in workload.ports
    ]
    container |= {"ports": ports} if ports and workload.kind != "cli" else {}
    container |= probes(workload)
    container |= _lifecycle(image)
    container |= _closing(image, mounts)
    return Commented(container, probe_note(workload))


def _common(image: ImagePlan, plan: Plan, choices: Choices, name: str) -> dict[str, Any]:
    reference = pushed_repository(image, plan, choices)
    return {"name": name, "image": Commented(reference, beside="the overlays give it its tag")}


def _closing(image: ImagePlan, mounts: Mounts) -> dict[str, Any]:
    resources = image.workload.resources
    return {
        "resources": Commented(
            {
                "requests": {"cpu": resources.cpu, "memory": resources.memory},
                "limits": {"memory": resources.memory_limit},
            },
            f"{resources.why or 'A start'}. No CPU limit: it throttles even when the node is idle; "
            "with one, Go sets GOMAXPROCS by it since 1.25.",
        ),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": Flow(["ALL"])},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": Commented(
            [
                Commented({"name": m.name, "mountPath": m.path}, m.at)
                for m in (*mounts.scratch, *mounts.lasting)
            ],
            _hidden(mounts),
        ),
    }


def _hidden(mounts: Mounts) -> str:
    return "\n".join(
        f"{place.path} is written to ({place.at}), but holds files of the image, which a mount "
        "would hide: write elsewhere."
        for place in mounts.hiding
    )


def _lifecycle(image: ImagePlan) -> dict[str, Any]:
    drain = drain_seconds(image)
    if not drain:
        return {}
    why = "Endpoints are taken away while the pod stops: serve on until all have heard of it."
    if not image.workload.handles_stop:
        why += " The code handles no signal, so what still runs then is cut off."
    why += " Kubernetes sleeps itself (1.30 or newer); the image needs no shell."
    return {"lifecycle": Commented({"preStop": {"sleep": {"seconds": drain}}}, why)}


def _migration(image: ImagePlan, plan: Plan, choices: Choices, mounts: Mounts) -> Commented:
    """Return the container that migrates the database before the program starts."""
    words = [word.replace("$(", "$$(") for word in image.workload.migrate]
    container = _common(image, plan, choices, "migrate") | {"args": Flow(words)}
    container |= container_env(image) | _closing(image, mounts)
    why = (
        "Migrates before this version starts, in every pod, so it must take a lock and do nothing "
        "the second time. A Job would not be waited for, and can be applied only once."
    )
    return Commented(container, why)


def _volume(image: ImagePlan, mount: Mount) -> dict[str, Any]:
    if mount.lasting:
        return {
            "name": mount.name,
            "persistentVolumeClaim": {"claimName": claim_name(image, mount)},
        }
    return {"name": mount.name, "emptyDir": {"sizeLimit": _SIZE}}


def claim_name(image: ImagePlan, mount: Mount) -> str:
    """Return the name of a volume's claim."""
    return f"{label(image.name)}-{mount.name}"[:63].rstrip("-")
