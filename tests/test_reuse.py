"""What is remembered of a build, and when it is believed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.cache import read_sealed, write_sealed
from gotare.errors import CorruptError
from gotare.golang.fingerprint import take
from gotare.oci.layout import Layout
from gotare.oci.types import Descriptor
from gotare.result import BuiltImage, BuiltLayer, BuiltPlatform
from gotare.reuse import Memory, build_key, recall, remember
from tests.oci.images import tiny_image

SECOND = 10**9
KEY = "0" * 64


class Scene:
    """A source, an output in a layout, and the folder of records."""

    def __init__(self, folder: Path) -> None:
        self.records = folder / "builds"
        self.source = folder / "main.go"
        self.source.write_text("package main\n")
        self.layout = Layout(folder / "dist", create=True)
        self.root = tiny_image(self.layout, name="app")

    def memory(self, **changes: Any) -> Memory:
        """Return what there is to remember of a build that began in a second."""
        values: dict[str, Any] = {
            "fingerprint": take([self.source]),
            "started": time.time_ns() + SECOND,
            "images": (built(self.root),),
            "outputs": ("oci:dist:app",),
            "written": tuple(p for p in self.layout.path.rglob("*") if p.is_file()),
            "names": ((str(self.layout.path), "app", self.root.digest),),
            "bases": (("debian:12", self.root.digest),),
            "project": None,
            "head_start": None,
        }
        written = values["written"]
        values["written"] = tuple(path for path in written if path.name != "index.json")
        return Memory(**{**values, **changes})


def built(root: Descriptor) -> BuiltImage:
    """Return a result about an image."""
    layer = BuiltLayer(root.digest, "binary", 10, 5)
    platform = BuiltPlatform("linux/amd64", root.digest, (layer,), "static")
    return BuiltImage("app", ("example.com/app",), ("me/app:1",), root, (platform,), ((root.digest, root),))  # fmt: skip  # noqa: E501


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_is_remembered_is_recalled(scene: Scene) -> None:
    memory = scene.memory()
    assert remember(scene.records, KEY, memory, "json")
    found = recall(scene.records, KEY)
    assert found is not None
    assert (found.unchanged, found.current, found.form) == (True, True, "json")
    assert found.outputs == memory.outputs
    assert found.bases == memory.bases
    (image,) = found.images
    assert image.cached
    assert image.json() | {"cached": False} == memory.images[0].json()
    assert image.root == scene.root
    assert image.referrers == memory.images[0].referrers


def test_nothing_is_known_of_another_request(scene: Scene) -> None:
    remember(scene.records, KEY, scene.memory(), "text")
    assert recall(scene.records, "1" * 64) is None
    assert recall(scene.records / "none", KEY) is None


def test_an_edited_source(scene: Scene) -> None:
    remember(scene.records, KEY, scene.memory(), "text")
    scene.source.write_text("package other\n")
    assert recall(scene.records, KEY) is None


@pytest.mark.parametrize("kind", ["gone", "touched", "renamed", "index gone", "nothing written"])
def test_an_output_that_is_not_as_it_was(scene: Scene, kind: str) -> None:
    memory = scene.memory(written=()) if kind == "nothing written" else scene.memory()
    remember(scene.records, KEY, memory, "text")
    blob = scene.layout.blobs.path(scene.root.digest)
    if kind == "gone":
        blob.unlink()
    elif kind == "touched":
        blob.write_bytes(blob.read_bytes())
    elif kind == "renamed":
        tiny_image(scene.layout, name="app", layers=[{"other": b""}])
    elif kind == "index gone":
        (scene.layout.path / "index.json").unlink()
    found = recall(scene.records, KEY)
    assert found is None or (found.unchanged, found.current) == (True, False)


def test_an_output_that_was_not_there_when_it_was_remembered(scene: Scene) -> None:
    written = (*scene.memory().written, scene.layout.path / "absent")
    remember(scene.records, KEY, scene.memory(written=written), "text")
    found = recall(scene.records, KEY)
    assert found is not None and not found.current


def test_other_names_in_the_layout_do_not_matter(scene: Scene) -> None:
    remember(scene.records, KEY, scene.memory(), "text")
    tiny_image(scene.layout, name="other", layers=[{"other": b""}])
    found = recall(scene.records, KEY)
    assert found is not None and found.current


def test_what_changed_during_the_build_is_not_remembered(scene: Scene) -> None:
    early = scene.memory(started=scene.source.stat().st_ctime_ns)
    assert not remember(scene.records, KEY, early, "text")
    memory = scene.memory()
    scene.source.write_text("package edited\n")
    assert not remember(scene.records, KEY, memory, "text")
    assert recall(scene.records, KEY) is None


def test_records_that_cannot_be_written_are_no_error(scene: Scene) -> None:
    scene.records.write_text("in the way")
    assert not remember(scene.records, KEY, scene.memory(), "text")
    assert recall(scene.records, KEY) is None


def _delete(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.pop(key)


@pytest.mark.parametrize(
    "change",
    [
        _delete("fingerprint"),
        _delete("images"),
        _delete("outputs"),
        _delete("names"),
        _delete("form"),
        lambda document: document.update(images=5),
        lambda document: document.update(images=[{}]),
        lambda document: document.update(fingerprint={}),
        lambda document: document.update(written=[]),
        lambda document: document["images"][0].update(root={"digest": "x"}),
    ],
)
def test_records_of_another_shape_are_nothing(
    scene: Scene, change: Callable[[dict[str, Any]], None]
) -> None:
    remember(scene.records, KEY, scene.memory(), "text")
    document = json.loads(read_sealed(scene.records / KEY))
    change(document)
    write_sealed(scene.records / KEY, json.dumps(document).encode())
    found = recall(scene.records, KEY)
    assert found is None or not found.current


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"null", b"\xff" * 100])
def test_records_that_are_none(scene: Scene, content: bytes) -> None:
    scene.records.mkdir()
    (scene.records / KEY).write_bytes(content)
    assert recall(scene.records, KEY) is None
    write_sealed(scene.records / KEY, content)
    assert recall(scene.records, KEY) is None


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_seal_tells_of_every_bit(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:  # fmt: skip  # noqa: E501
    path = tmp_path_factory.getbasetemp() / "sealed"
    write_sealed(path, b"some words\n" * 20)
    assert read_sealed(path) == b"some words\n" * 20
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(CorruptError):
        read_sealed(path)


def test_the_key_is_of_the_request_and_of_what_a_build_sees() -> None:
    request = {"args": ["build"], "directory": "/src"}
    env = {"PATH": "/bin", "GOFLAGS": "", "HOME": "/root"}
    key = build_key(request, env)
    assert build_key(dict(reversed(request.items())), dict(reversed(env.items()))) == key
    others = [{"GOFLAGS": "-v"}, {"CGO_CFLAGS": "-O0"}, {"CC": "clang"}, {"PATH": "/usr/bin"}]
    others += [{"SOURCE_DATE_EPOCH": "1"}, {"HOME": "/x"}, {"DOCKER_HOST": "tcp://x"}]
    for other in others:
        assert build_key(request, env | other) != key, other
    for same in ({"TERM": "x"}, {"LANG": "C"}, {"GOMAXPROCS": "1"}, {"GOTARE_CACHE": "/x"}):
        assert build_key(request, env | same) == key, same
    assert build_key({**request, "directory": "/other"}, env) != key
    assert build_key({**request, "args": ["build", "-q"]}, env) != key


@pytest.mark.parametrize("name", ["GODEBUG", "GOFLAGS", "GIT_DIR", "CC", "SOURCE_DATE_EPOCH"])
def test_another_environment_is_another_request(name: str) -> None:
    assert build_key({}, {name: "a"}) != build_key({}, {name: "b"})


@pytest.mark.parametrize("name", ["GOGC", "GOMAXPROCS", "GOTARE_CACHE", "LINES"])
def test_what_no_build_sees_makes_no_difference(name: str) -> None:
    assert build_key({}, {name: "a"}) == build_key({}, {name: "b"})
