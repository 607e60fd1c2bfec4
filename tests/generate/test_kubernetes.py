"""Manifests: as kept, by Kubernetes' schemas, by the restricted standard, and consistent."""

from __future__ import annotations

import copy
import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from gotare.generate.files import Choices
from gotare.generate.identity import label
from gotare.generate.kubernetes import kubernetes
from gotare.plan import ImagePlan, Plan
from tests.generate import plans
from tests.generate.golden_files import check_golden
from tests.generate.manifests import (
    Manifest,
    containers,
    manifests,
    newest_versions,
    pods,
    restricted,
    validate,
)
from tests.generate.plan_table import CHOICES, PLANS


def objects(plan: Plan, choices: Choices = CHOICES) -> list[Manifest]:
    return manifests(kubernetes(plan, choices))


def texts(plan: Plan, choices: Choices = CHOICES) -> dict[str, str]:
    return {file.path: file.content for file in kubernetes(plan, choices)}


def one(plan: Plan, kind: str, name: str = "") -> Manifest:
    """Return the only object of a kind, or the one with this name."""
    found = [o for o in objects(plan) if o["kind"] == kind]
    return next(o for o in found if name in ("", o["metadata"]["name"]))


def pod_of(*images: ImagePlan) -> Manifest:
    found: Manifest = next(pods(objects(plans.plan(*images))))[1]["spec"]
    return found


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    check_golden(f"kubernetes/{name}", kubernetes(PLANS[name](), CHOICES))


@pytest.mark.parametrize("version", newest_versions())
@pytest.mark.parametrize("name", PLANS)
def test_schema(name: str, version: str) -> None:
    found = objects(PLANS[name]())
    assert found
    for item in found:
        validate(item, version)


@pytest.mark.parametrize("version", newest_versions())
def test_the_schema_is_strict(version: str) -> None:
    deployment = one(plans.api_plan(), "Deployment")
    deployment["spec"]["template"]["spec"]["contaners"] = []
    with pytest.raises(kubernetes_validate.ValidationError, match="contaners"):
        validate(deployment, version)


@pytest.mark.parametrize("name", PLANS)
def test_every_pod_is_restricted(name: str) -> None:
    found = list(pods(objects(PLANS[name]())))
    assert found
    for _, template in found:
        assert restricted(template["spec"]) == []
        for container in containers(template["spec"]):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("hostNetwork",), True, "hostNetwork is set"),
        (("volumes", 0, "hostPath"), {"path": "/"}, "volume hostPath"),
        (("securityContext", "runAsNonRoot"), False, "api: runAsNonRoot"),
        (("securityContext", "runAsUser"), 0, "runAsUser is root or unsaid"),
        (("securityContext", "seccompProfile"), {}, "api: seccompProfile"),
        (("securityContext", "sysctls"), [{"name": "kernel.x"}], "sysctl kernel.x"),
        (("containers", 0, "securityContext", "privileged"), True, "api: privileged"),
        (
            ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
            True,
            "api: allowPrivilegeEscalation",
        ),
        (
            ("containers", 0, "securityContext", "capabilities"),
            {"drop": ["NET_RAW"], "add": ["SYS_ADMIN"]},
            "api: capabilities are added",
        ),
        (("containers", 0, "ports", 0, "hostPort"), 80, "api: hostPort"),
    ],
)
def test_the_standard_itself(path: tuple[Any, ...], value: object, problem: str) -> None:
    pod = copy.deepcopy(pod_of(plans.api_image()))
    place: Any = pod
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert problem in restricted(pod)


@pytest.mark.parametrize("name", PLANS)
def test_every_selector_finds_pods(name: str) -> None:
    found = objects(PLANS[name]())
    labels = [template["metadata"]["labels"] for _, template in pods(found)]
    for item in found:
        spec = item.get("spec", {})
        chosen = (
            spec.get("podSelector") if item["kind"] == "NetworkPolicy" else spec.get("selector")
        )
        if chosen is None:
            continue
        wanted = chosen.get("matchLabels", chosen)
        assert any(wanted.items() <= own.items() for own in labels), item["metadata"]["name"]
        for constraint in (
            spec.get("template", {}).get("spec", {}).get("topologySpreadConstraints", [])
        ):
            assert constraint["labelSelector"]["matchLabels"] == wanted


@pytest.mark.parametrize("name", PLANS)
def test_every_port_that_is_named_is_there(name: str) -> None:
    found = objects(PLANS[name]())
    for _, template in pods(found):
        for container in containers(template["spec"]):
            ports = {port["name"] for port in container.get("ports", [])}
            assert all(len(port) <= 15 for port in ports)
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                asked = container.get(probe, {})
                port = asked.get("httpGet", asked.get("tcpSocket", {})).get("port", 1)
                assert isinstance(port, int) or port in ports
    for item in found:
        if (
            item["kind"] in ("Service", "NetworkPolicy")
            and item["metadata"]["name"] != "default-deny"
        ):
            mine = _ports_of_pods(found, item)
            rules = item["spec"].get("ingress", [item["spec"]])
            named = [p.get("targetPort", p["port"]) for rule in rules for p in rule["ports"]]
            assert set(named) <= mine


def _ports_of_pods(found: list[Manifest], item: Manifest) -> set[str]:
    name = item["metadata"]["labels"]["app.kubernetes.io/name"]
    templates = (
        t for _, t in pods(found) if t["metadata"]["labels"]["app.kubernetes.io/name"] == name
    )
    return {p["name"] for t in templates for c in containers(t["spec"]) for p in c.get("ports", [])}


@pytest.mark.parametrize("name", PLANS)
def test_every_mount_has_its_volume_and_every_volume_its_claim(name: str) -> None:
    found = objects(PLANS[name]())
    claims = {o["metadata"]["name"] for o in found if o["kind"] == "PersistentVolumeClaim"}
    for _, template in pods(found):
        volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
        for container in containers(template["spec"]):
            mounts = container["volumeMounts"]
            assert {mount["name"] for mount in mounts} == set(volumes)
            paths = [mount["mountPath"] for mount in mounts]
            assert "/tmp" in paths and len(paths) == len(set(paths))
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            assert (claim in claims) if claim else volume["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize("name", PLANS)
def test_every_key_that_is_read_is_written(name: str) -> None:
    plan = PLANS[name]()
    found = texts(plan)
    base = yaml.safe_load(found["k8s/base/kustomization.yaml"])
    maps = {entry["name"] for entry in base.get("configMapGenerator", [])}
    secrets = {
        o["metadata"]["name"]: o["stringData"] for o in objects(plan) if o["kind"] == "Secret"
    }
    accounts = {o["metadata"]["name"] for o in objects(plan) if o["kind"] == "ServiceAccount"}
    for _, template in pods(objects(plan)):
        assert template["spec"]["serviceAccountName"] in accounts
        for container in containers(template["spec"]):
            for source in container.get("envFrom", []):
                assert source["configMapRef"]["name"] in maps
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    reference = variable["valueFrom"]["secretKeyRef"]
                    assert reference["key"] in secrets[reference["name"]]


@pytest.mark.parametrize("name", PLANS)
def test_no_secret_is_in_the_base(name: str) -> None:
    plan = PLANS[name]()
    found = texts(plan)
    base = "\n".join(text for path, text in found.items() if path.startswith("k8s/base/"))
    assert "kind: Secret\n" not in base
    secrets = {v.name for image in plan.images for v in image.workload.variables if v.secret}
    assert not any(f"{secret}=" in base for secret in secrets)
    resources = yaml.safe_load(found["k8s/overlays/prod/kustomization.yaml"])["resources"]
    assert not any("example" in resource for resource in resources)


@pytest.mark.parametrize("name", PLANS)
def test_there_is_time_to_stop(name: str) -> None:
    plan = PLANS[name]()
    graces = {image.workload.grace for image in plan.images}
    for _, template in pods(objects(plan)):
        spec = template["spec"]
        sleeps = [c.get("lifecycle", {}).get("preStop", {}) for c in spec["containers"]]
        sleep = max(stop.get("sleep", {}).get("seconds", 0) for stop in sleeps)
        assert spec["terminationGracePeriodSeconds"] - sleep in graces


@pytest.mark.parametrize("name", PLANS)
def test_egress_is_what_the_facts_show(name: str) -> None:
    plan = PLANS[name]()
    for image in plan.images:
        mine = one(plan, "NetworkPolicy", label(image.name))
        open_ports = {p["port"] for rule in mine["spec"]["egress"] for p in rule["ports"]}
        expected = {b.port for b in image.workload.backends if b.kind != "docker"} | {53}
        expected |= {443} if image.workload.calls_https else set()
        expected |= (
            {6443} if any(b.kind == "kubernetes" for b in image.workload.backends) else set()
        )
        assert open_ports == expected


@pytest.mark.parametrize("name", PLANS)
def test_nothing_goes_to_the_metadata_of_the_cloud(name: str) -> None:
    kubernetes_api = {443, 6443}
    for policy in (o for o in objects(PLANS[name]()) if o["kind"] == "NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            ports = {port["port"] for port in rule["ports"]}
            for target in rule["to"]:
                if target.get("ipBlock", {}).get("cidr") == "0.0.0.0/0" and ports != kubernetes_api:
                    assert "169.254.0.0/16" in target["ipBlock"]["except"]


def test_everything_else_is_denied() -> None:
    deny = one(plans.api_plan(), "NetworkPolicy", "default-deny")
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_metrics_are_for_the_monitoring_only() -> None:
    rules = one(plans.api_plan(), "NetworkPolicy", "api")["spec"]["ingress"]
    public, metrics = rules
    assert public == {"ports": [{"port": "http", "protocol": "TCP"}]}
    assert metrics["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    source = metrics["from"][0]["namespaceSelector"]["matchLabels"]
    assert source == {"kubernetes.io/metadata.name": "monitoring"}
    service = one(plans.api_plan(), "Service")
    assert [port["name"] for port in service["spec"]["ports"]] == ["http"]


@pytest.mark.parametrize("name", PLANS)
def test_budgets_and_autoscalers_are_for_what_can_be_many(name: str) -> None:
    found = objects(PLANS[name]())
    scaled = {o["metadata"]["name"] for o in found if o["kind"] == "HorizontalPodAutoscaler"}
    guarded = {o["metadata"]["name"] for o in found if o["kind"] == "PodDisruptionBudget"}
    assert scaled == guarded
    for item, template in pods(found):
        volumes = template["spec"]["volumes"]
        lasting = any("persistentVolumeClaim" in volume for volume in volumes)
        many = item["metadata"]["name"] in scaled
        assert not (many and lasting)
        if item["kind"] == "Deployment":
            assert ("replicas" not in item["spec"]) == many
            assert (item["spec"]["strategy"]["type"] == "Recreate") == lasting


@pytest.mark.parametrize("name", PLANS)
def test_names_are_names(name: str) -> None:
    for item in objects(PLANS[name]()):
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", item["metadata"]["name"])


def test_several_images_have_a_folder_each_and_share_the_rest() -> None:
    found = texts(plans.workspace_plan())
    assert {"k8s/base/api/deployment.yaml", "k8s/base/worker/deployment.yaml"} <= set(found)
    assert "k8s/base/networkpolicy-default-deny.yaml" in found
    resources = yaml.safe_load(found["k8s/base/kustomization.yaml"])["resources"]
    assert len(resources) == len(set(resources))


def test_a_program_that_ends_is_a_job() -> None:
    found = objects(plans.cli_plan())
    kinds = sorted(o["kind"] for o in found)
    assert "Deployment" not in kinds and "Service" not in kinds
    job = one(plans.cli_plan(), "Job")["spec"]
    assert job["backoffLimit"] == 2 and job["ttlSecondsAfterFinished"] == 3600
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert "livenessProbe" not in job["template"]["spec"]["containers"][0]
    resources = yaml.safe_load(texts(plans.cli_plan())["k8s/base/kustomization.yaml"])["resources"]
    assert "job.yaml" in resources and "cronjob.yaml" not in resources
    cron = one(plans.cli_plan(), "CronJob")["spec"]["jobTemplate"]["spec"]
    assert cron == job


def test_the_token_is_there_for_who_calls_the_cluster() -> None:
    pod = next(pods(objects(plans.backends_plan())))[1]["spec"]
    assert pod["automountServiceAccountToken"] is True
    assert one(plans.backends_plan(), "Role")["rules"] == []
    binding = one(plans.backends_plan(), "RoleBinding")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "hub"}]
    assert pod_of(plans.api_image())["automountServiceAccountToken"] is False


def test_low_ports_need_no_root() -> None:
    pod = next(pods(objects(plans.awkward_plan())))[1]["spec"]
    sysctl = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "53"}
    assert pod["securityContext"]["sysctls"] == [sysctl]
    assert pod["securityContext"]["runAsUser"] == 65532
    assert "sysctls" not in pod_of(plans.api_image())["securityContext"]


def test_migrations_run_before_the_program() -> None:
    pod = next(pods(objects(plans.migrating_plan())))[1]["spec"]
    migration, program = pod["initContainers"][0], pod["containers"][0]
    assert migration["args"] == ["migrate", "up"]
    assert migration["image"] == program["image"]
    assert migration["env"] == program["env"]
    assert migration["securityContext"] == program["securityContext"]


def test_where_no_registry_is_known_one_is_made_up_and_said() -> None:
    found = texts(plans.api_plan(), Choices())
    assert "image: registry.example.com/shop/api " in found["k8s/base/deployment.yaml"]
    assert "is no registry" in found["k8s/overlays/prod/kustomization.yaml"]
    assert "registry.example.com" not in "".join(texts(plans.api_plan()).values())


@pytest.mark.parametrize(
    ("overlay", "namespace"), [("dev", "shop-dev"), ("prod", "shop")]
)  # fmt: skip
def test_namespaces_enforce_the_standard(overlay: str, namespace: str) -> None:
    found = yaml.safe_load(texts(plans.api_plan())[f"k8s/overlays/{overlay}/namespace.yaml"])
    assert found["metadata"]["name"] == namespace
    assert found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_volume_that_would_hide_files_is_not_mounted() -> None:
    text = texts(plans.awkward_plan())["k8s/base/second/deployment.yaml"]
    assert "/app is written to (log.go:1), but holds files of the image" in text
    assert "mountPath: /app\n" not in text
