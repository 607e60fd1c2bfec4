"""Decides what images programs become: programs and settings in, `Plan` out. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from gotare.circumstances import Circumstances
from gotare.decide.base import DEFAULT_BASE, BaseChoice, choose_base
from gotare.decide.flags import build_flags
from gotare.decide.metadata import date_of, metadata_of, named
from gotare.decide.program import ask, merged, notes_of, workload_of
from gotare.decide.run import COMPOSED, additions_of, placed_files, run_settings
from gotare.decide.sources import source_tree
from gotare.errors import UsageError
from gotare.frozen import dataclass
from gotare.golang.facts.types import ProgramFacts
from gotare.golang.flags import BuildFlags
from gotare.golang.mains import Main
from gotare.grouping import Programs, groups_of
from gotare.oci.compression import Compression
from gotare.oci.image import HealthCheck, RunSettings
from gotare.oci.types import Platform
from gotare.places import BIN, PROBE
from gotare.settings import Config, FileMapping, Settings
from gotare.workload import Note, Reason, SourceTree, Workload


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
    stamps: Mapping[str, str] = field(default_factory=dict)
    """The variables of the code that -X can set, by symbol: version, commit or date."""
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
    created = date_of(around, reasons)
    groups = groups_of(programs, config, around)
    made = [
        _image(name, mains, config, around, programs, created) for name, mains in groups.items()
    ]
    images = tuple(image.plan for image in made)
    reasons += [reason for image in made for reason in image.reasons]
    _check_names(images)
    for image in images:
        _check_cgo(image, platforms, around.host)
    docker = common.media_types == "docker"
    compression = Compression.parse(common.compression or "gzip")
    compression.media_type(docker)
    return Plan(
        images,
        platforms,
        compression,
        docker,
        common.sbom or "spdx",
        created,
        tuple(reasons),
        _sources(programs, images, around),
        tuple(note for image in made for note in image.notes),
    )


def _sources(programs: Programs, images: Sequence[ImagePlan], around: Circumstances) -> SourceTree:
    if programs.project is None:
        return SourceTree()
    files = [file for image in images for file in image.files]
    url = around.git.url if around.git else ""
    return source_tree(programs.project, programs.go_version, files, url)


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


@dataclass(frozen=True, slots=True)
class _Made:
    """An image's plan, and what is to be told about it."""

    plan: ImagePlan
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...]


def _image(
    name: str,
    mains: Sequence[Main],
    config: Config,
    around: Circumstances,
    programs: Programs,
    created: int,
) -> _Made:
    own = (config.images or {}).get(name, Settings())
    said = config.common.under(own).under(around.overrides)
    binaries = tuple(main.name for main in mains)
    facts = _facts(mains, programs)
    choice = _choice(mains, facts, programs)
    asked = ask(name, facts[0], choice, f"{BIN}/{binaries[0]}") if facts else None
    settings = asked.settings.under(said) if asked else said
    base = settings.base or DEFAULT_BASE
    labels, annotations = metadata_of(name, settings, around, created)
    flags = build_flags(settings, programs.version_variables, around, created)
    run = run_settings(settings, base, binaries, labels)
    workdir = run.working_dir or "/"
    plan = ImagePlan(
        name=name,
        packages=tuple(main.import_path for main in mains),
        binaries=binaries,
        base=base,
        add=additions_of(settings, base),
        run=run,
        files=placed_files(settings.files or (), workdir),
        allow=settings.allow or (),
        annotations=annotations,
        tags=tuple(named(tag, name, around) for tag in settings.tags or ()),
        flags=flags,
        go_env=settings.go_env or {},
        imports_tls=programs.imports_tls,
        workload=workload_of(facts[0], settings, workdir) if facts else Workload(),
        probe=_asks_probe(run.health_check),
        stamps={v.symbol: v.kind for v in programs.version_variables},
        distroless=choice.distroless if flags.cgo == "dynamic" else "static",
    )
    reasons = _reasons(name, said, base, choice, run, flags, around)
    if asked:
        reasons += [reason for reason in asked.reasons if not _is_settled(reason.decision, said)]
    notes = tuple(notes_of(name, facts[0], settings, workdir)) if facts else ()
    return _Made(plan, tuple(reasons), notes)


def _facts(mains: Sequence[Main], programs: Programs) -> tuple[ProgramFacts, ...]:
    """Return the facts of an image's programs as one, or nothing where the code was not read."""
    if programs.project is None:
        return ()
    facts = programs.project.facts
    return (merged([facts.of(main.import_path) for main in mains]),)


def _choice(mains: Sequence[Main], facts: Sequence[ProgramFacts], programs: Programs) -> BaseChoice:
    project = programs.project
    if project is None:
        return BaseChoice(DEFAULT_BASE, "off", "static", _BASES["static"])
    paths = {main.import_path for main in mains}
    needs = [need for need in project.cgo_needs if not paths.isdisjoint(need.mains)]
    return choose_base(facts, needs, project.facts.sources.cxx)


def _asks_probe(check: HealthCheck | None) -> bool:
    return check is not None and check.command[:1] == (PROBE,)


_SETTLED: Final = {
    "port": "ports",
    "healthcheck": "healthcheck",
    "stop": "stop_signal",
    "files": "files",
    "args": "args",
}
"""The setting that replaces what the code asks for, by the reason's word."""


def _is_settled(decision: str, said: Settings) -> bool:
    field_name = _SETTLED.get(decision)
    return field_name is not None and getattr(said, field_name) is not None


# how it is compiled


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


_BASES: Final = {
    "static": "the default: certificates, time zones, users and /tmp, and no shell",
    "scratch": "as asked: nothing but what the linked binary needs",
}


def _reasons(
    name: str,
    said: Settings,
    base: str,
    choice: BaseChoice,
    run: RunSettings,
    flags: BuildFlags,
    around: Circumstances,
) -> list[Reason]:
    user = "as asked" if said.user else "not root; the same user as distroless"
    asked = said.cgo is not None
    cgo = {
        "off": "a static binary that needs no libc",
        "dynamic": "as asked: the shared libraries go into the image" if asked else choice.why,
        "static": "as asked: libc is linked in",
    }
    why = _BASES.get(base, "as asked") if said.base else choice.why
    found = [
        Reason(name, "base", base, why, choice.at),
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
