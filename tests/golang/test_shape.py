"""An edit of code alone leaves the facts of a project as they are; anything else does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.shape import shape_of, still_holds
from gotare.golang.toolchain import Go
from tests.golang.sources import load, write

SOURCE = """\
// Copyright

//go:build linux

/* func in a comment
func x */
package main

import "fmt"
import (
	"os" // here
)

//go:embed a.txt
var text string

var version = "dev"

func main() {
	fmt.Println(os.Args, text, version)
}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fmt.Println(", "fmt.Print("),
        ("// Copyright", "// Copyright 2024"),
        ("func main() {", "// main\nfunc other() {}\n\nfunc main() {"),
        ("// here", ""),
    ],
)
def test_code_does_not_count(old: str, new: str) -> None:
    assert shape_of(SOURCE.encode()) == shape_of(SOURCE.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("package main", "package other"),
        ('import "fmt"', 'import "log"'),
        ('"os"', '"io"'),
        ('"os"', '"os"\n\t_ "embed"'),
        ("go:build linux", "go:build windows"),
        ("go:embed a.txt", "go:embed b.txt"),
        ('version = "dev"', 'version = "1"'),
        ("var version", "var commit"),
        ("func main", "//go:embed c.txt\nvar c string\n\nfunc main"),
        ('import "fmt"', '// /*\nimport "fmt"\n// */\nimport "io"'),
    ],
)
def test_what_counts(old: str, new: str) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert shape_of(SOURCE.encode()) != shape_of(changed.encode())


@given(st.binary(max_size=300))
def test_any_bytes_have_a_shape(content: bytes) -> None:
    assert len(shape_of(content)) == 32


def test_project_holds_after_an_edit(gocmd: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "example.com/m", "main.go": "package main\n\nfunc main() {}\n"})
    write(tmp_path, {"x.s": "", "lib/lib.go": "package lib\n"})
    project = load(gocmd, tmp_path)

    def holds(*changed: str) -> bool:
        return still_holds(project.shapes, project.control_files, tmp_path, changed)

    assert holds()
    assert holds("main.go", "x.s")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { println() }\n")
    assert holds("main.go")
    assert not holds("go.mod")
    assert not holds("lib/lib.go"), "a Go file that the build does not read"
    (tmp_path / "main.go").write_text('package main\n\nimport "os"\n\nfunc main() { os.Exit(1) }\n')
    assert not holds("main.go")
    (tmp_path / "x.s").unlink()
    assert not holds("x.s")
    (tmp_path / "main.go").unlink()
    assert not holds("main.go")
