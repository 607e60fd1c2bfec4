"""The mover: what it moves, in which order, what it asks for, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci import copy as copy_module
from gotare.oci.copy import ARTIFACT_MANIFEST, copy, up_to_date
from gotare.oci.layout import Layout
from gotare.oci.types import (
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    REF_NAME,
    Descriptor,
    describe,
    encode,
)
from gotare.progress import Silent
from tests.oci.images import (
    FILES,
    Memory,
    finish,
    index_of,
    manifest_of,
    push_bytes,
    tiny_config,
    tiny_image,
    tiny_index,
    tiny_referrer,
)


class Broken(Memory):
    """A source that fails at one digest."""

    def __init__(self, digest: str = "") -> None:
        super().__init__()
        self.digest = digest

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Fail, or open the content."""
        if descriptor.digest == self.digest:
            raise StoreError("the disk is on fire")
        with super().fetch(descriptor) as stream:
            yield stream


def _positions(sink: Memory, verb: str) -> dict[str, int]:
    """Where each digest was last used with the verb."""
    return {line.split()[-1]: at for at, line in enumerate(sink.log) if line.split()[0] == verb}


def _assert_order(sink: Memory) -> None:
    """Children were stored before parents, and referrers before their subjects."""
    stored = _positions(sink, "push") | _positions(sink, "tag")
    for digest in stored:
        content = sink.blobs[digest]
        if b'"schemaVersion"' not in content:
            continue
        document = manifest_of(sink, Descriptor(OCI_MANIFEST, digest, len(content)))
        below = [*document.get("manifests", []), *document.get("layers", [])]
        below += [document["config"]] if "config" in document else []
        for child in below:
            assert stored[child["digest"]] < stored[digest]
        if subject := document.get("subject"):
            assert stored[digest] < stored[subject["digest"]]


def test_an_image_arrives_whole_and_named() -> None:
    source, sink = Memory(), Memory()
    image = tiny_image(source, layers=[FILES, {"b": b"2"}])
    result = copy(source, image, sink, ["app:1", "app:2", "app:1"])
    assert sink.blobs == source.blobs
    assert sink.names == {"app:1": image, "app:2": image}
    assert result.descriptor == image
    assert {d.digest for d in result.copied} == set(source.blobs)
    assert result.reused == ()
    assert result.names == ("app:1", "app:2")
    assert result.bytes == sum(map(len, source.blobs.values()))
    _assert_order(sink)


@pytest.mark.parametrize("jobs", [1, 4])
def test_an_index_arrives_with_referrers_of_referrers_first(jobs: int) -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source, ["linux/amd64", "linux/arm64", "linux/arm/v7"])
    for entry in manifest_of(source, index)["manifests"]:
        sbom = tiny_referrer(source, Descriptor.from_json(entry), entry["digest"].encode())
        tiny_referrer(source, sbom, b"signature" + entry["digest"].encode())
    tiny_referrer(source, index, b"about all")
    copy(source, index, sink, ["app"], jobs=jobs)
    assert sink.blobs == source.blobs
    assert sink.log[-1] == f"tag app {index.digest}"
    _assert_order(sink)


def test_without_names_the_root_is_stored_last() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    copy(source, index, sink)
    assert sink.log[-1] == f"push {index.digest}"
    assert sink.names == {}


def test_referrers_can_be_left_behind() -> None:
    source, sink = Memory(), Memory()
    image = tiny_image(source)
    sbom = tiny_referrer(source, image)
    copy(source, image, sink, ["app"], referrers=False)
    assert sbom.digest not in sink.blobs


def test_what_is_there_is_only_named() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    tiny_referrer(source, index)
    copy(source, index, sink, ["old"])
    source.log.clear()
    sink.log.clear()
    result = copy(source, index, sink, ["new"])
    assert sink.log == [f"exists {index.digest}", f"tag new {index.digest}"]
    assert source.log == [f"fetch {index.digest}"]
    assert (result.copied, result.reused) == ((), (index,))


def test_an_image_that_is_there_is_not_asked_about_again() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    amd64, arm64 = (Descriptor.from_json(e) for e in manifest_of(source, index)["manifests"])
    copy(source, amd64, sink)
    sink.log.clear()
    result = copy(source, index, sink, ["app"])
    layer = manifest_of(source, amd64)["layers"][1]["digest"]
    assert f"exists {layer}" not in sink.log
    assert {d.digest for d in result.reused} > {amd64.digest}
    assert arm64.digest in {d.digest for d in result.copied}


def test_a_blob_that_is_there_is_not_fetched() -> None:
    source, sink = Memory(), Memory()
    image = tiny_image(source, layers=[FILES, {"b": b"2"}])
    shared = Descriptor.from_json(manifest_of(source, image)["layers"][0])
    sink.blobs[shared.digest] = source.blobs[shared.digest]
    result = copy(source, image, sink, ["app"])
    assert f"fetch {shared.digest}" not in source.log
    assert shared in result.reused


def test_a_layer_used_twice_moves_once() -> None:
    source, sink = Memory(), Memory()
    image = tiny_image(source, layers=[FILES, FILES])
    copy(source, image, sink, ["app"])
    layer = manifest_of(source, image)["layers"][0]["digest"]
    assert sink.log.count(f"push {layer}") == 1


def test_recheck_finds_referrers_that_were_attached_later() -> None:
    source, sink = Memory(), Memory()
    index = tiny_index(source)
    copy(source, index, sink, ["app"])
    child = Descriptor.from_json(manifest_of(source, index)["manifests"][0])
    late = tiny_referrer(source, child)
    copy(source, index, sink, ["app"])
    assert late.digest not in sink.blobs
    result = copy(source, index, sink, ["app"], recheck=True)
    assert late.digest in sink.blobs
    assert late.digest in {d.digest for d in result.copied}
    assert index in result.reused


def test_up_to_date_is_one_question() -> None:
    source, sink = Memory(), Memory()
    image, other = tiny_image(source), tiny_image(source, layers=[{"b": b"2"}])
    assert not up_to_date(sink, image, "app")
    copy(source, image, sink, ["app"])
    assert up_to_date(sink, image, "app")
    assert not up_to_date(sink, other, "app")
    assert not up_to_date(sink, image, "")


# other things in indexes


def test_nested_indexes_artifacts_and_unknown_types_are_moved() -> None:
    source, sink = Memory(), Memory()
    inner = tiny_index(source, ["linux/arm64"])
    unknown = push_bytes(source, b"what is this", "application/vnd.example")
    content = {
        "mediaType": ARTIFACT_MANIFEST,
        "artifactType": "application/vnd.example",
        "blobs": [push_bytes(source, b"an artifact", "text/plain").json()],
    }
    artifact = push_bytes(source, encode(content), ARTIFACT_MANIFEST)
    index = index_of(source, [tiny_image(source), inner, unknown, artifact])
    copy(source, index, sink, ["app"])
    assert sink.blobs == source.blobs


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
)
def test_foreign_layers_with_urls_stay_away(media_type: str) -> None:
    source, sink = Memory(), Memory()
    foreign = describe(b"windows", media_type, extra={"urls": ["https://example.com/windows"]})
    content = encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": push_bytes(source, tiny_config([]), "application/json").json(),
            "layers": [foreign.json()],
        }
    )
    image = finish(source, describe(content, OCI_MANIFEST), content, "")
    copy(source, image, sink, ["app"])
    assert foreign.digest not in sink.blobs
    local = replace(foreign, extra={})
    content = content.replace(encode(foreign.json()), encode(local.json()))
    image = finish(source, describe(content, OCI_MANIFEST), content, "")
    with pytest.raises(NotFoundError):
        copy(source, image, sink, ["app"])


# failures


def test_the_first_failure_is_raised_and_nothing_is_named() -> None:
    source, sink = Broken(), Memory()
    image = tiny_image(source, layers=[{f"file{i}": b"x" * i} for i in range(20)])
    source.digest = manifest_of(source, image)["layers"][7]["digest"]
    with pytest.raises(StoreError, match="the disk is on fire"):
        copy(source, image, sink, ["app"])
    assert sink.names == {}
    assert image.digest not in sink.blobs


def test_a_failure_stops_the_transfers_that_run() -> None:
    """One transfer waits for the other's failure, and then must not go on."""
    failed = threading.Event()
    source = Memory()
    image = tiny_image(source, layers=[{"a": b"1"}, {"b": b"2"}])
    slow, bad = (Descriptor.from_json(layer) for layer in manifest_of(source, image)["layers"])
    read: list[bytes] = []

    class Sink(Memory):
        def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
            if descriptor.digest == bad.digest:
                failed.set()
                raise StoreError("no room")
            if descriptor.digest == slow.digest:
                assert failed.wait(30)
                for _ in range(1000):  # reading goes on until it is told to stop
                    read.append(content.read(0))
                    threading.Event().wait(0.01)
            super().push(descriptor, content)

    with pytest.raises(StoreError, match="no room"):
        copy(source, image, Sink(), ["app"])
    assert len(read) < 1000


def test_a_corrupt_blob_is_not_stored(tmp_path: Path) -> None:
    source, sink = Memory(), Layout(tmp_path / "layout", create=True)
    image = tiny_image(source)
    layer = Descriptor.from_json(manifest_of(source, image)["layers"][0])
    source.blobs[layer.digest] = bytes(layer.size)
    with pytest.raises(CorruptError, match=layer.digest):
        copy(source, image, sink, ["app"])
    assert not sink.exists(layer)
    assert not (tmp_path / "layout/index.json").exists()


def _pushed(source: Memory, media_type: str, document: dict[str, Any]) -> Descriptor:
    return push_bytes(source, encode(document), media_type)


def test_a_manifest_that_could_be_an_index_is_refused() -> None:
    source = Memory()
    both: dict[str, Any] = {"schemaVersion": 2, "manifests": [], "layers": []}
    for media_type in (OCI_INDEX, OCI_MANIFEST):
        with pytest.raises(CorruptError, match="could be an image and an index"):
            copy(source, _pushed(source, media_type, both), Memory())


def test_a_manifest_that_says_it_is_something_else_is_refused() -> None:
    source = Memory()
    descriptor = _pushed(source, OCI_INDEX, {"mediaType": OCI_MANIFEST})
    with pytest.raises(CorruptError, match="and says"):
        copy(source, descriptor, Memory())


@pytest.mark.parametrize("bad", [{"layers": {}}, {"layers": [1]}, {"config": []}])
def test_malformed_manifests_are_refused(bad: dict[str, Any]) -> None:
    source = Memory()
    with pytest.raises(CorruptError):
        copy(source, _pushed(source, OCI_MANIFEST, bad), Memory())


def test_schema_1_is_refused_with_a_remedy() -> None:
    source = Memory()
    old = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    index = index_of(source, [_pushed(source, old, {})])
    with pytest.raises(StoreError, match="schema 1") as caught:
        copy(source, index, Memory())
    assert caught.value.hint


def test_deep_nesting_is_refused() -> None:
    source = Memory()
    index = tiny_index(source)
    for _ in range(copy_module.MAX_DEPTH + 1):
        index = index_of(source, [index])
    with pytest.raises(CorruptError, match="levels deep"):
        copy(source, index, Memory())


def test_a_long_chain_of_referrers_is_refused() -> None:
    """All are in one index, so the chain is no deeper in the walk, but would be in the order."""
    source = Memory()
    chain = [tiny_image(source)]
    for _ in range(copy_module.MAX_CHAIN + 2):
        chain.append(tiny_referrer(source, chain[-1]))
    with pytest.raises(CorruptError, match=r"levels of manifests|levels deep"):
        copy(source, index_of(source, chain), Memory())


def test_too_many_manifests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_module, "MAX_MANIFESTS", 2)
    source = Memory()
    with pytest.raises(CorruptError, match="more than 2 manifests"):
        copy(source, tiny_index(source), Memory())


def test_too_large_manifests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_module, "MAX_HELD", 100)
    source = Memory()
    with pytest.raises(CorruptError, match="larger than 100 bytes"):
        copy(source, tiny_index(source), Memory())


def test_a_source_that_invents_a_cycle_of_referrers_is_refused() -> None:
    class Liar(Memory):
        def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
            return tuple(d for d in (first, second) if d != descriptor)

    source = Liar()
    first, second = tiny_image(source), tiny_image(source, layers=[{"b": b"2"}])
    with pytest.raises(CorruptError, match="contain or describe itself"):
        copy(source, first, Memory(), ["app"])


def test_progress_tells_what_was_moved_and_what_reused() -> None:
    class Log(Silent):
        def __init__(self) -> None:
            self.ends: list[tuple[str, str, str]] = []
            self.last: dict[str, tuple[int, int | None]] = {}

        def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
            self.last[subject] = (done, total)

        def end(self, stage: str, subject: str, note: str = "") -> None:
            self.ends.append((stage, subject, note))

    source, sink, log = Memory(), Memory(), Log()
    image = tiny_image(source)
    layer = Descriptor.from_json(manifest_of(source, image)["layers"][0])
    config = Descriptor.from_json(manifest_of(source, image)["config"])
    sink.blobs[config.digest] = source.blobs[config.digest]
    copy(source, image, sink, ["app"], progress=log)
    assert ("copy", layer.digest[:19], "") in log.ends
    assert ("copy", config.digest[:19], "reused") in log.ends
    assert log.last[layer.digest[:19]] == (layer.size, layer.size)


# layouts


def test_names_of_one_layout_do_not_reach_another(tmp_path: Path) -> None:
    first = Layout(tmp_path / "first", create=True)
    second = Layout(tmp_path / "second", create=True)
    tiny_image(first, name="app:1")
    named = first.resolve("app:1")
    foreign = replace(named, annotations={**named.annotations, "io.containerd.image.name": "x"})
    copy(first, foreign, second, ["app:2"])
    assert second.resolve("app:2").annotations == {REF_NAME: "app:2"}


@given(st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=6), st.booleans())
def test_any_tree_arrives_whole_and_in_order(shape: list[list[int]], about: bool) -> None:
    """Indexes over earlier manifests, drawn at random, with shared and repeated parts."""
    source, sink = Memory(), Memory()
    made = [tiny_image(source)]
    for number, parts in enumerate(shape):
        below = [made[part % len(made)] for part in parts]
        own = tiny_image(source, layers=[{f"f{number}": b""}])
        made.append(index_of(source, [*below, own]))
        if about:
            tiny_referrer(source, made[-1], str(number).encode())
    copy(source, made[-1], sink, ["app"])
    _assert_order(sink)
    assert copy(source, made[-1], sink, ["app"], recheck=True).copied == ()


def test_the_layer_type_is_kept() -> None:
    source, sink = Memory(), Memory()
    image = tiny_image(source)
    copy(source, image, sink, ["app"])
    assert manifest_of(sink, image)["layers"][0]["mediaType"] == OCI_LAYER_GZIP
