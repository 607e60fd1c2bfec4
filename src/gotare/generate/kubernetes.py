"""Writes the Kubernetes manifests of a plan: a kustomize base and its overlays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.identity import label
from gotare.generate.kubernetes_network import default_deny, network_policy
from gotare.generate.kubernetes_objects import (
    access,
    claim,
    cron_job,
    deployment,
    job,
    service,
    service_account,
    service_note,
)
from gotare.generate.kustomize import BASE, base, overlays, yaml_file
from gotare.generate.mounts import mounts_of
from gotare.plan import ImagePlan, Plan

_DENY: Final = "networkpolicy-default-deny.yaml"
_CRON: Final = "cronjob.yaml"
_PRIVATE: Final = (
    "For a registry that wants a login:\n"
    "  imagePullSecrets:\n"
    "    - name: registry  # kubectl create secret docker-registry registry …"
)
_JOB: Final = (
    "A Job cannot be changed, only replaced: kubectl delete job {name} --ignore-not-found. "
    "For a program that runs at its times, take cronjob.yaml instead, in kustomization.yaml."
)


def kubernetes(plan: Plan, choices: Choices) -> tuple[GeneratedFile, ...]:
    """Return the files below k8s/. Each program has its own; with several, in a folder each."""
    files: list[GeneratedFile] = []
    resources: list[Any] = []
    for image in plan.images:
        folder = f"{label(image.name)}/" if len(plan.images) > 1 else ""
        for name, document, above in _manifests(image, plan, choices):
            files.append(yaml_file(f"{BASE}/{folder}{name}", document, above))
            if name != _CRON:
                resources.append(f"{folder}{name}")
    deny = yaml_file(f"{BASE}/{_DENY}", default_deny(), "What no other policy allows is denied.")
    return (base(plan, [*resources, _DENY]), *files, deny, *overlays(plan, choices))


def _manifests(
    image: ImagePlan, plan: Plan, choices: Choices
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the file name, the object, and the remark above it."""
    if image.workload.kind == "cli":
        yield "job.yaml", job(image, plan, choices), _JOB.format(name=label(image.name))
        yield _CRON, cron_job(image, plan, choices), "Not in kustomization.yaml: see job.yaml."
    else:
        yield "deployment.yaml", deployment(image, plan, choices), ""
    found = service(image)
    if found:
        yield "service.yaml", found, service_note(image)
    yield "serviceaccount.yaml", service_account(image), _PRIVATE
    for manifest in access(image):
        yield f"{manifest['kind'].lower()}.yaml", manifest, ""
    yield "networkpolicy.yaml", network_policy(image), ""
    for mount in mounts_of(image).lasting:
        yield f"pvc-{mount.name}.yaml", claim(image, mount), mount.at
