"""What an inventory tells of modules, replacements and the standard library."""

from __future__ import annotations

from dataclasses import replace

from gotare.golang.buildinfo import BuildInfo
from gotare.oci.types import Platform
from gotare.sbom.model import Inventory, Package, Program, modules, program_package
from tests.sbom.inventories import DEVEL, INFO, INVENTORY


def test_modules_are_those_that_were_compiled() -> None:
    assert list(modules(INFO)) == [
        Package("library", "example.com/app", "v1.4.0", "pkg:golang/example.com/app@v1.4.0"),
        Package(
            "library",
            "github.com/Masterminds/semver",
            "v3.1.0+incompatible",
            "pkg:golang/github.com/Masterminds/semver@v3.1.0%2Bincompatible",
            "h1:abc=",
        ),
        Package(
            "library",
            "example.com/new",
            "v1.1.0",
            "pkg:golang/example.com/new@v1.1.0",
            "h1:def=",
            "replaces example.com/old v1.0.0",
        ),
        Package(
            "library",
            "example.com/near",
            "",
            "pkg:golang/example.com/near",
            comment="replaced by the folder ./near",
        ),
        Package("library", "stdlib", "1.26.8", "pkg:golang/stdlib@1.26.8"),
    ]


def test_a_program_names_its_module_and_package() -> None:
    package = program_package(Program("/app", INFO))
    assert package.name == "example.com/app/cmd/api"
    assert package.purl == "pkg:golang/example.com/app@v1.4.0#cmd/api"
    assert (package.version, package.comment) == ("v1.4.0", "built from git 0123abcd")


def test_a_program_of_the_working_tree_has_no_version() -> None:
    package = program_package(Program("/tool", DEVEL))
    assert (package.version, package.purl) == ("", "pkg:golang/example.com/tool")


def test_a_program_without_modules_is_named_by_its_path() -> None:
    package = program_package(Program("/app", BuildInfo("go1.26")))
    assert (package.name, package.purl) == ("/app", "")


def test_everything_is_contained_once() -> None:
    twice = replace(INVENTORY, programs=INVENTORY.programs + INVENTORY.programs[:1])
    contained = twice.contained()
    assert len(set(contained)) == len(contained) == 12
    assert len({package.identifier for package in contained}) == 12


def test_the_image_is_a_package() -> None:
    image = INVENTORY.image
    assert image.purl == (
        f"pkg:oci/app@{INVENTORY.digest}?arch=amd64&repository_url=ghcr.io/me/app"
    )
    local = Inventory("App", INVENTORY.digest, Platform("linux", "arm64"), 0)
    assert local.image.purl == f"pkg:oci/app@{INVENTORY.digest}?arch=arm64"


def test_the_identifier_follows_the_digest() -> None:
    assert INVENTORY.uuid == replace(INVENTORY, created=0).uuid
    assert INVENTORY.uuid != replace(INVENTORY, digest="sha256:" + "0" * 64).uuid
