"""An inventory as CycloneDX 1.6 JSON, written by cyclonedx-python-lib.

A go.sum hash covers a module's file tree, not one file, so it is a property and not a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gotare.sbom.model import Inventory, Package, timestamp

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.tool import ToolRepository

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json"


def to_cyclonedx(inventory: Inventory) -> bytes:
    """Return the document; its bytes depend on the inventory and gotare's version alone."""
    from cyclonedx.output.json import JsonV1Dot6

    return JsonV1Dot6(_bom(inventory)).output_as_string().encode()


def _bom(inventory: Inventory) -> Bom:
    from cyclonedx.model.bom import Bom, BomMetaData

    image = _component(inventory.image)
    components = {package: _component(package) for package in inventory.contained()}
    bom = Bom(
        components=components.values(),
        serial_number=inventory.uuid,
        metadata=BomMetaData(
            tools=_tools(), component=image, timestamp=timestamp(inventory.created)
        ),
    )
    bom.register_dependency(image, components.values())
    depends = inventory.depends()
    for package, component in components.items():
        bom.register_dependency(component, [components[m] for m in depends.get(package, ())])
    return bom


def _component(package: Package) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    facts = {"go.sum": package.sum, "path": package.path, "comment": package.comment}
    return Component(
        name=package.name,
        type=ComponentType(package.kind),
        version=package.version or None,
        bom_ref=package.identifier,
        purl=PackageURL.from_string(package.purl) if package.purl else None,
        properties=[Property(name=f"gotare:{k}", value=v) for k, v in facts.items() if v],
    )


def _tools() -> ToolRepository:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository

    from gotare import __version__

    gotare = Component(name="gotare", type=ComponentType.APPLICATION, version=__version__)
    return ToolRepository(components=[gotare])
