"""What `gotare build` says, and leaves behind, when its input or its surroundings are bad."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gotare.cli import main
from gotare.oci.layout import Layout
from tests.build.projects import GO_MOD, MAIN, cgo, many, tiny, write
from tests.build.run import Outcome, build, gotare, gotare_process, load, result
from tests.oci.images import tiny_image

pytestmark = pytest.mark.usefixtures("go")

LIBRARY = "package tiny\n"


def attempt(project: Path, tmp_path: Path, *arguments: str | Path, **env: str) -> Outcome:
    """Build; nothing half-written may be left when it fails."""
    done = gotare("build", "-C", project, *arguments, cache=tmp_path / "cache", env=env)
    if done.code:
        assert not (project / "dist").exists()
        assert not [path for path in project.rglob("*") if path.name.endswith(".tmp")]
    return done


# the project


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({"go.mod": "module example.com/x\n\ngo 1.24\n\nreqire x v1\n"}, 3, ["go.mod:5", "reqire"]),
        ({"go.mod": "module\n"}, 3, ["go.mod"]),
        ({"go.mod": ""}, 3, ["go.mod"]),
        ({"go.mod": GO_MOD.format(name="tiny") + "\nrequire example.com/no v1.0.0\n",
          "main.go": 'package main\n\nimport _ "example.com/no"\n\nfunc main() {}\n'},
         3, ["example.com/no"]),
        ({"main.go": LIBRARY}, 3, ["no main package", "example.com/tiny (package tiny)"]),
        ({"main.go": "package main\n\nfunc man() {}\n"}, 3, ["function main is undeclared"]),
        ({"other.go": LIBRARY}, 3, ["found packages main (main.go) and tiny (other.go)"]),
        ({"main.go": 'package main\n\nimport _ "./x/y"\n\nfunc main() {}\n'}, 3, ["./x/y"]),
        ({"go.mod": "module example.com/tiny\n\ngo 1.99\n"}, 3, ["needs Go 1.99 or newer"]),
        ({"vendor/modules.txt": "",
          "go.mod": GO_MOD.format(name="tiny") + "\nrequire example.com/gone v1.0.0\n"},
         3, ["inconsistent vendoring", "example.com/gone@v1.0.0"]),
    ],
)  # fmt: skip
def test_projects(tmp_path: Path, files: dict[str, str], code: int, words: list[str]) -> None:
    project = tiny(tmp_path / "tiny", files)
    attempt(project, tmp_path).failed(code, *words)


def test_a_hint_says_where_a_newer_go_is(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"go.mod": "module example.com/tiny\n\ngo 1.99\n"})
    assert "install Go 1.99" in attempt(project, tmp_path, GOTOOLCHAIN="local").hint


def test_no_go_mod(tmp_path: Path) -> None:
    project = write(tmp_path / "tiny", {"main.go": MAIN})
    done = attempt(project, tmp_path).failed(3, "go.mod")
    assert "go mod init" in done.hint


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert attempt(tmp_path / "empty", tmp_path).failed(3).hint


def test_two_mains_with_one_name(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "a/run", "b/run")
    done = attempt(project, tmp_path).failed(3, "cmd/a/run", "cmd/b/run")
    assert "images" in done.hint
    settings = "images: {one: {package: ./cmd/a/run}, two: {package: ./cmd/b/run}}\n"
    write(project, {"gotare.yaml": settings})
    found = result(project, tmp_path / "cache")["images"]
    assert [image["name"] for image in found] == ["one", "two"]


def test_the_name_of_an_image_is_not_that_of_its_binaries(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "one", "two")
    packages = "[example.com/many/cmd/one, example.com/many/cmd/two]"
    write(project, {"gotare.yaml": f"images: {{tools: {{packages: {packages}}}}}\n"})
    assert "usr/local/bin/two" in build(project, tmp_path).members()


def test_two_binaries_of_one_image_with_one_name(tmp_path: Path) -> None:
    project = many(tmp_path / "many", "a/run", "b/run")
    write(project, {"gotare.yaml": "images: {all: {packages: [./cmd/a/run, ./cmd/b/run]}}\n"})
    done = attempt(project, tmp_path).failed(3, "run")
    assert done.hint


def test_a_compile_error_shows_gos_lines_once(tmp_path: Path) -> None:
    wrong = 'package main\n\nfunc main() {\n\tvar x int = "text"\n\tundefined()\n}\n'
    project = many(tmp_path / "many", "fine", "broken", "alsobroken")
    write(project, {"cmd/broken/main.go": wrong})
    done = attempt(project, tmp_path, "--platform=linux/amd64,linux/arm64").failed(3)
    assert done.err.count("main.go:5:2: undefined: undefined") == 1
    assert done.err.count("# example.com/many/cmd/broken") == 1
    assert "error: go build failed" in done.err


def test_a_syntax_error_shows_gos_lines_once(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"main.go": "package main\n\nfunc main() {\n"})
    done = attempt(project, tmp_path).failed(3)
    assert done.err.count("main.go:4:1: syntax error") == 1


def test_after_the_error_is_gone_it_builds(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"main.go": "package main\n\nfunc main() { x() }\n"})
    attempt(project, tmp_path).failed(3, "undefined: x")
    write(project, {"main.go": MAIN})
    build(project, tmp_path)


def test_a_later_error_leaves_the_image_before(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    first = build(project, tmp_path).root.digest
    write(project, {"main.go": "package main\n\nfunc main() { x() }\n"})
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    done.failed(3, "undefined: x")
    assert load(project / "dist").root.digest == first


def test_cgo_without_cgo(tmp_path: Path) -> None:
    done = attempt(cgo(tmp_path / "native"), tmp_path, "--cgo=off")
    assert "--cgo" in done.failed(3, "example.com/native", "cgo").hint


def test_cgo_for_another_platform(tmp_path: Path) -> None:
    done = attempt(cgo(tmp_path / "native"), tmp_path, "--platform=linux/s390x")
    done.failed(2, "cgo builds for this machine's platform", "linux/s390x")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("./nowhere", ["./nowhere"]),
        ("./lib", ["is package lib, not a main package"]),
        ("example.com/tiny/nowhere", ["example.com/tiny/nowhere"]),
        ("../elsewhere", ["elsewhere"]),
    ],
)
def test_packages_that_are_none(tmp_path: Path, pattern: str, words: list[str]) -> None:
    project = tiny(tmp_path / "tiny", {"lib/lib.go": "package lib\n"})
    attempt(project, tmp_path, pattern).failed(3, *words)


def test_an_image_that_no_main_makes(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": "images: {other: {base: scratch}}\n"})
    done = attempt(project, tmp_path).failed(3, "image other: no main package other")
    assert done.hint == "there are: example.com/tiny"


# arguments and settings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--platform=linux"], ["not a platform"]),
        (["--platform=linux/amd65"], ["linux/amd65", "hint:"]),
        (["--platform=linux/amd64/v9"], ["v9", "hint:"]),
        (["--platform=windows/amd64"], ["windows/amd64", "hint: use linux/amd64"]),
        (["--platform=darwin/arm64"], ["darwin/arm64", "hint: use linux/arm64"]),
        (["--platform=plan9/mips"], ["plan9/mips"]),
        (["--user=app"], ["user 'app' is not in the base", "hint: use numbers"]),
        (["--workdir=here"], ["not an absolute path"]),
        (["--volume=/a/../b"], ["not an absolute path"]),
        (["--port=http"], ["not a port", "hint: for example 8080"]),
        (["--port=70000"], ["not a port"]),
        (["--stop-signal=term"], ["not a signal", "hint: for example SIGTERM"]),
        (["--env=A"], ["--env A: not NAME=VALUE"]),
        (["--env==x"], ["not a name for an environment variable"]),
        (["--label=A"], ["--label A: not NAME=VALUE"]),
        (["--compression=brotli"], ["brotli"]),
        (["--compression=gzip:99"], ["99"]),
        (["--media-types=oics"], ["--media-types"]),
        (["--sbom=yes"], ["--sbom"]),
        (["--base=a b"], ["a b"]),
        (["--base=docker-deamon:x"], ["hint: did you mean docker-daemon:x"]),
        (["--push"], ["--push needs to know where to", "hint: -t"]),
        (["--nonsense"], ["--nonsense", "hint: gotare build --help"]),
        (["--cgo", "--platform=linux/s390x"], ["cgo", "linux/s390x", "hint:"]),
        (["-t", "a b"], ["a b"]),
        (["example.com/x@v1", "."], ["cannot be mixed"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_arguments(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    attempt(tiny(tmp_path / "tiny"), tmp_path, *arguments).failed(2, *words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("prots: [80]\n", ["gotare.yaml:1:8: unknown key 'prots'", "hint: did you mean 'ports'?"]),
        ("ports: {a: b}\n", ["gotare.yaml:1:8", "ports must be a text, not a mapping"]),
        ("env: [a]\n", ["gotare.yaml:1:6: env must be a mapping, not a list"]),
        ("healthcheck: {comand: [x]}\n", ["did you mean 'command'?"]),
        ("healthcheck: {command: x}\n", ["exec form"]),
        ("images: {Api: {}}\n", ["not an image name: 'Api'"]),
        ("images: {api: {platforms: [x]}}\n", ["unknown key 'platforms'"]),
        ("go: {cgo: sometimes}\n", ["go.cgo must be true, false, dynamic or static"]),
        ("files: [{source: a}]\n", ["has no destination"]),
        ("files: [{source: a, destination: /b, mode: rw}]\n", ["an octal mode"]),
        ("files: [{source: a, destination: /b, owner: me}]\n", ["not an owner: 'me'"]),
        ("files: [{source: go.mod, destination: ../../b}]\n", ["may not hold '..'"]),
        ("a: [\n", ["not YAML"]),
        ("base: a\nbase: b\n", ["base stands twice"]),
        ("- a\n", ["must be a mapping"]),
        ("base: \x01\n", ["gotare.yaml"]),
    ],
)
def test_settings(tmp_path: Path, settings: str, words: list[str]) -> None:
    project = tiny(tmp_path / "tiny", {"gotare.yaml": settings})
    attempt(project, tmp_path).failed(2, *words)


def test_source_date_epoch_that_is_no_time(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    for text in ("yesterday", "-1", "1.5", "9" * 40):
        attempt(project, tmp_path, SOURCE_DATE_EPOCH=text).failed(2, "SOURCE_DATE_EPOCH", "hint:")


@pytest.mark.parametrize("content", ["", "#!/bin/sh\nexit 1\n", "#!/no/such/program\n"])
def test_a_go_that_is_none(tmp_path: Path, content: str) -> None:
    fake = tmp_path / "fake-go"
    fake.write_text(content)
    fake.chmod(0o755)
    attempt(tiny(tmp_path / "tiny"), tmp_path, f"--go={fake}").failed(3)
    attempt(tiny(tmp_path / "tiny"), tmp_path, f"--go={tmp_path / 'no'}").failed(3, "hint: install")


# the output


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of this size."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def root() -> None:
    """Skip where the test's user may not do what it needs."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount file systems and become another user")


KINDS = {"--oci-layout": "dist", "--oci-archive": "a.tar", "--docker-archive": "d.tar"}


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("option", KINDS)
def test_a_full_disk(tmp_path: Path, option: str) -> None:
    project = tiny(tmp_path / "tiny")
    with small_disk(tmp_path / "disk", "256k") as disk:
        done = attempt(project, tmp_path, f"{option}={disk / KINDS[option]}")
        done.failed(3, "No space left on device", "hint: the disk is full")
        left = [path for path in disk.rglob("*") if path.is_file()]
        assert not [path for path in left if path.name in ("index.json", "a.tar", "d.tar")]
    assert attempt(project, tmp_path, f"{option}={tmp_path / KINDS[option]}").code == 0


@pytest.mark.usefixtures("root")
def test_a_full_cache(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    with small_disk(tmp_path / "disk", "256k") as disk:
        done = gotare("build", "-C", project, cache=disk / "cache")
        done.failed(3)
    assert not (project / "dist").exists()
    build(project, tmp_path)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("option", KINDS)
def test_a_disk_that_is_read_only(tmp_path: Path, option: str) -> None:
    project = tiny(tmp_path / "tiny")
    with small_disk(tmp_path / "disk", "1m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = attempt(project, tmp_path, f"{option}={disk / KINDS[option]}")
        done.failed(3, "Read-only file system", "hint: the file system is read-only")


@pytest.mark.parametrize("option", KINDS)
def test_a_file_in_the_way(tmp_path: Path, option: str) -> None:
    project = tiny(tmp_path / "tiny", {"file": "mine"})
    place = "file" if option == "--oci-layout" else f"file/{KINDS[option]}"
    done = attempt(project, tmp_path, f"{option}={place}").failed(3, str(project / "file"))
    assert done.hint
    assert (project / "file").read_text() == "mine"


def test_a_folder_in_the_way_of_an_archive(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"a.tar/file": "mine"})
    attempt(project, tmp_path, "--oci-archive=a.tar").failed(3, "a.tar")
    assert (project / "a.tar" / "file").read_text() == "mine"


def test_a_layout_that_is_something_else(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"web/index.html": "<p>"})
    done = attempt(project, tmp_path, "--oci-layout=web")
    done.failed(3, "is not an OCI layout and not empty: it holds index.html", "--oci-layout")
    assert [path.name for path in (project / "web").iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"manifests": 1}', '{"manifests": [1]}', "{" * 100_000]
)
def test_a_layout_whose_index_is_corrupt(tmp_path: Path, content: str) -> None:
    """It may have told of other images, so it is not replaced behind the user's back."""
    project = tiny(tmp_path / "tiny")
    build(project, tmp_path)
    index = project / "dist" / "index.json"
    index.write_text(content)
    done = gotare("build", "-C", project, cache=tmp_path / "cache")
    done.failed(3, "index.json")
    assert index.read_text() == content


def test_a_layout_with_another_images_missing_blobs(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    layout = Layout(project / "dist", create=True)
    other = tiny_image(layout, name="other:1")
    layout.blobs.path(other.digest).unlink()
    document = result(project, tmp_path / "cache")
    assert load(project / "dist", "tiny").root.digest == document["images"][0]["digest"]
    assert layout.resolve("other:1").digest == other.digest


# the command itself


def test_an_unknown_command(tmp_path: Path) -> None:
    done = gotare("biuld", cache=tmp_path).failed(2, "No such command 'biuld'")
    assert "Did you mean 'build'?" in done.err


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    gotare("build", "-C", tmp_path / "no", cache=tmp_path).failed(2, "does not exist")


def test_a_defect_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(args: list[str]) -> int:
        raise RuntimeError("surprise")

    monkeypatch.setattr(main, "_run", broken)
    done = gotare("build", cache=tmp_path)
    assert done.code == 3
    assert done.err.startswith("error: internal error: RuntimeError: surprise\nhint: ")


def test_as_a_process_the_code_is_the_same(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny", {"main.go": LIBRARY})
    assert gotare_process("build", cwd=project, cache=tmp_path / "c").failed(3, "no main").hint
    assert gotare_process("build", "--no", cwd=project, cache=tmp_path / "c").failed(2).hint
