"""Published programs, by `path@version`, from a module proxy that is a folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gotare.oci.layout import Layout
from tests.build.projects import GO_MOD, MAIN, publish
from tests.build.run import HOST, check, gotare, images_of, load, result

pytestmark = pytest.mark.usefixtures("go")

MODULE = "example.com/owner/prog"
FILES = {
    "go.mod": GO_MOD.format(name="owner/prog"),
    "main.go": MAIN,
    "cmd/one/main.go": MAIN.replace("tiny", "one"),
    "cmd/two/main.go": MAIN.replace("tiny", "two"),
    "lib/lib.go": "package lib\n",
}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Where `go` finds v1.2.3 of a module."""
    return {
        "GOPROXY": publish(tmp_path / "proxy", MODULE, "v1.2.3", FILES),
        "GOSUMDB": "off",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOFLAGS": "-modcacherw",
    }


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder without a project."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_one(tmp_path: Path, empty: Path, env: dict[str, str]) -> None:
    document = result(empty, tmp_path / "cache", f"{MODULE}@v1.2.3", **env)
    assert [image["name"] for image in document["images"]] == ["prog"]
    image = load(empty / "dist")
    annotations = image.manifest()["annotations"]
    assert annotations["org.opencontainers.image.version"] == "v1.2.3"
    assert image.config()["created"] == "2024-01-02T03:04:05Z"
    assert f"pkg:golang/{MODULE}@v1.2.3" in image.referrers()["application/spdx+json"].decode()
    binary = image.extract(tmp_path / "root") / "usr/local/bin/prog"
    assert subprocess.run([binary], capture_output=True).stdout == b"tiny v1.2.3\n"


def test_two_of_one_module_for_two_platforms(
    tmp_path: Path, empty: Path, env: dict[str, str]
) -> None:
    programs = [f"{MODULE}/cmd/{name}@v1.2.3" for name in ("one", "two")]
    platforms = "--platform=linux/amd64,linux/arm64"
    document = result(empty, tmp_path / "cache", *programs, platforms, "--base=scratch", **env)
    images = images_of(empty, document)
    assert sorted(images) == ["one", "two"]
    for name, image in images.items():
        assert sorted(image.manifests) == ["linux/amd64", "linux/arm64"]
        root = image.extract(tmp_path / name, str(HOST))
        printed = subprocess.run([root / "usr/local/bin" / name], capture_output=True).stdout
        assert printed.decode() == f"{name} v1.2.3\n"


def test_latest_is_the_version_that_it_is_now(
    tmp_path: Path, empty: Path, env: dict[str, str]
) -> None:
    first = result(empty, tmp_path / "cache", f"{MODULE}@latest", **env)["images"][0]["digest"]
    exact = result(empty, tmp_path / "cache", f"{MODULE}@v1.2.3", **env)["images"][0]["digest"]
    assert exact == first
    publish(tmp_path / "proxy", MODULE, "v1.3.0", FILES)
    second = result(empty, tmp_path / "cache", f"{MODULE}@latest", **env)["images"][0]["digest"]
    assert second != first
    store = Layout(empty / "dist")
    annotations = check(store, store.resolve("prog")).manifest()["annotations"]
    assert annotations["org.opencontainers.image.version"] == "v1.3.0"


def test_the_folder_does_not_matter(tmp_path: Path, empty: Path, env: dict[str, str]) -> None:
    first = result(empty, tmp_path / "cache", f"{MODULE}@v1.2.3", **env)["images"][0]["digest"]
    other = tmp_path / "other"
    (other / "go.mod").parent.mkdir()
    (other / "go.mod").write_text("this is no go.mod")
    again = result(other, tmp_path / "cache2", f"{MODULE}@v1.2.3", **env)["images"][0]["digest"]
    assert again == first


@pytest.mark.parametrize(
    ("argument", "code", "words"),
    [
        (f"{MODULE}/cmd/three@v1.2.3", 3, ["has no package"]),
        (f"{MODULE}/lib@v1.2.3", 3, ["is not a main package", "hint: its module has"]),
        (f"{MODULE}@v9.9.9", 3, ["v9.9.9"]),
        ("example.com/nobody/nothing@v1.0.0", 3, ["nobody/nothing"]),
        (f"{MODULE}@", 2, ["not a published program", "hint: write it as go install takes it"]),
        ("@v1", 2, ["not a published program"]),
        ("./cmd@v1", 2, ["not a published program"]),
    ],
)
def test_what_is_not_published(
    tmp_path: Path, empty: Path, env: dict[str, str], argument: str, code: int, words: list[str]
) -> None:
    done = gotare("build", "-C", empty, argument, cache=tmp_path / "cache", env=env)
    done.failed(code, *words)
    assert list(empty.iterdir()) == []
