"""Which platform containers on this machine run on."""

from __future__ import annotations

import platform

from gotare.oci.types import Platform


def host_platform() -> Platform:
    """Return the Linux platform that containers on this machine run on."""
    words = {"armv6l": "arm/v6", "armv7l": "arm/v7", "armv8l": "arm/v7"}
    name = platform.machine().lower()
    return Platform.parse(f"linux/{words.get(name, name)}")
