"""Where is a finding in a manifest less bad than its rule says, and what is no manifest?"""

from __future__ import annotations

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

WARNING, INFO, ERROR = Severity.WARNING, Severity.INFO, Severity.ERROR

POD = """apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  containers:
    - {{name: a, image: "a:{tag}", imagePullPolicy: {policy}, volumeMounts: [{mounts}]}}
  volumes:
    - {{name: music, hostPath: {{path: {path}}}}}
"""


def graded(rule: str, text: str, path: str = "pod.yaml") -> list[Severity]:
    """Return how bad the findings of a rule in a manifest are."""
    linted = lint_text(Source(path, "kubernetes", text), Surroundings(), only(rule))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


def pod(path: str = "/music", mounts: str = "", tag: str = "1", policy: str = "Always") -> str:
    return POD.format(path=path, mounts=mounts, tag=tag, policy=policy)


READ = "{name: music, mountPath: /a, readOnly: true}"
WRITE = "{name: music, mountPath: /b}"


@pytest.mark.parametrize(
    ("path", "mounts", "severity"),
    [
        ("/srv/music", READ, INFO),
        ("/srv/music", f"{READ}, {WRITE}", WARNING),
        ("/srv/music", WRITE, WARNING),
        ("/srv/music", "", WARNING),
        ("/etc/ssl", READ, WARNING),
        ("/", READ, WARNING),
        ("/var/lib/kubelet/pods", READ, WARNING),
        ("/proc", READ, WARNING),
    ],
)
def test_files_of_a_node_that_are_only_read(path: str, mounts: str, severity: Severity) -> None:
    assert graded("k8s-host-path", pod(path, mounts)) == [severity]


def test_an_image_that_is_never_pulled_is_what_was_loaded() -> None:
    assert graded("k8s-image-latest", pod(tag="latest")) == [WARNING]
    assert graded("k8s-image-latest", pod(tag="latest", policy="Never")) == [INFO]


BROKEN = "apiVersion: v1\nkind: Pod\nspec:\n  a: b\n  {dots}\n c: d\n"


def test_dots_stand_for_the_rest_and_names_for_what_is_put_in() -> None:
    assert graded("syntax", BROKEN.format(dots="...")) == []
    assert graded("syntax", BROKEN.format(dots="e: {IP_PREFIX}.16")) == []
    assert graded("syntax", BROKEN.format(dots="e: f")) == [ERROR]


NODE = """apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{a: b}}}}
  template:
    metadata: {{labels: {{a: b}}}}
    spec:
      hostNetwork: true
      securityContext: {{runAsUser: 0}}
      containers:
        - name: a
          image: a:1
          ports: [{{containerPort: 80, hostPort: 80}}]
          securityContext: {{privileged: true, capabilities: {{add: [SYS_ADMIN]}}}}
          volumeMounts: [{{name: music, mountPath: /a}}]
      volumes:
        - {{name: music, hostPath: {{path: /etc}}}}
"""
REACHING = {
    "privileged": ERROR, "run-as-root": WARNING, "capability-added": WARNING,
    "host-namespace": WARNING, "host-path": WARNING, "host-port": WARNING,
}  # fmt: skip
"""Rules for what reaches the node, and how bad that is for most."""


@pytest.mark.parametrize("rule", REACHING)
def test_what_watches_nodes_and_makes_networks_needs_more(rule: str) -> None:
    for name, severity in (("api", REACHING[rule]), ("calico-node", INFO), ("cadvisor", INFO)):
        assert graded(f"k8s-{rule}", NODE.format(name=name)) == [severity]


def test_a_door_of_the_cluster_takes_ports_of_its_node() -> None:
    assert graded("k8s-host-port", NODE.format(name="ingress-nginx-controller")) == [INFO]


ENV = """apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  containers:
    - name: db
      image: a:1
      env:
        - {{name: DB_USER, value: zaphod}}
        - {{name: DB_PASSWORD, value: "{value}"}}
"""


@pytest.mark.parametrize(
    ("value", "severity"),
    [("9f86d081884c7d65", WARNING), ("password", INFO), ("zaphod", INFO), ("arthur", WARNING)],
)
def test_variables_that_anybody_guesses(value: str, severity: Severity) -> None:
    assert graded("k8s-plain-secret", ENV.format(value=value)) == [severity]


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ("stringData: {user: admin, password: minio123}", INFO),
        ("stringData: {user: admin, password: 9f86d081884c7d65}", WARNING),
        ("data: {password: cGFzc3dvcmQ=}", INFO),
        ("data: {password: OWY4NmQwODE4ODRjN2Q2NQ==}", WARNING),
    ],
)
def test_secrets_that_anybody_guesses(values: str, severity: Severity) -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{values}\n"
    assert graded("k8s-secret-in-file", text) == [severity]


@pytest.mark.parametrize(
    ("path", "severity"),
    [("deploy/job.yaml", ERROR), ("docs/job.yaml", ERROR), ("test/kustomize/job.yaml", INFO)],
)
def test_tests_notice_by_themselves_what_is_gone(path: str, severity: Severity) -> None:
    text = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n"
    assert graded("k8s-removed-api", text, path) == [severity]
