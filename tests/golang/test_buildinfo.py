"""What binaries say about themselves, compared with `go version -m`."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import CorruptError, GotareError, NotFoundError, ProjectError, StoreError
from gotare.golang.buildinfo import BuildInfo, Module, parse_modules, read_build_info
from tests.golang.programs import LINUX, build_programs, run_go

HELLO = 'package main\n\nfunc main() { println("hello") }\n'
PLATFORMS = [
    {"GOOS": "linux", "GOARCH": "amd64"},
    {"GOOS": "linux", "GOARCH": "arm", "GOARM": "7"},
    {"GOOS": "linux", "GOARCH": "s390x"},
    {"GOOS": "linux", "GOARCH": "386"},
    {"GOOS": "windows", "GOARCH": "amd64"},
    {"GOOS": "darwin", "GOARCH": "arm64"},
]


@pytest.fixture(scope="session")
def hello(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stripped program for this machine."""
    folder = tmp_path_factory.mktemp("hello")
    return build_programs(go, folder, {"hello": HELLO}, **LINUX)["hello"]


def oracle(go: Path, binary: Path) -> dict[str, Any]:
    """What Go itself reads."""
    shown = run_go(go, binary.parent, "version", "-m", "-json", str(binary))
    document: Any = json.loads(shown)
    found: dict[str, Any] = document[0] if isinstance(document, list) else document
    return found


def as_go_shows(module: Module | None) -> dict[str, Any] | None:
    """A module with the keys of `go version -m -json`."""
    if module is None:
        return None
    shown: dict[str, Any] = {"Path": module.path}
    shown |= {"Version": module.version} if module.version else {}
    shown |= {"Sum": module.sum} if module.sum else {}
    return shown | ({"Replace": as_go_shows(module.replace)} if module.replace else {})


def without_nulls(module: dict[str, Any] | None) -> dict[str, Any] | None:
    """The oracle's module, with what is empty left out."""
    if module is None:
        return None
    kept = {key: value for key, value in module.items() if value}
    return kept | ({"Replace": without_nulls(kept["Replace"])} if "Replace" in kept else {})


def assert_same(info: BuildInfo, shown: dict[str, Any]) -> None:
    """All that the oracle shows is read alike."""
    assert info.go_version == shown["GoVersion"]
    assert info.path == shown["Path"]
    assert as_go_shows(info.main) == without_nulls(shown.get("Main"))
    assert [as_go_shows(m) for m in info.deps] == [
        without_nulls(m) for m in shown.get("Deps") or []
    ]
    assert dict(info.settings) == {s["Key"]: s["Value"] for s in shown["Settings"]}


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda p: f"{p['GOOS']}-{p['GOARCH']}")
def test_reads_what_go_version_reads(go: Path, tmp_path: Path, platform: dict[str, str]) -> None:
    binary = build_programs(
        go, tmp_path, {"hello": HELLO}, "-ldflags=-s -w -X 'main.v=a b=\"c\"'", "-tags=x,y",
        CGO_ENABLED="0", **platform,
    )["hello"]  # fmt: skip
    if platform["GOOS"] == "windows":
        binary = binary.with_name("hello.exe")
    info = read_build_info(binary)
    assert_same(info, oracle(go, binary))
    assert info.settings["GOARCH"] == platform["GOARCH"]
    assert info.settings["-tags"] == "x,y"


def put_module(proxy: Path, name: str, version: str, requires: str = "") -> None:
    """Write a module in the form of a Go module proxy."""
    folder = proxy / name / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "list").write_text(f"{version}\n")
    (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
    mod = f"module {name}\n\ngo 1.21\n{requires}"
    (folder / f"{version}.mod").write_text(mod)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{name}@{version}/go.mod", mod)
        archive.writestr(f"{name}@{version}/x.go", "package x\n\nvar X = 1\n")
    (folder / f"{version}.zip").write_bytes(content.getvalue())


def test_reads_dependencies_sums_and_replacements(go: Path, tmp_path: Path) -> None:
    proxy, project = tmp_path / "proxy", tmp_path / "project"
    put_module(proxy, "example.com/plain", "v1.2.3")
    put_module(proxy, "example.com/old", "v1.0.0")
    put_module(proxy, "example.com/new", "v1.1.0")
    put_module(proxy, "example.com/near", "v0.1.0")
    (project / "near").mkdir(parents=True)
    (project / "near" / "go.mod").write_text("module example.com/near\n\ngo 1.21\n")
    (project / "near" / "x.go").write_text("package x\n\nvar X = 1\n")
    (project / "go.mod").write_text(
        "module example.com/app\n\ngo 1.21\n\n"
        "require (\n\texample.com/plain v1.2.3\n\texample.com/old v1.0.0\n"
        "\texample.com/near v0.1.0\n)\n\n"
        "replace example.com/old => example.com/new v1.1.0\n\n"
        "replace example.com/near => ./near\n"
    )
    (project / "main.go").write_text(
        'package main\n\nimport (\n\ta "example.com/near"\n\tb "example.com/old"\n'
        '\tc "example.com/plain"\n)\n\nfunc main() { println(a.X, b.X, c.X) }\n'
    )
    env = {
        "GOPROXY": proxy.as_uri(),
        "GONOSUMDB": "*",
        "GOFLAGS": "-mod=mod -modcacherw -buildvcs=false",
        "GOMODCACHE": str(tmp_path / "mod"),
        **LINUX,
    }
    run_go(go, project, "build", "-o", "app", ".", **env)
    info = read_build_info(project / "app")
    assert_same(info, oracle(go, project / "app"))
    modules = {module.path: module for module in info.deps}
    assert modules["example.com/plain"].version == "v1.2.3"
    assert modules["example.com/plain"].sum.startswith("h1:")
    replaced = modules["example.com/old"].replace
    assert replaced is not None
    assert (replaced.path, replaced.version) == ("example.com/new", "v1.1.0")
    near = modules["example.com/near"].replace
    assert near is not None
    assert near.path == "./near"


def test_a_binary_without_section_headers_still_tells(hello: Path, tmp_path: Path) -> None:
    content = bytearray(hello.read_bytes())
    content[40:48] = bytes(8)  # e_shoff
    content[60:64] = bytes(4)  # e_shnum, e_shstrndx
    bare = tmp_path / "bare"
    bare.write_bytes(content)
    assert read_build_info(bare) == read_build_info(hello)


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\necho\n", b"x" * 4096])
def test_what_is_not_a_go_program_is_told_so(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    with pytest.raises(ProjectError, match="no Go build information") as caught:
        read_build_info(other)
    assert caught.value.hint


def test_the_pointer_form_of_old_go_is_named(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"\xff Go buildinf:\x08\x00" + bytes(48))
    with pytest.raises(ProjectError, match=r"older than 1\.18"):
        read_build_info(old)


def test_absent_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_build_info(tmp_path / "absent")
    with pytest.raises(StoreError, match="cannot be read"):
        read_build_info(tmp_path)


def test_a_truncated_program_is_corrupt(hello: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    cut.write_bytes(hello.read_bytes()[:-1000])
    with pytest.raises(CorruptError, match="ends at byte"):
        read_build_info(cut)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_raises_nothing_but_our_errors(
    data: st.DataObject, hello: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(hello.read_bytes())
    blob = content.find(b"\xff Go buildinf:\x08\x02")
    tables = int.from_bytes(content[40:48], "little")
    places = st.one_of(
        st.integers(0, 1024),
        st.integers(blob, blob + 600),
        st.integers(tables, len(content) - 1),
    )
    for place in data.draw(st.lists(places, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    damaged = tmp_path_factory.getbasetemp() / "damaged-buildinfo"
    damaged.write_bytes(content[:end])
    try:
        info = read_build_info(damaged)
    except GotareError as error:
        assert error.message
    else:
        assert isinstance(info.go_version, str)


GUARD = b"0" * 16


@given(st.binary(max_size=300))
def test_any_module_text_is_read_or_refused(text: bytes) -> None:
    try:
        info = parse_modules("go1.26", GUARD + text + b"\n" + GUARD)
    except CorruptError as error:
        assert "build information" in error.message
    else:
        assert info.go_version == "go1.26"


WORDS = st.text(st.characters(codec="utf-8", exclude_characters='\t\n\r "`=\\'), min_size=1)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), WORDS)
def test_modules_survive(rows: list[tuple[str, str, str]], path: str) -> None:
    lines = [f"path\t{path}", "mod\tm\t(devel)\t", *("dep\t" + "\t".join(row) for row in rows)]
    info = parse_modules("go1.26", GUARD + "\n".join(lines).encode() + b"\n" + GUARD)
    assert info.path == path
    assert info.main == Module("m", "(devel)")
    assert info.deps == tuple(Module(*row) for row in rows)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("-ldflags=-s", "-ldflags", "-s"),
        ('-ldflags="-s -w"', "-ldflags", "-s -w"),
        ('k="a\\tb\\"c\\\\\\u00e9\\x01"', "k", 'a\tb"c\\\u00e9\x01'),
        ('k="\\xff\\ud800"', "k", "\ufffd\ufffd"),
        ('"a=b"=c', "a=b", "c"),
        ("`a b`=`c d`", "a b", "c d"),
        ("k=", "k", ""),
    ],
)
def test_settings_are_unquoted(line: str, key: str, value: str) -> None:
    text = GUARD + b"build\t" + line.encode() + b"\n" + GUARD
    assert parse_modules("go1.26", text).settings == {key: value}


@pytest.mark.parametrize(
    "line", ["build\tnothing", "dep\t", "dep\ta\tb\tc\td", "=>\ta", "mod\t\tv1"]
)
def test_malformed_lines_are_refused(line: str) -> None:
    with pytest.raises(CorruptError):
        parse_modules("go1.26", GUARD + line.encode() + b"\n" + GUARD)


def test_no_modules_without_guards() -> None:
    assert parse_modules("go1.26", b"path\tx\n") == BuildInfo("go1.26")
