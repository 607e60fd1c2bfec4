"""Knows what the usual base images hold."""

from __future__ import annotations

from gotare.lint.dockerfile.model import BaseFacts

SCRATCH = BaseFacts("scratch", None, "none", tmp=False, minimal=True)


def facts_of(name: str, tag: str) -> BaseFacts | None:
    """Return what an image holds; None where the catalogue does not know it. `name` is as
    `Base.name` has it, `tag` may be "" (then the one that `latest` means)."""
    if name == "scratch":
        return SCRATCH
    return None
