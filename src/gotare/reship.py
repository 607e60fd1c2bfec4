"""Ships what an earlier build made of the same inputs: no compiler, and few imports."""

from __future__ import annotations

from gotare.base_images import Bases
from gotare.build_source import BuildSource
from gotare.cache import Cache
from gotare.errors import CacheDamagedError
from gotare.oci.transports import Surroundings
from gotare.request import Built, Clock, Request, Stopwatch
from gotare.result import BuildResult
from gotare.reuse import Memory, Recalled
from gotare.ship import ship


def ship_again(
    request: Request,
    recalled: Recalled,
    cache: Cache,
    around: Surroundings,
    clock: Clock,
    now: int,
) -> Built | None:
    """Ship what an earlier build made of the same inputs, without running `go`.

    None when a base has another digest by now, or the cache no longer has what a destination lacks.
    """
    watch = Stopwatch(clock)
    with Bases(cache, around) as bases, watch("ship"):
        if any(bases.base(name).descriptor.digest != digest for name, digest in recalled.bases):
            return None
        referrers = [pair for image in recalled.images for pair in image.referrers]
        source = BuildSource(cache.blobs, {}, referrers)
        try:
            shipped = ship(
                recalled.images,
                request.destinations,
                source,
                around,
                request.host,
                {},
                recalled.written,
            )
        except CacheDamagedError:
            return None
    memory = Memory(
        fingerprint=recalled.fingerprint,
        started=now,
        images=recalled.images,
        outputs=shipped.outputs,
        written=shipped.files if shipped.local else (),
        names=shipped.names,
        bases=recalled.bases,
        project=recalled.project,
        head_start=recalled.head_start,
    )
    return Built(BuildResult(recalled.images, watch.timings, shipped.outputs), memory)
