"""Which flags and variables `go build` and `go install` get. Pure: no file is read.

-buildvcs=false: the revision is in the image's annotations; in the binary it would make the result
depend on the state of the whole working tree (docs/adr/0002-no-vcs-stamp.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any, Literal

from gotare.errors import UsageError
from gotare.frozen import dataclass
from gotare.golang.goenv import GoEnv, join_quoted, split_quoted
from gotare.golang.platform import GoPlatform

Cgo = Literal["off", "dynamic", "static"]

GOGC = "400"
"""How lazily the compiler and linker collect garbage. It does not change their output.

Measured, edit and relink: hello 261 -> 245 ms, 950 packages 1194 -> 1117 ms with 9 % more memory;
`off` is not faster, and has no bound.
"""


@dataclass(frozen=True, slots=True)
class BuildFlags:
    """How to compile. `ldflags` are the user's and come last; `x` maps symbols to values for -X.

    `symbols` keeps debug information. `pgo` is "auto" (default.pgo beside main), "off" or a file.
    """

    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    gcflags: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    x: Mapping[str, str] = field(default_factory=dict)
    symbols: bool = False
    cgo: Cgo = "off"
    pgo: str = "auto"

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> BuildFlags:
        """Read what `json` wrote."""
        lists = ("tags", "ldflags", "gcflags", "extra")
        return cls(**{**document, **{name: tuple(document[name]) for name in lists}})


def compile_flags(flags: BuildFlags, goflags: Sequence[str]) -> list[str]:
    """Return the flags that go build and go install share.

    A flag of the command line replaces the one in GOFLAGS, so the tags and linker flags in GOFLAGS
    are repeated here.
    """
    args = ["-trimpath", "-buildvcs=false", f"-ldflags={_ldflags(flags, goflags)}"]
    tags = merged_tags(flags.tags, goflags)
    if flags.cgo == "static":
        tags = list(dict.fromkeys([*tags, "netgo", "osusergo"]))
    if flags.tags or flags.cgo == "static":
        args.append(f"-tags={','.join(tags)}")
    if flags.gcflags:
        args.append(f"-gcflags={join_quoted(flags.gcflags, 'gcflags')}")
    if flags.pgo != "auto":
        args.append(f"-pgo={flags.pgo}")
    return [*args, *flags.extra]


def build_args(
    flags: BuildFlags, goflags: Sequence[str], out_dir: str, packages: Sequence[str]
) -> list[str]:
    """Return the arguments of one `go build` of all packages into a folder.

    -v makes go name each package that it compiles, for the progress display.
    """
    return ["build", "-v", *compile_flags(flags, goflags), "-o", f"{out_dir}/", "--", *packages]


def build_env(flags: BuildFlags, platform: GoPlatform, goenv: GoEnv) -> dict[str, str]:
    """Return the environment of a build: the user's, with what the platform and cgo decide."""
    env = {**goenv.variables, **platform.variables}
    env["CGO_ENABLED"] = "0" if flags.cgo == "off" else "1"
    env.setdefault("GOGC", GOGC)
    return env


def merged_tags(tags: Sequence[str], goflags: Sequence[str]) -> list[str]:
    """Return the tags of GOFLAGS and the user's, each once."""
    found = flag_values("tags", goflags)[-1:]
    words = [word for text in (*found, *tags) for word in re.split(r"[,\s]+", text) if word]
    return list(dict.fromkeys(words))


def flag_values(name: str, goflags: Sequence[str]) -> list[str]:
    """Return the values that a flag has in GOFLAGS (`-name=value` or `--name=value`)."""
    matches = (re.fullmatch(rf"--?{name}=(.*)", flag, re.DOTALL) for flag in goflags)
    return [match[1] for match in matches if match]


def _ldflags(flags: BuildFlags, goflags: Sequence[str]) -> str:
    fields = [] if flags.symbols else ["-s", "-w"]
    if flags.cgo == "static":
        fields += ["-linkmode=external", "-extldflags=-static"]
    for value in flag_values("ldflags", goflags)[-1:]:
        fields += split_quoted(_unpatterned(value, "GOFLAGS"), "GOFLAGS")
    fields += [f"-X={symbol}={value}" for symbol, value in sorted(flags.x.items())]
    if flags.ldflags:
        first = _unpatterned(flags.ldflags[0], "ldflags")
        fields += [word for word in (first, *flags.ldflags[1:]) if word]
    return join_quoted(tuple(fields), "ldflags")


def _unpatterned(value: str, what: str) -> str:
    """Return linker flags without a package pattern in front (`all=-X …`).

    Linker flags only ever apply to programs, so `all=` says nothing; another pattern would take
    our own flags away from the programs that it does not match.
    """
    pattern = re.match(r"[^-'\"\s=][^=\s]*=", value)
    if pattern and pattern[0] != "all=":
        raise UsageError(
            f"{what}: linker flags for the pattern {pattern[0]!r} cannot be merged with gotare's",
            "give the linker flags without a pattern",
        )
    return value[len(pattern[0]) :] if pattern else value
