"""Real engines, Docker and Podman, that load and save."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gotare.errors import EngineError, NotFoundError
from gotare.oci.archive import OciArchive, OciArchiveWriter
from gotare.oci.copy import copy
from gotare.oci.daemon import Engine
from gotare.oci.docker_archive import DockerArchive, DockerArchiveWriter
from gotare.oci.endpoint import Endpoint
from gotare.oci.engine_store import EngineSink, saved_image
from gotare.oci.layout import Layout
from gotare.progress import Silent
from tests import engine as engines
from tests.oci.engines import podman_command, short_folder, unique_name
from tests.oci.images import (
    FILES,
    Memory,
    config_of,
    contents_of,
    manifest_of,
    tiny_image,
)


class Notes(Silent):
    """Remembers how steps ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, str, str]] = []

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Remember it."""
        self.ends.append((stage, subject, note))


@pytest.fixture
def docker(engine: engines.Engine) -> Engine:
    """The engine of this machine."""
    return Engine(Endpoint("the test", str(engine.socket)))


@pytest.fixture
def podman() -> Iterator[Engine]:
    """Podman's service with Docker's API."""
    with short_folder() as folder, podman_command() as command:
        path = folder / "podman.sock"
        service = [*command, "system", "service", "--time=60", f"unix://{path}"]
        with subprocess.Popen(
            service, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            try:
                if not _wait_for(lambda: path.is_socket() or process.poll() is not None):
                    pytest.skip("podman's service does not start here")
                yield Engine(Endpoint("the test", str(path)))
            finally:
                process.terminate()
                process.communicate()


def _wait_for(condition: Callable[[], bool]) -> bool:
    pause = threading.Event()
    return any(condition() or pause.wait(0.05) for _ in range(400))


def noisy(source: Memory, **more: Any) -> Any:
    """Make an image that no engine has, with a layer used twice."""
    layers = [FILES, {"noise": os.urandom(2000)}, {"big": bytes(3_000_000)}, FILES]
    return tiny_image(source, layers=layers, **more)


@contextmanager
def removed(engine: engines.Engine, *names: str) -> Iterator[None]:
    """Remove the images from Docker afterwards."""
    try:
        yield
    finally:
        for name in names:
            engine.docker("rmi", "-f", name, check=False)


def _round_trip(engine: Engine, source: Memory, image: Any, name: str) -> None:
    with EngineSink(engine) as sink:
        copy(source, image, sink, [name])
    back = Memory()
    with saved_image(engine, name) as archive:
        root = archive.resolve(name)
        copy(archive, root, back)
    assert config_of(back, root) == config_of(source, image)
    assert contents_of(back, root) == contents_of(source, image)
    assert engine.image_id(name) == manifest_of(source, image)["config"]["digest"]


@pytest.mark.engine
@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_docker_gives_back_what_it_got(
    docker: Engine, engine: engines.Engine, compression: str
) -> None:
    source, name = Memory(), unique_name("trip")
    with removed(engine, name):
        _round_trip(docker, source, noisy(source, compression=compression), name)


@pytest.mark.engine
def test_podman_gives_back_what_it_got(podman: Engine) -> None:
    source = Memory()
    image = noisy(source)
    name = "localhost/" + unique_name("trip")
    _round_trip(podman, source, image, name)
    log = Memory()
    log.blobs = source.blobs
    with EngineSink(podman) as sink:
        copy(log, image, sink, [name])
    layer = manifest_of(source, image)["layers"][1]["digest"]
    assert f"fetch {layer}" not in log.log


@pytest.mark.engine
def test_all_transports_in_a_row(docker: Engine, engine: engines.Engine, tmp_path: Path) -> None:
    """Layout, OCI archive, Docker archive, engine, layout: config and layers stay what they are."""
    source, name = Memory(), unique_name("row")
    image = noisy(source)
    first = Layout(tmp_path / "first", create=True)
    last = Layout(tmp_path / "last", create=True)
    copy(source, image, first, [name])
    with OciArchiveWriter(tmp_path / "oci.tar") as oci_sink:
        copy(first, first.resolve(name), oci_sink, [name])
    with OciArchive(tmp_path / "oci.tar") as oci, DockerArchiveWriter(tmp_path / "d.tar") as sink:
        copy(oci, oci.resolve(name), sink, [name])
    with (
        removed(engine, name),
        DockerArchive.open(tmp_path / "d.tar") as archive,
    ):
        with EngineSink(docker) as engine_sink:
            copy(archive, archive.resolve(name), engine_sink, [name])
        with saved_image(docker, name) as saved:
            copy(saved, saved.resolve(name), last, [name])
    root = last.resolve(name)
    assert config_of(last, root) == config_of(source, image)
    assert contents_of(last, root) == contents_of(source, image)


@pytest.mark.engine
def test_an_image_that_is_there_is_only_named(docker: Engine, engine: engines.Engine) -> None:
    source, notes = Memory(), Notes()
    image = noisy(source)
    first, second = unique_name("one"), unique_name("two")
    with removed(engine, first, second):
        with EngineSink(docker) as sink:
            copy(source, image, sink, [first])
        source.log.clear()
        with EngineSink(docker, notes) as sink:
            result = copy(source, image, sink, [first, second])
        assert {line for line in source.log if "fetch" in line} == {f"fetch {image.digest}"}
        assert ("load", first, "unchanged") in notes.ends
        assert ("load", second, "tagged") in notes.ends
        assert docker.image_id(second) == docker.image_id(first)
        assert result.bytes == image.size


@pytest.mark.engine
def test_a_name_moves_to_the_new_image(docker: Engine, engine: engines.Engine) -> None:
    source, name = Memory(), unique_name("moves")
    old, new = noisy(source), noisy(source)
    with removed(engine, name, manifest_of(source, old)["config"]["digest"]):
        for image in (old, new):
            with EngineSink(docker) as sink:
                copy(source, image, sink, [name])
        assert docker.image_id(name) == manifest_of(source, new)["config"]["digest"]


@pytest.mark.engine
def test_without_a_name_it_has_only_its_id(docker: Engine, engine: engines.Engine) -> None:
    source = Memory()
    image = noisy(source)
    digest = manifest_of(source, image)["config"]["digest"]
    with removed(engine, digest):
        with EngineSink(docker) as sink:
            copy(source, image, sink)
        assert docker.image_id(digest) == digest
        with saved_image(docker, digest) as archive:
            assert archive.resolve(digest) == archive.resolve("")


@pytest.mark.engine
def test_a_copy_that_fails_loads_nothing(docker: Engine, engine: engines.Engine) -> None:
    source, name = Memory(), unique_name("broken")
    image = noisy(source)
    del source.blobs[manifest_of(source, image)["layers"][2]["digest"]]
    with removed(engine, name):
        with pytest.raises(NotFoundError), EngineSink(docker) as sink:
            copy(source, image, sink, [name], jobs=1)
        assert docker.image_id(name) is None
        assert docker.image_id(manifest_of(source, image)["config"]["digest"]) is None


@pytest.mark.engine
def test_the_engine_says_what_is_wrong(docker: Engine, engine: engines.Engine) -> None:
    """The layer is a proper blob, but no tar: only the engine can find that."""
    source, name = Memory(), unique_name("wrong")
    image = tiny_image(source, layers=[{"noise": os.urandom(200)}])
    document = manifest_of(source, image)
    config = json.loads(config_of(source, image))
    config["rootfs"]["diff_ids"] = ["sha256:" + "0" * 64]
    raw = json.dumps(config).encode()
    document["config"] |= {"digest": "sha256:" + hashlib.sha256(raw).hexdigest(), "size": len(raw)}
    source.blobs[document["config"]["digest"]] = raw
    manifest = json.dumps(document).encode()
    digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
    source.blobs[digest] = manifest
    broken = type(image)(image.media_type, digest, len(manifest))
    with removed(engine, name):
        message = "did not load the image: invalid diffID"
        with pytest.raises(EngineError, match=message), EngineSink(docker) as sink:
            copy(source, broken, sink, [name])
        assert docker.image_id(name) is None


@pytest.mark.engine
def test_an_absent_image_is_told(docker: Engine) -> None:
    name = unique_name("absent")
    assert docker.image_id(name) is None
    with pytest.raises(NotFoundError, match="has no image"), saved_image(docker, name):
        pass
    with pytest.raises(EngineError, match="did not tag"):
        docker.tag(name, "other:1")
