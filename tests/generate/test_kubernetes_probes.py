"""Probes, and what Go is told about its memory."""

from __future__ import annotations

from dataclasses import replace

from gotare.generate.kubernetes import kubernetes
from gotare.plan import Plan
from gotare.workload import Check, Port, Variable, Workload
from tests.generate import plans
from tests.generate.manifests import Manifest, manifests, pods
from tests.generate.plan_table import CHOICES


def objects(plan: Plan) -> list[Manifest]:
    return manifests(kubernetes(plan, CHOICES))


def texts(plan: Plan) -> dict[str, str]:
    return {file.path: file.content for file in kubernetes(plan, CHOICES)}


def probed(**changes: object) -> Manifest:
    ports = (Port(8080, "http"), Port(9000, "admin", public=False))
    workload = replace(Workload(ports=ports), **changes)  # type: ignore[arg-type]
    found = objects(plans.plan(plans.image("a", workload=workload)))
    container: Manifest = next(pods(found))[1]["spec"]["containers"][0]
    return container


def test_probes_ask_what_the_code_answers() -> None:
    container = probed(
        liveness=Check("http", 9000, "/livez"),
        readiness=Check("http", 8080, "/readyz", "HTTPS"),
        startup=Check("exec", command=("/a", "health")),
    )
    assert container["startupProbe"]["exec"] == {"command": ["/a", "health"]}
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "admin"}
    expected = {"path": "/readyz", "port": "http", "scheme": "HTTPS"}
    assert container["readinessProbe"]["httpGet"] == expected
    assert container["livenessProbe"]["failureThreshold"] == 3


def test_one_answer_for_both_is_forgiven_longer_and_said() -> None:
    health = Check("http", 8080, "/health", at="x.go:1")
    container = probed(liveness=health, readiness=health)
    assert container["livenessProbe"]["failureThreshold"] == 6
    text = texts(plans.migrating_plan())["k8s/base/deployment.yaml"]
    assert "one answer for liveness and readiness" in text and "cmd/api/main.go:70" in text


def test_grpc_is_asked_by_kubernetes_itself() -> None:
    container = next(pods(objects(plans.grpc_plan())))[1]["spec"]["containers"][0]
    assert container["readinessProbe"]["grpc"] == {"port": 50051}
    service = texts(plans.grpc_plan())["k8s/base/service.yaml"]
    assert "appProtocol: grpc" in service and "headless" in service


def test_without_liveness_nothing_is_restarted() -> None:
    container = probed(readiness=Check("tcp", 8080))
    assert container["readinessProbe"]["tcpSocket"] == {"port": "http"}
    assert "livenessProbe" not in container and "startupProbe" not in container
    assert "livenessProbe" not in probed()


def test_a_port_that_nobody_declares_is_asked_by_number() -> None:
    assert probed(readiness=Check("tcp", 7000))["readinessProbe"]["tcpSocket"] == {"port": 7000}


def test_go_knows_its_memory() -> None:
    env = probed()["env"]
    assert env == [{"name": "GOMEMLIMIT", "value": "230MiB"}]
    own = probed(variables=(Variable("GOMEMLIMIT", "1GiB"),))
    assert "env" not in own and own["envFrom"]
