"""The go command is found where it is, and its version is read from a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gotare.errors import PlatformError, ToolchainError, ToolError
from gotare.golang import toolchain
from gotare.golang.platform import GoPlatform, check_platform, go_platform
from gotare.golang.toolchain import Go, effective_env, find_go, locate_go, require_version, run_go


def _binary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    return path


def _goroot(root: Path, version: str = "go1.22.2\ntime 2024-04-03\n") -> Path:
    (root / "pkg" / "tool" / "linux_arm64").mkdir(parents=True)
    (root / "VERSION").write_text(version)
    return _binary(root / "bin" / "go")


def _script(path: Path, text: str) -> Path:
    _binary(path).write_text(text)
    return path


def test_named_by_flag(tmp_path: Path) -> None:
    go = _goroot(tmp_path / "sdk")
    assert find_go(go, {}) == Go(go, tmp_path / "sdk", "1.22.2")
    assert find_go(tmp_path / "sdk", {}).path == go, "a GOROOT will do"
    assert find_go(go, {}).host == ("linux", "arm64")


def test_flag_that_names_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="not a go command") as error:
        find_go(tmp_path / "nowhere", {})
    assert error.value.hint and "gotare[go]" in error.value.hint


def test_name_without_folder_is_looked_up_in_path(tmp_path: Path) -> None:
    root = tmp_path / "sdk"
    _goroot(root)
    (root / "bin" / "go1.22").symlink_to("go")
    assert find_go(Path("go1.22"), {"PATH": str(root / "bin")}).version == "1.22.2"


def test_distribution_links(tmp_path: Path) -> None:
    real = _goroot(tmp_path / "usr/lib/go-1.22")
    (tmp_path / "usr/lib/go").symlink_to("go-1.22")
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/go").symlink_to("../lib/go/bin/go")
    go = find_go(None, {"PATH": f"/nowhere:{tmp_path / 'usr/bin'}"})
    assert go.root == real.parent.parent
    assert go.version == "1.22.2"


def test_shim_of_the_wheel_is_seen_through(tmp_path: Path) -> None:
    real = _goroot(tmp_path / "venv/lib/python3.12/site-packages/go")
    shim = _script(tmp_path / "venv/bin/go", "#!/usr/bin/python3\nfrom go import main\n")
    go = find_go(None, {"PATH": str(shim.parent), "GOROOT": "/elsewhere"})
    assert go.path == real
    assert go.root == real.parent.parent
    assert "GOROOT" not in go.environment({"GOROOT": "/elsewhere", "A": "b"})


def test_wheel_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = _goroot(tmp_path / "go")
    (tmp_path / "go" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(toolchain._places({"PATH": ""}))[-1] == real


def test_wrapper_script_is_asked(tmp_path: Path, gocmd: Go) -> None:
    wrapper = _script(tmp_path / "go", f'#!/bin/sh\nexec {gocmd.path} "$@"\n')
    go = find_go(wrapper, os.environ)
    assert go == Go(wrapper, gocmd.root, gocmd.version)


def test_wrapper_that_fails(tmp_path: Path) -> None:
    wrapper = _script(tmp_path / "go", "#!/bin/sh\necho no go for this project >&2\nexit 1\n")
    with pytest.raises(ToolchainError, match="no go for this project"):
        find_go(wrapper, os.environ)


def test_wrapper_that_cannot_start(tmp_path: Path) -> None:
    wrapper = _script(tmp_path / "go", "#!/nowhere/sh\n")
    with pytest.raises(ToolchainError, match="cannot run go"):
        find_go(wrapper, os.environ)


def test_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_places", lambda env: iter([Path("/nowhere/go")]))
    with pytest.raises(ToolchainError, match="no go command in PATH") as error:
        locate_go(None, {"PATH": ""})
    assert error.value.hint and "go.dev/doc/install" in error.value.hint


def test_real_version_and_host(gocmd: Go) -> None:
    said = run_go(gocmd, ["version"], gocmd.root, os.environ)
    assert f" go{gocmd.version} " in said
    assert said.strip().endswith("/".join(gocmd.host))


@pytest.mark.parametrize(
    ("version", "expected"),
    [("go1.26.8", "1.26.8"), ("go1.24rc1\n", "1.24rc1"), ("devel go1.27-abc X", "1.27")],
)
def test_version_file(tmp_path: Path, version: str, expected: str) -> None:
    assert find_go(_goroot(tmp_path, version), {}).version == expected


GO122 = Go(Path("/go/bin/go"), Path("/go"), "1.22.2")


@pytest.mark.parametrize(
    ("directive", "toolchain_line", "setting"),
    [
        ("1.22.2", "", "local"),
        ("1.22", "go1.99.0", "local"),
        ("", "", "local"),
        ("1.99", "", "auto"),
        ("1.99", "", "path"),
        ("1.99", "", "go1.22.0+auto"),
        ("1.23", "", "go1.24.0"),
    ],
)
def test_version_will_do(directive: str, toolchain_line: str, setting: str) -> None:
    require_version(GO122, directive, toolchain_line, setting)
    assert effective_env(GO122, {"GOTOOLCHAIN": setting}).lookup("GOTOOLCHAIN") == setting


@pytest.mark.parametrize(
    ("directive", "toolchain_line", "setting", "best"),
    [
        ("1.23", "", "local", "1.23"),
        ("1.22.3", "go1.24.1", "local", "1.24.1"),
        ("1.23", "", "", "1.23"),
        ("1.25", "", "go1.24.0", "1.25"),
    ],
)
def test_version_is_too_old(directive: str, toolchain_line: str, setting: str, best: str) -> None:
    with pytest.raises(ToolchainError, match=f"go.mod needs Go {directive} or newer") as error:
        require_version(GO122, directive, toolchain_line, setting)
    assert error.value.hint and f"install Go {best} " in error.value.hint


def test_go_before_121_never_switches() -> None:
    old = Go(Path("/go/bin/go"), Path("/go"), "1.20.14")
    with pytest.raises(ToolchainError, match=r"is Go 1\.20"):
        require_version(old, "1.21", "", "auto")


def test_failure_shows_each_line_once(gocmd: Go, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="go mod verify failed") as error:
        run_go(gocmd, ["mod", "verify"], tmp_path, {**os.environ, "GOFLAGS": ""})
    assert error.value.output.count("go.mod file not found") == 1


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("linux", "amd64"), {"GOAMD64": "v1"}),
        (("linux", "amd64", "v3"), {"GOAMD64": "v3"}),
        (("linux", "arm", "v5"), {"GOARM": "5"}),
        (("linux", "arm", "v7"), {"GOARM": "7"}),
        (("linux", "arm"), {"GOARM": "7"}),
        (("linux", "arm64", "v8"), {"GOARM64": "v8.0"}),
        (("linux", "arm64", "v8.2"), {"GOARM64": "v8.2"}),
        (("linux", "arm64"), {"GOARM64": "v8.0"}),
        (("linux", "386", "softfloat"), {"GO386": "softfloat"}),
        (("linux", "ppc64le", "power9"), {"GOPPC64": "power9"}),
        (("linux", "riscv64"), {"GORISCV64": "rva20u64"}),
        (("linux", "s390x"), {}),
        (("windows", "amd64"), {"GOAMD64": "v1"}),
    ],
)
def test_levels(gocmd: Go, words: tuple[str, ...], variables: dict[str, str]) -> None:
    platform = go_platform(*words)
    check_platform(gocmd, platform)
    assert platform.variables == {"GOOS": words[0], "GOARCH": words[1], **variables}
    assert platform.suffix == (".exe" if words[0] == "windows" else "")


@pytest.mark.parametrize("words", [("amd64", "v5"), ("arm", "v8"), ("arm64", "v7"), ("s390x", "z")])
def test_unknown_variant(words: tuple[str, str]) -> None:
    with pytest.raises(PlatformError, match="Go knows no variant") as error:
        go_platform("linux", *words)
    assert error.value.hint


def test_platforms_are_those_of_go(gocmd: Go) -> None:
    listed = run_go(gocmd, ["tool", "dist", "list"], gocmd.root, os.environ).split()
    known = {f"{goos}/{goarch}" for goos, goarch in toolchain_platforms(gocmd)}
    assert known == set(listed)


def toolchain_platforms(go: Go) -> frozenset[tuple[str, str]]:
    from gotare.golang.platform import _from_source

    return _from_source(go)


def test_platform_list_without_sources(gocmd: Go, tmp_path: Path) -> None:
    bare = Go(gocmd.path, tmp_path, gocmd.version)
    check_platform(bare, GoPlatform("linux", "s390x"))
    with pytest.raises(PlatformError, match="cannot build for linux/arm65") as error:
        check_platform(bare, GoPlatform("linux", "arm65"))
    assert error.value.hint and "linux/arm64" in error.value.hint


def test_level_newer_than_go(tmp_path: Path, gocmd: Go) -> None:
    old = Go(gocmd.path, gocmd.root, "1.22.0")
    with pytest.raises(PlatformError, match="does not know GOARM64="):
        check_platform(old, go_platform("linux", "arm64", "v8.2"))


def test_unknown_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = os.uname_result(("Linux", "h", "6", "v", "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: machine)
    assert Go(tmp_path, tmp_path, "1.22").host == (sys.platform, "amd64")
