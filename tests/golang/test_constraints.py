"""Build constraints mean what they mean to the go command, which is asked here as well."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.constraints import (
    Context,
    constraint_of,
    expression_holds,
    file_included,
    name_matches,
)
from gotare.golang.toolchain import Go
from tests.golang.sources import write

LINES = [
    "linux",
    "!linux",
    "windows || (linux && amd64)",
    "linux && !cgo",
    "cgo",
    "unix",
    "mine",
    "mine && go1.18",
    "!(mine || other)",
    "gc && !gccgo",
    "ignore",
    "darwin || !darwin",
    "arm64",
]
OLD_LINES = [
    "linux",
    "!linux",
    "linux,amd64 darwin",
    "windows\n// +build amd64",
    "linux\n//+build !cgo,!mine",
    "mine",
    "ignore",
    "jemalloc cgo",
]
NAMES = [
    "a_linux.go",
    "a_windows.go",
    "a_linux_amd64.go",
    "a_linux_arm64.go",
    "a_arm64.go",
    "linux.go",
    "amd64.go",
    "a_unix.go",
    "a_linux_x.go",
    "_a.go",
    "a_test.go",
    "a.b_windows.go",
]


@pytest.mark.parametrize("platform", [("linux", "amd64"), ("linux", "arm64"), ("windows", "386")])
def test_same_files_as_go(gocmd: Go, tmp_path: Path, platform: tuple[str, str]) -> None:
    files = {
        f"c{n}.go": f"// Text\n\n//go:build {line}\n\npackage p\n" for n, line in enumerate(LINES)
    }
    files |= {
        f"old{n}.go": f"// Text\n\n// +build {line}\n\npackage p\n"
        for n, line in enumerate(OLD_LINES)
    }
    files["doc.go"] = "// +build ignore\npackage p\n"
    files |= dict.fromkeys(NAMES, "package p\n") | {"go.mod": "example.com/p"}
    files["late.go"] = "package p\n\n//go:build windows\n"
    files["block.go"] = "/* //go:build windows\n*/\n\npackage p\n"
    write(tmp_path, files)
    env = {**os.environ, "GOOS": platform[0], "GOARCH": platform[1], "CGO_ENABLED": "0"}
    done = subprocess.run(
        [gocmd.path, "list", "-find", "-tags=mine", "-json=GoFiles"],
        cwd=tmp_path, env=env, capture_output=True, check=True,
    )  # fmt: skip
    context = Context(*platform, frozenset({"mine"}))
    ours = [n for n in files if n != "go.mod" and file_included(n, files[n].encode(), context)]
    assert sorted(ours) == sorted(json.loads(done.stdout)["GoFiles"])


def test_implied_systems() -> None:
    assert expression_holds("linux", Context("android", "arm64"))
    assert name_matches("a_darwin.go", Context("ios", "arm64"))


@pytest.mark.parametrize("expression", ["", "linux &&", "((", "a b", "&&", "linux @ x"])
def test_wrong_expressions_are_left_to_go(expression: str) -> None:
    assert expression_holds(expression, Context("windows", "386"))


@given(st.text(alphabet=st.sampled_from("linux !&|() \n"), max_size=60))
def test_any_expression_has_a_value(text: str) -> None:
    assert expression_holds(text, Context("linux", "amd64")) in (True, False)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    assert isinstance(constraint_of(content), str)
