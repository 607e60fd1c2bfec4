"""Configs and manifests: what is ours, and what a base leaves us."""

from __future__ import annotations

from typing import Any

import pytest

from gotare.oci.image import (
    HealthCheck,
    RunSettings,
    image_config,
    image_index,
    image_manifest,
    merge_env,
    rfc3339,
    run_config,
    user_of,
)
from gotare.oci.layer import Layer
from gotare.oci.types import (
    DOCKER_CONFIG,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Platform,
)

DIGEST = "sha256:" + "a" * 64
LAYER = Layer(Descriptor(OCI_LAYER_GZIP, DIGEST, 10), "sha256:" + "b" * 64, 20, "binary", "gotare")
BASE: dict[str, Any] = {
    "architecture": "arm64",
    "os": "linux",
    "variant": "v8",
    "os.version": "1",
    "author": "someone",
    "container_config": {"Hostname": "x"},
    "config": {
        "User": "",
        "Env": ["PATH=/bin", "LANG=C"],
        "Cmd": ["bash"],
        "Entrypoint": ["/init"],
        "OnBuild": ["RUN true"],
        "ExposedPorts": {"80/tcp": {}},
        "Volumes": {"/var": {}},
        "Labels": {"a": "base", "b": "base"},
        "StopSignal": "SIGQUIT",
        "Healthcheck": {"Test": ["NONE"]},
        "X-Unknown": [1],
    },
    "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
    "history": [{"created_by": "base"}, {"created_by": "ENV", "empty_layer": True}],
}


def test_a_config_from_nothing() -> None:
    run = RunSettings(
        entrypoint=("/usr/local/bin/app",),
        args=("serve",),
        env={"B": "2", "A": "1"},
        ports=("8080", "53/udp"),
        volumes=("/data",),
        stop_signal="SIGINT",
        health_check=HealthCheck(("/app", "hc"), 30, 1.5, None, 3),
        labels={"z": "1", "a": "2"},
    )
    assert image_config({}, run, Platform("linux", "arm", "v7"), [LAYER], 86_400) == {
        "created": "1970-01-02T00:00:00Z",
        "architecture": "arm",
        "os": "linux",
        "variant": "v7",
        "config": {
            "Cmd": ["serve"],
            "Entrypoint": ["/usr/local/bin/app"],
            "Env": ["A=1", "B=2"],
            "ExposedPorts": {"53/udp": {}, "8080/tcp": {}},
            "Healthcheck": {
                "Test": ["CMD", "/app", "hc"],
                "Interval": 30_000_000_000,
                "Timeout": 1_500_000_000,
                "Retries": 3,
            },
            "Labels": {"a": "2", "z": "1"},
            "StopSignal": "SIGINT",
            "User": "65532:65532",
            "Volumes": {"/data": {}},
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [LAYER.diff_id]},
        "history": [{"created": "1970-01-02T00:00:00Z", "created_by": "gotare"}],
    }


def test_a_base_is_inherited_as_from_does() -> None:
    run = RunSettings(entrypoint=("/app",), env={"LANG": "de", "X": "1"}, labels={"b": "ours"})
    document = image_config(BASE, run, Platform("linux", "arm64"), [LAYER], 0)
    config = document["config"]
    assert config["Env"] == ["PATH=/bin", "LANG=de", "X=1"]
    assert config["Labels"] == {"a": "base", "b": "ours"}
    assert config["ExposedPorts"] == {"80/tcp": {}}
    assert (config["StopSignal"], config["X-Unknown"]) == ("SIGQUIT", [1])
    assert config["Healthcheck"] == {"Test": ["NONE"]}
    assert "Cmd" not in config
    assert "OnBuild" not in config
    assert not {"author", "container_config"} & document.keys()
    assert (document["variant"], document["os.version"]) == ("v8", "1")
    assert document["rootfs"]["diff_ids"] == [DIGEST, LAYER.diff_id]
    assert [entry["created_by"] for entry in document["history"]] == ["base", "ENV", "gotare"]


def test_the_base_is_not_changed() -> None:
    before = repr(BASE)
    run_config(BASE["config"], RunSettings(entrypoint=("/a",), ports=("1",), volumes=("/v",)))
    assert repr(BASE) == before


@pytest.mark.parametrize(
    ("inherited", "wanted", "user"),
    [
        ("", None, "65532:65532"),
        ("root", None, "65532:65532"),
        ("0", None, "65532:65532"),
        ("0:0", None, "65532:65532"),
        ("root:root", None, "65532:65532"),
        ("nobody", None, "nobody"),
        ("1000", None, "1000"),
        ("1000", "7", "7"),
        ("", "0:0", "0:0"),
    ],
)
def test_no_image_runs_as_root_unless_asked(inherited: str, wanted: str | None, user: str) -> None:
    assert user_of({"User": inherited}, wanted) == user


def test_environment_keeps_the_order_of_the_base() -> None:
    assert merge_env(["B=1", "A=x=y", "EMPTY"], {"C": "3", "B": "2"}) == [
        *("B=2", "A=x=y", "EMPTY=", "C=3")
    ]


def test_no_health_check() -> None:
    assert HealthCheck(()).json() == {"Test": ["NONE"]}


def test_manifests_of_both_families() -> None:
    config = Descriptor(OCI_CONFIG, DIGEST, 5)
    oci = image_manifest(config, [LAYER.descriptor], {"b": "1", "a": "2"}, docker=False)
    assert (oci["mediaType"], list(oci["annotations"])) == (OCI_MANIFEST, ["a", "b"])
    docker = image_manifest(
        Descriptor(DOCKER_CONFIG, DIGEST, 5), [LAYER.descriptor], {"a": "2"}, docker=True
    )
    assert docker["mediaType"] == DOCKER_MANIFEST
    assert "annotations" not in docker
    entry = Descriptor(OCI_MANIFEST, DIGEST, 7, platform=Platform("linux", "arm", "v6"))
    index = image_index([entry], {}, docker=False)
    assert index["mediaType"] == OCI_INDEX
    assert index["manifests"][0]["platform"] == {
        "architecture": "arm",
        "os": "linux",
        "variant": "v6",
    }
    assert image_index([], {"a": "b"}, docker=True) == {
        "schemaVersion": 2,
        "mediaType": DOCKER_INDEX,
        "manifests": [],
    }


def test_dates() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00Z"
    assert rfc3339(1_709_208_000) == "2024-02-29T12:00:00Z"
