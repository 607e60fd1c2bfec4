"""The probe, compiled and run: what it asks, what it takes for well, and what it says otherwise."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare import probe

Serve = Callable[[socket.socket], None]


@pytest.fixture(scope="session")
def program(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The probe, compiled as images have it."""
    return compiled(go, tmp_path_factory.mktemp("probe"))


def compiled(go: Path, folder: Path) -> Path:
    """Compile in a folder."""
    (folder / probe.SOURCE).write_bytes(probe.source())
    env = {**os.environ, **probe.ENVIRONMENT}
    subprocess.run([go, *probe.build_args("probe")], cwd=folder, env=env, check=True)
    return folder / "probe"


def ask(program: Path, *arguments: str, **env: str) -> tuple[int, str]:
    """Run it; return its exit code and what it says."""
    done = subprocess.run([program, *arguments], env=env, capture_output=True, timeout=30)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


@contextmanager
def server(serve: Serve, family: int = socket.AF_INET) -> Iterator[int]:
    """Answer one connection in a thread; give the port."""
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family) as listener:
        try:
            listener.bind((host, 0))
        except OSError as error:
            pytest.skip(f"{host} cannot be listened on here: {error}")
        listener.listen()
        thread = threading.Thread(target=_answer, args=(listener, serve), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _answer(listener: socket.socket, serve: Serve) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return  # nobody came
    with connection:
        try:
            serve(connection)
        except OSError:
            return  # the probe had enough


def says(answer: bytes) -> Serve:
    """Return a server that reads the request and says this."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    return serve


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0),
        (b"HTTP/1.0 204 No Content\r\n\r\n", 0),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", 0),
        (b"HTTP/1.1 200\n\n", 0),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, 0),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", 1),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 1),
        (b"HTTP/1.1 20 OK\r\n\r\n", 1),
        (b"HTTP/1.1 2000 OK\r\n\r\n", 1),
        (b"HTTP/1.1\r\n\r\n", 1),
        (b"", 1),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 1),
        (b"\x00\xff" * 10_000, 1),
        (b"2" * 100_000, 1),
    ],
)
def test_status_lines(program: Path, answer: bytes, code: int) -> None:
    with server(says(answer)) as port:
        told, text = ask(program, f"http://127.0.0.1:{port}/healthz")
    assert told == code, text
    assert (text == "") == (code == 0)
    assert text.count("\n") == (code != 0) and len(text) < 600


STATUS = st.from_regex(rb"HTTP/[0-9.]{0,3} ?[0-9]{1,4}[ \r\n]?.{0,9}", fullmatch=True)


@settings(max_examples=60)
@given(answer=st.one_of(STATUS, st.binary(max_size=60)))
def test_any_bytes_end_in_one_line(program: Path, answer: bytes) -> None:
    with server(says(answer)) as port:
        told, text = ask(program, f"http://127.0.0.1:{port}")
    well = re.match(rb"HTTP/[^ \n]* [23][0-9][0-9](?: |\r*(?:\n|$))", answer)
    assert told == (0 if well else 1), text
    assert text.rstrip("\n").isprintable()


def test_what_is_sent(program: Path) -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with server(serve) as port:
        code, text = ask(program, "http://:${PORT:-1}/ready?full=1#part", PORT=str(port))
    assert (code, text) == (0, "")
    assert heard == [
        f"GET /ready?full=1 HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: probe\r\n"
        "Connection: close\r\n\r\n".encode()
    ]


@pytest.mark.parametrize(
    "form", ["http://$WHERE/", "http://${WHERE}", "http://${NONE:-$X}${WHERE}"]
)
def test_variables(program: Path, form: str) -> None:
    with server(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        where = f"127.0.0.1:{port}"
        code, text = ask(program, form.replace("$X", ""), WHERE=where)
    assert (code, text) == (0, "")


def test_ipv6(program: Path) -> None:
    with server(says(b"HTTP/1.1 200 OK\r\n\r\n"), socket.AF_INET6) as port:
        assert ask(program, f"http://[::1]:{port}/") == (0, "")
    with server(says(b"HTTP/1.1 200 OK\r\n\r\n"), socket.AF_INET6) as port:
        assert ask(program, f"http://localhost:{port}/") == (0, "")


def test_tcp(program: Path) -> None:
    with server(lambda connection: None) as port:
        assert ask(program, f"tcp://127.0.0.1:{port}") == (0, "")
    code, text = ask(program, f"tcp://127.0.0.1:{port}")
    assert (code, text) == (1, f"probe: tcp://127.0.0.1:{port}: connection refused\n")


def test_a_server_that_says_nothing(program: Path) -> None:
    gone = threading.Event()

    def serve(connection: socket.socket) -> None:
        gone.wait(30)

    with server(serve) as port:
        code, text = ask(program, f"http://127.0.0.1:{port}/", "0.2")
        gone.set()
    assert (code, text) == (1, f"probe: http://127.0.0.1:{port}/: no answer within 0.2 s\n")


def test_a_server_that_says_a_byte_now_and_then(program: Path) -> None:
    gone = threading.Event()

    def serve(connection: socket.socket) -> None:
        while not gone.wait(0.02):
            connection.sendall(b"H")

    with server(serve) as port:
        code, text = ask(program, f"http://127.0.0.1:{port}/", "0.3")
        gone.set()
    assert code == 1 and "no answer within 0.3 s" in text


def test_a_server_that_hangs_up(program: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with server(serve) as port:
        code, text = ask(program, f"http://127.0.0.1:{port}/")
    assert code == 1 and text.startswith(f"probe: http://127.0.0.1:{port}/: ")


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("http://127.0.0.1", "1", "2"), ("",), ("127.0.0.1:80",), ("https://127.0.0.1/",),
        ("http://example.com/",), ("http://127.0.0.1:0/",), ("http://127.0.0.1:65536/",),
        ("http://127.0.0.1:http/",), ("http://::1:80/",), ("http://[127.0.0.1]:80/",),
        ("http://127.0.0.1/a b",), ("http://127.0.0.1/\r\nX: y",), ("tcp://127.0.0.1:80/path",),
        ("http://127.0.0.1", "0"), ("http://127.0.0.1", "-1"), ("http://127.0.0.1", "NaN"),
        ("http://127.0.0.1", "soon"), ("http://127.0.0.1:$UNSET/",), ("http://user@127.0.0.1/",),
    ],
)  # fmt: skip
def test_wrong_usage(program: Path, arguments: tuple[str, ...]) -> None:
    code, text = ask(program, *arguments)
    assert code == 2
    assert "usage: probe http://ADDRESS:PORT/PATH" in text
    assert text.count("\n") == 1


def test_it_is_small_and_the_same_wherever_it_is_compiled(
    go: Path, program: Path, tmp_path: Path
) -> None:
    assert program.stat().st_size < 2_000_000
    other = tmp_path / "else" / "where"
    other.mkdir(parents=True)
    assert compiled(go, other).read_bytes() == program.read_bytes()


def test_the_source_is_formatted_and_vetted(go: Path, tmp_path: Path) -> None:
    source = tmp_path / probe.SOURCE
    source.write_bytes(probe.source())
    gofmt = subprocess.run([go.parent / "gofmt", "-l", source], capture_output=True, text=True)
    assert (gofmt.returncode, gofmt.stdout) == (0, "")
    vet = subprocess.run([go, "vet", source], cwd=tmp_path, capture_output=True, text=True)
    assert vet.returncode == 0, vet.stderr
