"""A project that cannot be loaded is told so, with Go's own lines once and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.errors import ProjectError, ToolchainError
from gotare.golang.project import load_project
from gotare.golang.toolchain import Go
from tests.golang.sources import MAIN, OFFLINE, load, write


def _error(gocmd: Go, folder: Path, *patterns: str) -> ProjectError:
    with pytest.raises(ProjectError) as error:
        load(gocmd, folder, *patterns)
    return error.value


def test_no_module(gocmd: Go, tmp_path: Path) -> None:
    error = _error(gocmd, tmp_path)
    assert error.message == f"no go.mod in {tmp_path} or above it"
    assert error.hint and "go mod init" in error.hint
    write(tmp_path, {"backend/go.mod": "example.com/m", "testdata/go.mod": "x"})
    assert _error(gocmd, tmp_path).hint == "there is a Go module further down: try -C backend"


def test_broken_go_mod(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module example.com/m\n\ngoo 1.21\n", "main.go": MAIN})
    assert _error(gocmd, tmp_path).message.count("go.mod:3: unknown directive: goo") == 1


def test_no_go_files(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m"})
    assert "there is no Go package" in _error(gocmd, tmp_path).message


def test_no_main(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "lib/lib.go": "package lib\n"})
    error = _error(gocmd, tmp_path)
    assert f"no main package in {tmp_path}; found example.com/m/lib (package lib)" == error.message
    assert error.hint
    assert _error(gocmd, tmp_path / "lib").hint == (
        f"programs may be elsewhere in the module: try -C {tmp_path}"
    )
    assert "no main package matches ./lib/..." in _error(gocmd, tmp_path, "./lib/...").message
    assert "is package lib, not a main package" in _error(gocmd, tmp_path, "./lib").message


def test_ignored_main_is_no_main(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "gen.go": "//go:build ignore\n\n" + MAIN})
    assert "no main package" in _error(gocmd, tmp_path).message
    write(tmp_path, {"gen.go": "//go:build tools\n\n" + MAIN})
    assert "no main package" in _error(gocmd, tmp_path).message


def test_two_binaries_with_one_name(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "a/run/main.go": MAIN, "b/run/main.go": MAIN})
    error = _error(gocmd, tmp_path)
    assert error.message == (
        "two programs are called run: example.com/m/a/run and example.com/m/b/run"
    )
    assert error.hint and "gotare.yaml" in error.hint
    platforms, names = [("linux", "amd64")], {"b/run": "runner"}
    project = load_project(tmp_path, [], gocmd, OFFLINE, platforms=platforms, names=names)
    assert [main.name for main in project.mains] == ["run", "run"]


def test_missing_packages(gocmd: Go, tmp_path: Path) -> None:
    source = 'package main\n\nimport _ "example.org/none"\nimport _ "example.com/m/gone"\n'
    write(tmp_path, {"go.mod": "example.com/m", "main.go": source})
    with pytest.raises(ProjectError) as raised:
        load(gocmd, tmp_path, env={**OFFLINE, "GOFLAGS": ""})
    message = raised.value.message
    assert message.count("main.go:3:8: no required module provides package example.org/none") == 1
    assert "example.com/m/gone" in message
    assert raised.value.hint == "go mod tidy"


def test_missing_go_sum_entry(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/mod v0.1.0\n",
            "main.go": 'package main\n\nimport _ "golang.org/x/mod/semver"\n',
        },
    )
    with pytest.raises(ProjectError) as raised:
        load(gocmd, tmp_path, env={**OFFLINE, "GOFLAGS": "-mod=readonly"})
    assert "missing go.sum entry" in raised.value.message
    assert raised.value.hint == "go mod tidy"


def test_private_module_offline(gocmd: Go, tmp_path: Path) -> None:
    module = "module example.com/m\n\ngo 1.21\n\nrequire git.corp.example/x v1.0.0\n"
    write(tmp_path, {"go.mod": module, "main.go": 'package main\n\nimport _ "git.corp.example/x"'})
    error = _error(gocmd, tmp_path)
    assert error.message.endswith(
        "main.go:3:8: module lookup disabled by GOPROXY=off (package git.corp.example/x)"
    )
    assert error.hint and "GOPROXY" in error.hint


def test_import_cycle(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": 'package main\n\nimport _ "example.com/m/a"\n',
            "a/a.go": 'package a\n\nimport _ "example.com/m/b"\n',
            "b/b.go": 'package b\n\nimport _ "example.com/m/a"\n',
        },
    )
    message = _error(gocmd, tmp_path).message
    assert "import cycle not allowed: example.com/m -> example.com/m/a -> " in message


def test_embed_without_files(gocmd: Go, tmp_path: Path) -> None:
    source = 'package main\n\nimport _ "embed"\n\n//go:embed dist\nvar dist string\n'
    write(tmp_path, {"go.mod": "example.com/m", "main.go": source})
    error = _error(gocmd, tmp_path)
    assert "main.go:5:12: pattern dist: no matching files found" in error.message
    assert error.hint and "embedded files" in error.hint


def test_syntax_error_is_left_to_the_compiler(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": "package main\n\nfunc main() {\n"})
    write(tmp_path, {"bad/main.go": "package main\n\nimport fmt\n"})
    assert [main.dir for main in load(gocmd, tmp_path).mains] == [".", "bad"]


def test_go_too_old(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module example.com/m\n\ngo 1.99.0\n", "main.go": MAIN})
    with pytest.raises(ToolchainError, match=r"go\.mod needs Go 1\.99\.0 or newer"):
        load(gocmd, tmp_path)
    write(tmp_path, {"go.work": "go 1.98\n\nuse .\n"})
    with pytest.raises(ToolchainError, match=r"go\.work needs Go 1\.98"):
        load(gocmd, tmp_path)


def test_gopath_mode(gocmd: Go, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="GO111MODULE=off"):
        load(gocmd, tmp_path, env={**OFFLINE, "GO111MODULE": "off"})


@pytest.mark.parametrize(
    ("pattern", "message", "hint"),
    [
        ("./cmd/api/main.go", "is a file", "./cmd/api"),
        ("-race", "is no package", "GOFLAGS"),
        ("./nowhere", "there is no folder ./nowhere", "check the name"),
        ("cmd/api", "standard library", "did you mean ./cmd/api?"),
        ("example.com/other/x", "example.com/other/x", ""),
    ],
)
def test_wrong_patterns(gocmd: Go, tmp_path: Path, pattern: str, message: str, hint: str) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "cmd/api/main.go": MAIN})
    error = _error(gocmd, tmp_path, pattern)
    assert message in error.message
    assert hint in (error.hint or "")


def test_folder_that_is_not_there(gocmd: Go, tmp_path: Path) -> None:
    assert "not a folder" in _error(gocmd, tmp_path / "nowhere").message
