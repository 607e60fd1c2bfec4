"""SPDX and CycloneDX documents, judged by the validators of their own projects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.golang.buildinfo import BuildInfo, Module, read_build_info
from gotare.oci.types import Platform
from gotare.sbom.cyclonedx import to_cyclonedx
from gotare.sbom.model import Inventory, Package, Program
from gotare.sbom.spdx import to_spdx
from tests.golang.programs import LINUX, build_programs
from tests.sbom.inventories import INVENTORY


def assert_valid_spdx(document: bytes) -> None:
    """The SPDX project's own library finds nothing wrong."""
    parser = pytest.importorskip("spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser")
    validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    parsed = parser.JsonLikeDictParser().parse(json.loads(document))
    assert validator.validate_full_spdx_document(parsed) == []


def assert_valid_cyclonedx(document: bytes) -> None:
    """The CycloneDX schema holds, strictly."""
    from cyclonedx.exception import MissingOptionalDependencyException
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    try:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode())
    except MissingOptionalDependencyException:
        pytest.skip("cyclonedx-python-lib[json-validation] is not installed")
    assert error is None


def related(document: dict[str, Any], kind: str) -> set[tuple[str, str]]:
    """The names of packages on both sides of a kind of relationship."""
    names = {package["SPDXID"]: package["name"] for package in document["packages"]}
    names["SPDXRef-DOCUMENT"] = "document"
    return {
        (names[row["spdxElementId"]], names[row["relatedSpdxElement"]])
        for row in document["relationships"]
        if row["relationshipType"] == kind
    }


def test_spdx() -> None:
    content = to_spdx(INVENTORY)
    assert_valid_spdx(content)
    document = json.loads(content)
    assert document["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    assert document["documentNamespace"].endswith(str(INVENTORY.uuid))
    assert related(document, "DESCRIBES") == {("document", "ghcr.io/me/app")}
    contained = {right for _, right in related(document, "CONTAINS")}
    assert {"libc6", "tzdata", "debian", "stdlib", "example.com/app/cmd/api"} <= contained
    assert related(document, "DEPENDS_ON") >= {
        ("example.com/app/cmd/api", "example.com/new"),
        ("example.com/app/cmd/api", "stdlib"),
        ("example.com/tool", "stdlib"),
    }
    assert ("example.com/tool", "example.com/new") not in related(document, "DEPENDS_ON")
    package = next(p for p in document["packages"] if p["name"].endswith("semver"))
    assert package["licenseConcluded"] == "NOASSERTION"
    assert "checksums" not in package
    locators = {r["referenceType"]: r["referenceLocator"] for r in package["externalRefs"]}
    assert locators["go.sum"] == "h1:abc="
    assert locators["purl"].startswith("pkg:golang/github.com/Masterminds/semver@")


def test_cyclonedx() -> None:
    content = to_cyclonedx(INVENTORY)
    assert_valid_cyclonedx(content)
    document = json.loads(content)
    assert document["serialNumber"] == f"urn:uuid:{INVENTORY.uuid}"
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert document["metadata"]["component"]["name"] == "ghcr.io/me/app"
    components = {c["name"]: c for c in document["components"]}
    assert components["tzdata"]["type"] == "data"
    semver = components["github.com/Masterminds/semver"]
    assert "hashes" not in semver
    assert {"name": "gotare:go.sum", "value": "h1:abc="} in semver["properties"]
    depends = {d["ref"]: set(d.get("dependsOn", [])) for d in document["dependencies"]}
    api = depends[components["example.com/app/cmd/api"]["bom-ref"]]
    assert semver["bom-ref"] in api
    assert depends[document["metadata"]["component"]["bom-ref"]] == {
        c["bom-ref"] for c in document["components"]
    }


def test_both_tell_the_same_packages() -> None:
    spdx, cyclonedx = json.loads(to_spdx(INVENTORY)), json.loads(to_cyclonedx(INVENTORY))
    names = sorted(package["name"] for package in spdx["packages"])
    image = cyclonedx["metadata"]["component"]["name"]
    assert names == sorted([image, *(c["name"] for c in cyclonedx["components"])])


def test_an_empty_image() -> None:
    empty = Inventory("app", INVENTORY.digest, INVENTORY.platform, 0)
    assert_valid_spdx(to_spdx(empty))
    assert_valid_cyclonedx(to_cyclonedx(empty))


def test_the_order_of_what_is_given_does_not_matter() -> None:
    turned = replace(INVENTORY, base=INVENTORY.base[::-1], programs=INVENTORY.programs[::-1])
    assert json.loads(to_spdx(turned))["packages"] == json.loads(to_spdx(INVENTORY))["packages"]
    assert to_cyclonedx(turned) == to_cyclonedx(INVENTORY)


@pytest.mark.parametrize("writer", ["spdx.to_spdx", "cyclonedx.to_cyclonedx"])
def test_another_process_writes_the_same_bytes(writer: str) -> None:
    module, function = writer.split(".")
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from tests.sbom.inventories import INVENTORY\n"
        f"from gotare.sbom.{module} import {function}\n"
        f"sys.stdout.buffer.write({function}(INVENTORY))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in [("1", "UTC"), ("2", "Asia/Tokyo")]
    }
    ours = {"to_spdx": to_spdx, "to_cyclonedx": to_cyclonedx}[function](INVENTORY)
    assert found == {ours}


TEXT = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20
)
MODULES = st.builds(Module, path=TEXT, version=TEXT, sum=st.just("h1:x="))
INFOS = st.builds(BuildInfo, go_version=TEXT, path=TEXT, main=MODULES, deps=st.tuples(MODULES))
PACKAGES = st.builds(Package, kind=st.just("library"), name=TEXT, version=TEXT, comment=TEXT)


@settings(max_examples=25, deadline=None)
@given(TEXT, st.lists(INFOS, max_size=2), st.lists(PACKAGES, max_size=3))
def test_odd_names_make_valid_documents(
    name: str, infos: list[BuildInfo], base: list[Package]
) -> None:
    inventory = Inventory(
        name=name,
        digest="sha256:" + "0" * 64,
        platform=Platform("linux", "amd64"),
        created=0,
        programs=tuple(Program(f"/{index}", info) for index, info in enumerate(infos)),
        base=tuple(base),
    )
    assert_valid_spdx(to_spdx(inventory))
    assert_valid_cyclonedx(to_cyclonedx(inventory))


def test_a_real_program(go: Path, tmp_path: Path) -> None:
    source = "package main\n\nfunc main() {}\n"
    binary = build_programs(go, tmp_path, {"app": source}, **LINUX)["app"]
    inventory = replace(INVENTORY, programs=(Program("/app", read_build_info(binary)),), base=())
    names = {package["name"] for package in json.loads(to_spdx(inventory))["packages"]}
    expected = {"example.com/programs/app", "example.com/programs", "stdlib"}
    assert names == expected | {"tzdata", "ghcr.io/me/app"}
    assert_valid_spdx(to_spdx(inventory))
    assert_valid_cyclonedx(to_cyclonedx(inventory))
