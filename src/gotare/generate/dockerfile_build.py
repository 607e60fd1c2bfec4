"""The stages that compile: the toolchain with modules, the programs, the same with symbols, the
probe. Flags and variables are those of `gotare build` (golang/flags.py, golang/platform.py), so
that the binaries have the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gotare import probe
from gotare.errors import ProjectError
from gotare.generate import dockerfile_source as source
from gotare.generate.dockerfile_args import compiled_in, stamped
from gotare.generate.dockerfile_text import comment, heredoc, run, shell_double, shell_word
from gotare.generate.files import Choices
from gotare.generate.tools import golang, golang_alpine
from gotare.golang.flags import BuildFlags, compile_flags
from gotare.golang.platform import go_platform
from gotare.plan import ImagePlan, Plan

_MARK: Final = "\x1a"
"""Stands around an argument's name until the flags are quoted; in no flag by itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Programs that one `go build` makes, and the folder that they are written to."""

    flags: BuildFlags
    env: Mapping[str, str]
    folder: str
    packages: Mapping[str, str]
    """Import paths by the name of the binary."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """What compiles. `musl`: C is linked against Alpine's libc."""

    plan: Plan
    choices: Choices
    musl: bool = False

    @property
    def has_cgo(self) -> bool:
        """Whether a program is compiled with cgo, and so on the platform that it will run on."""
        return any(image.flags.cgo != "off" for image in self.plan.images)

    @property
    def reference(self) -> str:
        """The build image."""
        name = golang_alpine if self.musl and self.has_cgo else golang
        return self.choices.pinned(name(self.plan.sources.go))

    @property
    def build_cache(self) -> str:
        """The mount of go's cache."""
        return source.MUSL_BUILD_CACHE if self.musl and self.has_cgo else source.BUILD_CACHE


def groups(plan: Plan) -> list[Group]:
    """Put programs together that one `go build` can make: same flags, no name twice."""
    found: list[Group] = []
    for image in plan.images:
        own = dict(zip(image.binaries, image.packages, strict=True))
        if any("@" in package for package in own.values()):
            raise ProjectError(
                f"{image.name} is a published program: there are no sources to write files for",
                "run gotare init in a project, or build it with gotare build",
            )
        group = next((group for group in found if _fits(group, image, own)), None)
        if group is None:
            folder = f"/out/{len(found) + 1}" if found else "/out"
            found.append(Group(image.flags, image.go_env, folder, own))
        else:
            joined = replace(group, packages={**group.packages, **own})
            found[found.index(group)] = joined
    return found


def _fits(group: Group, image: ImagePlan, own: Mapping[str, str]) -> bool:
    same = (group.flags, dict(group.env)) == (image.flags, dict(image.go_env))
    return same and all(group.packages.get(name, path) == path for name, path in own.items())


def binaries(plan: Plan, image: ImagePlan) -> list[str]:
    """Return where the build stage has an image's programs."""
    own = dict(zip(image.binaries, image.packages, strict=True))
    for group in groups(plan):
        if _fits(group, image, own) and own.items() <= group.packages.items():
            return [f"{group.folder}/{name}" for name in image.binaries]
    raise AssertionError(image.name)


# stages


def modules_stage(tools: Toolchain) -> str:
    """Return the stage that the others stand on: the toolchain, and the modules in its cache."""
    sources = tools.plan.sources
    lines = [*_from_comment(tools), _from(tools, "modules")]
    if tools.musl and tools.has_cgo:
        lines += [
            "# The release in FROM decides the versions: its mirrors keep only the newest builds.",
            "# hadolint ignore=DL3018",
            "RUN apk add --no-cache build-base git",
        ]
    lines += ["# The tag above is the Go to build with: go fetches no other.",
              "ENV GOTOOLCHAIN=local", *source.private_settings(sources),
              f"WORKDIR {source.directory(sources)}"]  # fmt: skip
    if source.downloads(sources):
        lines.append(source.download(sources))
    return "\n".join(lines)


def _from_comment(tools: Toolchain) -> list[str]:
    if tools.has_cgo:
        text = "On the platform that the image is for: cgo takes that platform's C compiler."
    else:
        text = "On the builder's own platform: Go compiles for all others without an emulator."
    return [comment(text)]


def _from(tools: Toolchain, name: str) -> str:
    here = "" if tools.has_cgo else "--platform=$BUILDPLATFORM "
    return f"FROM {here}{tools.reference} AS {name}"


def build_stage(tools: Toolchain, *, symbols: bool = False) -> str:
    """Return the stage `build`, or `build-debug`, which keeps symbols."""
    plan = tools.plan
    arguments = compiled_in(plan)
    lines = [f"FROM modules AS build{'-debug' if symbols else ''}"]
    if symbols:
        lines.insert(0, "# The same programs with symbols, for a debugger: only linked again.")
    lines.append("ARG TARGETOS TARGETARCH TARGETVARIANT")
    if arguments:
        lines.append(f"ARG {' '.join(arguments)}")
    for group in groups(plan):
        lines.append(_compile(tools, group, symbols=symbols))
    return "\n".join(lines)


def _compile(tools: Toolchain, group: Group, *, symbols: bool) -> str:
    sources = tools.plan.sources
    mounts = [source.source_mount(sources), *source.outside_mounts(sources),
              *source.module_mounts(sources), tools.build_cache]  # fmt: skip
    flags = replace(group.flags, symbols=True) if symbols else group.flags
    command = go_build(tools.plan, replace(group, flags=flags))
    offline = ["--network=none"] if sources.vendored else []
    return run(mounts, [*source.ssh_setup(sources), command], *offline)


def go_build(plan: Plan, group: Group) -> str:
    """Return the shell command that compiles a group for the platform of the build."""
    env = {"CGO_ENABLED": "0" if group.flags.cgo == "off" else "1"} | dict(group.env)
    words = [f"{name}={shell_word(text)}" for name, text in sorted(env.items())]
    lines = [
        *levels(plan),
        " ".join([*words, 'GOOS="$TARGETOS" GOARCH="$TARGETARCH"', "go build"]),
        *(f"  {flag}" for flag in _flags(plan, group)),
        f"  -o {group.folder}/ {' '.join(package_words(plan, group))}",
    ]
    return "\n".join(lines)


def levels(plan: Plan) -> list[str]:
    """Return the shell lines that turn TARGETVARIANT into the level of the instruction set.

    An empty variable is Go's default, which `gotare build` says too. Platforms of the plan whose
    level is called otherwise in Go have a line of their own.
    """
    arms = [
        'arm/*) export GOARM="${TARGETVARIANT#v}" ;;',
        'amd64/*) export GOAMD64="$TARGETVARIANT" ;;',
    ]
    for platform in plan.platforms:
        if platform.variant and platform.architecture not in ("arm", "amd64"):
            found = go_platform(platform.os, platform.architecture, platform.variant).variables
            name, level = next(
                (n, v) for n, v in found.items() if n not in ("GOOS", "GOARCH")
            )  # fmt: skip
            arms.append(f"{platform.architecture}/{platform.variant}) export {name}={level} ;;")
    return [
        'case "$TARGETARCH/$TARGETVARIANT" in',
        *(f"  {arm}" for arm in arms),
        "esac;",
    ]


def _flags(plan: Plan, group: Group) -> list[str]:
    """Return the flags of `gotare build`, with arguments where the plan has their values."""
    marked: dict[str, str] = {}
    for image in plan.images:
        if not set(image.packages).isdisjoint(group.packages.values()):
            for symbol, name in stamped(image, plan).items():
                marked[symbol] = f"{_MARK}{name}{_MARK}" if name else image.flags.x[symbol]
    flags = compile_flags(replace(group.flags, x=marked), ())
    return [_quoted(flag) for flag in flags if flag != "-ldflags="]


def _quoted(flag: str) -> str:
    name, equals, text = flag.partition("=")
    if equals and (_MARK in text or re.search(r"\s", text)):
        inner = re.sub(f"{_MARK}(\\w+){_MARK}", r"$\1", shell_double(text))
        return f'{name}="{inner}"'
    return shell_word(flag)


def package_words(plan: Plan, group: Group) -> list[str]:
    """Return the packages as people write them in the module, by import path in a workspace."""
    sources = plan.sources
    paths = sorted(set(group.packages.values()))
    if sources.workspace or sources.directory != "." or not sources.module:
        return [shell_word(path) for path in paths]
    return [shell_word(_relative(path, sources.module)) for path in paths]


def _relative(path: str, module: str) -> str:
    if path == module:
        return "."
    return f"./{path[len(module) + 1 :]}" if path.startswith(f"{module}/") else path


def probe_stage(tools: Toolchain) -> str:
    """Return the stage that compiles gotare's probe, whose source is in the Dockerfile."""
    env = " ".join(f"{name}={shell_word(text)}" for name, text in probe.ENVIRONMENT.items())
    flags = [_quoted(flag) for flag in compile_flags(probe.FLAGS, ())]
    lines = [
        *levels(tools.plan),
        f'{env} GOOS="$TARGETOS" GOARCH="$TARGETARCH" go build',
        f"  {' '.join(flags)}",
        f"  -o /out/probe {probe.SOURCE}",
    ]
    build_image = tools.choices.pinned(golang(tools.plan.sources.go))
    return "\n".join([
        "# Asks the program over HTTP and exits 0 or 1: a health check without shell or curl.",
        f"FROM --platform=$BUILDPLATFORM {build_image} AS probe",
        "WORKDIR /probe",
        heredoc(probe.SOURCE, probe.source().decode()),
        "ARG TARGETOS TARGETARCH TARGETVARIANT",
        run([source.BUILD_CACHE], ["\n".join(lines)]),
    ])  # fmt: skip
