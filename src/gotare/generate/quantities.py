"""Reads Kubernetes' quantities of memory, and writes them as Compose and Go want them."""

from __future__ import annotations

import re
from typing import Final

from gotare.errors import UsageError
from gotare.plan import ImagePlan

_UNITS: Final = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
}  # fmt: skip
_MIB: Final = 1 << 20
_SHARE: Final = 0.9
"""Of the limit for Go's own memory: the rest is for what Go does not count, as cgo and the binary
itself."""


def memory_bytes(quantity: str) -> int:
    """Return a quantity of memory in bytes. Raises UsageError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?", quantity)
    if not match:
        raise UsageError(f"not a quantity of memory: {quantity!r}", "for example 256Mi or 1Gi")
    return int(float(match[1]) * _UNITS[match[2] or ""])


def compose_memory(quantity: str) -> str:
    """Return a quantity as Compose takes it: whole mebibytes, which it writes M."""
    return f"{max(1, memory_bytes(quantity) // _MIB)}M"


def go_memory_limit(image: ImagePlan) -> str:
    """Return the image's GOMEMLIMIT: 90 % of its memory limit."""
    limit = memory_bytes(image.workload.resources.memory_limit)
    return f"{max(1, int(limit * _SHARE) // _MIB)}MiB"
