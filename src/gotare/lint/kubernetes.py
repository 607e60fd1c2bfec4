"""Reads Kubernetes manifests into objects, workloads and containers with their places.

A file holds one or several objects, or a List of them. The others of the same folder are seen too:
a Service finds its pods there, a kustomization its patches.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from gotare.errors import TextError
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.images import Image, image_of, reaches_by_trade
from gotare.lint.subjects import Surroundings
from gotare.lint.yaml.nodes import NOTHING, Node
from gotare.lint.yaml.reading import Problem, errors_of, read

MAX_DOCUMENTS: Final = 1000
"""Objects of one file that are looked at: each is held against the others."""

MAX_NEIGHBOURS: Final = 300
"""Files of the same folder that are read at most."""

_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind has the template of its pods."""

_ASKED_FOR: Final = re.compile(
    r"""\bkind["']?[ \t]*:[ \t]*["']?"""
    + rf"""({"|".join(_TEMPLATES)}|Kustomization|Service|ServiceAccount"""
    + r"""|PersistentVolumeClaim|HorizontalPodAutoscaler|ScaledObject"""
    + r"""|[A-Za-z]*NetworkPolicy|[A-Za-z]*List)\b"""
)
"""The kinds of objects that rules look for in other files."""

_DOCUMENT: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)

_EXCERPT: Final = re.compile(r"^[ \t]+\.{3}[ \t]*\r?$|(?<!\$)\{[A-Z][A-Z0-9_]+\}", re.MULTILINE)
"""Dots that stand for the rest, where a document shows a part only; names to be replaced."""

LASTING: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
"""Kinds whose pods run on."""


@dataclass(frozen=True)
class Object:
    """An object of the API. `path` is that of its file, relative to the build context."""

    node: Node
    path: str = ""

    @cached_property
    def kind(self) -> str:
        """Its kind; a kustomization may leave it out."""
        return self.node["kind"].text or "Kustomization"

    @cached_property
    def api(self) -> str:
        """Its apiVersion."""
        return self.node["apiVersion"].text

    @cached_property
    def name(self) -> str:
        """Its name."""
        return self.node.at("metadata", "name").text

    @cached_property
    def namespace(self) -> str:
        """Its namespace, "" where it says none."""
        return self.node.at("metadata", "namespace").text

    @property
    def place(self) -> Span:
        """Where its name is, or else its kind."""
        name = self.node.at("metadata", "name")
        return name.span if name else self.node.place("kind")

    @property
    def title(self) -> str:
        """What a message calls it."""
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True)
class Container:
    """A container. `patches` are what kustomize patches say of the same one."""

    node: Node
    workload: Workload
    init: bool = False
    patches: tuple[Node, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.node["name"].text

    @property
    def place(self) -> Span:
        """Where its name is."""
        return self.node["name"].span if self.node["name"] else self.node.span

    @cached_property
    def image(self) -> Image | None:
        """Its image; None where none is named."""
        text = self.node["image"].text
        return image_of(text) if text else None

    @property
    def reaches_by_trade(self) -> bool:
        """Whether its names tell that it watches its node, makes networks or runs containers."""
        return reaches_by_trade(self.workload.name, self.name, self.node["image"].text)

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that runs on."""
        return self.init and self.node["restartPolicy"].text == "Always"

    def at(self, *path: str) -> Node:
        """Follow a path in it, or in a patch where it says nothing."""
        nodes = (node.at(*path) for node in (self.node, *self.patches))
        return next((node for node in nodes if node), NOTHING)

    def secured(self, key: str) -> Node:
        """Return a setting of its security context, or else of its pod's."""
        return self.at("securityContext", key) or self.workload.at("securityContext", key)

    @cached_property
    def env(self) -> Mapping[str, Node]:
        """Its variables: the entries of `env` by name."""
        return {item["name"].text: item for item in self.at("env")}

    @property
    def mounts(self) -> tuple[str, ...]:
        """The places of its volumes."""
        return tuple(item["mountPath"].text for item in self.at("volumeMounts"))


@dataclass(frozen=True)
class Workload:
    """Something that has pods. `template` holds metadata and spec of the pods; `patches` are the
    pod specs of kustomize patches for it."""

    object: Object
    template: Node
    patches: tuple[Node, ...] = ()

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.object.kind

    @property
    def name(self) -> str:
        """Its name."""
        return self.object.name

    @property
    def pod(self) -> Node:
        """The spec of its pods."""
        return self.template["spec"]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The labels of its pods."""
        return labels_of(self.template.at("metadata", "labels"))

    @property
    def reaches_by_trade(self) -> bool:
        """Whether one of its containers needs rights that others do without."""
        return any(each.reaches_by_trade for each in self.containers)

    @property
    def lasts(self) -> bool:
        """Whether its pods run on."""
        return self.kind in LASTING

    @property
    def is_partial(self) -> bool:
        """Whether it only changes another one, as a patch does: what it does not say, that says."""
        containers = self.pod["containers"].items
        if not containers or not all(each["image"] for each in containers):
            return True
        needs_selector = self.lasts and self.object.api == "apps/v1"
        return needs_selector and not self.object.node.at("spec", "selector")

    @property
    def is_windows(self) -> bool:
        """Whether its pods are for Windows, which has other settings."""
        said = (self.pod.at("os", "name"), self.pod.at("nodeSelector", "kubernetes.io/os"))
        return any(node.text == "windows" for node in said)

    def at(self, *path: str) -> Node:
        """Follow a path in the pod's spec, or in a patch where it says nothing."""
        nodes = (node.at(*path) for node in (self.pod, *self.patches))
        return next((node for node in nodes if node), NOTHING)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Its containers, those that run on first."""
        return tuple(
            Container(node, self, key == "initContainers", tuple(self._patches_of(key, node)))
            for key in ("containers", "initContainers")
            for node in self.pod[key]
            if node.kind == "mapping"
        )

    def _patches_of(self, key: str, container: Node) -> Iterator[Node]:
        for patch in self.patches:
            for node in patch[key]:
                if node["name"].text == container["name"].text:
                    yield node


def labels_of(node: Node) -> Mapping[str, str]:
    """Return a mapping of texts."""
    return {name: entry.value.text for name, entry in node.entries.items()}


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels have all that a selector asks for."""
    return all(labels.get(name) == value for name, value in selector.items())


@dataclass(frozen=True)
class KubernetesSubject:
    """A file of manifests."""

    path: str
    text: str
    documents: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why it cannot be used, or not all of it."""
        return errors_of(self.problems)

    @cached_property
    def objects(self) -> tuple[Object, ...]:
        """The objects of this file."""
        return tuple(_objects(self.documents, self.around.here or self.path))

    @cached_property
    def everything(self) -> tuple[Object, ...]:
        """The objects of this file, and those of its neighbours that rules ask for."""
        others = (o for path in _neighbours(self) for o in _read_objects(self.around, path))
        return (*self.objects, *others)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """What has pods in this file and is whole."""
        if self.is_patch:
            return ()
        whole = (w for w in map(_workload, self.objects) if w and not w.is_partial)
        return tuple(self._patched(workload) for workload in whole)

    @cached_property
    def all_workloads(self) -> tuple[Workload, ...]:
        """What has pods in this file and its neighbours, patches too."""
        return tuple(workload for o in self.everything if (workload := _workload(o)))

    @cached_property
    def fragments(self) -> tuple[Workload, ...]:
        """What has pods in this file, patches too."""
        return tuple(workload for o in self.objects if (workload := _workload(o)))

    def _patched(self, workload: Workload) -> Workload:
        patches = self._partial.get((workload.kind, workload.name), ())
        return Workload(workload.object, workload.template, tuple(each.pod for each in patches))

    @cached_property
    def _partial(self) -> Mapping[tuple[str, str], list[Workload]]:
        """The patches by kind and name."""
        found: dict[tuple[str, str], list[Workload]] = {}
        for each in self.all_workloads:
            if each.is_partial:
                found.setdefault((each.kind, each.name), []).append(each)
        return found

    @cached_property
    def kustomizations(self) -> tuple[Object, ...]:
        """The kustomizations of this folder."""
        return tuple(o for o in self.everything if o.kind == "Kustomization")

    @cached_property
    def is_patch(self) -> bool:
        """Whether a kustomization takes this file as a patch."""
        here = posixpath.normpath(self.around.here or self.path)
        return any(here in _patches(each) for each in self.kustomizations)


def _workload(each: Object) -> Workload | None:
    path = _TEMPLATES.get(each.kind)
    return None if path is None else Workload(each, each.node.at(*path))


def _objects(documents: tuple[Node, ...], path: str) -> Iterator[Object]:
    for document in documents:
        if document["kind"].text.endswith("List") and document["items"]:
            yield from (Object(item, path) for item in document["items"] if item["kind"])
        elif document["kind"] or posixpath.basename(path).lower().startswith("kustomization"):
            yield Object(document, path)


def _neighbours(subject: KubernetesSubject) -> tuple[str, ...]:
    """Return the YAML files of the same topmost folder; for files at the root, those beside it."""
    here = posixpath.normpath(subject.around.here or subject.path)
    top, slash, _ = here.partition("/")
    found = sorted(
        path
        for path in subject.around.files or ()
        if path.endswith((".yaml", ".yml")) and path != here
        and (path.startswith(f"{top}/") if slash else "/" not in path)
    )  # fmt: skip
    return tuple(found[:MAX_NEIGHBOURS])


def _read_objects(around: Surroundings, path: str) -> tuple[Object, ...]:
    return _asked_for(around.texts.get(path, ""), path)


@lru_cache(maxsize=4096)
def _asked_for(text: str, path: str) -> tuple[Object, ...]:
    """Return the objects of a neighbour that somebody may ask for. They are few and are kept: every
    file of a folder asks for them again."""
    if "{{" in text:
        return ()
    if not posixpath.basename(path).startswith("kustomization"):
        text = _without_the_rest(text)
    return tuple(_objects(read(text).documents, path))


def _without_the_rest(text: str) -> str:
    """Blank out the documents that nobody asks for. Definitions of resources have tens of thousands
    of lines, and are most of what lies beside manifests."""
    starts = [0, *(match.start() for match in _DOCUMENT.finditer(text)), len(text)]
    documents = (text[start:end] for start, end in pairwise(starts))
    return "".join(each if _ASKED_FOR.search(each) else _blank(each) for each in documents)


def _blank(document: str) -> str:
    start = "---\n" if document.startswith("---") else ""
    return f"{start}{' ' * (len(document) - len(start) - 1)}\n" if document else ""


def _patches(kustomization: Object) -> frozenset[str]:
    """Return the files that a kustomization takes as patches."""
    node, folder = kustomization.node, posixpath.dirname(kustomization.path)
    listed = [*node["patchesStrategicMerge"].strings, *node["patches"].strings]
    listed += [item["path"].text for key in ("patches", "patchesJson6902") for item in node[key]]
    return frozenset(posixpath.normpath(posixpath.join(folder, path)) for path in listed if path)


def kubernetes_of(path: str, text: str, around: Surroundings) -> KubernetesSubject:
    """Read a file of manifests; what is wrong with its YAML is in `problems`."""
    stream = read(text)
    documents = tuple(node for node in stream.documents if node.kind == "mapping")
    if len(documents) > MAX_DOCUMENTS:
        message = f"the file has more than {MAX_DOCUMENTS} documents: nothing in it is looked at"
        at = documents[MAX_DOCUMENTS].span.start
        raise TextError(message, at, "split it: tools take folders of manifests, too")
    problems = () if "{{" in text or _EXCERPT.search(text) else stream.problems
    return KubernetesSubject(path, text, documents, problems, around)
