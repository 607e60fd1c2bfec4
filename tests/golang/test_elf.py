"""The closure of shared objects, proved by running programs in a root that holds nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import CorruptError, GotareError, NotFoundError, ProjectError
from gotare.golang.elf import SharedObject, is_dynamic, shared_objects
from tests.conftest import need
from tests.golang.programs import LINUX, build_programs

CGO = """package main

/*
#cgo LDFLAGS: -lm
#include <math.h>
double root(double x) { return sqrt(x + cbrt(x)); }
*/
import "C"

import (
	"fmt"
	"net"
	"os"
	"os/user"
)

func main() {
	fmt.Println("root", float64(C.root(C.double(len(os.Args)+7))) > 3)
	someone, err := user.Lookup("someone")
	if err != nil {
		panic(err)
	}
	fmt.Println("uid", someone.Uid)
	fmt.Println(net.LookupHost("somewhere.test"))
}
"""


def gcc(*arguments: str | Path) -> None:
    """Compile with the system's compiler."""
    done = subprocess.run([need("gcc"), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def library(folder: Path, name: str, *flags: str | Path, body: str = "") -> Path:
    """Build lib{name}.so.1, with the link lib{name}.so that the linker wants."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.c"
    source.write_text(body or f"int {name}(void) {{ return 1; }}\n")
    path = folder / f"lib{name}.so.1"
    gcc("-shared", "-fPIC", f"-Wl,-soname,lib{name}.so.1", "-o", path, source, *flags)
    (folder / f"lib{name}.so").symlink_to(path.name)
    return path


def executable(path: Path, body: str, *flags: str | Path) -> Path:
    """Build a C program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(body)
    gcc("-o", path, source, *flags)
    return path


def run_alone(
    root: Path, binary: Path, objects: Sequence[SharedObject], at: str = "/app"
) -> subprocess.CompletedProcess[str]:
    """Run the program in a root with the objects, /etc as the test wrote it, and nothing else."""
    for path, source in [(at, binary), *((o.path, o.source) for o in objects)]:
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
    command = [str(need("bwrap")), "--ro-bind", str(root), "/", "--proc", "/proc", at]
    for folder in ("proc", "dev"):
        (root / folder).mkdir(exist_ok=True)
    return subprocess.run(command, capture_output=True, text=True, env={"GODEBUG": "netdns=cgo"})


def test_a_cgo_program_runs_on_its_closure_alone(go: Path, tmp_path: Path) -> None:
    need("gcc")
    binary = build_programs(
        go, tmp_path / "src", {"app": CGO}, CGO_ENABLED="1", PATH=os.environ["PATH"]
    )["app"]
    assert is_dynamic(binary)
    objects = shared_objects(binary)
    names = [Path(o.path).name for o in objects]
    assert "libc.so.6" in names
    assert "libm.so.6" in names
    assert names[0].startswith("ld-")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("someone:x:4711:4711::/:/none\n")
    (root / "etc/hosts").write_text("127.1.2.3 somewhere.test\n")
    done = run_alone(root, binary, objects)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["root true", "uid 4711", "[127.1.2.3] <nil>"]


def test_every_object_of_the_closure_is_needed(go: Path, tmp_path: Path) -> None:
    need("gcc")
    source = CGO.replace("net.LookupHost", "net.ParseIP").replace("fmt.Println(net", "_ = (net")
    binary = build_programs(go, tmp_path / "src", {"app": source}, CGO_ENABLED="1")["app"]
    objects = shared_objects(binary)
    for index, missing in enumerate(objects):
        done = run_alone(tmp_path / str(index), binary, [o for o in objects if o != missing])
        assert done.returncode != 0, missing


def test_a_position_independent_go_program_needs_the_loader_only(go: Path, tmp_path: Path) -> None:
    source = 'package main\n\nfunc main() { println("alone") }\n'
    binary = build_programs(go, tmp_path / "src", {"app": source}, "-buildmode=pie", **LINUX)["app"]
    assert is_dynamic(binary)
    objects = shared_objects(binary)
    assert [Path(o.path).name[:3] for o in objects] == ["ld-"]
    done = run_alone(tmp_path / "root", binary, objects)
    assert (done.returncode, done.stderr) == (0, "alone\n")


def test_static_programs_need_nothing(go: Path, tmp_path: Path) -> None:
    source = "package main\n\nfunc main() {}\n"
    binary = build_programs(go, tmp_path / "src", {"app": source}, **LINUX)["app"]
    assert not is_dynamic(binary)
    assert shared_objects(binary) == ()
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert not is_dynamic(tmp_path / "script")
    with pytest.raises(NotFoundError):
        is_dynamic(tmp_path / "absent")


MAIN = "int a(void); int main(void) { return a() - 1; }\n"
A_CALLS_B = "int b(void); int a(void) { return b(); }\n"


def test_origin_is_the_place_in_the_image(tmp_path: Path) -> None:
    lib = tmp_path / "build/lib"
    library(lib, "a")
    flags = (f"-L{lib}", "-la", "-Wl,-rpath,$ORIGIN/../lib")
    binary = executable(tmp_path / "build/bin/app", MAIN, *flags)
    objects = shared_objects(binary, image_path="/opt/app/bin/app")
    found = next(o for o in objects if o.path.endswith("liba.so.1"))
    assert found == SharedObject("/opt/app/lib/liba.so.1", lib / "liba.so.1", "app")
    done = run_alone(tmp_path / "root", binary, objects, at="/opt/app/bin/app")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("tags", "found"), [("--disable-new-dtags", True), ("--enable-new-dtags", False)]
)
def test_rpath_is_handed_down_and_runpath_is_not(tmp_path: Path, tags: str, found: bool) -> None:
    lib = tmp_path / "lib"
    library(lib, "b")
    library(lib, "a", f"-L{lib}", "-lb", body=A_CALLS_B)
    flags = (f"-L{lib}", "-la", f"-Wl,{tags},-rpath,{lib},-rpath-link,{lib}")
    binary = executable(tmp_path / "app", MAIN, *flags)
    works = subprocess.run([binary], capture_output=True, text=True)
    assert (works.returncode == 0) is found, works.stderr
    if not found:
        with pytest.raises(ProjectError, match=r"liba\.so\.1 needs libb\.so\.1"):
            shared_objects(binary)
        return
    objects = shared_objects(binary)
    assert {"liba.so.1", "libb.so.1"} <= {Path(o.path).name for o in objects}
    assert run_alone(tmp_path / "root", binary, objects).returncode == 0


def test_objects_of_another_machine_are_passed_over(tmp_path: Path) -> None:
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    library(right, "a")
    library(wrong, "a")
    content = bytearray((wrong / "liba.so.1").read_bytes())
    content[18:20] = b"\x16\x00"  # e_machine: S/390
    (wrong / "liba.so.1").write_bytes(content)
    flags = (f"-L{right}", "-la", f"-Wl,-rpath,{wrong}:{right}")
    binary = executable(tmp_path / "app", MAIN, *flags)
    assert str(right / "liba.so.1") in [o.path for o in shared_objects(binary)]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    library(tmp_path / "lib", "a")
    binary = executable(tmp_path / "app", MAIN, f"-L{tmp_path / 'lib'}", "-la")
    with pytest.raises(ProjectError, match=r"^app needs liba\.so\.1, which is not in ") as caught:
        shared_objects(binary)
    assert caught.value.hint
    with pytest.raises(ProjectError, match=r"loader .* is not in"):
        shared_objects(binary, sysroot=tmp_path / "lib")


def old_root(tmp_path: Path, version: str, *, nss: bool = True) -> tuple[Path, Path]:
    """A root with a C library that defines the version, and a program for it."""
    root = tmp_path / "sysroot"
    lib = root / "usr/lib/x"
    script = tmp_path / "versions"
    script.write_text(f"{version} {{ global: *; }};\n")
    bare = ("-nostdlib", f"-L{lib}")
    libc = library(lib, "c", *bare, f"-Wl,--version-script,{script},-soname,libc.so.6", body=(
        "int a(void) { return 1; }\nvoid _exit_(void) {}\n"
    ))  # fmt: skip
    libc.rename(lib / "libc.so.6")
    library(lib, "loader", *bare).rename(lib / "ld.so")
    (root / "lib64").mkdir()
    (root / "lib64/ld-old.so.2").symlink_to("/usr/lib/x/ld.so")
    if nss:
        library(lib, "resolv", *bare)
        library(lib, "nss_files", *bare).rename(lib / "libnss_files.so.2")
        library(
            lib,
            "nss_dns",
            *bare,
            "-lresolv",
            body="int resolv(void); int d(void) { return resolv(); }",
        )
        (lib / "libnss_dns.so.1").rename(lib / "libnss_dns.so.2")
    flags = (*bare, "-Wl,-dynamic-linker,/lib64/ld-old.so.2", f"{lib}/libc.so.6")
    body = "int a(void); void _start(void) { a(); }\n"
    return root, executable(tmp_path / "app", body, *flags)


def names_in(root: Path, binary: Path) -> list[str]:
    """The names of the closure, from a root of its own."""
    objects = shared_objects(binary, sysroot=root)
    assert all(o.source.is_relative_to(root) and not o.source.is_symlink() for o in objects)
    assert all(o.path.startswith(("/usr/lib/x/", "/lib64/")) for o in objects)
    return [Path(o.path).name for o in objects]


def test_old_glibc_opens_modules_by_itself(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.31")
    modules = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.1"]
    assert names_in(root, binary) == ["ld-old.so.2", "libc.so.6", *modules]


def test_old_glibc_without_modules_does_without(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.31", nss=False)
    assert names_in(root, binary) == ["ld-old.so.2", "libc.so.6"]


def test_new_glibc_has_them_inside(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.34")
    assert names_in(root, binary) == ["ld-old.so.2", "libc.so.6"]


def test_configured_folders_are_searched_and_moved_to_trusted_ones(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.34")
    (root / "etc/ld.so.conf.d").mkdir(parents=True)
    (root / "etc/ld.so.conf").write_text("# first\ninclude ld.so.conf.d/*.conf\nhwcap 1 x\n")
    (root / "etc/ld.so.conf.d/a.conf").write_text("/opt/lib  # here\ninclude a.conf\n")
    (root / "opt/lib").mkdir(parents=True)
    (root / "usr/lib/x/libc.so.6").rename(root / "opt/lib/libc.so.6")
    objects = shared_objects(binary, sysroot=root)
    libc = SharedObject("/usr/lib/x/libc.so.6", root / "opt/lib/libc.so.6", "app")
    assert objects[1:] == (libc,)


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    library(lib, "a", f"-Wl,-soname,{'a' * 300}")
    binary = executable(tmp_path / "app", MAIN, f"-L{lib}", "-la")
    with pytest.raises(NotFoundError, match="aaa"):
        shared_objects(binary)


def test_links_that_go_in_a_circle_are_told(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.34")
    (root / "lib64/ld-old.so.2").unlink()
    (root / "lib64/ld-old.so.2").symlink_to("ld-old.so.2")
    with pytest.raises(NotFoundError, match="symbolic links"):
        shared_objects(binary, sysroot=root)


def test_a_musl_program_needs_its_loader_only(go: Path, tmp_path: Path) -> None:
    env = {"CGO_ENABLED": "1", "CC": str(need("musl-gcc"))}
    binary = build_programs(go, tmp_path / "src", {"app": CGO}, **env)["app"]
    objects = shared_objects(binary)
    assert [Path(o.path).name for o in objects] == ["ld-musl-x86_64.so.1"]
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("someone:x:4711:4711::/:/none\n")
    (root / "etc/hosts").write_text("127.1.2.3 somewhere.test\n")
    done = run_alone(root, binary, objects)
    assert done.stdout.splitlines() == ["root true", "uid 4711", "[127.1.2.3] <nil>"], done.stderr


def test_a_damaged_object_is_corrupt(tmp_path: Path) -> None:
    root, binary = old_root(tmp_path, "GLIBC_2.34")
    libc = root / "usr/lib/x/libc.so.6"
    libc.write_bytes(libc.read_bytes()[:900])
    with pytest.raises(CorruptError):
        shared_objects(binary, sysroot=root)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A root and a program, both tiny."""
    return old_root(tmp_path_factory.mktemp("small"), "GLIBC_2.31")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_raises_nothing_but_our_errors(
    data: st.DataObject, small: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, binary = small
    content = bytearray(binary.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    damaged = tmp_path_factory.getbasetemp() / "damaged-elf"
    damaged.write_bytes(content[:end])
    try:
        objects = shared_objects(damaged, sysroot=root)
    except GotareError as error:
        assert error.message
    else:
        assert all(o.path.startswith("/") for o in objects)
