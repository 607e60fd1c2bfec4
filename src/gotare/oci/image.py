"""Puts an image together: base config and layers in, config and manifest out. Pure: no I/O.

Sources: image-spec `config.md`, `manifest.md`, `image-index.md`; Docker's image spec v1.2 for
`Healthcheck` and for what `FROM` inherits.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gotare.frozen import dataclass
from gotare.oci.types import (
    DOCKER_CONFIG,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Platform,
)

if TYPE_CHECKING:
    from gotare.oci.layer import Layer

NONROOT: Final = "65532:65532"
"""The user and group that images run as unless told otherwise, as in distroless."""

_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Docker's HEALTHCHECK in exec form. Durations are seconds; None leaves Docker's default."""

    command: tuple[str, ...]
    interval: float | None = None
    timeout: float | None = None
    start_period: float | None = None
    retries: int | None = None

    def json(self) -> dict[str, Any]:
        """Return the config's `Healthcheck` object; its durations are nanoseconds."""
        durations = {
            "Interval": self.interval,
            "Timeout": self.timeout,
            "StartPeriod": self.start_period,
        }
        document: dict[str, Any] = {"Test": ["CMD", *self.command] if self.command else ["NONE"]}
        document |= {key: round(value * _SECOND) for key, value in durations.items() if value}
        return document | ({"Retries": self.retries} if self.retries else {})


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a container of the image runs. `user` None inherits the base's unless that is root."""

    entrypoint: tuple[str, ...]
    args: tuple[str, ...] = ()
    user: str | None = None
    working_dir: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    health_check: HealthCheck | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def rfc3339(epoch: int) -> str:
    """Return seconds since 1970 as image-spec wants dates."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def image_config(
    base: Mapping[str, Any],
    run: RunSettings,
    platform: Platform,
    layers: Sequence[Layer],
    created: int,
) -> dict[str, Any]:
    """Return the image config: the base's, changed as a Dockerfile's instructions would."""
    date = rfc3339(created)
    ours = [{"created": date, "created_by": layer.created_by} for layer in layers]
    rootfs = base.get("rootfs") or {}
    document: dict[str, Any] = {
        "created": date,
        "architecture": platform.architecture,
        "os": platform.os,
    }
    if variant := platform.variant or str(base.get("variant") or ""):
        document["variant"] = variant
    for key in ("os.version", "os.features"):
        if key in base:
            document[key] = base[key]
    document["config"] = run_config(base.get("config") or {}, run)
    diff_ids = [*(rootfs.get("diff_ids") or []), *(layer.diff_id for layer in layers)]
    document["rootfs"] = {"type": "layers", "diff_ids": diff_ids}
    document["history"] = [*copy.deepcopy(list(base.get("history") or [])), *ours]
    return document


def run_config(base: Mapping[str, Any], run: RunSettings) -> dict[str, Any]:
    """Return the config's `config` object, inherited the way Docker's FROM does.

    A new entrypoint drops the base's command; ONBUILD triggers are a build's business and go.
    """
    document = {key: copy.deepcopy(value) for key, value in base.items() if key != "OnBuild"}
    document["User"] = user_of(base, run.user)
    document["Env"] = merge_env(base.get("Env") or [], run.env)
    document["Entrypoint"] = list(run.entrypoint)
    document.pop("Cmd", None)
    if run.args:
        document["Cmd"] = list(run.args)
    if run.working_dir is not None or not document.get("WorkingDir"):
        document["WorkingDir"] = run.working_dir or "/"
    _extend(
        document, "ExposedPorts", (port if "/" in port else f"{port}/tcp" for port in run.ports)
    )
    _extend(document, "Volumes", run.volumes)
    if run.stop_signal:
        document["StopSignal"] = run.stop_signal
    if run.health_check:
        document["Healthcheck"] = run.health_check.json()
    if labels := {**(base.get("Labels") or {}), **run.labels}:
        document["Labels"] = dict(sorted(labels.items()))
    return {key: document[key] for key in sorted(document)}


def user_of(base: Mapping[str, Any], wanted: str | None) -> str:
    """Return the user: what was asked for, else the base's own unless it is root, else nonroot."""
    inherited = str(base.get("User") or "")
    is_root = inherited.partition(":")[0] in ("", "0", "root")
    return wanted or (NONROOT if is_root else inherited)


def merge_env(base: Iterable[str], ours: Mapping[str, str]) -> list[str]:
    """Return the environment: the base's in its order, changed and extended by ours."""
    values = dict(pair.partition("=")[::2] for pair in base)
    values |= dict(sorted(ours.items()))
    return [f"{name}={value}" for name, value in values.items()]


def _extend(document: dict[str, Any], key: str, names: Iterable[str]) -> None:
    together = {**(document.get(key) or {}), **{name: {} for name in names}}
    if together:
        document[key] = {name: together[name] for name in sorted(together)}


def image_manifest(
    config: Descriptor,
    layers: Sequence[Descriptor],
    annotations: Mapping[str, str],
    *,
    docker: bool,
) -> dict[str, Any]:
    """Return the manifest. Docker's format has no annotations: they are left out there."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": manifest_type(docker),
        "config": config.json(),
        "layers": [layer.json() for layer in layers],
    }
    if annotations and not docker:
        document["annotations"] = dict(sorted(annotations.items()))
    return document


def image_index(
    manifests: Sequence[Descriptor], annotations: Mapping[str, str], *, docker: bool
) -> dict[str, Any]:
    """Return the index of one image for several platforms."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": index_type(docker),
        "manifests": [manifest.json() for manifest in manifests],
    }
    if annotations and not docker:
        document["annotations"] = dict(sorted(annotations.items()))
    return document


def manifest_type(docker: bool) -> str:
    """Return the media type of manifests."""
    return DOCKER_MANIFEST if docker else OCI_MANIFEST


def config_type(docker: bool) -> str:
    """Return the media type of configs."""
    return DOCKER_CONFIG if docker else OCI_CONFIG


def index_type(docker: bool) -> str:
    """Return the media type of indexes."""
    return DOCKER_INDEX if docker else OCI_INDEX
