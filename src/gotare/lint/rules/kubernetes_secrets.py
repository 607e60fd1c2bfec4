"""What do pods hold that they should not, and what do they lack that the code needs?"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Fix, Severity
from gotare.lint.compose import is_development
from gotare.lint.kubernetes import Container, KubernetesSubject, Object, Workload
from gotare.lint.plain_secrets import is_plain_secret, is_throwaway
from gotare.lint.programs import only_stage
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.kubernetes_settings import planned_of
from gotare.lint.yaml.edits import add_entry

if TYPE_CHECKING:
    from gotare.plan import ImagePlan
    from gotare.workload import Writable


def _in_env(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.fragments:
        for container in workload.containers:
            for name, item in container.env.items():
                value = item["value"].text
                if not value or "$(" in value or not is_plain_secret(name, value):
                    continue
                guessed = is_throwaway(value, (name, *_names(container)))
                yield Found(
                    f"{name} is a secret that anybody would guess"
                    if guessed
                    else f"{name} is a secret, and stands here for everybody to read",
                    item["value"].span,
                    "valueFrom: secretKeyRef",
                    severity=Severity.INFO if guessed else None,
                )


def _names(container: Container) -> Iterator[str]:
    """Yield what stands beside the secrets of a container, and is none."""
    yield from (container.workload.name, container.name)
    for name, item in container.env.items():
        if not is_plain_secret(name, item["value"].text):
            yield item["value"].text


def _in_config_map(subject: KubernetesSubject) -> Iterator[Found]:
    for each in subject.objects:
        for entry in each.node["data"].entries.values() if each.kind == "ConfigMap" else ():
            is_line = entry.value.kind == "scalar" and "\n" not in entry.value.value
            if is_line and is_plain_secret(entry.name, entry.value.text):
                yield Found(
                    f"{entry.name} is a secret, and a ConfigMap is for what anybody may see",
                    entry.span,
                    "a Secret that is not in git: External Secrets, Sealed Secrets, SOPS",
                )


def _committed(subject: KubernetesSubject) -> Iterator[Found]:
    if is_development(subject.path) or any("sops" in doc.entries for doc in subject.documents):
        return
    for each in subject.objects:
        if each.kind == "Secret" and each.api == "v1" and _holds_values(each):
            yield Found(
                f"the values of Secret {each.name} are in the file; base64 hides nothing",
                each.place,
                "keep it out of git: External Secrets, Sealed Secrets, SOPS",
                severity=Severity.INFO if all(map(is_throwaway, _values(each))) else None,
            )


_PLACEHOLDER: Final = re.compile(
    r".*(?:change[-_ ]?me|replace|placeholder|example|your[-_ ]|<|\$\{|\$\(|\{\{|xxx|dummy).*"
    r"|",
    re.IGNORECASE | re.DOTALL,
)


def _holds_values(secret: Object) -> bool:
    return any(not _PLACEHOLDER.fullmatch(value) for value in _values(secret))


def _values(secret: Object) -> Iterator[str]:
    yield from (e.value.text for e in secret.node["stringData"].entries.values())
    yield from (_decoded(e.value.text) for e in secret.node["data"].entries.values())


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


# who it is


def _token(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        if _mounts_no_token(subject, workload):
            continue
        planned = [planned_of(subject, each) for each in workload.containers]
        if not planned or not all(planned):
            continue
        kinds = {backend.kind for each in planned if each for backend in each.workload.backends}
        if "kubernetes" not in kinds:
            line = "automountServiceAccountToken: false"
            edit = add_entry(subject.text, workload.pod, [line])
            yield Found(
                f"{workload.object.title} holds a token for the API, which the code never calls",
                workload.object.place,
                line,
                Fix((edit,), True, "hold no token") if edit else None,
            )


def _mounts_no_token(subject: KubernetesSubject, workload: Workload) -> bool:
    said = workload.at("automountServiceAccountToken")
    if said:
        return True
    account = workload.at("serviceAccountName").text or "default"
    return any(
        each.kind == "ServiceAccount"
        and each.name == account
        and each.node["automountServiceAccountToken"].boolean is False
        for each in subject.everything
    )


def _named_user(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for container in workload.containers:
            if container.secured("runAsNonRoot").boolean and not container.secured("runAsUser"):
                yield from _named(subject, container)


def _named(subject: KubernetesSubject, container: Container) -> Iterator[Found]:
    stage = only_stage(subject.around)
    user = stage.state.user_name if stage else None
    if not user or user.isdecimal() or planned_of(subject, container) is None:
        return
    node = container.at("securityContext", "runAsNonRoot")
    yield Found(
        f"the image's user is {user}: the kubelet cannot tell that it is not root, and does not "
        "start it",
        node.span if node else container.place,
        "USER with a number in the Dockerfile, or runAsUser here",
    )


# where it writes


def _unwritable(subject: KubernetesSubject) -> Iterator[Found]:
    for workload in subject.workloads:
        for container in workload.containers:
            if not container.at("securityContext", "readOnlyRootFilesystem").boolean:
                continue
            planned = planned_of(subject, container)
            for place in _written(planned) if planned else ():
                if not any(_is_below(place.path, mount) for mount in container.mounts):
                    at = f" ({place.at})" if place.at else ""
                    yield Found(
                        f"the code writes to {place.path}{at}, and nothing is mounted there",
                        container.at("securityContext", "readOnlyRootFilesystem").span,
                        f"mount an emptyDir, or a claim, at {place.path}",
                    )


def _written(planned: ImagePlan) -> Iterator[Writable]:
    """Yield where the code writes and something can be mounted: a mount over files of the image
    would hide them."""
    for place in planned.workload.writable:
        held = (planned.run.entrypoint[:1], [file.destination for file in planned.files])
        if not any(_is_below(path, place.path) for paths in held for path in paths):
            yield place


def _is_below(path: str, place: str) -> bool:
    return bool(place) and (path == place or path.startswith(f"{place.rstrip('/')}/"))


_OF: Final = Declaring("k8s", "kubernetes", "kubernetes")

RULES: Final = (
    _OF.warning("plain-secret", "A secret stands in a pod's variables.", _in_env),
    _OF.warning(
        "secret-in-config-map",
        "A secret stands in a ConfigMap.",
        _in_config_map,
        equivalents={"trivy": ("KSV-0109",)},
    ),
    _OF.warning("secret-in-file", "A Secret with its values is a file.", _committed),
    _OF.warning(
        "token-mounted",
        "Pods hold a token that the code does not need.",
        _token,
        fixes="safe",
        equivalents={"trivy": ("KSV-0036",), "checkov": ("CKV_K8S_38",)},
    ),
    _OF.error("named-user", "`runAsNonRoot` cannot judge a user by name.", _named_user),
    _OF.error("unwritable-path", "The code writes where nothing may be written.", _unwritable),
)
