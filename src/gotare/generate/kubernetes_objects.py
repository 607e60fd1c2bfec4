"""The objects around a program's pods: what runs them, what finds them, what guards them."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.files import Choices
from gotare.generate.identity import label
from gotare.generate.kubernetes_pod import (
    calls_kubernetes,
    claim_name,
    is_single,
    pod_template,
    selector,
)
from gotare.generate.mounts import Mount, mounts_of
from gotare.generate.yaml_text import Commented
from gotare.plan import ImagePlan, Plan
from gotare.workload import Port

_ATTEMPTS: Final = 2
_KEPT: Final = 3600
_STORAGE: Final = "1Gi"
_LEAST: Final = 2
_MOST: Final = 10
_BUSY: Final = 80


def _named(image: ImagePlan, api: str, kind: str, name: str = "") -> dict[str, Any]:
    metadata = {"name": name or label(image.name), "labels": selector(image)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


def deployment(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return the Deployment of a service or worker."""
    spec: dict[str, Any] = {}
    single = is_single(image)
    if single:
        spec["replicas"] = Commented(1, _why_single(image))
    spec |= {
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": selector(image)},
        "strategy": _strategy(image),
        "template": pod_template(image, plan, choices),
    }
    return _named(image, "apps/v1", "Deployment") | {"spec": spec}


def _why_single(image: ImagePlan) -> str:
    if mounts_of(image).lasting:
        return (
            "One: the volume is one pod's. Not a StatefulSet, because the claim then could neither "
            "grow nor be restored beside it without making it anew."
        )
    return "One: nothing in the code tells that two would not do the same work twice."


def _strategy(image: ImagePlan) -> Any:
    if mounts_of(image).lasting:
        return Commented({"type": "Recreate"}, beside="two pods must never have the volume at once")
    if is_single(image):
        return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    rolling = {"maxUnavailable": 0, "maxSurge": 1}
    return {"type": "RollingUpdate", "rollingUpdate": rolling}


def job(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return the Job of a program that runs and ends."""
    return _named(image, "batch/v1", "Job") | {"spec": _job_spec(image, plan, choices)}


def cron_job(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return the CronJob that runs the same at its times."""
    spec = {
        "schedule": Commented("0 3 * * *", beside="every night at three"),
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 600,
        "jobTemplate": {"spec": _job_spec(image, plan, choices)},
    }
    return _named(image, "batch/v1", "CronJob") | {"spec": spec}


def _job_spec(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    return {
        "backoffLimit": Commented(_ATTEMPTS, beside="tries after the first"),
        "ttlSecondsAfterFinished": Commented(_KEPT, beside="its logs are there as long"),
        "template": pod_template(image, plan, choices),
    }


def service(image: ImagePlan) -> dict[str, Any] | None:
    """Return the Service of the ports that others call, or None where there is none."""
    ports = [port for port in image.workload.ports if port.public]
    if image.workload.kind != "service" or not ports:
        return None
    spec = {
        "selector": selector(image),
        "ports": [Commented(_service_port(port), port.at) for port in ports],
    }
    return _named(image, "v1", "Service") | {"spec": spec}


def service_note(image: ImagePlan) -> str:
    """Return what gRPC's long connections mean for the Service."""
    if all(port.application != "grpc" for port in image.workload.ports):
        return ""
    return (
        "gRPC keeps one connection, and a Service spreads connections, not calls: a client inside "
        "the cluster stays with one pod. Let it balance itself over a headless Service (clusterIP: "
        "None, and dns:///name with round_robin), or use a mesh."
    )


def _service_port(port: Port) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": port.name, "port": port.number, "targetPort": port.name}
    if port.application in ("http", "https", "grpc"):
        entry["appProtocol"] = port.application
    return entry | {"protocol": port.protocol.upper()}


def service_account(image: ImagePlan) -> dict[str, Any]:
    """Return the ServiceAccount; its token is mounted where the program calls the cluster's API."""
    account = _named(image, "v1", "ServiceAccount")
    account["automountServiceAccountToken"] = False
    return account


def access(image: ImagePlan) -> tuple[dict[str, Any], ...]:
    """Return the Role and RoleBinding of a program that calls the cluster's API."""
    if not calls_kubernetes(image):
        return ()
    name = label(image.name)
    role = _named(image, "rbac.authorization.k8s.io/v1", "Role")
    role["rules"] = Commented([], "Name what the code asks for, and no more:\n" + _RULE)
    binding = _named(image, "rbac.authorization.k8s.io/v1", "RoleBinding")
    binding["roleRef"] = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": name,
    }
    binding["subjects"] = [{"kind": "ServiceAccount", "name": name}]
    return role, binding


_RULE: Final = '  - {apiGroups: [""], resources: [pods], verbs: [get, list, watch]}'


def claim(image: ImagePlan, mount: Mount) -> dict[str, Any]:
    """Return the claim of a volume that lasts."""
    spec = {
        "accessModes": Commented(
            ["ReadWriteOnce"], beside="ReadWriteOncePod is stricter, where the driver has it"
        ),
        "resources": {"requests": {"storage": Commented(_STORAGE, beside="a guess: say how much")}},
    }
    name = claim_name(image, mount)
    return _named(image, "v1", "PersistentVolumeClaim", name) | {"spec": spec}


def disruption_budget(image: ImagePlan) -> dict[str, Any]:
    """Return the budget by which nodes are drained. maxUnavailable never blocks the last pod."""
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": selector(image)},
    }
    return _named(image, "policy/v1", "PodDisruptionBudget") | {"spec": spec}


def autoscaler(image: ImagePlan) -> dict[str, Any]:
    """Return the autoscaler by CPU."""
    metric = {
        "type": "Resource",
        "resource": {
            "name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": _BUSY},
        },
    }
    why = "Of the request: measure, and request what a busy replica uses."
    spec = {
        "scaleTargetRef": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": label(image.name),
        },
        "minReplicas": _LEAST,
        "maxReplicas": _MOST,
        "metrics": Commented([metric], why),
    }
    return _named(image, "autoscaling/v2", "HorizontalPodAutoscaler") | {"spec": spec}
