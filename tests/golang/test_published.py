"""Published programs are resolved and compiled as `go install` does, from a module proxy of files.

Source: go.dev/ref/mod#goproxy-protocol; GOPROXY may be a file:// address.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from gotare.errors import CompileError, ProjectError, ToolchainError, UsageError
from gotare.golang.flags import BuildFlags
from gotare.golang.platform import GoPlatform
from gotare.golang.published import (
    Published,
    compile_published,
    is_published,
    resolve_published,
)
from gotare.golang.toolchain import Go
from gotare.progress import SILENT

PRINTS = """\
package main

import (
	"runtime/debug"

	"example.com/prog/internal/version"
)

var commit = "none"

func main() {
	info, _ := debug.ReadBuildInfo()
	println(info.Main.Path, info.Main.Version, commit, version.Version)
}
"""
MODULE = {
    "go.mod": "module example.com/prog\n\ngo 1.21\n",
    "cmd/prog/main.go": PRINTS,
    "cmd/other/main.go": 'package main\n\nfunc main() { println("other") }\n',
    "internal/version/version.go": "package version\n\nvar Version string\n",
}


def _publish(
    proxy: Path, module: str, version: str, files: Mapping[str, str], **info: object
) -> None:
    """Put a module into a proxy made of files."""
    folder = proxy / module / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "list").open("a") as versions:
        versions.write(version + "\n")
    document = {"Version": version, "Time": "2024-01-02T03:04:05Z", **info}
    (folder / f"{version}.info").write_text(json.dumps(document))
    (folder / f"{version}.mod").write_text(files.get("go.mod", f"module {module}\n"))
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{module}@{version}/{name}", content)


class Proxy:
    """A module proxy, an own module cache, and the go that uses them."""

    def __init__(self, go: Go, folder: Path) -> None:
        self.go, self.folder = go, folder
        self.files = folder / "proxy"
        self.env = {
            **os.environ,
            "GOPROXY": f"file://{self.files}",
            "GONOSUMDB": "*",
            "GOFLAGS": "-modcacherw -mod=vendor",
            "GOMODCACHE": str(folder / "modcache"),
            "GOPATH": str(folder / "gopath"),
            "GOTOOLCHAIN": "local",
        }

    def resolve(self, *arguments: str) -> tuple[Published, ...]:
        """Resolve the arguments."""
        return resolve_published(arguments, self.go, self.env, self.folder / "work")

    def build(
        self, programs: tuple[Published, ...], goarch: str = "", flags: BuildFlags | None = None
    ) -> dict[str, Path]:
        """Compile the programs for the host or another architecture."""
        goos, host = self.go.host
        platform = GoPlatform(goos, goarch or host)
        out = self.folder / "out"
        return compile_published(
            self.go, programs, flags or BuildFlags(), platform, out, self.env, SILENT
        )


@pytest.fixture
def proxy(gocmd: Go, tmp_path: Path) -> Proxy:
    proxy = Proxy(gocmd, tmp_path)
    origin = {"VCS": "git", "URL": "https://git.example/prog.git", "Hash": "a" * 40}
    _publish(proxy.files, "example.com/prog", "v1.2.3", MODULE, Origin=origin)
    _publish(proxy.files, "example.com/prog", "v1.1.0", MODULE)
    return proxy


def _said(binary: Path) -> str:
    return subprocess.run([binary], capture_output=True, text=True, check=True).stderr.strip()


def test_resolve(proxy: Proxy) -> None:
    (program,) = proxy.resolve("example.com/prog/cmd/prog@latest")
    assert (program.module, program.version) == ("example.com/prog", "v1.2.3")
    assert (program.name, program.query) == ("prog", "example.com/prog/cmd/prog@v1.2.3")
    assert Path(program.dir, "main.go").is_file()
    assert program.revision == "a" * 40
    assert program.url == "https://git.example/prog"
    assert program.time == "2024-01-02T03:04:05Z"
    assert [(v.symbol, v.kind) for v in program.version_variables] == [
        ("example.com/prog/internal/version.Version", "version"),
        ("main.commit", "commit"),
    ]
    assert program.json()["argument"] == "example.com/prog/cmd/prog@latest"


def test_compile_programs_of_one_module(proxy: Proxy) -> None:
    programs = proxy.resolve("example.com/prog/cmd/prog@v1", "example.com/prog/cmd/other@v1.2.3")
    symbol = "example.com/prog/internal/version.Version"
    flags = BuildFlags(x={symbol: "v1.2.3", "main.commit": "abc"})
    compiled = proxy.build(programs, flags=flags)
    assert list(compiled) == [program.argument for program in programs]
    first, second = compiled.values()
    assert _said(first) == "example.com/prog v1.2.3 abc v1.2.3"
    assert _said(second) == "other"


def test_cross_compile_with_gobin_set(proxy: Proxy, tmp_path: Path) -> None:
    goenv = tmp_path / "goenv"
    goenv.write_text(f"GOBIN={tmp_path}/bin\nGOFLAGS=-mod=mod\n")
    proxy.env |= {"GOENV": str(goenv)}
    programs = proxy.resolve("example.com/prog/cmd/other@v1.2.3")
    goarch = "arm64" if proxy.go.host[1] != "arm64" else "amd64"
    (binary,) = proxy.build(programs, goarch).values()
    assert binary.parent.name == f"linux_{goarch}"
    assert binary.read_bytes()[18] == {"arm64": 183, "amd64": 62}[goarch]
    (native,) = proxy.build(programs).values()
    assert _said(native) == "other"
    assert not (tmp_path / "bin").exists()


def test_longest_module_path_wins(proxy: Proxy) -> None:
    nested = {"go.mod": "module example.com/prog/cmd/prog\n", "main.go": "package main\n"}
    _publish(proxy.files, "example.com/prog/cmd/prog", "v1.2.3", nested)
    (program,) = proxy.resolve("example.com/prog/cmd/prog@v1.2.3")
    assert program.module == "example.com/prog/cmd/prog"
    (other,) = proxy.resolve("example.com/prog/cmd/other@v1.2.3")
    assert other.module == "example.com/prog"


def test_major_version_and_pseudo_version(proxy: Proxy) -> None:
    files = {"go.mod": "module github.com/me/tool/v2\n", "main.go": "package main\n"}
    version = "v2.0.1-0.20240102030405-abcdefabcdef"
    _publish(proxy.files, "github.com/me/tool/v2", version, files)
    (program,) = proxy.resolve(f"github.com/me/tool/v2@{version}")
    assert program.name == "tool"
    assert program.revision == "abcdefabcdef"
    assert program.url == "https://github.com/me/tool"


def test_package_that_is_no_program(proxy: Proxy) -> None:
    with pytest.raises(ProjectError, match="is not a main package") as error:
        proxy.resolve("example.com/prog/internal/version@v1.2.3")
    assert error.value.hint == (
        "its module has example.com/prog/cmd/other@v1.2.3, example.com/prog/cmd/prog@v1.2.3"
    )


def test_package_that_is_not_there(proxy: Proxy) -> None:
    with pytest.raises(ProjectError, match="has no package example"):
        proxy.resolve("example.com/prog/cmd/gone@v1.2.3")


def test_version_that_is_not_there(proxy: Proxy) -> None:
    with pytest.raises(ProjectError, match=r"example\.com/prog@v9\.9\.9") as error:
        proxy.resolve("example.com/prog@v9.9.9")
    assert error.value.hint


def test_private_module_offline(proxy: Proxy) -> None:
    proxy.env["GOPROXY"] = "off"
    with pytest.raises(ProjectError, match="lookup disabled by GOPROXY=off") as error:
        proxy.resolve("git.corp.example/team/tool@v1.0.0")
    assert error.value.hint and "GOPROXY" in error.value.hint


def test_module_with_replace_is_refused_by_go(proxy: Proxy) -> None:
    files = {
        "go.mod": "module example.com/rep\n\ngo 1.21\n\nreplace example.com/x => ./x\n",
        "main.go": "package main\n\nfunc main() {}\n",
    }
    _publish(proxy.files, "example.com/rep", "v1.0.0", files)
    with pytest.raises(CompileError) as error:
        proxy.build(proxy.resolve("example.com/rep@v1.0.0"))
    assert error.value.output.count("must not contain directives") == 1


def test_program_for_a_newer_go(proxy: Proxy) -> None:
    files = {"go.mod": "module example.com/new\n\ngo 1.99.0\n", "main.go": "package main\n"}
    _publish(proxy.files, "example.com/new", "v1.0.0", files)
    with pytest.raises((ToolchainError, ProjectError), match=r"1\.99\.0"):
        proxy.resolve("example.com/new@v1.0.0")


@pytest.mark.parametrize(
    "argument",
    [
        "prog@v1",
        "example.com/prog@",
        "@v1",
        "./cmd@v1",
        "-x.y@v1",
        "example.com//x@v1",
        "a.b/c@v 1",
    ],
)
def test_what_is_no_published_program(proxy: Proxy, argument: str) -> None:
    assert is_published(argument)
    with pytest.raises(UsageError, match="not a published program"):
        proxy.resolve(argument)


def test_local_packages_are_not_published() -> None:
    assert not is_published("./cmd/api")
    assert not is_published("example.com/prog/cmd/prog")
