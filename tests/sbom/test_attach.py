"""Bills of material as artifacts: in memory, in a layout, in a real registry, seen by others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from gotare.oci.auth import Keychain
from gotare.oci.layout import Layout
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.schema import schema_problems
from gotare.oci.store import read_all
from gotare.oci.types import OCI_EMPTY, OCI_MANIFEST, decode, digest_of
from gotare.sbom import cyclonedx, spdx
from gotare.sbom.attach import artifact, attach
from tests.conftest import need
from tests.oci.images import Memory, tiny_image
from tests.sbom.inventories import INVENTORY

DOCUMENT = spdx.to_spdx(INVENTORY)
CREATED = INVENTORY.created


def test_the_manifest_refers_to_its_subject() -> None:
    store = Memory()
    image = tiny_image(store, name="app:1")
    attached = attach(image, DOCUMENT, spdx.MEDIA_TYPE, store, CREATED)
    manifest = decode(read_all(store, attached), "the artifact")
    assert manifest["mediaType"] == attached.media_type == OCI_MANIFEST
    assert manifest["artifactType"] == attached.artifact_type == "application/spdx+json"
    assert manifest["subject"] == {
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": image.size,
    }
    assert manifest["annotations"] == {"org.opencontainers.image.created": "2023-11-14T22:13:20Z"}
    assert manifest["config"]["mediaType"] == OCI_EMPTY
    assert store.blobs[manifest["config"]["digest"]] == b"{}"
    assert store.blobs[digest_of(DOCUMENT)] == DOCUMENT


def test_attaching_again_sends_nothing() -> None:
    store = Memory()
    image = tiny_image(store, name="app:1")
    first = attach(image, DOCUMENT, spdx.MEDIA_TYPE, store, CREATED)
    before = [line for line in store.log if line.startswith("push")]
    assert attach(image, DOCUMENT, spdx.MEDIA_TYPE, store, CREATED) == first
    assert [line for line in store.log if line.startswith("push")] == before


def test_the_bytes_depend_on_the_arguments_alone() -> None:
    image = tiny_image(Memory(), name="app:1")
    first = artifact(image, DOCUMENT, cyclonedx.MEDIA_TYPE, CREATED)
    assert first == artifact(image, DOCUMENT, cyclonedx.MEDIA_TYPE, CREATED)
    assert first != artifact(image, DOCUMENT, cyclonedx.MEDIA_TYPE, CREATED + 1)


def test_the_manifest_satisfies_the_official_schema(official_schemas: Path) -> None:
    _, manifest = artifact(tiny_image(Memory()), DOCUMENT, spdx.MEDIA_TYPE, CREATED)
    document = json.loads(manifest)
    assert schema_problems("manifest", document) == []
    assert schema_problems("manifest", document, official_schemas) == []


def test_a_layout_lists_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout", create=True)
    image = tiny_image(layout, name="app:1")
    attached = attach(image, DOCUMENT, spdx.MEDIA_TYPE, layout, CREATED)
    found = layout.referrers(image)
    assert [(d.digest, d.artifact_type) for d in found] == [
        (attached.digest, "application/spdx+json")
    ]


def test_both_formats_in_a_real_registry(registry: str, tmp_path: Path) -> None:
    reference = parse_reference(f"{registry}/sbom/app:1")
    with Repository(reference, Keychain({}, tmp_path)) as repository:
        image = tiny_image(repository, name="1")
        attached = {
            attach(image, content, kind, repository, CREATED).digest
            for content, kind in [
                (DOCUMENT, spdx.MEDIA_TYPE),
                (cyclonedx.to_cyclonedx(INVENTORY), cyclonedx.MEDIA_TYPE),
            ]
        }
        assert {d.digest for d in repository.referrers(image)} == attached
        types = {d.artifact_type for d in repository.referrers(image)}
        assert types == {spdx.MEDIA_TYPE, cyclonedx.MEDIA_TYPE}
    one = f"docker://{registry}/sbom/app@{min(attached)}"
    command = [str(need("skopeo")), "inspect", "--raw", "--tls-verify=false", one]
    seen = subprocess.run(command, capture_output=True, check=True).stdout
    assert digest_of(seen) == min(attached)
    assert json.loads(seen)["subject"]["digest"] == image.digest
