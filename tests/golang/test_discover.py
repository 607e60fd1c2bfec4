"""The search for mains sees what `./...` means, and says what it depended on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.discover import package_clause, scan
from gotare.golang.toolchain import Go
from tests.golang.sources import MAIN, write


def test_same_mains_as_go(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": MAIN,
            "cmd/api/main.go": MAIN,
            "cmd/worker/worker.go": "package main\n",
            "cmd/worker/main.go": "// Command worker works.\n" + MAIN,
            "lib/lib.go": "package lib\n",
            "lib/gen.go": "//go:build ignore\n\n" + MAIN,
            "mixed/a.go": "//go:build windows\n\npackage other\n",
            "mixed/b.go": MAIN,
            "only_test/x_test.go": MAIN,
            "testdata/t/main.go": MAIN,
            "_hidden/main.go": MAIN,
            ".dot/main.go": MAIN,
            "vendor/v/main.go": MAIN,
            "nested/go.mod": "example.com/nested",
            "nested/main.go": MAIN,
            "deep/er/still/main.go": MAIN,
        },
    )
    (tmp_path / "link").symlink_to("cmd")
    found = scan(tmp_path)
    done = subprocess.run(
        [gocmd.path, "list", "-find", "-f", '{{if .GoFiles}}{{.Dir}}{{end}}', "./..."],
        cwd=tmp_path, env={**os.environ, "GOFLAGS": "-mod=mod"}, capture_output=True, check=True,
    )  # fmt: skip
    assert sorted([*map(str, found.candidates), f"{tmp_path}/lib"]) == done.stdout.decode().split()
    assert tmp_path / "lib" in found.folders
    assert tmp_path / "nested" not in found.folders
    assert tmp_path / "lib/lib.go" in found.decisive


def test_ignore_directives(tmp_path: Path) -> None:
    for name in ("a", "web/dist", "x/dist", "y/dist2"):
        write(tmp_path / name, {"main.go": MAIN})
    names = {str(p.relative_to(tmp_path)) for p in scan(tmp_path, ["./a", "dist"]).candidates}
    assert names == {"y/dist2"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("package main", "main"),
        ("\ufeff// x\npackage lib // main", ""),
        ("/*\npackage main\n*/\npackage lib\n", "lib"),
        ("/* a */ package lib\n", "lib"),
        ("// package main\npackage lib", "lib"),
        ("/*" + "x" * 20000 + "*/\npackage late\n", "late"),
        ("func main() {}", ""),
    ],
)
def test_package_clause(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "a.go").write_text(text)
    assert package_clause(tmp_path / "a.go")[0] in (name, name or "lib")


def test_unreadable_file(tmp_path: Path) -> None:
    assert package_clause(tmp_path / "absent.go") == ("", "")
    assert scan(tmp_path / "absent").folders == []


@given(content=st.binary(max_size=200))
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.go"
    path.write_bytes(content)
    assert len(package_clause(path)) == 2
    assert json.dumps(package_clause(path)[0]) is not None
