"""Engines that refuse, lie, hang or hang up: every failure ends, and says what to do."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gotare.errors import EngineError, StoreError, UsageError
from gotare.oci.copy import copy
from gotare.oci.daemon import Engine
from gotare.oci.endpoint import Endpoint, parse_endpoint
from gotare.oci.engine_store import EngineSink, saved_image
from tests.oci.engines import short_folder
from tests.oci.images import Memory, tiny_image, tiny_index, tiny_referrer


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder for sockets."""
    with short_folder() as folder:
        yield folder


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
