"""go.mod and go.work are read as the go command reads them, and never lead to a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import ProjectError
from gotare.golang.modfile import MAX_SIZE, ModFile, parse_modfile, read_modfile

GO_MOD = """\
// Deprecated: a comment
module "example.com/m" // the module

go 1.24.0
toolchain go1.24.3

require (
	example.com/a v1.0.0 // indirect
	example.com/b v1.0.0
)

replace example.com/a => ../a
replace (
	example.com/b v1.0.0 => ./b // here
	example.com/c => example.com/d v1.2.3
	example.com/e => "./with space"
	example.com/f => /abs
)
ignore ./static
ignore (
	node_modules
)
"""


def test_go_mod() -> None:
    assert parse_modfile(GO_MOD) == ModFile(
        module="example.com/m",
        go="1.24.0",
        toolchain="go1.24.3",
        replaced=("../a", "./b", "./with space", "/abs"),
        ignored=("./static", "node_modules"),
    )


def test_go_work() -> None:
    work = parse_modfile("go 1.24\n\nuse ./one\nuse (\n\t./two // second\n\t`../three`\n)\n")
    assert work.uses == ("./one", "./two", "../three")
    assert work.go == "1.24"


def test_comment_without_a_space() -> None:
    assert parse_modfile("module example.com/m//comment\n").module == "example.com/m"
    assert parse_modfile("//module a\nmodule b\n").module == "b"


@given(st.text(alphabet=st.sampled_from('modulegreplace =>()\n\t"`/\\.v1 use'), max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse_modfile(text), ModFile)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"cannot read .*go\.mod: No such file"):
        read_modfile(tmp_path / "go.mod")


def test_enormous_file(tmp_path: Path) -> None:
    with (tmp_path / "go.mod").open("wb") as file:
        file.truncate(MAX_SIZE + 1)
    with pytest.raises(ProjectError, match="over 16 MiB"):
        read_modfile(tmp_path / "go.mod")
