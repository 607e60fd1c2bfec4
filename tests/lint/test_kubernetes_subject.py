"""Manifests as objects, workloads and containers, with what their neighbours say."""

from __future__ import annotations

import pytest

from gotare.errors import TextError
from gotare.lint.kubernetes import MAX_DOCUMENTS, KubernetesSubject, kubernetes_of
from gotare.lint.subjects import Surroundings

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector:
    matchLabels: {app: api}
  template:
    metadata:
      labels: {app: api}
    spec:
      securityContext:
        runAsNonRoot: true
      initContainers:
        - name: init
          image: a:1
      containers:
        - name: api
          image: b:2
          env:
            - name: X
              value: "1"
          volumeMounts:
            - mountPath: /tmp
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      hostNetwork: false
      containers:
        - name: api
          securityContext: {runAsNonRoot: false, privileged: false}
"""


def subject(files: dict[str, str], here: str) -> KubernetesSubject:
    around = Surroundings(files=frozenset(files), texts=files, here=here)
    return kubernetes_of(here, files[here], around)


def one(text: str) -> KubernetesSubject:
    return subject({"k8s/a.yaml": text}, "k8s/a.yaml")


def test_a_workload_and_its_containers() -> None:
    (workload,) = one(DEPLOYMENT).workloads
    assert (workload.object.title, workload.labels) == ("Deployment api", {"app": "api"})
    assert [(c.name, c.init) for c in workload.containers] == [("api", False), ("init", True)]
    container = workload.containers[0]
    assert container.image is not None
    assert container.image.tag == "2"
    assert container.env["X"]["value"].text == "1"
    assert container.mounts == ("/tmp",)
    assert container.secured("runAsNonRoot").boolean is True


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", []),
        ("Job", ["template"]),
        ("CronJob", ["jobTemplate", "spec", "template"]),
        ("DaemonSet", ["template"]),
        ("StatefulSet", ["template"]),
        ("ReplicaSet", ["template"]),
    ],
)
def test_every_kind_has_its_pods(kind: str, path: list[str]) -> None:
    inner = "{containers: [{name: api, image: 'a:1'}]}"
    for key in reversed(path):
        inner = f"{{{key}: {{spec: {inner}}}}}" if key == "template" else f"{{{key}: {inner}}}"
    (workload,) = one(f"apiVersion: v1\nkind: {kind}\nspec: {inner}\n").workloads
    assert [container.name for container in workload.containers] == ["api"]


def test_lists_hold_objects() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n  - {kind: Service}\n  - {kind: Pod}\n  - 1\n"
    assert [each.kind for each in one(text).objects] == ["Service", "Pod"]


def test_several_documents_with_a_broken_one() -> None:
    made = one(f"{DEPLOYMENT}---\na: [\n---\nkind: Service\nmetadata: {{name: x}}\n")
    assert [each.title for each in made.objects] == ["Deployment api", "Service x"]
    assert len(made.errors) == 1


def test_templates_are_no_errors() -> None:
    assert one("a: {{ .Values.x }}\nb: [\n").errors == ()


def test_a_patch_is_no_workload_and_adds_to_one() -> None:
    files = {"k8s/base/api.yaml": DEPLOYMENT, "k8s/prod/patch.yaml": PATCH}
    assert subject(files, "k8s/prod/patch.yaml").workloads == ()
    (workload,) = subject(files, "k8s/base/api.yaml").workloads
    container = workload.containers[0]
    assert container.at("securityContext", "privileged").boolean is False
    assert workload.at("hostNetwork").boolean is False


def test_what_a_kustomization_names_is_a_patch() -> None:
    kustomization = "resources: [api.yaml]\npatches:\n  - path: whole.yaml\n"
    files = {
        "k8s/kustomization.yaml": kustomization,
        "k8s/api.yaml": DEPLOYMENT,
        "k8s/whole.yaml": DEPLOYMENT,
    }
    assert subject(files, "k8s/whole.yaml").is_patch
    assert not subject(files, "k8s/api.yaml").is_patch


def test_neighbours_are_those_of_the_topmost_folder() -> None:
    files = {
        "k8s/a/api.yaml": DEPLOYMENT,
        "k8s/b/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n",
        "other/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: other}\n",
        "k8s/values.yaml": "a: 1\n",
        "k8s/template.yaml": "apiVersion: v1\nkind: {{ .Kind }}\n",
    }
    found = subject(files, "k8s/a/api.yaml").everything
    assert [each.title for each in found] == ["Deployment api", "Service api"]


@pytest.mark.parametrize("text", ["", "1", "- a", "kind: [", "kind: Deployment\nspec: 1\n"])
def test_other_shapes_have_no_workloads(text: str) -> None:
    assert one(text).workloads == ()


def test_what_nobody_asks_for_beside_a_manifest_is_not_read() -> None:
    definition = "apiVersion: v1\nkind: CustomResourceDefinition\nspec: {a: [1, 2]}\n"
    text = f"# first\n{definition}---\n{DEPLOYMENT}\n---\n{definition}"
    subject = kubernetes_of(
        "k8s/a.yaml",
        "apiVersion: v1\nkind: Service\n",
        Surroundings(
            files=frozenset({"k8s/a.yaml", "k8s/b.yaml"}),
            texts={"k8s/b.yaml": text},
            here="k8s/a.yaml",
        ),
    )
    assert [each.kind for each in subject.everything] == ["Service", "Deployment"]
    deployment = subject.everything[1]
    assert text[deployment.node["kind"].span.start :].startswith("Deployment")


def test_a_file_of_very_many_documents_is_told_of() -> None:
    text = "kind: Pod\n---\n" * (MAX_DOCUMENTS + 1)
    with pytest.raises(TextError, match=f"more than {MAX_DOCUMENTS} documents") as caught:
        kubernetes_of("k.yaml", text, Surroundings())
    assert text[: caught.value.offset].count("kind") == MAX_DOCUMENTS
    assert kubernetes_of("k.yaml", text[len("kind: Pod\n---\n") :], Surroundings()).objects
