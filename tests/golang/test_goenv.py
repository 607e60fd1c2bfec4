"""Settings come from the environment, `go env -w`, and GOROOT, in that order."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import ToolchainError
from gotare.golang.goenv import join_quoted, read_goenv, split_quoted, user_file
from gotare.golang.toolchain import Go, effective_env


def test_order_of_files(tmp_path: Path) -> None:
    (tmp_path / "go.env").write_text("# comment\nGOPROXY=https://a\nGOTOOLCHAIN=auto\nbad line\n")
    user = tmp_path / "user"
    user.write_text("GOPROXY=https://b\nGOFLAGS=-mod=mod\n")
    goenv = read_goenv(tmp_path, {"GOENV": str(user), "GOFLAGS": "", "GOPRIVATE": "x.example"})
    assert goenv.lookup("GOPROXY") == "https://b"
    assert goenv.lookup("GOTOOLCHAIN") == "auto"
    assert goenv.lookup("GOPRIVATE") == "x.example"
    assert goenv.goflags == ("-mod=mod",), "an empty variable counts as unset"
    assert goenv.lookup("GONOPROXY", "none") == "none"


def test_same_answers_as_go(gocmd: Go, tmp_path: Path) -> None:
    env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    env = {name: value for name, value in env.items() if not name.startswith("GO")}
    for setting in ("GOPRIVATE=a.example,b.example", "GOFLAGS='-ldflags=-s -w' -trimpath"):
        subprocess.run([gocmd.path, "env", "-w", setting], env=env, check=True)
    goenv = effective_env(gocmd, env)
    names = ["GOPRIVATE", "GOFLAGS", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN"]
    done = subprocess.run([gocmd.path, "env", *names], env=env, capture_output=True, text=True)
    assert [goenv.lookup(name) for name in names] == done.stdout.splitlines()
    assert goenv.goflags == ("-ldflags=-s -w", "-trimpath")
    folders = subprocess.run(
        [gocmd.path, "env", "GOMODCACHE", "GOPATH"], env=env, capture_output=True, text=True
    )
    assert [str(goenv.modcache), str(goenv.gopath)] == folders.stdout.splitlines()


def test_user_file() -> None:
    assert user_file({"GOENV": "off", "HOME": "/h"}) is None
    assert user_file({"GOENV": "/x/env"}) == Path("/x/env")
    assert user_file({}) is None
    assert user_file({"HOME": "/h", "XDG_CONFIG_HOME": "/c"}) == Path("/c/go/env")
    assert user_file({"HOME": "/h"}) == Path("/h/.config/go/env")


def test_unended_quote_is_told() -> None:
    with pytest.raises(ToolchainError, match="GOFLAGS has an unended quote"):
        split_quoted("-trimpath '-ldflags=-s", "GOFLAGS")


def test_both_quotes_are_refused() -> None:
    with pytest.raises(ToolchainError, match="both kinds of quotes"):
        join_quoted(("a'b\"c",), "ldflags")


@given(st.lists(st.text().filter(lambda text: not ("'" in text and '"' in text))))
def test_quoting_survives_a_round_trip(fields: list[str]) -> None:
    assert split_quoted(join_quoted(tuple(fields), "x"), "x") == tuple(fields)
