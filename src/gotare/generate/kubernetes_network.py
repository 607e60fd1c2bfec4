"""Who may call a program, and whom it may call: NetworkPolicies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gotare.generate.identity import label
from gotare.generate.kubernetes_pod import NAME, selector
from gotare.generate.yaml_text import Commented, Flow
from gotare.plan import ImagePlan
from gotare.workload import Backend, Port

_NAMESPACE: Final = "kubernetes.io/metadata.name"
MONITORING: Final = "monitoring"
_NODE_LOCAL_DNS: Final = "169.254.20.10/32"
_ANYWHERE: Final[list[dict[str, Any]]] = [
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["fe80::/10", "fd00:ec2::254/128"]}},
]
"""But for the addresses where clouds hand out the node's credentials."""

_API_PORTS: Final = (443, 6443)
_OUTSIDE: Final = frozenset({"s3", "smtp", "ldap"})
"""Backends that are hardly ever pods of the cluster."""

_UNREACHABLE: Final = frozenset({"docker"})
"""Backends that a restricted pod cannot have."""


def default_deny() -> dict[str, Any]:
    """Return the policy that denies what no other allows, for all pods of the namespace."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny"},
        "spec": {"podSelector": {}, "policyTypes": Flow(["Ingress", "Egress"])},
    }


def network_policy(image: ImagePlan) -> dict[str, Any]:
    """Return what a program's pods may do."""
    name = label(image.name)
    ingress, egress = list(_ingress(image)), list(_egress(image))
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": selector(image)},
        "spec": {
            "podSelector": {"matchLabels": selector(image)},
            "policyTypes": Flow(["Ingress", "Egress"]),
            "ingress": Commented(ingress, "" if ingress else _no_ingress(image)),
            "egress": egress,
        },
    }


def _no_ingress(image: ImagePlan) -> str:
    if image.workload.kind != "service":
        return "Nobody calls it."
    return "The code does not tell which port it listens on: say it with ports: in gotare.yaml."


def _ingress(image: ImagePlan) -> Iterator[Commented]:
    workload = image.workload
    if workload.kind == "cli":
        return
    public = [port for port in workload.ports if port.public]
    if public:
        why = (
            "From everywhere; to narrow it, add from: with the namespace of the ingress controller."
        )
        yield Commented({"ports": [_named(port) for port in public]}, why)
    metrics = _metrics_port(image)
    if metrics:
        source = {"namespaceSelector": {"matchLabels": {_NAMESPACE: MONITORING}}}
        rule = {"from": [source], "ports": [_named(metrics)]}
        yield Commented(rule, f"Metrics, for Prometheus in the namespace {MONITORING}.")


def _metrics_port(image: ImagePlan) -> Port | None:
    """Return the port for metrics alone; those on a public port are reached like the rest."""
    check = image.workload.metrics
    own = (port for port in image.workload.ports if not port.public)
    return next((port for port in own if check and port.number == check.port), None)


def _named(port: Port) -> dict[str, Any]:
    return {"port": port.name, "protocol": port.protocol.upper()}


def _egress(image: ImagePlan) -> Iterator[Commented]:
    yield _dns()
    backends = [b for b in image.workload.backends if b.kind not in _UNREACHABLE]
    for backend in backends:
        if backend.kind == "kubernetes":
            yield _cluster_api(backend)
        elif backend.kind not in _OUTSIDE:
            yield _beside(backend)
    yield from _outside(image, [b for b in backends if b.kind in _OUTSIDE])


def _dns() -> Commented:
    cluster = {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    local = Commented(
        {"ipBlock": {"cidr": _NODE_LOCAL_DNS}}, "NodeLocal DNSCache, where the cluster has it."
    )
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    return Commented({"to": [cluster, local], "ports": ports}, "Names.")


def _beside(backend: Backend) -> Commented:
    target = {"namespaceSelector": {}, "podSelector": {"matchLabels": {NAME: backend.name}}}
    why = (
        f"{_what(backend)}: pods with this label, in any namespace. For a managed one, an ipBlock "
        "with its addresses instead."
    )
    return Commented({"to": [target], "ports": [_tcp(backend.port)]}, why)


def _cluster_api(backend: Backend) -> Commented:
    everywhere = [{"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/0", "::/0")]
    why = (
        f"{_what(backend)}: the API server has no label, and its Service leads to 6443 on most "
        "clusters; narrow the block to its addresses (kubectl get endpointslices -n default)."
    )
    return Commented({"to": everywhere, "ports": [_tcp(port) for port in _API_PORTS]}, why)


def _outside(image: ImagePlan, backends: Iterable[Backend]) -> Iterator[Commented]:
    """Yield the rules for the rest of the world, one for each port."""
    reasons: dict[int, list[str]] = {}
    if image.workload.calls_https:
        reasons[443] = ["HTTPS to others"]
    for backend in backends:
        reasons.setdefault(backend.port, []).append(_what(backend))
    for port, whys in reasons.items():
        why = f"{'; '.join(whys)}: anywhere but the cloud's metadata addresses."
        yield Commented({"to": _ANYWHERE, "ports": [_tcp(port)]}, why)


def _tcp(port: int) -> dict[str, Any]:
    return {"port": port, "protocol": "TCP"}


def _what(backend: Backend) -> str:
    evidence = " ".join(part for part in (backend.client, backend.at) if part)
    return f"{backend.kind} ({evidence})" if evidence else backend.kind
