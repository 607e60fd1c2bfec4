"""Reads manifests, and holds pods against the restricted Pod Security Standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import kubernetes_validate
import yaml
from kubernetes_validate import utils

from gotare.generate.files import GeneratedFile

Manifest = dict[str, Any]

_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret",
}  # fmt: skip
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
}


def manifests(files: Iterable[GeneratedFile]) -> list[Manifest]:
    """Return the objects of generated files, kustomizations aside."""
    found = (yaml.safe_load(file.content) for file in files if file.path.endswith(".yaml"))
    return [item for item in found if item["kind"] != "Kustomization"]


def pods(objects: Iterable[Manifest]) -> Iterator[tuple[Manifest, Manifest]]:
    """Yield each object that makes pods, and its pod template."""
    for item in objects:
        if item["kind"] == "CronJob":
            yield item, item["spec"]["jobTemplate"]["spec"]["template"]
        elif item["kind"] in ("Deployment", "Job"):
            yield item, item["spec"]["template"]


def containers(pod: Manifest) -> list[Manifest]:
    """Return all containers of a pod."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def newest_versions() -> list[str]:
    """Return the three newest minors whose schemas are there."""
    return list(dict.fromkeys(utils.all_versions()))[-3:]


def validate(item: Manifest, version: str) -> None:
    """Hold an object against Kubernetes' own schema, strictly."""
    kubernetes_validate.validate(item, version, strict=True)


def restricted(pod: Manifest) -> list[str]:
    """Return what in a pod's spec breaks the restricted Pod Security Standard
    (kubernetes.io/docs/concepts/security/pod-security-standards)."""
    context = pod.get("securityContext", {})
    problems = [f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    for volume in pod.get("volumes", []):
        problems += [f"volume {kind}" for kind in set(volume) - {"name"} - _VOLUMES]
    for sysctl in context.get("sysctls", []):
        problems += [f"sysctl {sysctl['name']}"] * (sysctl["name"] not in _SYSCTLS)
    if not context.get("runAsUser"):
        problems.append("runAsUser is root or unsaid")
    for container in containers(pod):
        problems += _restricted_container(container, context)
    return problems


def _restricted_container(container: Manifest, pod: Manifest) -> Iterator[str]:
    own = container.get("securityContext", {})
    both = {**pod, **own}
    name = container["name"]
    if both.get("runAsNonRoot") is not True:
        yield f"{name}: runAsNonRoot"
    if both.get("runAsUser") == 0:
        yield f"{name}: runAsUser"
    if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield f"{name}: seccompProfile"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: allowPrivilegeEscalation"
    if own.get("privileged"):
        yield f"{name}: privileged"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield f"{name}: capabilities are not dropped"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name}: capabilities are added"
    if own.get("procMount", "Default") != "Default":
        yield f"{name}: procMount"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield f"{name}: hostPort"
