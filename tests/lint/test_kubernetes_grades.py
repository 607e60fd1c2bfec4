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


def graded(rule: str, text: str) -> list[Severity]:
    """Return how bad the findings of a rule in a manifest are."""
    linted = lint_text(Source("pod.yaml", "kubernetes", text), Surroundings(), only(rule))
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


def test_dots_stand_for_the_rest() -> None:
    assert graded("syntax", BROKEN.format(dots="...")) == []
    assert graded("syntax", BROKEN.format(dots="e: f")) == [ERROR]
