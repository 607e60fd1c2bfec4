"""Programs with cgo: their shared libraries are in the image, or libc is linked in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.build.projects import cgo
from tests.build.run import HOST, build, gotare, load, result
from tests.conftest import need
from tests.engine import Engine
from tests.oci.engines import unique_name

pytestmark = pytest.mark.usefixtures("go", "compiler")


@pytest.fixture(scope="module")
def compiler() -> None:
    """Skip without a C compiler."""
    need("gcc")


def run_alone(root: Path) -> str:
    """Run the binary with nothing but the image's files around it."""
    if os.geteuid() != 0:
        pytest.skip("chroot needs root")
    words = ["chroot", "--userspec=65532:65532", str(root), "/usr/local/bin/native"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("base", ["scratch", "static"])
def test_the_shared_libraries_are_in_the_image(tmp_path: Path, base: str) -> None:
    image = build(cgo(tmp_path / "native"), tmp_path, "--cgo", f"--base={base}")
    members = image.members()
    names = {name.rpartition("/")[2] for name in members}
    assert "libc.so.6" in names
    assert any(name.startswith("ld-linux") or name.startswith("ld-musl") for name in names)
    assert run_alone(image.extract(tmp_path / "root")) == "cgo says 42 as 65532\n"


def test_the_libraries_are_a_layer_of_their_own(tmp_path: Path) -> None:
    project = cgo(tmp_path / "native")
    document = result(project, tmp_path / "cache", "--cgo")
    (platform,) = document["images"][0]["platforms"]
    kinds = [layer["kind"] for layer in platform["layers"]]
    assert kinds[-2:] == ["libraries", "binary"]
    assert platform["platform"] == str(HOST)


def test_static(tmp_path: Path) -> None:
    image = build(cgo(tmp_path / "native"), tmp_path, "--cgo=static", "--base=scratch")
    assert not [name for name in image.members() if ".so" in name]
    assert run_alone(image.extract(tmp_path / "root")) == "cgo says 42 as 65532\n"


def test_in_an_engine(tmp_path: Path, engine: Engine) -> None:
    with engine.image(unique_name("cgo")) as name:
        place = f"--docker-archive={tmp_path / 'image.tar'}"
        project = cgo(tmp_path / "native")
        result(project, tmp_path / "cache", "--cgo", "--base=scratch", place, "-t", name)
        engine.docker("load", "--input", tmp_path / "image.tar")
        printed = engine.docker("run", "--rm", "--network=none", "--read-only", name)
        assert printed == "cgo says 42 as 65532\n"


def test_by_itself_where_nothing_else_works(tmp_path: Path) -> None:
    project = cgo(tmp_path / "native")
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    assert done.code == 0, done.err
    assert "warning: native: cgo: example.com/native cannot be built without it" in done.err
    assert run_alone(load(project / "dist").extract(tmp_path / "root")).startswith("cgo says 42")


def test_in_the_settings(tmp_path: Path) -> None:
    project = cgo(tmp_path / "native")
    (project / "gotare.yaml").write_text("go: {cgo: static}\n")
    image = build(project, tmp_path)
    assert not [name for name in image.members() if ".so" in name]


def test_twice_it_is_the_same(tmp_path: Path) -> None:
    project = cgo(tmp_path / "native")
    first = build(project, tmp_path, "--cgo").root.digest
    assert build(project, tmp_path, "--cgo").root.digest == first
    assert build(project, tmp_path, "--cgo", "--no-cache").root.digest == first


def test_without_a_compiler(tmp_path: Path, go: Path) -> None:
    (tmp_path / "empty").mkdir()
    env = {"PATH": str(tmp_path / "empty"), "CC": ""}
    project = cgo(tmp_path / "native")
    done = gotare("build", "-C", project, "--cgo", f"--go={go}", cache=tmp_path / "c", env=env)
    done.failed(3, "there is no gcc in PATH")
    assert "gcc" in done.hint
    assert not (project / "dist").exists()


def test_a_c_error_is_told_once(tmp_path: Path) -> None:
    project = cgo(tmp_path / "native")
    main = project / "main.go"
    main.write_text(main.read_text().replace("abs(n)", "no_such_function(n)"))
    done = gotare("build", "-C", project, "--cgo", cache=tmp_path / "cache")
    done.failed(3, "no_such_function")
    assert not (project / "dist").exists()
