"""Which functions are linked: in real programs of several platforms, and in damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import CorruptError, GotareError, ProjectError
from gotare.golang.pclntab import function_names, linked_functions
from tests.golang.programs import LINUX, build_programs, run_go

SOURCE = """package main

//go:noinline
func called() { println("called", inlined()) }

var seed = 7

func inlined() int { return seed * 3 }

func neverCalled() { println("never") }

func main() { called() }
"""
PLATFORMS = [
    "linux/amd64",
    "linux/arm",
    "linux/s390x",
    "linux/386",
    "windows/amd64",
    "darwin/arm64",
]


@pytest.fixture(scope="session")
def program(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stripped program for this machine."""
    folder = tmp_path_factory.mktemp("pclntab")
    return build_programs(go, folder, {"program": SOURCE}, **LINUX)["program"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_functions_of_stripped_programs(go: Path, tmp_path: Path, platform: str) -> None:
    system, architecture = platform.split("/")
    env = {"CGO_ENABLED": "0", "GOOS": system, "GOARCH": architecture}
    binary = build_programs(go, tmp_path, {"program": SOURCE}, **env)["program"]
    if system == "windows":
        binary = binary.with_name("program.exe")
    names = list(function_names(binary))
    assert {"main.main", "main.called", "main.inlined", "runtime.main"} <= set(names)
    assert "main.neverCalled" not in names
    assert len(set(names)) > 500
    wanted = [b"main.called", b"main.inlined", b"main.neverCalled", b"main.call", b"ain.called"]
    assert linked_functions(binary, wanted) == {b"main.called", b"main.inlined"}


def test_the_names_are_those_of_the_symbol_table(go: Path, tmp_path: Path) -> None:
    flags = ("-ldflags=", "-gcflags=all=-l")
    binary = build_programs(go, tmp_path, {"program": SOURCE}, *flags, **LINUX)["program"]
    lines = run_go(go, tmp_path, "tool", "nm", str(binary)).splitlines()
    text = {line.split(maxsplit=2)[2] for line in lines if line.split()[1] in "Tt"}
    ours = {name for name in text if name.startswith(("main.", "runtime.", "internal/"))}
    missing = {
        name
        for name in ours - set(function_names(binary))
        if not name.endswith(".abi0") and "runtime.text" not in name and "etext" not in name
    }
    assert len(ours) > 500
    assert not missing


def test_a_table_without_a_section_of_its_own(program: Path, tmp_path: Path) -> None:
    content = bytearray(program.read_bytes())
    content[40:48] = bytes(8)  # e_shoff
    content[60:64] = bytes(4)  # e_shnum, e_shstrndx
    bare = tmp_path / "bare"
    bare.write_bytes(content)
    assert list(function_names(bare)) == list(function_names(program))


def table(magic: int, order: str, word: str, names: bytes) -> bytes:
    """A function table of any Go since 1.16, as far as it is read."""
    counts = (1, 1) if magic == 0xFFFFFFFA else (1, 1, 0)
    size = 8 + 8 * struct.calcsize(f"{order}{word}")
    numbers = (*counts, size, size + len(names), 0, 0, 0, 0)[:8]
    header = struct.pack(f"{order}I4B", magic, 0, 0, 1, struct.calcsize(f"{order}{word}"))
    return header + struct.pack(f"{order}8{word}", *numbers) + names


@pytest.mark.parametrize("word", ["I", "Q"])
@pytest.mark.parametrize("magic", [0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1])
@pytest.mark.parametrize("pad", [0, 1, 64])
def test_tables_of_every_go_since_1_16(tmp_path: Path, magic: int, word: str, pad: int) -> None:
    other = tmp_path / "program"
    other.write_bytes(bytes(pad) + table(magic, "<", word, b"\0main.main\0main.x\0"))
    assert list(function_names(other)) == ["main.main", "main.x"]


@pytest.mark.parametrize("content", [b"", b"MZ", b"\xf1\xff\xff\xff\0\0\1", b"text" * 1000])
def test_what_is_not_a_go_program_is_told_so(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    with pytest.raises(ProjectError, match="no table of Go functions"):
        linked_functions(other, [b"main.main"])


def test_a_table_that_points_outside_is_corrupt(tmp_path: Path) -> None:
    whole = table(0xFFFFFFF1, "<", "Q", b"main.main\0")
    (tmp_path / "cut").write_bytes(whole[:-1])
    with pytest.raises(CorruptError, match="points outside"):
        linked_functions(tmp_path / "cut", [b"main.main"])
    (tmp_path / "header").write_bytes(whole[:20])
    with pytest.raises(CorruptError, match="cut off"):
        linked_functions(tmp_path / "header", [b"main.main"])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_raises_nothing_but_our_errors(
    data: st.DataObject, program: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(program.read_bytes())
    start = content.find(b"\xf1\xff\xff\xff\0\0")
    sections = int.from_bytes(content[40:48], "little")
    places = st.one_of(
        st.integers(0, 64), st.integers(start, start + 80), st.integers(sections, sections + 1600)
    )
    for place in data.draw(st.lists(places, max_size=6)):
        content[min(place, len(content) - 1)] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    damaged = tmp_path_factory.getbasetemp() / "damaged-pclntab"
    damaged.write_bytes(content[:end])
    try:
        found = linked_functions(damaged, [b"main.main"])
    except GotareError as error:
        assert error.message
    else:
        assert found <= {b"main.main"}
