"""Writes the kustomizations: the base, and the overlays for development and production."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import header
from gotare.generate.identity import label, project_name, pushed_repository
from gotare.generate.kubernetes_objects import autoscaler, disruption_budget
from gotare.generate.kubernetes_pod import is_single
from gotare.generate.kubernetes_settings import (
    config_name,
    debug_literals,
    literals,
    secret_example,
    secret_name,
    split,
    unset_note,
)
from gotare.generate.yaml_text import Commented, to_yaml
from gotare.plan import ImagePlan, Plan

BASE: Final = "k8s/base"
DEV: Final = "k8s/overlays/dev"
PROD: Final = "k8s/overlays/prod"
_FILE: Final = "kustomization.yaml"
_API: Final = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_STANDARD: Final = "restricted"
_SECRETS: Final = (
    "Secrets have no place in git: {name} comes from an operator (External Secrets, Sealed "
    "Secrets) or from kubectl; {file} shows its keys."
)


def yaml_file(path: str, document: dict[str, Any], above: str = "") -> GeneratedFile:
    """Return a manifest as a file."""
    text = f"{header('kubernetes')}\n\n{to_yaml(document, above)}"
    return GeneratedFile(path, text, "kubernetes")


def base(plan: Plan, resources: Sequence[Any]) -> GeneratedFile:
    """Return the base's kustomization. `resources` are paths in the base."""
    document: dict[str, Any] = dict(_API)
    pairs = {"app.kubernetes.io/part-of": project_name(plan)}
    document["labels"] = [{"pairs": pairs, "includeTemplates": True}]
    document["resources"] = list(resources)
    maps = [_config_map(image) for image in plan.images if split(image).config]
    if maps:
        why = "What anybody may see; its name has a hash, so that a change rolls the pods."
        document["configMapGenerator"] = Commented(maps, why)
    return yaml_file(f"{BASE}/{_FILE}", document)


def _config_map(image: ImagePlan) -> Commented:
    entry = {"name": config_name(image), "literals": literals(split(image).config)}
    return Commented(entry, unset_note(image))


def overlays(plan: Plan, choices: Choices) -> tuple[GeneratedFile, ...]:
    """Return the files of both overlays."""
    return (*_development(plan, choices), *_production(plan, choices))


def _development(plan: Plan, choices: Choices) -> Iterable[GeneratedFile]:
    namespace = f"{project_name(plan)}-dev"
    document = _overlay(plan, choices, namespace, "dev", ())
    changed = [(image, debug_literals(image)) for image in plan.images]
    merges = [
        {"name": config_name(image), "behavior": "merge", "literals": values}
        for image, values in changed
        if values
    ]
    document |= {"configMapGenerator": merges} if merges else {}
    secret = [image for image in plan.images if split(image).secrets]
    if secret:
        document["secretGenerator"] = Commented(
            [{"name": secret_name(i), "envs": [f"{secret_name(i)}.env"]} for i in secret],
            "From files that git ignores: copy the .env.example files to begin.",
        )
    yield yaml_file(f"{DEV}/{_FILE}", document, "kubectl apply -k k8s/overlays/dev")
    yield yaml_file(f"{DEV}/namespace.yaml", _namespace(namespace))
    for image in secret:
        yield GeneratedFile(
            f"{DEV}/{secret_name(image)}.env.example", _env_example(image), "kubernetes"
        )
    if secret:
        yield GeneratedFile(f"{DEV}/.gitignore", "*-secrets.env\n", "kubernetes")


def _env_example(image: ImagePlan) -> str:
    lines = [f"# cp {secret_name(image)}.env.example {secret_name(image)}.env"]
    for item in split(image).secrets:
        start = "" if item.variable.required or item.password else "# "
        at = [f"# {item.variable.at}"] if item.variable.at else []
        lines += [*at, f"{start}{item.name}={secret_example(item)}"]
    return f"{header('kubernetes')}\n\n" + "\n".join(lines) + "\n"


def _production(plan: Plan, choices: Choices) -> Iterable[GeneratedFile]:
    namespace = project_name(plan)
    scaled = [image for image in plan.images if not is_single(image)]
    several = len(plan.images) > 1
    extra: list[GeneratedFile] = []
    for image in scaled:
        prefix = f"{label(image.name)}-" if several else ""
        extra.append(yaml_file(f"{PROD}/{prefix}pdb.yaml", disruption_budget(image), _BUDGET))
        extra.append(yaml_file(f"{PROD}/{prefix}hpa.yaml", autoscaler(image), _SCALING))
    names = [file.path.rpartition("/")[2] for file in extra]
    secret = [image for image in plan.images if split(image).secrets]
    document = _overlay(plan, choices, namespace, "v0.0.0", names)
    notes = "\n".join(
        _SECRETS.format(name=secret_name(i), file=f"{secret_name(i)}.example.yaml") for i in secret
    )
    above = "kubectl apply -k k8s/overlays/prod" + (f"\n{notes}" if notes else "")
    yield yaml_file(f"{PROD}/{_FILE}", document, above)
    yield yaml_file(f"{PROD}/namespace.yaml", _namespace(namespace))
    yield from extra
    for image in secret:
        yield _secret_example(image, namespace)


_BUDGET: Final = "Nodes are drained one replica at a time; a broken pod does not stop them."
_SCALING: Final = "It says how many replicas there are, so the Deployment does not."


def _secret_example(image: ImagePlan, namespace: str) -> GeneratedFile:
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": secret_name(image), "namespace": namespace},
        "stringData": {
            item.name: Commented(_checked(secret_example(item)), beside=item.variable.at)
            for item in split(image).secrets
        },
    }
    why = "An example: no kustomization takes it, and true values never stand here."
    return yaml_file(f"{PROD}/{secret_name(image)}.example.yaml", document, why)


def _checked(address: str) -> str:
    """Return an address of PostgreSQL with TLS that checks the server, as production wants it."""
    return address.replace("sslmode=disable", "sslmode=verify-full")


def _overlay(
    plan: Plan, choices: Choices, namespace: str, tag: str, extra: Iterable[str]
) -> dict[str, Any]:
    images = [
        {"name": pushed_repository(image, plan, choices), "newTag": tag} for image in plan.images
    ]
    first = pushed_repository(plan.images[0], plan, choices)
    why = f"CI says which: kustomize edit set image {first}=…@sha256:…"
    if not choices.image:
        why += "\nregistry.example.com is no registry: add newName with yours."
    return {
        **_API,
        "namespace": namespace,
        "resources": ["namespace.yaml", "../../base", *extra],
        "images": Commented(images, why),
    }


def _namespace(name: str) -> dict[str, Any]:
    modes = ("enforce", "warn", "audit")
    labels = {f"pod-security.kubernetes.io/{mode}": _STANDARD for mode in modes}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
