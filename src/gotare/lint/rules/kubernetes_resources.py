"""Do pods get what they need to run, be replaced and be scaled?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.kubernetes import (
    Container,
    KubernetesSubject,
    Object,
    labels_of,
    selects,
)
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.kubernetes_settings import planned_of
from gotare.lint.yaml.edits import replace
from gotare.lint.yaml.nodes import Node
from gotare.lint.yaml.reading import read


def _containers(subject: KubernetesSubject) -> Iterator[Container]:
    """Yield the containers that run on, or to the end of a job."""
    for workload in subject.workloads:
        yield from (each for each in workload.containers if not each.init or each.is_sidecar)


# memory and CPU


def _no_memory_limit(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        if not container.at("resources", "limits", "memory"):
            yield Found(
                f"container {container.name} has no memory limit: it may take the node's",
                container.place,
                "resources: limits: memory",
            )


def _no_requests(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        lacking = [each for each in ("cpu", "memory") if not _requested(container, each)]
        if lacking:
            yield Found(
                f"container {container.name} requests no {' and no '.join(lacking)}: it is placed "
                "blindly, and evicted first",
                container.place,
                "resources: requests: cpu, memory",
            )


def _requested(container: Container, what: str) -> bool:
    """Whether something is requested; a limit alone is a request too."""
    return any(container.at("resources", key, what) for key in ("requests", "limits"))


def _cpu_limit(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        limits = container.node.at("resources", "limits")
        if limits["cpu"]:
            yield Found(
                f"container {container.name} has a CPU limit: it is throttled on an idle node",
                limits.place("cpu"),
                "a request shares fairly; keep the limit for memory",
            )


def _no_gomemlimit(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        limit = container.at("resources", "limits", "memory")
        if not limit or "GOMEMLIMIT" in container.env or container.at("envFrom"):
            continue
        if planned_of(subject, container):
            yield Found(
                f"container {container.name} has a memory limit that Go does not know",
                limit.span,
                "env: GOMEMLIMIT, 90 % of it: Go collects harder before the kernel kills",
            )


def _no_gomaxprocs(subject: KubernetesSubject) -> Iterator[Found]:
    for container in _containers(subject):
        limit = container.at("resources", "limits", "cpu")
        if not limit or "GOMAXPROCS" in container.env or container.at("envFrom"):
            continue
        if planned_of(subject, container) and _is_before(subject, 25):
            yield Found(
                f"container {container.name} has a CPU limit that Go before 1.25 does not know",
                limit.span,
                "Go 1.25, or env: GOMAXPROCS",
            )


def _is_before(subject: KubernetesSubject, minor: int) -> bool:
    project = subject.around.project
    found = re.match(r"1\.(\d+)", project.go_directive) if project else None
    return found is not None and int(found[1]) < minor


# images


def _floating(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for container in workload.containers:
            image = container.image
            if not image or not image.is_floating or image.name in _retagged(subject):
                continue
            if image.is_computed_later or _is_built_here(subject, image.name):
                continue
            what = "has the tag latest" if image.tag else "has no tag, which means latest"
            is_loaded = container.node["imagePullPolicy"].text == "Never"
            yield Found(
                f"the image {image.text} {what}: nobody knows what runs",
                container.node["image"].span,
                "name a version, or a digest",
                severity=Severity.INFO if is_loaded else None,
            )


def _is_built_here(subject: KubernetesSubject, name: str) -> bool:
    """Whether a skaffold.yaml or Tiltfile above builds an image, and so puts in its tag."""
    for folder in PurePosixPath(subject.around.here or subject.path).parents:
        tilt = subject.around.texts.get(str(folder / "Tiltfile"), "")
        if f'"{name}"' in tilt or f"'{name}'" in tilt:
            return True
        text = subject.around.texts.get(str(folder / "skaffold.yaml"), "")
        for document in read(text).documents if text else ():
            built = (*document.at("build", "artifacts"), *_of_profiles(document))
            if any(item["image"].text == name for item in built):
                return True
    return False


def _of_profiles(document: Node) -> Iterator[Node]:
    for profile in document["profiles"]:
        yield from profile.at("build", "artifacts")


def _retagged(subject: KubernetesSubject) -> frozenset[str]:
    """Return the images to which a kustomization gives a tag or digest."""
    return frozenset(
        item["name"].text
        for each in subject.kustomizations
        for item in each.node["images"]
        if item["newTag"] or item["digest"] or item["newName"]
    )


def _always_a_digest(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for container in workload.containers:
            policy = container.node["imagePullPolicy"]
            if container.image and container.image.digest and policy.text == "Always":
                yield Found(
                    "a digest never changes: asking the registry at every start serves nothing",
                    policy.span,
                    "IfNotPresent",
                    Fix((replace(policy, "IfNotPresent"),), True, "pull it once"),
                )


# replicas


def _shared_volume(subject: KubernetesSubject) -> Iterator[Found]:
    claims = [each for each in subject.everything if each.kind == "PersistentVolumeClaim"]
    single = {each.name for each in claims if _is_single(each)}
    for workload in subject.workloads:
        replicas = workload.object.node.at("spec", "replicas")
        if workload.kind != "Deployment" or (replicas.number or 1) < 2:
            continue
        for volume in workload.pod["volumes"]:
            claim = volume.at("persistentVolumeClaim", "claimName")
            if claim.text in single:
                yield Found(
                    f"{replicas.number} replicas share {claim.text}, which one node may mount",
                    claim.span,
                    "ReadWriteMany, one replica, or a StatefulSet with volumeClaimTemplates",
                )


def _is_single(claim: Object) -> bool:
    modes = set(claim.node.at("spec", "accessModes").strings)
    return bool(modes) and modes <= {"ReadWriteOnce", "ReadWriteOncePod"}


def _rigid_budget(subject: KubernetesSubject) -> Iterator[Found]:
    for each in subject.objects:
        if each.kind != "PodDisruptionBudget" or subject.is_patch:
            continue
        most, least = (
            each.node.at("spec", f"{word}") for word in ("maxUnavailable", "minAvailable")
        )
        replicas = _replicas_of(subject, each)
        if (
            most.text in ("0", "0%")
            or least.text == "100%"
            or (least.number is not None and replicas is not None and least.number >= replicas)
        ):
            node = most or least
            yield Found(
                f"PodDisruptionBudget {each.name} lets no pod go: nodes cannot be drained",
                node.span,
                "maxUnavailable: 1",
            )


def _replicas_of(subject: KubernetesSubject, budget: Object) -> int | None:
    """Return how many pods a budget's workload has; None where that is not certain."""
    wanted = labels_of(budget.node.at("spec", "selector", "matchLabels"))
    found = [w for w in subject.all_workloads if wanted and selects(wanted, w.labels)]
    scaled = {e.node.at("spec", "scaleTargetRef", "name").text for e in _scalers(subject)}
    if len(found) != 1 or found[0].name in scaled or found[0].kind == "DaemonSet":
        return None
    replicas = found[0].object.node.at("spec", "replicas")
    overlaid = any(
        item["name"].text == found[0].name
        for each in subject.kustomizations
        for item in each.node["replicas"]
    )
    return None if overlaid else replicas.number if replicas else 1


def _scalers(subject: KubernetesSubject) -> Iterator[Object]:
    kinds = ("HorizontalPodAutoscaler", "ScaledObject")
    yield from (each for each in subject.everything if each.kind in kinds)


def _scaled_without_request(subject: KubernetesSubject) -> Iterator[Found]:
    for each in subject.objects:
        target = each.node.at("spec", "scaleTargetRef")
        if each.kind != "HorizontalPodAutoscaler" or subject.is_patch:
            continue
        for workload in subject.all_workloads:
            same = (workload.kind, workload.name) == (target["kind"].text, target["name"].text)
            if not same or workload.is_partial:
                continue
            for what in _measured(each):
                lacking = [c.name for c in workload.containers if not _requested(c, what)]
                if lacking:
                    yield Found(
                        f"it scales by the {what} of {workload.object.title}, and container "
                        f"{lacking[0]} requests none",
                        each.place,
                        f"resources: requests: {what}",
                    )


def _measured(scaler: Object) -> frozenset[str]:
    """Return the resources of which a part is measured."""
    spec = scaler.node["spec"]
    found = {
        item.at("resource", "name").text
        for item in spec["metrics"]
        if item.at("resource", "target", "type").text == "Utilization"
    }
    found |= {"cpu"} if spec["targetCPUUtilizationPercentage"] else set()
    return frozenset(found & {"cpu", "memory"})


# stopping


def _short_grace(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        node = workload.at("terminationGracePeriodSeconds")
        granted = 30 if not node else node.number
        if not workload.lasts or granted is None:
            continue
        for container in workload.containers:
            planned = planned_of(subject, container)
            if planned is None or not planned.workload.handles_stop:
                continue
            needed = planned.workload.grace + _slept(container)
            if granted < needed:
                yield Found(
                    f"pods have {granted} s to stop, and the code takes up to {needed} s",
                    node.span if node else container.place,
                    f"terminationGracePeriodSeconds: {needed + 5}",
                )


def _slept(container: Container) -> int:
    stop = container.at("lifecycle", "preStop")
    return stop.at("sleep", "seconds").number or 0


def _unbounded(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for volume in workload.pod["volumes"]:
            node = volume["emptyDir"]
            if "emptyDir" in volume.entries and not node["sizeLimit"]:
                yield Found(
                    f"the volume {volume['name'].text} may fill the node's disk",
                    volume.place("emptyDir"),
                    "emptyDir: sizeLimit",
                    _bounded(node),
                )


def _bounded(node: Node) -> Fix | None:
    if node.kind != "mapping" or not node.flow or node.own:
        return None
    return Fix((replace(node, '{sizeLimit: "64Mi"}'),), False, "limit its size")


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.warning(
        "no-memory-limit",
        "A container has no memory limit.",
        _no_memory_limit,
        equivalents={"trivy": ("KSV-0018",), "checkov": ("CKV_K8S_13",)},
    ),
    _OF.warning(
        "no-requests",
        "A container requests nothing.",
        _no_requests,
        equivalents={
            "trivy": ("KSV-0015", "KSV-0016"),
            "checkov": ("CKV_K8S_10", "CKV_K8S_12"),
        },
    ),
    _OF.info("cpu-limit", "A CPU limit throttles.", _cpu_limit),
    _OF.info("no-gomemlimit", "Go does not know the memory limit.", _no_gomemlimit),
    _OF.info("no-gomaxprocs", "Go does not know the CPU limit.", _no_gomaxprocs),
    _OF.warning(
        "image-latest",
        "An image floats: latest, or no tag.",
        _floating,
        equivalents={"trivy": ("KSV-0013",), "checkov": ("CKV_K8S_14",)},
    ),
    _OF.info(
        "pull-policy", "An image with a digest is always pulled.", _always_a_digest, fixes="safe"
    ),
    _OF.warning("shared-volume", "Replicas share what one node may mount.", _shared_volume),
    _OF.warning("rigid-budget", "A disruption budget lets no pod go.", _rigid_budget),
    _OF.warning("hpa-requests", "Scaled by a request that is not there.", _scaled_without_request),
    _OF.warning("short-grace", "Pods have less time to stop than the code takes.", _short_grace),
    _OF.info(
        "unbounded-empty-dir", "A volume may fill the node's disk.", _unbounded, fixes="unsafe"
    ),
)
