"""What needs cgo is told by package, with the chain of imports that leads to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gotare.errors import ProjectError
from gotare.golang.cgo_need import CgoNeed, check_cgo
from gotare.golang.project import load_project
from gotare.golang.toolchain import Go
from tests.golang.sources import MAIN, OFFLINE, PLATFORMS, load, write

C = 'package {}\n\n// int one(void) {{ return 1; }}\nimport "C"\n\nvar One = int(C.one())\n'


def test_effects_and_chains(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": 'package main\n\nimport _ "example.com/m/a"\nimport _ "net"\n',
            "a/a.go": 'package a\n\nimport (\n_ "example.com/m/needs"\n_ "example.com/m/soft"\n)\n',
            "needs/c.go": C.format("needs"),
            "soft/soft.go": "//go:build !cgo\n\npackage soft\n",
            "soft/c.go": C.format("soft"),
            "soft/c_windows.go": C.format("soft"),
            "plain/plain.go": "package plain\n",
        },
    )
    project = load(gocmd, tmp_path)
    main = "example.com/m"
    assert project.cgo_needs == (
        CgoNeed(f"{main}/needs", "fails", (main, f"{main}/a", f"{main}/needs"), (main,)),
        CgoNeed(f"{main}/soft", "degrades", (main, f"{main}/a", f"{main}/soft"), (main,)),
    )
    with pytest.raises(ProjectError) as error:
        check_cgo(project.cgo_needs)
    assert error.value.message == (
        "these packages need cgo:\n"
        "  example.com/m/needs (imported by example.com/m/a <- example.com/m)"
    )
    assert error.value.hint and "--cgo" in error.value.hint
    check_cgo(need for need in project.cgo_needs if need.effect == "degrades")


def test_main_that_needs_cgo(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": C.format("main") + "\nfunc main() {}\n"})
    project = load(gocmd, tmp_path)
    assert [main.name for main in project.mains] == ["m"]
    need = CgoNeed("example.com/m", "fails", ("example.com/m",), ("example.com/m",))
    assert project.cgo_needs == (need,)
    with_cgo = load_project(tmp_path, [], gocmd, OFFLINE, platforms=PLATFORMS, cgo=True)
    assert with_cgo.cgo_needs == ()
    assert with_cgo.packages[0].files == ("main.go",)


def test_files_of_other_systems_need_nothing(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": MAIN, "x_darwin.go": C.format("main")})
    assert load(gocmd, tmp_path).cgo_needs == ()


def test_known_stub_in_a_vendored_tree(gocmd: Go, tmp_path: Path) -> None:
    sqlite = "github.com/mattn/go-sqlite3"
    write(
        tmp_path,
        {
            "dep/go.mod": sqlite,
            "dep/sqlite3.go": C.format("sqlite3"),
            "dep/static_mock.go": "//go:build !cgo\n\npackage sqlite3\n",
            "m/go.mod": f"module example.com/m\n\ngo 1.21\n\nrequire {sqlite} v1.0.0\n\n"
            f"replace {sqlite} => ../dep\n",
            "m/main.go": f'package main\n\nimport _ "{sqlite}"\n',
        },
    )
    env = {**OFFLINE, "GOFLAGS": ""}
    subprocess.run([gocmd.path, "mod", "vendor"], cwd=tmp_path / "m", env=env, check=True)
    project = load(gocmd, tmp_path / "m", env=env)
    assert [need.effect for need in project.cgo_needs] == ["stub"]
    with pytest.raises(ProjectError, match="fails when it runs") as error:
        check_cgo(project.cgo_needs)
    assert error.value.hint and "modernc.org/sqlite" in error.value.hint


def test_needs_of_all_platforms_are_told(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": MAIN, "x_arm64.go": C.format("main")})
    platforms = [("linux", "amd64"), ("linux", "arm64")]
    project = load_project(tmp_path, [], gocmd, OFFLINE, platforms=platforms)
    assert [need.effect for need in project.cgo_needs] == ["degrades"]
