"""Do the objects of a manifest fit each other, the code, and today's API?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from gotare.findings import Severity
from gotare.lint.kubernetes import (
    KubernetesSubject,
    Object,
    Workload,
    labels_of,
    selects,
)
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.kubernetes_settings import listened
from gotare.lint.yaml.nodes import Node


def _duplicate(subject: KubernetesSubject) -> Iterator[Found]:
    for problem in subject.problems:
        if problem.kind == "duplicate":
            yield Found(problem.message, problem.span, "only the last one counts: keep one")


_REMOVED: Final[Mapping[str, tuple[str, frozenset[str], str]]] = {
    "extensions/v1beta1": (
        "1.16",
        frozenset({"Deployment", "DaemonSet", "ReplicaSet", "NetworkPolicy", "PodSecurityPolicy"}),
        "apps/v1 (NetworkPolicy: networking.k8s.io/v1)",
    ),
    "apps/v1beta1": ("1.16", frozenset(), "apps/v1"),
    "apps/v1beta2": ("1.16", frozenset(), "apps/v1"),
    "networking.k8s.io/v1beta1": (
        "1.22", frozenset({"Ingress", "IngressClass"}), "networking.k8s.io/v1",
    ),
    "rbac.authorization.k8s.io/v1beta1": ("1.22", frozenset(), "rbac.authorization.k8s.io/v1"),
    "rbac.authorization.k8s.io/v1alpha1": ("1.22", frozenset(), "rbac.authorization.k8s.io/v1"),
    "apiextensions.k8s.io/v1beta1": ("1.22", frozenset(), "apiextensions.k8s.io/v1"),
    "admissionregistration.k8s.io/v1beta1": (
        "1.22",
        frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}),
        "admissionregistration.k8s.io/v1",
    ),
    "scheduling.k8s.io/v1beta1": ("1.22", frozenset(), "scheduling.k8s.io/v1"),
    "batch/v1beta1": ("1.25", frozenset(), "batch/v1"),
    "batch/v2alpha1": ("1.21", frozenset(), "batch/v1"),
    "policy/v1beta1": ("1.25", frozenset(), "policy/v1; PodSecurityPolicy has no successor"),
    "discovery.k8s.io/v1beta1": ("1.25", frozenset(), "discovery.k8s.io/v1"),
    "autoscaling/v2beta1": ("1.25", frozenset(), "autoscaling/v2"),
    "autoscaling/v2beta2": ("1.26", frozenset(), "autoscaling/v2"),
    "flowcontrol.apiserver.k8s.io/v1beta1": (
        "1.26", frozenset(), "flowcontrol.apiserver.k8s.io/v1",
    ),
    "flowcontrol.apiserver.k8s.io/v1beta2": (
        "1.29", frozenset(), "flowcontrol.apiserver.k8s.io/v1",
    ),
}  # fmt: skip
"""Versions of the API that are gone: since when, for which kinds (none: all), and what is now.
Source: kubernetes.io, "Deprecated API Migration Guide"."""

_OF_TESTS: Final = re.compile(r"(?:^|/)(?:tests?|e2e|testing)/")
"""Tests fail by themselves where they apply what is gone; others only read it."""

_INGRESS: Final = ("1.22", frozenset({"Ingress"}), "networking.k8s.io/v1")


def _removed(subject: KubernetesSubject) -> Iterator[Found]:
    for each in subject.objects:
        entry = _REMOVED.get(each.api)
        if each.kind == "Ingress" and each.api == "extensions/v1beta1":
            entry = _INGRESS
        if entry and (not entry[1] or each.kind in entry[1]):
            yield Found(
                f"{each.api} is gone for {each.kind} since Kubernetes {entry[0]}",
                each.node.place("apiVersion"),
                entry[2],
                severity=Severity.INFO if _OF_TESTS.search(each.path) else None,
            )


def _no_name_label(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        if "app.kubernetes.io/name" not in workload.labels and not _adds_labels(subject):
            yield Found(
                f"the pods of {workload.object.title} have no label app.kubernetes.io/name",
                workload.object.place,
                "tools group by the recommended labels",
            )


def _adds_labels(subject: KubernetesSubject) -> bool:
    return any(
        "app.kubernetes.io/name" in each.node["commonLabels"].entries
        or any("app.kubernetes.io/name" in item["pairs"].entries for item in each.node["labels"])
        for each in subject.kustomizations
    )


# selectors


def _foreign_selector(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        node = workload.object.node.at("spec", "selector", "matchLabels")
        wanted = labels_of(node)
        if wanted and not selects(wanted, workload.labels):
            yield Found(
                f"the selector of {workload.object.title} does not match the labels of its pods",
                node.span,
                "the API refuses it: say the same labels in template.metadata.labels",
            )


def _services(subject: KubernetesSubject) -> Iterator[tuple[Object, Node]]:
    """Yield services with selectors of labels."""
    for each in subject.objects:
        selector = each.node.at("spec", "selector")
        if each.kind == "Service" and each.api == "v1" and selector.own and not subject.is_patch:
            yield each, selector


def _selected(subject: KubernetesSubject, service: Object, selector: Node) -> list[Workload]:
    wanted = labels_of(selector)
    return [
        each
        for each in subject.all_workloads
        if selects(wanted, each.labels) and _near(service.namespace, each.object.namespace)
    ]


def _near(one: str, other: str) -> bool:
    return one == other or not one or not other


def _selects_nothing(subject: KubernetesSubject) -> Iterator[Found]:
    for service, selector in _services(subject):
        if _selected(subject, service, selector):
            continue
        folder = posixpath.dirname(service.path)
        namesake = [
            each
            for each in subject.all_workloads
            if each.name == service.name and posixpath.dirname(each.object.path) == folder
        ]
        if namesake and not _relabels(subject):
            yield Found(
                f"Service {service.name} selects no pod of {namesake[0].object.title}",
                selector.span,
                "its selector must be a part of the labels of the pods",
            )


def _relabels(subject: KubernetesSubject) -> bool:
    """Whether a kustomization changes labels, so that nobody knows them here."""
    keys = ("commonLabels", "labels", "transformers")
    return any(each.node[key] for each in subject.kustomizations for key in keys)


def _target_port(subject: KubernetesSubject) -> Iterator[Found]:
    for service, selector in _services(subject):
        workloads = _selected(subject, service, selector)
        containers = [each for workload in workloads for each in workload.containers]
        ports = [port for each in containers for port in each.at("ports")]
        if not ports or any(workload.is_partial for workload in workloads):
            continue
        names = {port["name"].text for port in ports}
        numbers = {port["containerPort"].number for port in ports}
        for port in service.node.at("spec", "ports"):
            node = port["targetPort"] or port["port"]
            if node.text not in names and node.number not in numbers and node.text:
                yield Found(
                    f"Service {service.name} sends to port {node.text}, which no container names",
                    node.span,
                    f"the containers have {_listed(ports)}",
                    severity=None if node.number is None else Severity.INFO,
                )


def _listed(ports: list[Node]) -> str:
    said = (f"{p['name'].text} {p['containerPort'].text}".strip() for p in ports)
    return ", ".join(dict.fromkeys(said))


def _container_port(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for container in workload.containers:
            numbers = [port["containerPort"] for port in container.node["ports"]]
            known = listened(subject, container) if numbers else frozenset()
            for node in numbers if known else ():
                if node.number is not None and node.number not in known:
                    yield Found(
                        f"containerPort {node.number}, and the program listens on "
                        f"{', '.join(map(str, sorted(known)))}",
                        node.span,
                        "name the port that the program listens on",
                    )


def _no_policy(subject: KubernetesSubject) -> Iterator[Found]:
    policies = [each for each in subject.everything if each.kind.endswith("NetworkPolicy")]
    for workload in subject.workloads:
        if workload.at("hostNetwork").boolean or any(_covers(p, workload) for p in policies):
            continue
        yield Found(
            f"no NetworkPolicy selects the pods of {workload.object.title}: all may call them",
            workload.object.place,
            "a NetworkPolicy with the pods' labels, and who may call",
        )


def _covers(policy: Object, workload: Workload) -> bool:
    if policy.kind != "NetworkPolicy":
        return True
    selector = policy.node.at("spec", "podSelector")
    known = labels_of(selector["matchLabels"])
    is_near = _near(policy.namespace, workload.object.namespace)
    return is_near and (bool(selector["matchExpressions"]) or selects(known, workload.labels))


def _no_names(subject: KubernetesSubject) -> Iterator[Found]:
    policies = [each for each in subject.everything if each.kind == "NetworkPolicy"]
    for policy in (each for each in subject.objects if each.kind == "NetworkPolicy"):
        rules = policy.node.at("spec", "egress")
        others = [other for other in policies if _is_of_same_pods(policy, other)]
        if not _names_are_needed(rules) or any(_lets_names_through(p) for p in (policy, *others)):
            continue
        yield Found(
            f"{policy.title} lets nothing through to port 53: its pods cannot look up the names of "
            "what they may call",
            policy.node.at("spec").place("egress"),
            "add to egress: ports 53 for UDP and TCP, to the pods k8s-app: kube-dns of kube-system",
        )


def _names_are_needed(rules: Node) -> bool:
    """Whether something may be called, and not by its address alone."""
    peers = [peer for rule in rules for peer in rule["to"]]
    return bool(list(rules)) and (not peers or any(not peer["ipBlock"] for peer in peers))


def _is_of_same_pods(policy: Object, other: Object) -> bool:
    mine, theirs = (
        labels_of(each.node.at("spec", "podSelector", "matchLabels")) for each in (policy, other)
    )
    return _near(policy.namespace, other.namespace) and theirs.items() <= mine.items()


def _lets_names_through(policy: Object) -> bool:
    for rule in policy.node.at("spec", "egress"):
        ports = [port["port"].text for port in rule["ports"]]
        ends = [port["endPort"].number for port in rule["ports"]]
        if not ports or {"53", "dns", "dns-tcp", ""} & set(ports) or any(ends):
            return True
    return False


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.error("duplicate-key", "A key is there twice: the last one counts.", _duplicate),
    _OF.error("removed-api", "A version of the API that is gone.", _removed),
    _OF.info("no-name-label", "Pods lack the label app.kubernetes.io/name.", _no_name_label),
    _OF.error("selector-mismatch", "A workload does not select its pods.", _foreign_selector),
    _OF.warning("service-selects-nothing", "A Service selects no pod.", _selects_nothing),
    _OF.warning("service-port", "A Service sends to a port that is not there.", _target_port),
    _OF.warning("container-port", "A containerPort that nothing listens on.", _container_port),
    _OF.info(
        "no-network-policy",
        "Everybody may call the pods.",
        _no_policy,
        equivalents={"trivy": ("KSV-0038",), "checkov": ("CKV2_K8S_6",)},
    ),
    _OF.warning("egress-without-dns", "Pods may call others, and not look up names.", _no_names),
)
