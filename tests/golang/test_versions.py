"""Version variables are those that -X can set; the real linker is asked as well."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.constraints import Context
from gotare.golang.toolchain import Go
from gotare.golang.version_names import kind_of
from gotare.golang.versions import (
    SourcePackage,
    VersionVariable,
    declared_strings,
    find_version_variables,
    package_in,
)
from tests.golang.sources import load, write

SOURCE = """\
package main

import "fmt"

var version = "dev"
var Commit string

var (
	buildDate = `never` // when
	date, revision string
	gitCommit, sha = "a", "b"
	BuildTime = "un" + ("known")
	builtAt string = "x"
)

const gitVersion = "1"

var appVersion = fmt.Sprint("computed")
var buildVersion = version
var gitSHA []string
var CommitHash int

func main() {
	var semver = "local"
	fmt.Println(version, Commit, buildDate, date, revision, gitCommit, sha, BuildTime, builtAt,
		semver)
}
"""


def test_what_the_linker_can_set(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": SOURCE})
    found = load(gocmd, tmp_path).version_variables
    assert VersionVariable("main.version", "version", "dev", "main.go", 5) in found
    assert VersionVariable("main.BuildTime", "date", "unknown", "main.go", 12) in found
    names = ["version", "Commit", "buildDate", "date", "revision", "gitCommit", "sha", "BuildTime"]
    assert {v.symbol for v in found} == {f"main.{name}" for name in [*names, "builtAt"]}
    flags = " ".join(f"-X={variable.symbol}=SET" for variable in found)
    binary = tmp_path / "m"
    args: list[str | Path] = [gocmd.path, "build", f"-ldflags={flags}", "-o", binary]
    subprocess.run(args, cwd=tmp_path, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    printed = subprocess.run([binary], capture_output=True, text=True, check=True).stdout
    assert printed == "SET " * 9 + "local\n"


def test_packages_that_exist_for_it(gocmd: Go, tmp_path: Path) -> None:
    imports = "\n".join(
        f'import _ "example.com/m/{name}"' for name in ("internal/version", "cmd/root", "store")
    )
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": f"package main\n\n{imports}\n\nfunc main() {{}}\n",
            "internal/version/v.go": 'package version\n\nvar Version = "1.0.0"\n',
            "internal/version/v_windows.go": 'package version\n\nvar Revision = "x"\n',
            "internal/version/v_test.go": 'package version\n\nvar Commit = "x"\n',
            "cmd/root/root.go": 'package root\n\nvar version, Commit, date string\nvar rev = "v2"\n'
            'var gitTag = "unknown"\n',
            "store/store.go": 'package store\n\nvar Version = "dev"\n',
        },
    )
    found = load(gocmd, tmp_path).version_variables
    assert [(v.symbol, v.kind) for v in found] == [
        ("example.com/m/cmd/root.Commit", "commit"),
        ("example.com/m/cmd/root.gitTag", "version"),
        ("example.com/m/internal/version.Version", "version"),
    ]
    assert (found[2].path, found[2].line) == ("internal/version/v.go", 3)


def test_date_layout_is_no_date(tmp_path: Path) -> None:
    write(tmp_path, {"a.go": 'package main\n\nvar date = "2006-01-02"\n'})
    package = package_in(tmp_path, "m", True, Context("linux", "amd64"))
    assert find_version_variables([package], tmp_path) == ()


def test_folder_without_go_list(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.go": "package main\n\nvar version string\n",
            "b.go": "//go:build ignore\n\npackage main\n\nvar commit string\n",
        },
    )
    package = package_in(tmp_path, "m", True, Context("linux", "amd64"))
    assert package == SourcePackage("m", tmp_path, ("a.go",), True)
    elsewhere = find_version_variables([package], tmp_path / "other")
    assert [v.path for v in elsewhere] == [str(tmp_path / "a.go")]
    gone = SourcePackage("m", tmp_path, ("gone.go",), True)
    assert find_version_variables([gone], tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("version", "version"),
        ("Version", "version"),
        ("git_commit", "commit"),
        ("GitSHA", "commit"),
        ("BUILD_DATE", "date"),
        ("conversion", None),
        ("versions", None),
        ("update", None),
    ],
)
def test_kinds(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@given(st.text(alphabet=st.sampled_from('var ersion="`+()\n\t,string{}/*dev'), max_size=120))
def test_any_source_is_read(text: str) -> None:
    for name, initial, line in declared_strings(b"package p\n" + text.encode()):
        assert name and isinstance(initial, str) and line >= 1
