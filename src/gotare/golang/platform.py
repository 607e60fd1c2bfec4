"""Turns the words of a platform into GOOS, GOARCH and the level of its instruction set.

Levels: `go help environment` (GOAMD64, GOARM, …); words: image-spec `image-index.md` variants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gotare.errors import PlatformError, ToolError
from gotare.frozen import dataclass
from gotare.golang.goversion import is_older
from gotare.golang.toolchain import Go, run_go

_LEVELS: Mapping[str, tuple[str, str, str]] = {
    # GOARCH: the variable, its default, the values it takes
    "386": ("GO386", "sse2", "sse2|softfloat"),
    "amd64": ("GOAMD64", "v1", r"v[1-4]"),
    "arm": ("GOARM", "7", r"[567](?:,(?:softfloat|hardfloat))?"),
    "arm64": ("GOARM64", "v8.0", r"v8\.[0-9]|v9\.[0-5]"),
    "mips": ("GOMIPS", "hardfloat", "hardfloat|softfloat"),
    "mipsle": ("GOMIPS", "hardfloat", "hardfloat|softfloat"),
    "mips64": ("GOMIPS64", "hardfloat", "hardfloat|softfloat"),
    "mips64le": ("GOMIPS64", "hardfloat", "hardfloat|softfloat"),
    "ppc64": ("GOPPC64", "power8", r"power(?:8|9|10)"),
    "ppc64le": ("GOPPC64", "power8", r"power(?:8|9|10)"),
    "riscv64": ("GORISCV64", "rva20u64", r"rva2[023]u64"),
}

_SINCE = {"GOARM64": "1.23", "GORISCV64": "1.23"}


@dataclass(frozen=True, slots=True)
class GoPlatform:
    """What Go compiles for. `level` is the value of the architecture's variable ("" for none)."""

    goos: str
    goarch: str
    level: str = ""

    def __str__(self) -> str:
        return f"{self.goos}/{self.goarch}"

    @property
    def variables(self) -> dict[str, str]:
        """GOOS, GOARCH and the level, as variables. The level is always said: a GOAMD64=v3 in the
        user's environment must not end up in an image that claims to run on every amd64."""
        variables = {"GOOS": self.goos, "GOARCH": self.goarch}
        if self.goarch in _LEVELS:
            name, default, _ = _LEVELS[self.goarch]
            variables[name] = self.level or default
        return variables

    @property
    def suffix(self) -> str:
        """What go appends to the name of a program."""
        return ".exe" if self.goos == "windows" else ""


def go_platform(os: str, architecture: str, variant: str = "") -> GoPlatform:
    """Return what Go calls a platform; raises PlatformError for a variant that Go does not know."""
    if not variant:
        return GoPlatform(os, architecture)
    name, _, values = _LEVELS.get(architecture, ("", "", "(?!)"))
    level = _level(architecture, variant)
    if not re.fullmatch(values, level):
        raise PlatformError(
            f"Go knows no variant {variant!r} of {architecture}",
            f"variants are the values of {name}: {_examples(architecture)}" if name else
            f"write {os}/{architecture} without a variant",
        )  # fmt: skip
    return GoPlatform(os, architecture, level)


def _level(architecture: str, variant: str) -> str:
    if architecture == "arm":
        return variant.removeprefix("v")
    if architecture == "arm64" and re.fullmatch(r"v[89]", variant):
        return variant + ".0"
    return variant


def _examples(architecture: str) -> str:
    examples = {
        "386": "sse2, softfloat",
        "amd64": "v1 to v4",
        "arm": "v5, v6, v7",
        "arm64": "v8, v8.1 to v9.5",
        "ppc64": "power8, power9, power10",
        "ppc64le": "power8, power9, power10",
        "riscv64": "rva20u64, rva22u64, rva23u64",
    }
    return examples.get(architecture, "hardfloat, softfloat")


def check_platform(go: Go, platform: GoPlatform) -> None:
    """Raise PlatformError when this go command cannot compile for a platform.

    The list comes from a source file in GOROOT; only where that is absent is go asked.
    """
    supported = _from_source(go) or _from_go(go)
    if (platform.goos, platform.goarch) not in supported:
        raise PlatformError(
            f"Go {go.version} cannot build for {platform}", _near(platform, supported)
        )
    for variable, since in _SINCE.items():
        if platform.level and variable in platform.variables and is_older(go.version, since):
            raise PlatformError(
                f"Go {go.version} does not know {variable}={platform.level}",
                f"use Go {since} or newer, or leave the variant out",
            )


def _near(platform: GoPlatform, supported: frozenset[tuple[str, str]]) -> str:
    from difflib import get_close_matches

    names = [f"{goos}/{goarch}" for goos, goarch in sorted(supported)]
    near = get_close_matches(str(platform), names, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "see `go tool dist list`"


def _from_source(go: Go) -> frozenset[tuple[str, str]]:
    try:
        text = (go.root / "src/internal/platform/zosarch.go").read_text()
    except OSError:
        return frozenset()
    listed = re.findall(r'^\t\{"(\w+)", "(\w+)"\},', text, re.MULTILINE)
    broken = re.findall(r'\{"(\w+)", "(\w+)"\}: *\{.*Broken: true', text)
    return frozenset(listed) - frozenset(broken)


def _from_go(go: Go) -> frozenset[tuple[str, str]]:
    try:
        listed = run_go(
            go, ["tool", "dist", "list"], go.root, {"GOTOOLCHAIN": "local", "HOME": "/"}
        )
    except ToolError as error:
        raise PlatformError(f"cannot ask go which platforms it knows: {error.output}") from error
    pairs = (line.partition("/") for line in listed.split())
    return frozenset((goos, goarch) for goos, _, goarch in pairs)
