"""The flags and variables of a build, by table."""

from __future__ import annotations

import json

import pytest

from gotare.errors import UsageError
from gotare.golang.flags import BuildFlags, build_args, build_env, merged_tags
from gotare.golang.goenv import GoEnv
from gotare.golang.platform import go_platform

PLAIN = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w"]


@pytest.mark.parametrize(
    ("flags", "goflags", "expected"),
    [
        (BuildFlags(), (), PLAIN),
        (BuildFlags(symbols=True), (), [*PLAIN[:2], "-ldflags="]),
        (BuildFlags(tags=("a", "b,c")), (), [*PLAIN, "-tags=a,b,c"]),
        (BuildFlags(), ("-tags=pro",), PLAIN),
        (BuildFlags(tags=("a",)), ("-tags=pro,a", "-mod=vendor"), [*PLAIN, "-tags=pro,a"]),
        (BuildFlags(gcflags=("all=-N", "-l")), (), [*PLAIN, "-gcflags=all=-N -l"]),
        (BuildFlags(pgo="off"), (), [*PLAIN, "-pgo=off"]),
        (BuildFlags(extra=("-asmflags=-D=x",)), (), [*PLAIN, "-asmflags=-D=x"]),
        (
            BuildFlags(x={"main.version": "v1", "main.date": "a b"}, ldflags=("-X=main.z=1",)),
            (),
            [*PLAIN[:2], "-ldflags=-s -w '-X=main.date=a b' -X=main.version=v1 -X=main.z=1"],
        ),
        (
            BuildFlags(ldflags=("all=-X", "main.a=b")),
            ("-ldflags=-X=main.c=d -linkmode=internal",),
            [*PLAIN[:2], "-ldflags=-s -w -X=main.c=d -linkmode=internal -X main.a=b"],
        ),
        (
            BuildFlags(cgo="static", tags=("t",)),
            (),
            [
                *PLAIN[:2],
                "-ldflags=-s -w -linkmode=external -extldflags=-static",
                "-tags=t,netgo,osusergo",
            ],
        ),
        (BuildFlags(cgo="dynamic"), (), PLAIN),
    ],
)
def test_arguments(flags: BuildFlags, goflags: tuple[str, ...], expected: list[str]) -> None:
    args = build_args(flags, goflags, "/out", ["example.com/a", "example.com/b"])
    tail = ["-o", "/out/", "--", "example.com/a", "example.com/b"]
    assert args == ["build", "-v", *expected, *tail]


def test_ldflags_with_a_pattern_are_refused() -> None:
    with pytest.raises(UsageError, match=r"linker flags for the pattern 'example\.com/x='"):
        build_args(BuildFlags(ldflags=("example.com/x=-s",)), (), "/out", [])


def test_environment() -> None:
    goenv = GoEnv({"PATH": "/bin", "GOAMD64": "v4", "GOFLAGS": "-mod=vendor"}, {}, ())
    env = build_env(BuildFlags(), go_platform("linux", "amd64"), goenv)
    assert env == {
        "PATH": "/bin",
        "GOFLAGS": "-mod=vendor",
        "GOOS": "linux",
        "GOARCH": "amd64",
        "GOAMD64": "v1",
        "CGO_ENABLED": "0",
        "GOGC": "400",
    }
    mine = GoEnv({"GOGC": "50"}, {}, ())
    env = build_env(BuildFlags(cgo="dynamic"), go_platform("linux", "arm", "v6"), mine)
    assert (env["GOGC"], env["CGO_ENABLED"], env["GOARM"]) == ("50", "1", "6")


def test_tags() -> None:
    assert merged_tags(["a,b", "c"], ["--tags=c,d", "-trimpath"]) == ["c", "d", "a", "b"]
    assert merged_tags([], ["-tags=a", "-tags=b"]) == ["b"], "the last one counts"
    assert merged_tags(["a b"], []) == ["a", "b"]


def test_json_both_ways() -> None:
    flags = BuildFlags(tags=("a",), x={"main.v": "1"}, symbols=True, cgo="static", pgo="off")
    assert BuildFlags.from_json(json.loads(json.dumps(flags.json()))) == flags
