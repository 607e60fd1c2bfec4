"""Decides what images programs become: programs and settings in, `Plan` out. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final, get_args

from gotare.circumstances import Circumstances
from gotare.errors import UsageError
from gotare.golang.flags import BuildFlags, Cgo
from gotare.golang.mains import Main
from gotare.golang.versions import VersionVariable
from gotare.grouping import Programs, groups_of
from gotare.oci.compression import Compression
from gotare.oci.image import RunSettings, rfc3339
from gotare.oci.reference import parse_reference
from gotare.oci.types import Platform
from gotare.settings import ADDITIONS, Config, FileMapping, Settings
from gotare.workload import Note, Reason, SourceTree, Workload

BIN: Final = "/usr/local/bin"
"""Where binaries are in the image: on every PATH, and never in the way of a base's folders."""

PROBE: Final = f"{BIN}/probe"
"""Where gotare's HTTP probe is in images whose health check asks over HTTP."""

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COMPOSED: Final = ("scratch", "static")
DEFAULT_BASE: Final = "static"

_USERS: Final = {"root": "0:0", "nobody": "65534:65534", "nonroot": "65532:65532"}
_TITLE: Final = "org.opencontainers.image."


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """One image. `add` None means: what the linked binaries turn out to need."""

    name: str
    packages: tuple[str, ...]
    binaries: tuple[str, ...]
    base: str
    add: tuple[str, ...] | None
    run: RunSettings
    files: tuple[FileMapping, ...]
    allow: tuple[str, ...]
    annotations: Mapping[str, str]
    tags: tuple[str, ...]
    flags: BuildFlags
    go_env: Mapping[str, str]
    imports_tls: bool
    workload: Workload = field(default_factory=Workload)
    probe: bool = False
    """gotare's own HTTP probe is in the image, at `PROBE`, for the health check."""
    distroless: str = "static"
    """Which of distroless' images holds what the program links: static, base or cc."""

    @property
    def is_composed(self) -> bool:
        """Whether the base is made here rather than fetched."""
        return self.base in COMPOSED


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a build does, decided."""

    images: tuple[ImagePlan, ...]
    platforms: tuple[Platform, ...]
    compression: Compression
    docker: bool
    sbom: str
    created: int
    reasons: tuple[Reason, ...] = ()
    sources: SourceTree = field(default_factory=SourceTree)
    notes: tuple[Note, ...] = ()


def make_plan(programs: Programs, config: Config, around: Circumstances) -> Plan:
    """Decide. Raises UsageError for settings that make no sense, ProjectError for no mains."""
    common = config.common.under(around.overrides)
    reasons: list[Reason] = []
    platforms = _platforms(common, around, reasons)
    created = _created(around, reasons)
    groups = groups_of(programs, config, around)
    images = tuple(
        _image(name, mains, config, around, programs, created, reasons)
        for name, mains in groups.items()
    )
    _check_names(images)
    for image in images:
        _check_cgo(image, platforms, around.host)
    docker = common.media_types == "docker"
    compression = Compression.parse(common.compression or "gzip")
    compression.media_type(docker)
    return Plan(
        images, platforms, compression, docker, common.sbom or "spdx", created, tuple(reasons)
    )


# what cannot be together


def _check_names(images: Sequence[ImagePlan]) -> None:
    seen: dict[str, str] = {}
    for image in images:
        for tag in image.tags:
            other = seen.setdefault(tag, image.name)
            if other != image.name:
                raise UsageError(
                    f"the images {other} and {image.name} would both be {tag}",
                    "put {name} into the tag: -t registry/me/{name}:tag",
                )


def _check_cgo(image: ImagePlan, platforms: Sequence[Platform], host: Platform) -> None:
    others = [str(p) for p in platforms if not host.satisfied_by(p)]
    if image.flags.cgo != "off" and others:
        raise UsageError(
            f"cgo builds for this machine's platform ({host}) only, not for {', '.join(others)}",
            "leave --platform out, or build without --cgo",
        )


# what is in an image


def _image(
    name: str,
    mains: Sequence[Main],
    config: Config,
    around: Circumstances,
    programs: Programs,
    created: int,
    reasons: list[Reason],
) -> ImagePlan:
    own = (config.images or {}).get(name, Settings())
    settings = config.common.under(own).under(around.overrides)
    base = settings.base or DEFAULT_BASE
    binaries = tuple(main.name for main in mains)
    labels, annotations = _metadata(name, settings, around, created)
    flags = _flags(settings, programs.version_variables, around, created)
    run = _run(settings, base, binaries, labels)
    reasons += _reasons(name, settings, base, run, flags, around)
    return ImagePlan(
        name=name,
        packages=tuple(main.import_path for main in mains),
        binaries=binaries,
        base=base,
        add=_additions(settings, base),
        run=run,
        files=_files(settings.files or (), run.working_dir or "/"),
        allow=settings.allow or (),
        annotations=annotations,
        tags=tuple(_tag(tag, name, around) for tag in settings.tags or ()),
        flags=flags,
        go_env=settings.go_env or {},
        imports_tls=programs.imports_tls,
    )


def _additions(settings: Settings, base: str) -> tuple[str, ...] | None:
    if base == "static":
        return ADDITIONS
    if base == "scratch":
        return settings.add
    return settings.add or ()


def _run(
    settings: Settings, base: str, binaries: Sequence[str], labels: Mapping[str, str]
) -> RunSettings:
    env = {"PATH": PATH} if base in COMPOSED else {}
    if base == "static" or "certificates" in (settings.add or ()):
        env["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
    working_dir = "/home/nonroot" if base == "static" else None
    return RunSettings(
        entrypoint=settings.entrypoint or (f"{BIN}/{binaries[0]}",),
        args=settings.args or (),
        user=_user(settings.user, base),
        working_dir=_absolute("workdir", settings.workdir) or working_dir,
        env={**env, **_environment(settings.env or {})},
        ports=tuple(_port(port) for port in settings.ports or ()),
        volumes=tuple(filter(None, (_absolute("volumes", v) for v in settings.volumes or ()))),
        stop_signal=_signal(settings.stop_signal),
        health_check=settings.healthcheck,
        labels=labels,
    )


def _user(user: str | None, base: str) -> str | None:
    if user is None or base not in COMPOSED:
        return user
    number = _USERS.get(user, user)
    if not re.fullmatch(r"\d+(:\d+)?", number):
        raise UsageError(
            f"user {user!r} is not in the base {base}",
            "use numbers, as in 65532:65532, or root, nobody or nonroot",
        )
    return number


def _absolute(what: str, path: str | None) -> str | None:
    if path is not None and (not path.startswith("/") or ".." in path.split("/")):
        raise UsageError(f"{what}: not an absolute path in the image: {path!r}")
    return path


def _environment(env: Mapping[str, str]) -> Mapping[str, str]:
    for name in env:
        if not name or "=" in name or "\0" in name:
            raise UsageError(f"not a name for an environment variable: {name!r}")
    return env


def _port(port: str) -> str:
    match = re.fullmatch(r"(\d{1,5})(?:/(tcp|udp|sctp))?", port)
    if not match or not 0 < int(match[1]) < 65536:
        raise UsageError(f"not a port: {port!r}", "for example 8080 or 9090/udp")
    return f"{int(match[1])}/{match[2] or 'tcp'}"


def _signal(signal: str | None) -> str | None:
    if signal is not None and not re.fullmatch(r"SIG[A-Z]+[0-9+-]*|\d{1,2}", signal):
        raise UsageError(f"not a signal: {signal!r}", "for example SIGTERM")
    return signal


def _files(files: Sequence[FileMapping], working_dir: str) -> tuple[FileMapping, ...]:
    """Make destinations absolute; one that ends in a slash takes the source's name."""
    mapped = []
    for file in files:
        place = str(PurePosixPath(working_dir, file.destination))
        if ".." in PurePosixPath(place).parts:
            raise UsageError(f"files: a destination may not hold '..': {file.destination!r}")
        if file.destination.endswith("/") and file.destination.strip("/"):
            place = str(PurePosixPath(place, PurePosixPath(file.source).name))
        file.ids  # noqa: B018 - raises for a wrong owner now, not in the middle of the build
        mapped.append(replace(file, destination=place))
    return tuple(mapped)


# where it comes from


def _metadata(
    name: str, settings: Settings, around: Circumstances, created: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return labels and annotations: OCI's keys from git, then what the user says."""
    facts = {
        "title": name,
        "version": around.described_version,
        "revision": around.described_revision,
        "source": around.git.url if around.git else "",
    }
    known = {_TITLE + key: value for key, value in facts.items() if value}
    date = {_TITLE + "created": rfc3339(created)} if created else {}
    return known | dict(settings.labels or {}), known | date | dict(settings.annotations or {})


def _created(around: Circumstances, reasons: list[Reason]) -> int:
    if around.source_date_epoch is not None:
        created, why = around.source_date_epoch, "SOURCE_DATE_EPOCH"
    elif around.git and around.git.time:
        created, why = around.git.time, "the time of the commit"
    else:
        created, why = 0, "no SOURCE_DATE_EPOCH and no commit: 1970, so that builds agree"
    reasons.append(Reason("", "created", rfc3339(created), why))
    return created


def _tag(tag: str, name: str, around: Circumstances) -> str:
    values = {
        "name": name,
        "version": around.described_version,
        "revision": around.described_revision,
    }
    for word in re.findall(r"\{([^}]*)\}", tag):
        if word not in values:
            raise UsageError(
                f"unknown placeholder {{{word}}} in tag {tag!r}", "{name}, {version}, {revision}"
            )
        if not values[word]:
            remedy = "tag the commit" if word == "version" else "commit to git"
            raise UsageError(f"tag {tag!r}: there is no {word}", f"give --{word}, or {remedy}")
        tag = tag.replace(f"{{{word}}}", values[word])
    reference = parse_reference(tag)
    if reference.digest:
        raise UsageError(f"a tag to write cannot hold a digest: {tag!r}")
    return tag if tag.endswith(f":{reference.tag}") else f"{tag}:{reference.tag}"


# how it is compiled


def _flags(
    settings: Settings,
    variables: Sequence[VersionVariable],
    around: Circumstances,
    created: int,
) -> BuildFlags:
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


def platforms_asked(texts: Sequence[str]) -> tuple[Platform, ...]:
    """Read platforms, each text one or several with commas between. Raises PlatformError."""
    words = [word for text in texts for word in text.split(",") if word] or texts
    return tuple(dict.fromkeys(Platform.parse(word).normal for word in words))


def _platforms(
    common: Settings, around: Circumstances, reasons: list[Reason]
) -> tuple[Platform, ...]:
    if not common.platforms:
        reasons.append(Reason("", "platform", str(around.host), "this machine's"))
        return (around.host,)
    platforms = platforms_asked(common.platforms)
    reasons.append(Reason("", "platform", ", ".join(map(str, platforms)), "as asked"))
    return platforms


def _reasons(
    name: str,
    settings: Settings,
    base: str,
    run: RunSettings,
    flags: BuildFlags,
    around: Circumstances,
) -> list[Reason]:
    bases = {
        "static": "the default: certificates, time zones, users and /tmp, and no shell",
        "scratch": "as asked: nothing but what the linked binary needs",
    }
    user = "as asked" if settings.user else "not root; the same user as distroless"
    cgo = {
        "off": "a static binary that needs no libc",
        "dynamic": "as asked: the shared libraries go into the image",
        "static": "as asked: libc is linked in",
    }
    found = [
        Reason(
            name, "base", base, bases.get(base, "as asked") if settings.base else bases["static"]
        ),
        Reason(name, "user", run.user or "65532:65532", user),
        Reason(
            name, "entrypoint", " ".join(run.entrypoint), "exec form: signals reach the program"
        ),
        Reason(name, "cgo", flags.cgo, cgo[flags.cgo]),
    ]
    if flags.x:
        stamped = ", ".join(f"{symbol}={value}" for symbol, value in flags.x.items())
        found.append(Reason(name, "-X", stamped, "the code declares these variables"))
    if around.git is None:
        found.append(Reason(name, "revision", "unknown", "no git commit"))
    return found
