"""From a request to a plan: finds the programs and decides, without compiling anything."""

from __future__ import annotations

from gotare.cache import Cache
from gotare.circumstances import Circumstances
from gotare.config import load_config
from gotare.frozen import dataclass
from gotare.golang.cgo_need import check_cgo
from gotare.golang.toolchain import Go, find_go
from gotare.oci.transports import Surroundings
from gotare.plan import Plan, make_plan
from gotare.programs import Local, Remote, find_programs, go_platform_of
from gotare.request import Request
from gotare.settings import Config, Settings
from gotare.ship import check_destinations


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and all that is needed to carry it out."""

    request: Request
    plan: Plan
    programs: Local | Remote
    go: Go


def prepare(
    request: Request, cache: Cache, around: Surroundings, config: Config | None = None
) -> Prepared:
    """Find the programs and make the plan, without compiling anything.

    `config` stands in for the folder's `gotare.yaml`. Raises UsageError, ProjectError,
    ToolchainError.
    """
    go = find_go(request.go, around.env)
    if config is None:
        config = load_config(request.directory)
    programs = find_programs(
        request.directory,
        request.patterns,
        go,
        around.env,
        config,
        request.overrides,
        request.host,
        cache,
        request.known,
    )
    plan = make_plan(programs.programs, config, _circumstances(request, programs, around))
    for platform in plan.platforms:
        go_platform_of(platform, go)
    check_destinations(request.destinations, {image.name: image.tags for image in plan.images})
    _check_needs(plan, programs, config, request.overrides, around)
    return Prepared(request, plan, programs, go)


def _circumstances(
    request: Request, programs: Local | Remote, around: Surroundings
) -> Circumstances:
    git = programs.git(around.env)
    if git and git.warning:
        around.progress.warn(git.warning)
    return Circumstances(
        host=request.host,
        source_date_epoch=request.source_date_epoch,
        git=git,
        version=request.version,
        revision=request.revision,
        patterns_given=bool(request.patterns),
        overrides=request.overrides,
    )


def _check_needs(
    plan: Plan,
    programs: Local | Remote,
    config: Config,
    overrides: Settings,
    around: Surroundings,
) -> None:
    """Tell of packages that need cgo, as errors or warnings, and of mains that were left out."""
    if isinstance(programs, Remote):
        return
    asked = config.common.under(overrides).cgo is not None
    for warning in programs.project.warnings:
        around.progress.warn(warning)
    if all(image.flags.cgo == "off" for image in plan.images):
        check_cgo(programs.project.cgo_needs)
    for reason in plan.reasons:
        if reason.decision == "cgo" and reason.value == "dynamic" and not asked:
            around.progress.warn(f"{reason.image}: {reason.why}")
