"""Projects are loaded with all that a build of them reads: modules, workspaces, vendor trees."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gotare.errors import ProjectError
from gotare.golang.inputs import LocalPackage
from gotare.golang.mains import Main, binary_name
from gotare.golang.project import Project, load_project
from gotare.golang.toolchain import Go
from tests.golang.sources import MAIN, OFFLINE, PLATFORMS, load, write


def _uses(*paths: str) -> str:
    imports = "".join(f'import _ "{path}"\n' for path in paths)
    return f"package main\n\n{imports}\nfunc main() {{}}\n"


def test_module_with_two_mains(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "module example.com/m\n\ngo 1.21\n\ntoolchain go1.21.3\n",
            "cmd/api/main.go": _uses("example.com/m/lib", "net/http"),
            "cmd/worker/v2/main.go": MAIN,
            "lib/lib.go": "package lib\n",
            "lib/lib_windows.go": "package lib\n",
            "lib/lib_test.go": "package lib\n",
            "lib/x.s": "",
            "unused/unused.go": "package unused\n",
        },
    )
    project = load(gocmd, tmp_path)
    assert project.mains == (
        Main("example.com/m/cmd/api", "cmd/api", "api", "example.com/m"),
        Main("example.com/m/cmd/worker/v2", "cmd/worker/v2", "worker", "example.com/m"),
    )
    assert (project.module, project.go_directive) == ("example.com/m", "1.21")
    assert project.toolchain_directive == "go1.21.3"
    assert project.root == str(tmp_path)
    assert (project.directory, project.workspace, project.vendored) == (".", None, False)
    assert [p.dir for p in project.packages] == ["cmd/api", "cmd/worker/v2", "lib"]
    assert project.packages[2].files == ("lib.go", "lib_windows.go", "x.s")
    assert project.control_files == ("go.mod",)
    assert {"go.sum", "vendor/modules.txt", "go.work"} <= set(project.absent_files)
    assert "unused" in project.scanned_folders
    assert project.path("lib") == tmp_path / "lib"


def test_json_both_ways(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": 'package main\n\nvar version = "x"\n'})
    project = load(gocmd, tmp_path)
    assert Project.from_json(json.loads(json.dumps(project.json()))) == project
    with pytest.raises(ProjectError, match="not a stored project"):
        Project.from_json({"root": "/x"})


def test_workspace(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.work": "go 1.21\n\nuse (\n\t./api\n\t./worker\n\t./shared\n)\n",
            "api/go.mod": "example.com/api",
            "api/main.go": _uses("example.com/shared/log"),
            "worker/go.mod": "example.com/worker",
            "worker/cmd/run/main.go": MAIN,
            "shared/go.mod": "example.com/shared",
            "shared/log/log.go": "package log\n",
        },
    )
    env = {**OFFLINE, "GOFLAGS": ""}
    project = load(gocmd, tmp_path, env=env)
    assert [m.import_path for m in project.mains] == [
        "example.com/api",
        "example.com/worker/cmd/run",
    ]
    assert project.workspace == "go.work"
    assert project.module == ""
    assert [p.dir for p in project.packages] == ["api", "shared/log", "worker/cmd/run"]
    assert set(project.control_files) == {
        *("go.work", "api/go.mod", "worker/go.mod", "shared/go.mod"),
    }
    inside = load(gocmd, tmp_path / "worker", env=env)
    assert [m.name for m in inside.mains] == ["run"], "a module's folder means that module"
    assert (inside.root, inside.directory) == (str(tmp_path), "worker")
    one = load(gocmd, tmp_path, "./worker/...", env=env)
    assert [m.name for m in one.mains] == ["run"]
    alone = load(gocmd, tmp_path / "worker", env={**env, "GOWORK": "off"})
    assert alone.root == str(tmp_path / "worker")
    with pytest.raises(ProjectError, match="GOWORK names no file"):
        load(gocmd, tmp_path, env={**env, "GOWORK": "/nowhere/go.work"})


def test_workspace_that_names_a_missing_module(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.work": "go 1.21\n\nuse ./gone\n"})
    with pytest.raises(ProjectError, match=r"uses \./gone, where there is no go.mod"):
        load(gocmd, tmp_path)


def _vendored(tmp_path: Path, gocmd: Go) -> Path:
    write(
        tmp_path,
        {
            "dep/go.mod": "example.com/dep",
            "dep/dep.go": "package dep\n",
            "m/go.mod": "module example.com/m\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n\n"
            "replace example.com/dep => ../dep\n",
            "m/main.go": _uses("example.com/dep"),
        },
    )
    return tmp_path / "m"


def test_replace_outside_the_tree(gocmd: Go, tmp_path: Path) -> None:
    module = _vendored(tmp_path, gocmd)
    project = load(gocmd, module)
    dep = str(tmp_path / "dep")
    assert LocalPackage("example.com/dep", dep, ("dep.go",)) in project.packages
    assert f"{dep}/go.mod" in project.control_files
    assert not project.vendored


def test_vendored_tree(gocmd: Go, tmp_path: Path) -> None:
    module = _vendored(tmp_path, gocmd)
    env = {**OFFLINE, "GOFLAGS": ""}
    subprocess.run([gocmd.path, "mod", "vendor"], cwd=module, env=env, check=True)
    project = load(gocmd, module, env=env)
    assert project.vendored
    assert "vendor/example.com/dep" in [p.dir for p in project.packages]
    assert "vendor/modules.txt" in project.control_files
    assert not any(path.startswith("vendor/") for path in project.shapes)
    assert load(gocmd, module, env={**env, "GOFLAGS": "-mod=vendor"}).vendored
    assert not load(gocmd, module, env={**env, "GOFLAGS": "-mod=mod"}).vendored


def test_embedded_files_and_their_folders(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": 'package main\n\nimport "embed"\n\n//go:embed static *.txt\nvar f embed.FS',
            "static/css/a.css": "a",
            "static/index.html": "i",
            "note.txt": "n",
            "default.pgo": "",
        },
    )
    (tmp_path / "static" / "empty").mkdir()
    package = load(gocmd, tmp_path).packages[0]
    assert set(package.files) == {
        *("main.go", "static/css/a.css", "static/index.html", "note.txt", "default.pgo"),
    }
    assert package.embed_patterns == ("*.txt", "static")
    assert package.embed_folders == ("static", "static/css", "static/empty")


def test_tags_and_platforms(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": MAIN,
            "pro.go": '//go:build pro\n\npackage main\n\nimport _ "example.com/m/pro"\n',
            "arm.go": '//go:build arm64\n\npackage main\n\nimport _ "example.com/m/arm"\n',
            "pro/pro.go": "package pro\n",
            "arm/arm.go": "package arm\n",
        },
    )

    def dirs(*, tags: tuple[str, ...] = (), goflags: str = "") -> set[str]:
        env = {**OFFLINE, "GOFLAGS": goflags}
        platforms = [("linux", "amd64"), ("linux", "arm64")]
        project = load_project(tmp_path, [], gocmd, env, platforms=platforms, tags=tags)
        return {package.dir for package in project.packages}

    assert dirs() == {".", "arm"}
    assert dirs(tags=("pro",)) == {".", "arm", "pro"}
    assert dirs(goflags="-tags=pro") == {".", "arm", "pro"}
    assert dirs(tags=("other",), goflags="-tags=pro") == {".", "arm", "pro"}


def test_main_for_another_system_is_left_out(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": MAIN,
            "service/main_windows.go": MAIN,
            "agent/main_arm64.go": MAIN,
        },
    )
    assert [m.dir for m in load(gocmd, tmp_path).mains] == ["."]
    platforms = [("linux", "amd64"), ("linux", "arm64")]
    project = load_project(tmp_path, [], gocmd, OFFLINE, platforms=platforms)
    assert [m.dir for m in project.mains] == ["."]
    assert project.warnings == ("example.com/m/agent is left out: not every platform can build it",)
    with pytest.raises(ProjectError, match="constraints exclude all Go files"):
        load(gocmd, tmp_path, "./service")


def test_patterns(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path / "m",
        {
            "go.mod": "example.com/m",
            "cmd/a/main.go": MAIN,
            "cmd/b/main.go": MAIN,
            "x/x.go": "package x",
        },
    )
    write(tmp_path / "other", {"go.mod": "example.com/other", "cmd/o/main.go": MAIN})

    def names(*patterns: str, at: str = "m") -> list[str]:
        return [main.name for main in load(gocmd, tmp_path / at, *patterns).mains]

    assert names() == ["a", "b"]
    assert names("./cmd/a") == ["a"]
    assert names("./cmd/...") == ["a", "b"]
    assert names("example.com/m/cmd/b") == ["b"]
    assert names(str(tmp_path / "m/cmd/a")) == ["a"]
    assert names(".", at="m/cmd/b") == ["b"]
    assert names(at="m/cmd/b") == ["b"]
    assert names("../other/cmd/o") == ["o"]
    assert names("./m/...", at="") == ["a", "b"], "from above the module"
    assert names(str(tmp_path / "other" / "...")) == ["o"]
    with pytest.raises(ProjectError, match="belong to different modules"):
        names("../other/cmd/o", "./cmd/a")


def test_nearer_modules_and_overlays_count(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "cmd/a/main.go": MAIN, "new.go": MAIN})
    overlay = {"Replace": {str(tmp_path / "cmd/a/main.go"): str(tmp_path / "new.go")}}
    write(
        tmp_path,
        {"overlay.json": json.dumps(overlay), "alt.mod": "module example.com/m\n\ngo 1.21\n"},
    )
    env = {**OFFLINE, "GOFLAGS": f"-overlay={tmp_path}/overlay.json -modfile={tmp_path}/alt.mod"}
    project = load(gocmd, tmp_path / "cmd/a", env=env)
    assert {"overlay.json", "new.go", "alt.mod"} <= set(project.control_files)
    assert {"alt.sum", "cmd/a/go.mod", "cmd/go.work"} <= set(project.absent_files)


def test_symbolic_link_to_the_project(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path / "real", {"go.mod": "example.com/m", "main.go": MAIN})
    (tmp_path / "link").symlink_to("real")
    project = load(gocmd, tmp_path / "link")
    assert project.root == str(tmp_path / "real")
    assert project.packages[0].dir == "."


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("example.com/prog", "prog"),
        ("example.com/prog/v2", "prog"),
        ("example.com/prog/v10", "prog"),
        ("example.com/prog/v1", "v1"),
        ("example.com/prog/v02", "v02"),
        ("example.com/v2/cmd/x", "x"),
        ("gopkg.in/prog.v3", "prog.v3"),
        ("v2", "v2"),
    ],
)
def test_binary_name(path: str, name: str) -> None:
    assert binary_name(path) == name


def test_names_of_go_and_ours_agree(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/prog/v3", "main.go": MAIN, "v2/main.go": MAIN})
    for main in load_project(
        tmp_path, [], gocmd, OFFLINE, platforms=PLATFORMS, names={"v2": "two"}
    ).mains:
        shown = subprocess.run(
            [gocmd.path, "list", "-f", "{{.Target}}", main.import_path],
            cwd=tmp_path, env=OFFLINE, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert Path(shown.stdout.strip()).name == main.name
