"""OCI layouts: names, merging, what goes when an image is replaced, and damage."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.layout import Layout
from gotare.oci.store import read_all
from tests.oci.images import tiny_image, tiny_index, tiny_referrer


def _blobs(layout: Layout) -> set[str]:
    return {path.name for path in (layout.path / "blobs/sha256").iterdir()}


def test_an_image_is_found_by_name_tag_and_digest(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "dist", create=True)
    image = tiny_image(layout, name="registry.test/app:1.4")
    for name in ("registry.test/app:1.4", "1.4", image.digest, ""):
        assert layout.resolve(name).digest == image.digest
    assert json.loads((tmp_path / "dist/oci-layout").read_bytes()) == {
        "imageLayoutVersion": "1.0.0"
    }


def test_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    tiny_image(layout, name="one")
    tiny_index(layout, name="two")
    with pytest.raises(NotFoundError, match="no image 'three'") as caught:
        layout.resolve("three")
    assert caught.value.hint == "name one of: one, two"
    with pytest.raises(NotFoundError, match="2 images"):
        layout.resolve("")


def test_merging_keeps_other_images_and_unknown_fields(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    first = tiny_image(layout, name="one")
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["x-unknown"] = {"a": 1}
    index["manifests"][0]["x-field"] = "kept"
    (tmp_path / "index.json").write_text(json.dumps(index))
    second = tiny_index(layout, name="two")
    after = json.loads((tmp_path / "index.json").read_bytes())
    assert after["x-unknown"] == {"a": 1}
    assert after["manifests"][0]["x-field"] == "kept"
    assert {entry["digest"] for entry in after["manifests"]} == {first.digest, second.digest}


def test_a_replaced_image_goes_with_its_sbom_but_shared_blobs_stay(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    old = tiny_image(layout, name="app", layers=[{"a": b"1"}, {"shared": b"s"}])
    sbom = tiny_referrer(layout, old)
    other = tiny_image(layout, name="other", layers=[{"shared": b"s"}])
    before = _blobs(layout)
    new = tiny_image(layout, name="app", layers=[{"a": b"2"}, {"shared": b"s"}])
    digests = {entry.digest for entry in layout.entries()}
    assert digests == {new.digest, other.digest}
    gone = before - _blobs(layout)
    assert {old.digest[7:], sbom.digest[7:]} <= gone
    assert layout.reachable([new, other]) == {"sha256:" + name for name in _blobs(layout)}


def test_the_same_image_under_two_names(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    image = tiny_image(layout, name="a")
    layout.tag(image, read_all(layout, image), "b")
    assert [entry.annotations["org.opencontainers.image.ref.name"] for entry in layout.entries()]
    assert layout.resolve("a").digest == layout.resolve("b").digest == layout.resolve("").digest


def test_referrers_are_found_and_have_no_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    image = tiny_image(layout, name="app")
    sbom = tiny_referrer(layout, image)
    (found,) = layout.referrers(image)
    assert (found.digest, found.artifact_type) == (sbom.digest, "application/spdx+json")
    assert layout.referrers(found) == ()
    assert layout.resolve("").digest == image.digest


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    image = tiny_image(layout, name="app")
    tiny_referrer(layout, image)
    before = (tmp_path / "index.json").stat().st_mtime_ns
    tiny_image(layout, name="app")
    tiny_referrer(layout, image)
    assert (tmp_path / "index.json").stat().st_mtime_ns == before


def test_the_index_does_not_depend_on_the_order(tmp_path: Path) -> None:
    one, two = Layout(tmp_path / "1", create=True), Layout(tmp_path / "2", create=True)
    for layout, names in ((one, "ab"), (two, "ba")):
        for name in names:
            tiny_image(layout, name=name, layers=[{name: name.encode()}])
    assert (one.path / "index.json").read_bytes() == (two.path / "index.json").read_bytes()


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    names = [f"image{number}" for number in range(12)]

    def write(name: str) -> None:
        tiny_image(Layout(tmp_path, create=True), name=name, layers=[{name: b"x"}])

    workers = [threading.Thread(target=write, args=(name,)) for name in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {entry.annotations["org.opencontainers.image.ref.name"] for entry in
            Layout(tmp_path).entries()} == set(names)  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"manifests": 1}', "no list of manifests"),
        (b'{"manifests": [1]}', "not an object"),
        (b'{"manifests": [{"mediaType": "a", "size": -1, "digest": "x"}]}', "the size"),
        (b'{"manifests": [{"mediaType": "a", "size": 1, "digest": "sha256:../x"}]}', "digest"),
    ],
)
def test_a_corrupt_index_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "index.json").write_bytes(content)
    with pytest.raises(CorruptError, match=message):
        Layout(tmp_path).entries()


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.go").touch()
    with pytest.raises(StoreError, match=r"not an OCI layout and not empty: it holds main\.go"):
        Layout(tmp_path, create=True)
    with pytest.raises(StoreError, match="is a file"):
        Layout(tmp_path / "main.go", create=True)
    with pytest.raises(NotFoundError, match=r"no index\.json"):
        Layout(tmp_path)


def test_a_layout_is_repaired_by_writing_it_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path, create=True)
    image = tiny_image(layout, name="app")
    for path in (tmp_path / "blobs/sha256").iterdir():
        path.unlink()
    again = tiny_image(layout, name="app")
    assert again == image
    assert layout.reachable([image]) == {"sha256:" + name for name in _blobs(layout)}
