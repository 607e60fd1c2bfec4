"""Engines: real Docker and Podman that load and save, and doubles that misbehave."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gotare.errors import EngineError, NotFoundError, StoreError, UsageError
from gotare.oci.archive import OciArchive, OciArchiveWriter
from gotare.oci.copy import copy
from gotare.oci.daemon import Engine
from gotare.oci.docker_archive import DockerArchive, DockerArchiveWriter
from gotare.oci.endpoint import DOCKER_SOCKET, Endpoint, find_endpoint, parse_endpoint
from gotare.oci.engine_store import EngineSink, saved_image
from gotare.oci.layout import Layout
from gotare.progress import Silent
from tests.oci.engines import need_docker, podman_command, unique_name
from tests.oci.images import (
    FILES,
    Memory,
    config_of,
    contents_of,
    manifest_of,
    tiny_image,
    tiny_index,
    tiny_referrer,
)


class Notes(Silent):
    """Remembers how steps ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, str, str]] = []

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Remember it."""
        self.ends.append((stage, subject, note))


@pytest.fixture
def docker() -> Engine:
    """The engine of this machine."""
    need_docker()
    return Engine.find(os.environ, Path.home())


@pytest.fixture
def podman(short: Path) -> Iterator[Engine]:
    """Podman's service with Docker's API."""
    path = short / "podman.sock"
    with podman_command() as command:
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


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name: the path of a unix socket has 107 bytes at most."""
    folder = tempfile.mkdtemp(prefix="gd")
    yield Path(folder)
    shutil.rmtree(folder)


def noisy(source: Memory, **more: Any) -> Any:
    """Make an image that no engine has, with a layer used twice."""
    layers = [FILES, {"noise": os.urandom(2000)}, {"big": bytes(3_000_000)}, FILES]
    return tiny_image(source, layers=layers, **more)


@contextmanager
def removed(*names: str) -> Iterator[None]:
    """Remove the images from Docker afterwards."""
    try:
        yield
    finally:
        for name in names:
            subprocess.run(["docker", "rmi", "-f", name], capture_output=True)


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
def test_docker_gives_back_what_it_got(docker: Engine, compression: str) -> None:
    source, name = Memory(), unique_name("trip")
    with removed(name):
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
def test_all_transports_in_a_row(docker: Engine, tmp_path: Path) -> None:
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
        removed(name),
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
def test_an_image_that_is_there_is_only_named(docker: Engine) -> None:
    source, notes = Memory(), Notes()
    image = noisy(source)
    first, second = unique_name("one"), unique_name("two")
    with removed(first, second):
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
def test_a_name_moves_to_the_new_image(docker: Engine) -> None:
    source, name = Memory(), unique_name("moves")
    old, new = noisy(source), noisy(source)
    with removed(name, manifest_of(source, old)["config"]["digest"]):
        for image in (old, new):
            with EngineSink(docker) as sink:
                copy(source, image, sink, [name])
        assert docker.image_id(name) == manifest_of(source, new)["config"]["digest"]


@pytest.mark.engine
def test_without_a_name_it_has_only_its_id(docker: Engine) -> None:
    source = Memory()
    image = noisy(source)
    digest = manifest_of(source, image)["config"]["digest"]
    with removed(digest):
        with EngineSink(docker) as sink:
            copy(source, image, sink)
        assert docker.image_id(digest) == digest
        with saved_image(docker, digest) as archive:
            assert archive.resolve(digest) == archive.resolve("")


@pytest.mark.engine
def test_a_copy_that_fails_loads_nothing(docker: Engine) -> None:
    source, name = Memory(), unique_name("broken")
    image = noisy(source)
    del source.blobs[manifest_of(source, image)["layers"][2]["digest"]]
    with removed(name):
        with pytest.raises(NotFoundError), EngineSink(docker) as sink:
            copy(source, image, sink, [name], jobs=1)
        assert docker.image_id(name) is None
        assert docker.image_id(manifest_of(source, image)["config"]["digest"]) is None


@pytest.mark.engine
def test_the_engine_says_what_is_wrong(docker: Engine) -> None:
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
    with removed(name):
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


def test_several_platforms_and_artifacts_do_not_fit(short: Path) -> None:
    source = Memory()
    sbom = tiny_referrer(source, tiny_image(source))
    engine = Engine(Endpoint("the test", str(short / "absent")))
    with pytest.raises(UsageError, match="takes one"), EngineSink(engine) as sink:
        copy(source, tiny_index(source), sink, ["app"])
    with pytest.raises(StoreError, match="not an image"), EngineSink(engine) as sink:
        copy(source, sbom, sink, ["app"])
    with pytest.raises(EngineError, match="no image to load"), EngineSink(engine):
        pass


# engines that misbehave


@contextmanager
def double(short: Path, answer: Callable[[socket.socket], None]) -> Iterator[Engine]:
    """Listen like an engine; `answer` treats every connection."""
    path = str(short / "engine.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, answer))
        thread.start()
        try:
            yield Engine(Endpoint("the test", path), quick=0.5, slow=0.5)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(10)
            answer(connection)


def _reply(status: str, body: bytes, rest: bytes = b"") -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        while b"POST /images/load" in received[:20] and not received.endswith(b"0\r\n\r\n"):
            received = received[:20] + received[-5:] + connection.recv(65536)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) + len(rest)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    return answer


def _load(engine: Engine) -> None:
    load = engine.start_load()
    try:
        load.write(b"tar")
        load.finish()
    finally:
        load.close()


def test_a_silent_engine_does_not_hang_us(short: Path) -> None:
    release = threading.Event()
    with double(short, lambda connection: (release.wait(10), None)[1]) as engine:
        try:
            with pytest.raises(EngineError, match="does not answer") as caught:
                engine.image_id("app")
            assert caught.value.hint
        finally:
            release.set()


def test_an_engine_that_stops_reading_does_not_hang_us(short: Path) -> None:
    release = threading.Event()
    with double(short, lambda connection: (release.wait(20), None)[1]) as engine:
        load = engine.start_load()
        try:
            with pytest.raises(EngineError, match="does not answer"):
                for _ in range(100):
                    load.write(bytes(1 << 20))
        finally:
            release.set()
            load.close()


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        ("500 Internal Server Error", b'{"message":"no space left on device"}', "no space left"),
        ("500 Internal Server Error", b"plain words", "plain words"),
        ("503 Service Unavailable", b"", "HTTP status 503"),
        ("500 Internal Server Error", b'{"cause":"podman words"}', "podman words"),
    ],
)
def test_the_words_of_the_engine_are_shown(
    short: Path, status: str, body: bytes, message: str
) -> None:
    with double(short, _reply(status, body)) as engine:
        with pytest.raises(EngineError, match=message):
            engine.image_id("app")
        with pytest.raises(EngineError, match=message):
            _load(engine)
        with pytest.raises(EngineError, match=message), saved_image(engine, "app"):
            pass


def test_an_error_in_the_stream_is_an_error(short: Path) -> None:
    lines = b'{"status":"ok","progressDetail":{"current":1,"total":2},"id":"a"}\r\n'
    lines += b'not json\n{"errorDetail":{"message":"bad"},"error":"bad layer"}\n'
    message = "did not load the image: bad layer"
    with (
        double(short, _reply("200 OK", lines)) as engine,
        pytest.raises(EngineError, match=message),
    ):
        _load(engine)


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_garbage_is_an_error(short: Path, answer: bytes) -> None:
    def reply(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with double(short, reply) as engine, pytest.raises(EngineError):
        engine.image_id("app")


def test_an_engine_that_refuses_early_is_heard(short: Path) -> None:
    def reply(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 12\r\n\r\nno, not here")
        connection.shutdown(socket.SHUT_RD)

    with double(short, reply) as engine:
        load = engine.start_load()
        try:
            with pytest.raises(EngineError, match="no, not here"):
                for _ in range(100):
                    load.write(bytes(1 << 20))
                load.finish()
        finally:
            load.close()


def test_a_truncated_archive_is_an_error(short: Path) -> None:
    with (
        double(short, _reply("200 OK", b"x" * 100, rest=b"y" * 1000)) as engine,
        pytest.raises((EngineError, StoreError)),
        saved_image(engine, "app"),
    ):
        pass


def test_an_image_without_id_is_an_error(short: Path) -> None:
    with (
        double(short, _reply("200 OK", b"[]")) as engine,
        pytest.raises(EngineError, match="no ID"),
    ):
        engine.image_id("app")


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (PermissionError(13, "denied"), "you may not talk", "docker group"),
        (ConnectionRefusedError(), "is not running", "systemctl start docker"),
        (FileNotFoundError(), "is not running", "systemctl start docker"),
        (ConnectionResetError(), "ConnectionResetError", "log"),
    ],
)
def test_every_failure_has_a_remedy(error: OSError, message: str, hint: str) -> None:
    engine = Engine(Endpoint("the test", "/var/run/docker.sock"))
    with pytest.raises(EngineError, match=message) as caught, engine.explaining():
        raise error
    assert hint in str(caught.value.hint)


def test_an_engine_that_does_not_run_is_told(short: Path) -> None:
    for name, hint in (("docker.sock", "docker"), ("podman.sock", "--user start podman.socket")):
        engine = Engine(Endpoint("the test", str(short / name)))
        with pytest.raises(EngineError, match="is not running") as caught:
            engine.image_id("app")
        assert hint in str(caught.value.hint)
        with pytest.raises(EngineError, match="is not running"):
            engine.start_load()


def test_an_engine_over_tcp() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        body = b'{"Id":"0123"}'
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        engine = Engine(parse_endpoint(f"tcp://127.0.0.1:{listener.getsockname()[1]}", "the test"))

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + body)

        thread = threading.Thread(target=answer)
        thread.start()
        assert engine.image_id("app") == "sha256:0123"
        thread.join()


# where the engine is


def _context(folder: Path, name: str, document: object) -> None:
    where = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    where.mkdir(parents=True)
    (where / "meta.json").write_text(json.dumps(document))


def test_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"currentContext":"remote"}')
    env = {"DOCKER_HOST": "unix:///run/other.sock"}
    assert find_endpoint(env, tmp_path) == Endpoint("DOCKER_HOST", "/run/other.sock")
    tcp = find_endpoint({"DOCKER_HOST": "tcp://[::1]:2375"}, tmp_path)
    assert (tcp.host, tcp.port, str(tcp)) == ("::1", 2375, "tcp://::1:2375")


def test_contexts_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    _context(folder, "rootless", {"Endpoints": {"docker": {"Host": "unix:///run/me.sock"}}})
    (folder / "config.json").write_text('{"currentContext":"rootless"}')
    assert find_endpoint({}, tmp_path).path == "/run/me.sock"
    assert find_endpoint({"DOCKER_CONTEXT": "default"}, tmp_path).path == DOCKER_SOCKET
    with pytest.raises(EngineError, match="'absent'") as caught:
        find_endpoint({"DOCKER_CONTEXT": "absent"}, tmp_path)
    assert "docker context ls" in str(caught.value.hint)
    elsewhere = {"DOCKER_CONFIG": str(folder)}
    assert find_endpoint(elsewhere, Path("/nonexistent")).path == "/run/me.sock"


@pytest.mark.parametrize("document", ["[]", "{", '{"currentContext":1}', '{"currentContext":""}'])
def test_a_broken_docker_configuration_is_passed_over(tmp_path: Path, document: str) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(document)
    assert find_endpoint({}, tmp_path).origin == "the usual place"


@pytest.mark.parametrize(
    "document", [[], {"Endpoints": []}, {"Endpoints": {"docker": {"Host": 1}}}]
)
def test_a_broken_context_is_told(tmp_path: Path, document: object) -> None:
    _context(tmp_path / ".docker", "bad", document)
    with pytest.raises(EngineError, match="no endpoint"):
        find_endpoint({"DOCKER_CONTEXT": "bad"}, tmp_path)


def test_podman_is_found_where_docker_is_not(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotare.oci.endpoint.DOCKER_SOCKET", str(short / "absent"))
    monkeypatch.setattr("gotare.oci.endpoint._PODMAN_SYSTEM", str(short / "absent too"))
    env = {"XDG_RUNTIME_DIR": str(short)}
    assert find_endpoint(env, short).path == str(short / "absent")
    (short / "podman").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short / "podman/podman.sock"))
        assert find_endpoint(env, short).path == str(short / "podman/podman.sock")


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("ssh://me@host", "ssh -L"),
        ("https://host:2376", "TLS"),
        ("npipe:////./pipe/docker_engine", "unix:///PATH"),
        ("nonsense", "unix:///PATH"),
        ("tcp://host", "tcp://HOST:PORT"),
        ("tcp://host:port", "tcp://HOST:PORT"),
        ("tcp://host:99999", "tcp://HOST:PORT"),
    ],
)
def test_endpoints_that_cannot_be_used_are_refused(host: str, hint: str) -> None:
    with pytest.raises(EngineError) as caught:
        parse_endpoint(host, "DOCKER_HOST")
    assert hint in str(caught.value.hint)
    assert host in caught.value.message


def test_tls_is_refused() -> None:
    with pytest.raises(EngineError, match="DOCKER_TLS_VERIFY"):
        find_endpoint({"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1"}, Path("/"))


def test_nothing_is_sent_for_an_empty_piece(short: Path) -> None:
    with double(short, _reply("200 OK", b'{"stream":"Loaded image: app:1"}\n')) as engine:
        load = engine.start_load()
        load.write(b"")  # in the chunked encoding it would end the body
        load.write(b"tar")
        assert load.finish() == "Loaded image: app:1"
        load.close()


def test_a_sink_takes_one_image(short: Path) -> None:
    source = Memory()
    image = tiny_image(source)
    with double(short, _reply("404 Not Found", b"")) as engine:
        with pytest.raises(StoreError, match="one image at a time"), EngineSink(engine) as sink:
            sink.expect(source.blobs[image.digest])
            sink.expect(source.blobs[image.digest])
        with pytest.raises(StoreError, match="was not sent"), EngineSink(engine) as sink:
            sink.push(image, io.BytesIO(source.blobs[image.digest]))
