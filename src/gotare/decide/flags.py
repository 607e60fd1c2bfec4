"""How an image's programs are compiled: settings and version variables in, flags for go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from gotare.circumstances import Circumstances
from gotare.errors import UsageError
from gotare.golang.flags import BuildFlags, Cgo
from gotare.golang.versions import VersionVariable
from gotare.oci.image import rfc3339
from gotare.settings import Settings


def build_flags(
    settings: Settings,
    variables: Sequence[VersionVariable],
    around: Circumstances,
    created: int,
) -> BuildFlags:
    """Return the flags; variables of which there is no value keep their own. Raises UsageError."""
    values = {
        "version": around.described_version,
        "commit": around.described_revision,
        "date": rfc3339(created) if created else "",
    }
    known = {v.symbol: values[v.kind] for v in variables if values.get(v.kind)}
    cgo = settings.cgo or "off"
    if cgo not in get_args(Cgo):
        raise UsageError(f"not a cgo mode: {cgo!r}", "off, dynamic or static")
    return BuildFlags(
        tags=settings.go_tags or (),
        ldflags=settings.go_ldflags or (),
        extra=settings.go_flags or (),
        x=dict(sorted(known.items())),
        symbols=bool(settings.symbols),
        cgo=cgo,  # type: ignore[arg-type]
    )
