"""Inventories for the tests, with everything that a real one can have."""

from __future__ import annotations

from gotare.golang.buildinfo import BuildInfo, Module
from gotare.oci.types import Platform
from gotare.sbom.model import Inventory, Package, Program

INFO = BuildInfo(
    "go1.26.8 X:nodwarf5",
    "example.com/app/cmd/api",
    Module("example.com/app", "v1.4.0"),
    (
        Module("github.com/Masterminds/semver", "v3.1.0+incompatible", "h1:abc="),
        Module("example.com/old", "v1.0.0", "", Module("example.com/new", "v1.1.0", "h1:def=")),
        Module("example.com/near", "v0.1.0", "", Module("./near", "(devel)")),
    ),
    {"GOARCH": "amd64", "vcs": "git", "vcs.revision": "0123abcd"},
)
DEVEL = BuildInfo("devel go1.27-abcdef", "example.com/tool", Module("example.com/tool", "(devel)"))
BASE = (
    Package("operating-system", "debian", "12", comment="Debian GNU/Linux 12"),
    Package("library", "libc6", "1:2.36-9+deb12u4", "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u4"),
)
DATA = (Package("data", "tzdata", "2026.6", "pkg:pypi/tzdata@2026.6"),)
INVENTORY = Inventory(
    name="ghcr.io/me/app",
    digest="sha256:" + "ab" * 32,
    platform=Platform("linux", "amd64"),
    created=1_700_000_000,
    programs=(Program("/app", INFO), Program("/tool", DEVEL)),
    base=BASE,
    components=DATA,
)
