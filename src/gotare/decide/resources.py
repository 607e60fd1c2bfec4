"""What a container may use: a start that is told as such, until somebody measures."""

from __future__ import annotations

from gotare.golang.facts.types import ProgramFacts
from gotare.workload import Kind, Resources

_UNMEASURED = "a start: nothing was measured"


def resources_for(kind: Kind, facts: ProgramFacts) -> Resources:
    """Return requests and the memory limit. Go's heap may double between two collections, so the
    limit is several times the request; CPU has no limit, for it would throttle the collector."""
    if kind == "cli":
        return Resources("100m", "64Mi", "256Mi", f"a job; {_UNMEASURED}")
    if any(service.kind in ("sqlite", "kubernetes") for service in facts.services):
        return Resources("100m", "128Mi", "512Mi", f"it keeps data in memory; {_UNMEASURED}")
    if kind == "worker":
        return Resources("50m", "64Mi", "256Mi", f"a worker; {_UNMEASURED}")
    return Resources("50m", "64Mi", "256Mi", f"a small service; {_UNMEASURED}")
