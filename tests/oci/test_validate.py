"""Whole images, good and wrong in one way each."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from gotare.errors import NotFoundError, ValidationError
from gotare.oci.store import VerifyingReader
from gotare.oci.types import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    describe,
    encode,
)
from gotare.oci.validate import Limits, Report, validate
from tests.oci.broken import END, Broken, Document, member, program, tar
from tests.oci.images import (
    Memory,
    finish,
    index_of,
    push_bytes,
    tiny_image,
    tiny_index,
    tiny_referrer,
)


def rules(report: Report, severity: str = "") -> list[str]:
    return [found.rule for found in report.findings if severity in ("", found.severity)]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_valid_images(compression: str, official_schemas: Path) -> None:
    store = Memory()
    image = tiny_image(store, compression=compression)
    report = validate(store, image, schema_directory=official_schemas)
    assert report.findings == ()
    assert (report.manifests, report.blobs, report.files) == (1, 2, 1)
    report.raise_for_errors()


@pytest.mark.parametrize("docker", [False, True])
def test_valid_indexes(docker: bool, official_schemas: Path) -> None:
    store = Memory()
    index = tiny_index(store, ["linux/amd64", "linux/arm64", "linux/arm/v7"], docker=docker)
    report = validate(store, index, schema_directory=official_schemas)
    assert report.findings == ()
    assert (report.manifests, report.blobs, report.files) == (4, 7, 4)


def test_referrers_are_checked_by_digest() -> None:
    store = Memory()
    image = tiny_image(store)
    tiny_referrer(store, image, b"not JSON at all", "application/spdx+json")
    report = validate(store, image)
    assert (report.findings, report.manifests, report.blobs) == ((), 2, 4)


def test_each_blob_is_read_once() -> None:
    store = Memory()
    image = tiny_image(store)
    both = [dataclasses.replace(image, annotations={"copy": name}) for name in "ab"]
    index = index_of(store, both)
    store.log.clear()
    validate(store, index)
    fetched = [line for line in store.log if line.startswith("fetch")]
    assert len(fetched) == len(set(fetched)) == 4


def test_a_docker_config_may_hold_nulls(official_schemas: Path) -> None:
    def nulls(config: Document) -> None:
        config["config"] |= {"Env": None, "ExposedPorts": None, "Labels": None, "OnBuild": None}

    docker = Broken(
        config=nulls,
        config_type=DOCKER_CONFIG,
        media_type=DOCKER_LAYER_GZIP,
        manifest_type=DOCKER_MANIFEST,
    )
    store = Memory()
    assert validate(store, docker.make(store), schema_directory=official_schemas).findings == ()
    oci = Broken(config=nulls)
    assert set(rules(validate(store, oci.make(store)))) == {"schema"}


def put(document: Document, *path: str | int, value: Any) -> None:
    target: Any = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value


def change(*path: str | int, value: Any) -> Callable[[Document], None]:
    return lambda document: put(document, *path, value=value)


def duplicate_key(content: bytes) -> bytes:
    return content.replace(b'{"schemaVersion":2', b'{"schemaVersion":2,"schemaVersion":2', 1)


def wrong_data(manifest: Document) -> None:
    manifest["config"]["data"] = base64.b64encode(b"{}").decode()


def right_data(store: Memory) -> Descriptor:
    def embed(manifest: Document) -> None:
        content = store.blobs[manifest["config"]["digest"]]
        manifest["config"]["data"] = base64.b64encode(content).decode()

    return Broken(manifest=embed).make(store)


def test_right_embedded_data() -> None:
    store = Memory()
    assert validate(store, right_data(store)).findings == ()


LINK = tarfile.SYMTYPE
ERRORS: dict[str, tuple[str, Broken]] = {
    "not json": ("json", Broken(encoded=lambda content: content[:-1])),
    "a list": ("json", Broken(encoded=lambda content: b"[" + content + b"]")),
    "deep": ("json", Broken(encoded=lambda content: b"[" * 200_000)),
    "twice the key": ("json", Broken(encoded=duplicate_key)),
    "schema": ("schema", Broken(manifest=change("annotations", value={"a": 1}))),
    "both meanings": ("schema", Broken(manifest=change("manifests", value=[]))),
    "media type": ("media-type", Broken(manifest=change("mediaType", value=OCI_INDEX))),
    "docker without": (
        "media-type",
        Broken(
            manifest=lambda document: document.pop("mediaType"),
            manifest_type=DOCKER_MANIFEST,
            config_type=DOCKER_CONFIG,
            media_type=DOCKER_LAYER_GZIP,
        ),
    ),
    "docker config": ("media-type-mixed", Broken(config_type=DOCKER_CONFIG)),
    "docker layer": ("media-type-mixed", Broken(media_type=DOCKER_LAYER_GZIP)),
    "data": ("descriptor-data", Broken(manifest=wrong_data)),
    "diff ids": ("diff-id-count", Broken(config=lambda c: c["rootfs"]["diff_ids"].append("x"))),
    "diff id": (
        "diff-id",
        Broken(config=change("rootfs", "diff_ids", 0, value="sha256:" + "0" * 64)),
    ),
    "history": ("history-count", Broken(config=change("history", value=[{"empty_layer": True}]))),
    "platform": ("platform", Broken(platform=Platform("linux", "arm64"))),
    "variant": (
        "platform",
        Broken(platform=Platform("linux", "amd64", "v3"), config=change("variant", value="v2")),
    ),
    "no entrypoint": ("entrypoint-missing", Broken(layers=[member("etc/x") + END])),
    "removed": ("entrypoint-missing", Broken(layers=[tar(), member("usr/bin/.wh.app") + END])),
    "opaque": ("entrypoint-missing", Broken(layers=[tar(), member("usr/.wh..wh..opq") + END])),
    "link loop": (
        "entrypoint-missing",
        Broken(layers=[member("usr/bin/app", kind=LINK, link="app") + END]),
    ),
    "not executable": ("entrypoint-mode", Broken(layers=[program(0o644) + END])),
    "a folder": (
        "entrypoint-mode",
        Broken(layers=[member("usr/bin/app", kind=tarfile.DIRTYPE, mode=0o755) + END]),
    ),
    "wrong compression": ("layer-compression", Broken(compression="zstd")),
    "truncated": ("layer-compression", Broken(compressed=lambda content: content[:-9])),
    "trailing": ("layer-compression", Broken(compressed=lambda content: content + b"more")),
    "not zstd": ("layer-compression", Broken(media_type=OCI_LAYER_ZSTD)),
    "short zstd": (
        "layer-compression",
        Broken(
            media_type=OCI_LAYER_ZSTD,
            compression="zstd",
            compressed=lambda content: content[:-3],
        ),
    ),
    "not a tar": ("tar-format", Broken(layers=[b"x" * 1024])),
    "gzip as tar": ("tar-format", Broken(media_type=OCI_LAYER)),
    "cut header": ("tar-format", Broken(layers=[tar()[:300]])),
    "cut file": ("tar-format", Broken(layers=[member("a", b"x" * 600)[:700]])),
    "empty": ("tar-path-empty", Broken(layers=[tar(member(""))])),
    "absolute": ("tar-path-absolute", Broken(layers=[tar(member("/etc/a"))])),
    "climbs": ("tar-path-climbs", Broken(layers=[tar(member("etc/../../a"))])),
    "nul": ("tar-path-nul", Broken(layers=[tar(member("a", pax={"path": "a\0b"}))])),
    "long": ("tar-path-long", Broken(layers=[tar(member("a/" * 2100))])),
    "not utf-8": ("tar-path-encoding", Broken(layers=[tar(member("caf\udce9"))])),
    "duplicate": ("tar-duplicate", Broken(layers=[tar(member("a"), member("./a"))])),
    "below a file": ("tar-parent", Broken(layers=[tar(member("a"), member("a/b"))])),
    "below a link": (
        "tar-parent",
        Broken(layers=[tar(member("a", kind=LINK, link="/"), member("a/b/c"))]),
    ),
    "symlink": ("tar-symlink", Broken(layers=[tar(member("a", kind=LINK))])),
    "hard link": (
        "tar-hardlink",
        Broken(layers=[tar(member("a", kind=tarfile.LNKTYPE, link="nowhere"))]),
    ),
    "climbing hard link": (
        "tar-hardlink",
        Broken(layers=[tar(member("a", kind=tarfile.LNKTYPE, link="../shadow"))]),
    ),
    "whiteout": ("tar-whiteout", Broken(layers=[tar(member("a/.wh."))])),
    "climbing whiteout": ("tar-whiteout", Broken(layers=[tar(member("a/.wh..."))])),
    "aufs": ("tar-whiteout", Broken(layers=[tar(member(".wh..wh.plnk"))])),
    "full whiteout": ("tar-whiteout", Broken(layers=[tar(member("a/.wh.b", b"content"))])),
}
WARNINGS: dict[str, tuple[str, Broken]] = {
    "user": ("user-name", Broken(config=change("config", "User", value="nobody"))),
    "group": ("user-name", Broken(config=change("config", "User", value="65534:nogroup"))),
    "device": ("tar-device", Broken(layers=[tar(member("dev/null", kind=tarfile.CHRTYPE))])),
    "setuid": ("tar-setuid", Broken(layers=[tar(member("bin/su", mode=0o4755))])),
    "type": ("tar-type", Broken(layers=[tar(member("a", kind=b"V"))])),
    "no end": ("tar-end", Broken(layers=[program()])),
    "after the end": ("tar-trailing", Broken(layers=[tar() + member("hidden")])),
    "foreign layer": (
        "layer-media-type",
        Broken(media_type="application/vnd.oci.image.layer.v1.tar+lz4"),
    ),
}


@pytest.mark.parametrize(("rule", "broken"), ERRORS.values(), ids=ERRORS)
def test_errors(rule: str, broken: Broken) -> None:
    store = Memory()
    report = validate(store, broken.make(store))
    found = [problem for problem in report.errors if problem.rule == rule]
    assert len(found) == 1
    assert not report.warnings
    # The config's schema sees a diff_id that is none, too.
    assert set(rules(report)) - {rule} <= ({"schema"} if rule == "diff-id-count" else set())
    with pytest.raises(ValidationError, match=rule):
        report.raise_for_errors()


@pytest.mark.parametrize(("rule", "broken"), WARNINGS.values(), ids=WARNINGS)
def test_warnings(rule: str, broken: Broken) -> None:
    store = Memory()
    report = validate(store, broken.make(store))
    assert [(found.severity, found.rule) for found in report.findings] == [("warning", rule)]
    report.raise_for_errors()


GOOD: dict[str, Broken] = {
    "hard link below": Broken(
        layers=[tar(), member("usr/bin/b", kind=tarfile.LNKTYPE, link="usr/bin/app") + END]
    ),
    "hard link beside": Broken(
        layers=[program() + member("b", kind=tarfile.LNKTYPE, link="usr/bin/app") + END]
    ),
    "entrypoint through links": Broken(
        layers=[
            member("opt", kind=tarfile.DIRTYPE, mode=0o755)
            + member("opt/real", mode=0o755)
            + member("usr/bin", kind=LINK, link="../opt")
            + member("opt/app", kind=LINK, link="real")
            + END
        ]
    ),
    "written through a link": Broken(
        layers=[
            member("real", kind=tarfile.DIRTYPE, mode=0o755)
            + member("usr/bin", kind=LINK, link="/real")
            + END,
            tar(),
        ]
    ),
    "hard-linked entrypoint": Broken(
        layers=[
            member("opt/app", mode=0o755)
            + member("usr/bin/app", kind=tarfile.LNKTYPE, link="opt/app")
            + END
        ]
    ),
    "removed and put back": Broken(layers=[tar(), member("usr/bin/.wh.app") + END, tar()]),
    "from the path": Broken(
        layers=[member("a") + END], config=change("config", "Entrypoint", value=["app"])
    ),
    "no config at all": Broken(
        layers=[member("a") + END], config=lambda config: config.pop("config")
    ),
    "no history": Broken(config=lambda config: config.pop("history")),
    "empty layers": Broken(
        config=lambda c: c["history"].append({"created_by": "ENV a=b", "empty_layer": True})
    ),
    "variant in the index alone": Broken(platform=Platform("linux", "amd64", "v3")),
    "the default variant": Broken(platform=Platform("linux", "amd64", "v1")),
    "two members": Broken(
        compression="none",
        compressed=lambda content: gzip.compress(content[:700]) + gzip.compress(content[700:]),
    ),
    "no tar at all": Broken(
        layers=[END],
        config=lambda config: config.pop("config"),
        media_type=DOCKER_LAYER,
        compression="none",
        config_type=DOCKER_CONFIG,
        manifest_type=DOCKER_MANIFEST,
    ),
}


@pytest.mark.parametrize("good", GOOD.values(), ids=GOOD)
def test_unusual_but_valid(good: Broken, official_schemas: Path) -> None:
    store = Memory()
    assert validate(store, good.make(store), schema_directory=official_schemas).findings == ()


# blobs


def blob_of(store: Memory, image: Descriptor, key: str) -> str:
    import json

    document = json.loads(store.blobs[image.digest])
    child = document["config"] if key == "config" else document["layers"][0]
    return str(child["digest"])


@pytest.mark.parametrize("key", ["config", "layer"])
@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("blob-corrupt", lambda content: bytes([content[0] ^ 1]) + content[1:]),
        ("blob-corrupt", lambda content: content[:-1] + bytes([content[-1] ^ 1])),
        ("blob-corrupt", lambda content: content[:-1]),
        ("blob-corrupt", lambda content: content + b"x"),
        ("blob-corrupt", lambda content: b""),
        ("blob-missing", None),
    ],
    ids=["first bit", "last bit", "short", "long", "empty", "missing"],
)
def test_damaged_blobs(key: str, rule: str, damage: Callable[[bytes], bytes] | None) -> None:
    store = Memory()
    image = Broken().make(store)
    digest = blob_of(store, image, key)
    content = store.blobs.pop(digest)
    if damage:
        store.blobs[digest] = damage(content)
    report = validate(store, image)
    assert rules(report) == [rule]
    assert report.findings[0].digest == digest


def test_a_source_that_does_not_check() -> None:
    class Trusting(Memory):
        @contextmanager
        def fetch(self, descriptor: Descriptor) -> Any:
            yield cast(BinaryIO, io.BytesIO(self.blobs[descriptor.digest]))

    store = Trusting()
    image = Broken().make(store)
    digest = blob_of(store, image, "layer")
    store.blobs[digest] = gzip.compress(tar(), mtime=0)[:-1] + b"\xff"
    assert rules(validate(store, image)) == ["blob-corrupt"]


def test_a_huge_document_is_not_read() -> None:
    store = Memory()
    huge = Descriptor(OCI_MANIFEST, "sha256:" + "1" * 64, 5 << 20)
    assert rules(validate(store, huge)) == ["document-size"]
    assert not [line for line in store.log if line.startswith("fetch")]


def test_other_content_is_checked_by_digest() -> None:
    store = Memory()
    blob = push_bytes(store, b"anything", "text/plain")
    assert validate(store, blob) == Report(blobs=1)
    store.blobs[blob.digest] = b"Anything"
    assert rules(validate(store, blob)) == ["blob-corrupt"]


def test_foreign_layers_may_be_elsewhere() -> None:
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    urls = change("layers", 0, "urls", value=["https://example.com/layer"])
    store = Memory()
    image = Broken(media_type=foreign, manifest=urls).make(store)
    del store.blobs[blob_of(store, image, "layer")]
    assert rules(validate(store, image)) == ["layer-media-type"]


# indexes


def test_platforms_that_cannot_be_told_apart() -> None:
    store = Memory()
    image = tiny_image(store)
    other = tiny_image(store, layers=[{"etc/hello": b"other"}])
    assert rules(validate(store, index_of(store, [image, other])), "warning") == [
        "platform-duplicate"
    ]
    nameless = dataclasses.replace(other, platform=None)
    assert rules(validate(store, index_of(store, [image, nameless]))) == ["platform-missing"]


def test_an_index_of_the_other_family() -> None:
    store = Memory()
    index = index_of(store, [tiny_image(store)], docker=True)
    assert rules(validate(store, index)) == ["media-type-mixed"]


def test_entries_that_are_no_descriptors() -> None:
    store = Memory()
    content = encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [1, {}, None]})
    index = finish(store, describe(content, OCI_INDEX), content, "")
    assert set(rules(validate(store, index))) == {"schema"}


def test_nesting_has_an_end() -> None:
    store = Memory()
    inner = tiny_image(store)
    for _ in range(4):
        inner = index_of(store, [inner])
    assert validate(store, inner).findings == ()
    for _ in range(4):
        inner = index_of(store, [inner])
    assert rules(validate(store, inner)) == ["depth"]


def test_one_platform_of_an_index() -> None:
    store = Memory()
    index = tiny_index(store)
    report = validate(store, index, platform=Platform.parse("linux/arm64/v8"))
    assert (report.findings, report.manifests) == ((), 2)
    with pytest.raises(NotFoundError, match="nothing for linux/s390x"):
        validate(store, index, platform=Platform("linux", "s390x"))


def test_a_referrer_of_something_else() -> None:
    store = Memory()
    image, other = tiny_image(store), tiny_image(store, layers=[{"etc/hello": b"2"}])
    referrer = tiny_referrer(store, other)

    class Confused(Memory):
        def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
            return (referrer,)

    confused = Confused()
    confused.blobs = store.blobs
    assert rules(validate(confused, image)) == ["referrer-subject"]


# limits


def test_a_bomb_stops_at_its_limit() -> None:
    big = member("zeros", bytes(3 << 20))
    for media_type, compression in ((OCI_LAYER_GZIP, "gzip"), (OCI_LAYER_ZSTD, "zstd")):
        store = Memory()
        broken = Broken(layers=[tar(big)], media_type=media_type, compression=compression)
        image = broken.make(store)
        assert validate(store, image).findings == ()
        report = validate(store, image, limits=Limits(layer_bytes=1 << 20))
        assert rules(report) == ["layer-size"]


def test_the_ratio_counts_above_what_is_free() -> None:
    limits = Limits(layer_bytes=10 << 30, ratio=100)
    assert limits.of(Descriptor(OCI_LAYER_GZIP, "sha256:" + "0" * 64, 10)) == 256 << 20
    assert limits.of(Descriptor(OCI_LAYER_GZIP, "sha256:" + "0" * 64, 10 << 20)) == 1000 << 20
    assert limits.of(Descriptor(OCI_LAYER_GZIP, "sha256:" + "0" * 64, 1 << 30)) == 10 << 30


class Giant(io.RawIOBase):
    """A tar with one file of zeros, made while it is read."""

    def __init__(self, size: int) -> None:
        info = tarfile.TarInfo("zeros")
        info.size = size
        self._head = info.tobuf()
        self._left = size + len(END)

    def read(self, size: int = -1) -> bytes:
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        step = min(size, self._left)
        self._left -= step
        return bytes(step)


def test_a_large_layer_is_streamed() -> None:
    import hashlib

    size = 100 << 20
    whole = hashlib.sha256()
    giant = Giant(size)
    while piece := giant.read(1 << 20):
        whole.update(piece)
    layer = Descriptor(OCI_LAYER, "sha256:" + whole.hexdigest(), size + 512 + len(END))

    class Streaming(Memory):
        @contextmanager
        def fetch(self, descriptor: Descriptor) -> Any:
            if descriptor.digest == layer.digest:
                stream = cast(BinaryIO, Giant(size))
                yield cast(BinaryIO, VerifyingReader(stream, descriptor, "a giant"))
                return
            with super().fetch(descriptor) as small:
                yield small

    store = Streaming()

    def giant_layer(manifest: Document) -> None:
        manifest["layers"] = [layer.json()]

    def giant_config(config: Document) -> None:
        config["rootfs"]["diff_ids"] = [layer.digest]
        del config["config"]

    image = Broken(manifest=giant_layer, config=giant_config).make(store)
    tracemalloc.start()
    report = validate(store, image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.findings == ()
    assert peak < 16 << 20


# the report


def test_the_report_in_words_and_json() -> None:
    store = Memory()
    broken = Broken(layers=[tar(*(member(f"/{letter}") for letter in "abcde"))])
    report = validate(store, broken.make(store))
    with pytest.raises(ValidationError, match="and 2 more") as caught:
        report.raise_for_errors()
    assert caught.value.hint
    document = report.json()
    assert document["valid"] is False
    assert [found["path"] for found in document["findings"]] == [f"/{x}" for x in "abcde"]
    assert str(report.errors[0]).startswith("error: '/a' is an absolute path in sha256:")


def test_progress_is_told() -> None:
    class Listener:
        def __init__(self) -> None:
            self.steps: list[tuple[str, int, int | None]] = []
            self.ended: list[str] = []

        def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
            self.steps.append((subject, done, total))

        def end(self, stage: str, subject: str, note: str = "") -> None:
            self.ended.append(subject)

        def warn(self, message: str) -> None:
            raise AssertionError(message)

    store, listener = Memory(), Listener()
    image = tiny_image(store)
    validate(store, image, progress=listener)
    total = sum(map(len, store.blobs.values()))
    assert listener.steps[-1] == (image.digest[:19], total, None)
    assert listener.ended == [image.digest[:19]]
