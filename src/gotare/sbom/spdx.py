"""An inventory as SPDX 2.3 JSON.

Source: SPDX specification 2.3, chapters 6 (document), 7 (packages) and 11 (relationships). Licenses
and suppliers are not known here and say so. A go.sum hash covers a module's file tree, not one
file, so it is an external reference and not a checksum.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from gotare.oci.types import encode
from gotare.sbom.model import Inventory, Kind, Package, timestamp

MEDIA_TYPE: Final = "application/spdx+json"
_UNKNOWN: Final = "NOASSERTION"
_PURPOSE: Final[dict[Kind, str]] = {
    "container": "CONTAINER",
    "application": "APPLICATION",
    "library": "LIBRARY",
    "data": "OTHER",
    "operating-system": "OPERATING-SYSTEM",
}


def to_spdx(inventory: Inventory) -> bytes:
    """Return the document; its bytes depend on the inventory and gotare's version alone."""
    from gotare import __version__

    packages = (inventory.image, *inventory.contained())
    return encode(
        {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": inventory.name,
            "documentNamespace": _namespace(inventory),
            "creationInfo": {
                "created": timestamp(inventory.created).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "creators": [f"Tool: gotare-{__version__}"],
            },
            "packages": [_package(package) for package in packages],
            "relationships": _relationships(inventory),
        }
    )


def _namespace(inventory: Inventory) -> str:
    """Return the unique address of the document, in the form that section 6.5 recommends."""
    return f"https://spdx.org/spdxdocs/{quote(inventory.name, safe='')}-{inventory.uuid}"


def _package(package: Package) -> dict[str, Any]:
    document: dict[str, Any] = {
        "SPDXID": _identifier(package),
        "name": package.name,
        "versionInfo": package.version,
        "packageFileName": package.path,
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "supplier": _UNKNOWN,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": _UNKNOWN,
        "copyrightText": _UNKNOWN,
        "primaryPackagePurpose": _PURPOSE[package.kind],
        "comment": package.comment,
        "externalRefs": _references(package),
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def _references(package: Package) -> list[dict[str, str]]:
    rows = (
        ("PACKAGE-MANAGER", "purl", package.purl),
        ("OTHER", "go.sum", package.sum),
    )
    return [
        {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}
        for category, kind, locator in rows
        if locator
    ]


def _identifier(package: Package) -> str:
    return f"SPDXRef-{package.identifier}"


def _relationships(inventory: Inventory) -> list[dict[str, str]]:
    image = _identifier(inventory.image)
    rows = [("SPDXRef-DOCUMENT", "DESCRIBES", image)]
    rows += [(image, "CONTAINS", _identifier(package)) for package in inventory.contained()]
    for program, modules in inventory.depends().items():
        rows += [(_identifier(program), "DEPENDS_ON", _identifier(m)) for m in modules]
    return [
        {"spdxElementId": left, "relationshipType": kind, "relatedSpdxElement": right}
        for left, kind, right in dict.fromkeys(rows)
    ]
