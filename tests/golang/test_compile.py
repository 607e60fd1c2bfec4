"""Programs are compiled by the real go, and run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from gotare.errors import CompileError, PlatformError, StoreError, ToolchainError
from gotare.golang.cgo_need import CgoNeed
from gotare.golang.compile import compile_mains
from gotare.golang.flags import BuildFlags
from gotare.golang.mains import Main
from gotare.golang.platform import GoPlatform, go_platform
from gotare.golang.toolchain import Go
from gotare.progress import SILENT, Progress
from tests.golang.sources import MAIN, OFFLINE, write

PRINTS = 'package main\n\nvar version = "dev"\n\nfunc main() { println(version) }\n'
AMD64 = GoPlatform("linux", "amd64")


@dataclass
class Heard:
    """Keeps what is told."""

    steps: list[tuple[str, str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        self.steps.append((stage, subject, done))

    def end(self, stage: str, subject: str, note: str = "") -> None:
        self.notes.append(note)

    def warn(self, message: str) -> None:
        raise AssertionError(message)


@dataclass(frozen=True)
class Bench:
    """A module and where its binaries go."""

    go: Go
    source: Path
    out: Path

    def build(
        self,
        *dirs: str,
        flags: BuildFlags = BuildFlags(),  # noqa: B008
        platform: GoPlatform = AMD64,
        env: Mapping[str, str] = OFFLINE,
        progress: Progress = SILENT,
        needs: tuple[CgoNeed, ...] = (),
    ) -> dict[str, Path]:
        """Compile the mains in these folders."""
        mains = [
            Main(os.path.normpath(f"example.com/m/{d}"), d, Path("m", d).name, "example.com/m")
            for d in dirs
        ]
        return compile_mains(
            self.go, self.source, mains, flags, platform, self.out, env, progress, needs
        )


@pytest.fixture
def bench(gocmd: Go, tmp_path: Path) -> Bench:
    write(tmp_path / "m", {"go.mod": "example.com/m", "main.go": PRINTS, "cmd/b/main.go": MAIN})
    return Bench(gocmd, tmp_path / "m", tmp_path / "out")


def _said(binary: Path) -> str:
    return subprocess.run([binary], capture_output=True, text=True, check=True).stderr.strip()


def test_all_mains_at_once(bench: Bench) -> None:
    heard = Heard()
    write(bench.source, {"cmd/b/new.go": f"package main\n\nvar at = {time.time_ns()}\n"})
    compiled = bench.build(
        ".", "cmd/b", flags=BuildFlags(x={"main.version": "v1 of 'x'"}), progress=heard
    )
    assert compiled == {
        "example.com/m": bench.out / "m",
        "example.com/m/cmd/b": bench.out / "b",
    }
    assert _said(compiled["example.com/m"]) == "v1 of 'x'"
    assert heard.steps[0] == ("compile", "linux/amd64", 0)
    assert heard.steps[-1] == ("compile", "linux/amd64", len(heard.steps) - 1)
    assert heard.notes == [""]


def test_second_build_links_nothing(bench: Bench) -> None:
    first = bench.build(".")["example.com/m"]
    before = first.stat()
    heard = Heard()
    bench.build(".", progress=heard)
    assert heard.notes == ["up to date"]
    assert first.stat().st_ino == before.st_ino, "go only sets its time"
    bench.build(".", flags=BuildFlags(x={"main.version": "2"}), progress=heard)
    assert heard.notes == ["up to date", ""]
    assert _said(first) == "2"


@pytest.mark.parametrize("damage", ["cut", "append", "note"])
def test_damaged_binary_is_made_again(bench: Bench, damage: str) -> None:
    binary = bench.build(".")["example.com/m"]
    whole = binary.read_bytes()
    if damage == "note":
        (bench.out / ".finished.json").write_text("[")
    os.truncate(binary, len(whole) + (1 if damage == "append" else -4096))
    assert bench.build(".")["example.com/m"].read_bytes() == whole


def test_same_bytes_from_two_folders(bench: Bench, gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/m", {"go.mod": "example.com/m", "main.go": PRINTS})
    other = Bench(gocmd, tmp_path / "elsewhere/m", tmp_path / "out2")
    env = {**OFFLINE, "GOAMD64": "v3", "GOGC": "off", "TZ": "Asia/Tokyo"}
    first = bench.build(".")["example.com/m"]
    second = other.build(".", env=env)["example.com/m"]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    assert digests[0] == digests[1]


def test_stripped_unless_symbols(bench: Bench) -> None:
    small = bench.build(".")["example.com/m"].stat().st_size
    large = bench.build(".", flags=BuildFlags(symbols=True))["example.com/m"].stat().st_size
    assert large > small * 1.2


def test_other_platforms(bench: Bench) -> None:
    bare = bench.build(".", platform=go_platform("linux", "arm", "v6"))["example.com/m"]
    assert bare.read_bytes()[18] == 40, "EM_ARM"
    windows = bench.build(".", platform=go_platform("windows", "amd64"))["example.com/m"]
    assert windows.name == "m.exe"
    assert windows.read_bytes()[:2] == b"MZ"


def test_binaries_with_one_name_get_their_own_folders(bench: Bench) -> None:
    write(bench.source, {"a/run/main.go": PRINTS, "b/run/main.go": MAIN})
    compiled = bench.build("a/run", "b/run")
    assert [_said(path) for path in compiled.values()] == ["dev", ""]


def test_compile_error_shows_lines_of_go_once(bench: Bench) -> None:
    write(bench.source, {"main.go": "package main\n\nfunc main() { x() }\n"})
    with pytest.raises(CompileError) as error:
        bench.build(".", "cmd/b")
    assert error.value.output.splitlines() == [
        "# example.com/m",
        "./main.go:3:15: undefined: x",
    ]


def test_syntax_error(bench: Bench) -> None:
    write(bench.source, {"main.go": "package main\n\nfunc main() {\n"})
    with pytest.raises(CompileError) as error:
        bench.build(".")
    assert "main.go:4:1: syntax error" in error.value.output
    assert error.value.output.count("syntax error") == 1


def test_package_that_misses_its_cgo_half(bench: Bench) -> None:
    write(bench.source, {"main.go": "package main\n\nfunc main() { one() }\n"})
    need = CgoNeed("example.com/m", "degrades", ("example.com/m",))
    with pytest.raises(CompileError) as error:
        bench.build(".", needs=(need,))
    assert error.value.hint == "example.com/m needs cgo: build with --cgo"


def test_unknown_platform(bench: Bench) -> None:
    with pytest.raises(PlatformError, match="cannot build for linux/vax"):
        bench.build(".", platform=GoPlatform("linux", "vax"))


def test_folder_that_cannot_be_made(bench: Bench) -> None:
    bench.out.write_text("a file")
    with pytest.raises(StoreError, match="cannot make the folder"):
        bench.build(".")


def test_goflags_are_kept(bench: Bench) -> None:
    pro = '//go:build pro\n\npackage main\n\nfunc init() { version += " pro" }\n'
    write(bench.source, {"main.go": PRINTS, "pro.go": pro})
    env = {**OFFLINE, "GOFLAGS": "-tags=pro '-ldflags=-X main.version=flags'"}
    assert _said(bench.build(".", env=env)["example.com/m"]) == "flags pro"
    flags = BuildFlags(x={"main.version": "x"}, tags=("other",))
    assert _said(bench.build(".", flags=flags, env=env)["example.com/m"]) == "x pro"
    flags = BuildFlags(x={"main.version": "x"}, ldflags=("-X=main.version=mine",))
    assert _said(bench.build(".", flags=flags)["example.com/m"]) == "mine"


CGO = """\
package main

// int one(void) { return 1; }
import "C"

func main() { println(C.one()) }
"""


@pytest.mark.parametrize("cgo", ["dynamic", "static"])
def test_cgo(bench: Bench, cgo: str) -> None:
    if bench.go.host != ("linux", "amd64"):
        pytest.skip("the test builds for linux/amd64")
    write(bench.source, {"main.go": CGO})
    flags = BuildFlags(cgo="static" if cgo == "static" else "dynamic")
    binary = bench.build(".", flags=flags)["example.com/m"]
    assert _said(binary) == "1"
    with binary.open("rb") as file:
        segments = {segment["p_type"] for segment in ELFFile(file).iter_segments()}
    assert ("PT_INTERP" in segments) == (cgo == "dynamic")


def test_cgo_for_another_platform(bench: Bench) -> None:
    with pytest.raises(PlatformError, match="cgo builds only for this machine") as error:
        bench.build(".", flags=BuildFlags(cgo="dynamic"), platform=GoPlatform("linux", "s390x"))
    assert error.value.hint and "CC" in error.value.hint


def test_cgo_without_compiler(bench: Bench) -> None:
    flags, host = BuildFlags(cgo="dynamic"), GoPlatform(*bench.go.host)
    with pytest.raises(ToolchainError, match="there is no gcc-99 in PATH"):
        bench.build(".", flags=flags, platform=host, env={**OFFLINE, "CC": "gcc-99 -O1"})
