"""`gotare build`: arguments in, one call, a table out. Nothing to do ends before any import."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gotare.cache import Cache, open_cache
from gotare.cli.early import Early
from gotare.cli.host import host_platform
from gotare.cli.show_result import result_lines
from gotare.cli.terminal import Terminal, common
from gotare.errors import UsageError
from gotare.result import BuildResult
from gotare.reuse import Recalled, remember

if TYPE_CHECKING:
    from gotare.oci.transports import Surroundings
    from gotare.request import Built, Request
    from gotare.settings import Settings
    from gotare.ship import Destination

_FLAGS: Final[Mapping[str, str]] = {
    # the option's name: the field of Settings; every one may be given several times
    "platform": "platforms",
    "tag": "tags",
    "port": "ports",
    "volume": "volumes",
    "go_tag": "go_tags",
    "ldflag": "go_ldflags",
    "arg": "args",
    "add": "add",
}
_PAIRS: Final = ("env", "label", "annotation")


@click.command(name="build")
@click.argument("packages", nargs=-1, metavar="[PACKAGE]...")
@click.option("--platform", multiple=True, metavar="OS/ARCH[/VARIANT]", help="Build for; repeatable or comma-separated (default: this machine's).")  # fmt: skip  # noqa: E501
@click.option("--base", metavar="BASE", help="scratch, static (default), or any image.")
@click.option("-t", "--tag", multiple=True, metavar="REFERENCE", help="Name the image; {name}, {version} and {revision} are replaced.")  # fmt: skip  # noqa: E501
@click.option("--push", is_flag=True, help="Push to the registry that each tag names.")
@click.option("--load", is_flag=True, help="Load into the local Docker or Podman engine.")
@click.option("--oci-layout", multiple=True, metavar="DIR", help="Write into an OCI layout (default: dist).")  # fmt: skip  # noqa: E501
@click.option("--oci-archive", multiple=True, metavar="FILE", help="Write an OCI archive.")
@click.option("--docker-archive", multiple=True, metavar="FILE", help="Write an archive for `docker load`.")  # fmt: skip  # noqa: E501
@click.option("--add", multiple=True, type=click.Choice(["certificates", "zones", "users", "tmp"]), help="Add to the base.")  # fmt: skip  # noqa: E501
@click.option("--user", metavar="UID[:GID]", help="Run as (default: 65532:65532).")
@click.option("--workdir", metavar="PATH", help="Working directory in the image.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="Environment variable.")
@click.option("--port", multiple=True, metavar="PORT[/PROTO]", help="Exposed port.")
@click.option("--volume", multiple=True, metavar="PATH", help="Volume.")
@click.option("--stop-signal", metavar="SIGNAL", help="Signal that stops the program.")
@click.option("--label", multiple=True, metavar="KEY=VALUE", help="Label in the config.")
@click.option("--annotation", multiple=True, metavar="KEY=VALUE", help="Annotation of manifests and index.")  # fmt: skip  # noqa: E501
@click.option("--arg", multiple=True, metavar="ARG", help="Default argument of the program.")
@click.option("--go-tag", multiple=True, metavar="TAG", help="Build tag for go.")
@click.option("--ldflag", multiple=True, metavar="FLAG", help="Linker flag for go.")
@click.option("--cgo", type=click.Choice(["off", "dynamic", "static"]), is_flag=False, flag_value="dynamic", help="Build with cgo, for this machine's platform.")  # fmt: skip  # noqa: E501
@click.option("--symbols", is_flag=True, default=None, help="Keep debug information.")
@click.option("--compression", metavar="ALGORITHM[:LEVEL]", help="gzip:6 (default), zstd, none.")
@click.option("--media-types", type=click.Choice(["oci", "docker"]), help="Default: oci.")
@click.option("--sbom", type=click.Choice(["none", "spdx", "cyclonedx"]), help="Attach an SBOM (default: spdx).")  # fmt: skip  # noqa: E501
@click.option("--version", metavar="VERSION", default="", help="The version, instead of git's.")
@click.option("--revision", metavar="REVISION", default="", help="The commit, instead of git's.")
@click.option("--go", "go", metavar="PATH", type=click.Path(path_type=Path), help="The go command to use.")  # fmt: skip  # noqa: E501
@click.option("--insecure", is_flag=True, help="Allow registries without TLS or trusted certificate.")  # fmt: skip  # noqa: E501
@click.option("--no-cache", is_flag=True, help="Do not look at what earlier builds made.")
@click.option("--dry-run", is_flag=True, help="Print the plan and build nothing.")
@common
def command(terminal: Terminal, **options: Any) -> None:
    """Build images from the Go project, without a daemon or a Dockerfile.

    PACKAGE is a main package (./cmd/api), a pattern (./...), or a published program
    (github.com/owner/prog/cmd/prog@v1.2.3). Without one, all mains of the module or workspace are
    built, each into an image of its own. gotare.yaml beside go.mod can settle every choice.
    """
    early: Early = click.get_current_context().obj
    start = time.perf_counter()
    with open_cache(terminal.env, terminal.home) as (cache, warning):
        if warning:
            terminal.note(f"warning: {warning}")
        result = _build(terminal, options, cache, early)
    if result is not None:
        took = time.perf_counter() - start
        whole = BuildResult(result.images, {**result.timings, "total": took}, result.outputs)
        terminal.result(whole.json(), lambda: result_lines(whole))


def _build(
    terminal: Terminal, options: Mapping[str, Any], cache: Cache, early: Early
) -> BuildResult | None:
    """Do what has to be done; None when it was only to be planned."""
    from gotare.oci.transports import Surroundings

    with terminal.progress() as progress:
        around = Surroundings(
            terminal.env, terminal.home, terminal.directory, options["insecure"], progress
        )
        request = _request(terminal, options, early.recalled)
        if options["dry_run"]:
            _show_plan(terminal, request, cache, around)
            return None
        built = _carry_out(request, cache, around, early)
    if built.memory:
        form = "json" if terminal.json else "none" if terminal.quiet else "text"
        remember(cache.root / "builds", early.key, built.memory, form)
    cache.prune(time.time())
    return built.result


def _carry_out(request: Request, cache: Cache, around: Surroundings, early: Early) -> Built:
    clock = time.perf_counter
    if early.recalled and early.recalled.unchanged:
        from gotare.reship import ship_again

        shipped = ship_again(request, early.recalled, cache, around, clock, early.started)
        if shipped:
            return shipped
    from gotare.build import build
    from gotare.prepare import prepare
    from gotare.request import Stopwatch

    watch = Stopwatch(clock)
    with watch("plan"):
        prepared = prepare(request, cache, around)
    return build(prepared, cache, around, watch, early.started)


def _show_plan(terminal: Terminal, request: Request, cache: Cache, around: Surroundings) -> None:
    from gotare.cli.show_plan import plan_json, plan_lines
    from gotare.prepare import prepare

    plan = prepare(request, cache, around).plan
    terminal.result(plan_json(plan), lambda: plan_lines(plan))


def _request(terminal: Terminal, options: Mapping[str, Any], known: Recalled | None) -> Request:
    from gotare.request import Request

    return Request(
        directory=terminal.directory,
        patterns=options["packages"],
        overrides=_settings(options),
        destinations=_destinations(terminal, options),
        host=host_platform(),
        go=options["go"],
        source_date_epoch=_epoch(terminal.env),
        version=options["version"],
        revision=options["revision"],
        known=known.project if known else None,
        written=known.written if known else {},
    )


def _settings(options: Mapping[str, Any]) -> Settings:
    from gotare.settings import Settings

    values: dict[str, Any] = {field: options[name] or None for name, field in _FLAGS.items()}
    for name in ("base", "user", "workdir", "stop_signal", "cgo", "symbols", "compression"):
        values[name] = options[name]
    for name in ("media_types", "sbom"):
        values[name] = options[name]
    for name in _PAIRS:
        field = name if name == "env" else name + "s"
        values[field] = _pairs(name, options[name]) or None
    return Settings(**values)


def _pairs(name: str, values: tuple[str, ...]) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise UsageError(f"--{name} {value}: not NAME=VALUE")
    return dict(value.split("=", 1) for value in values)


def _destinations(terminal: Terminal, options: Mapping[str, Any]) -> tuple[Destination, ...]:
    from gotare.ship import Destination

    found = [
        Destination(kind.replace("oci-layout", "layout"), terminal.directory / path)
        for kind in ("oci-layout", "oci-archive", "docker-archive")
        for path in options[kind.replace("-", "_")]
    ]
    found += [Destination("engine")] * options["load"] + [Destination("registry")] * options["push"]
    return tuple(found) or (Destination("layout", terminal.directory / "dist"),)


def _epoch(env: Mapping[str, str]) -> int | None:
    text = env.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 11:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is not a time: {text!r}", "seconds since 1970, as a number"
        )
    return int(text)
