"""Real servers for the tests, from Debian's packages: PostgreSQL and Redis on free loopback ports.

    from tests.servers import postgres, redis  # noqa: F401 - fixtures

    def test(postgres: Postgres, redis: Redis) -> None:
        with postgres.database() as url: ...

Their files are in folders of their own, and they run as a user who is not root: PostgreSQL refuses
to run as root. They end with the tests, by their process ids.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATIENCE = 60.0
_ATTEMPTS = 5
_USERS = ("postgres", "redis", "nobody")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _user() -> pwd.struct_passwd:
    """Return the user that servers run as: this one, or for root one that is not."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _USERS if name in known)


@contextmanager
def _folder(word: str) -> Iterator[Path]:
    """Give a folder that the servers' user owns. A unix socket's path has at most 107 bytes."""
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix=f"gotare-{word}-"))
    os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _popen(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    user, root = _user(), os.geteuid() == 0
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            user=user.pw_uid if root else None,
            group=user.pw_gid if root else None,
            extra_groups=[] if root else None,
        )


def _run(words: list[str], folder: Path) -> None:
    process = _popen(words, folder)
    assert process.wait(PATIENCE) == 0, (folder / "log").read_text(errors="replace")


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Ask a process of ours to end, and wait; kill it when it does not."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], ask: Callable[[], bool]) -> bool:
    """Wait until the server answers; False when it ends before, as when its port was taken."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        if ask():
            return True
        assert time.monotonic() < deadline, f"{process.args!r} does not answer"
        time.sleep(0.02)
    return False


# PostgreSQL


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL. Over TCP it asks for the password, on its unix socket it does not."""

    programs: Path
    folder: Path
    port: int
    password: str

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run SQL; return the rows, a line each, with | between the values."""
        done = subprocess.run(
            [self.programs / "psql", *self._words(database), "-c", statement],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _words(self, database: str) -> list[str]:
        place = ["-h", str(self.folder), "-p", str(self.port), "-U", "gotare", "-d", database]
        return ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *place]

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of an empty database that is dropped at the end."""
        name = f"test_{secrets.token_hex(4)}"
        self.sql(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str) -> str:
        """Return a database's URL, which holds the password."""
        return f"postgres://gotare:{self.password}@127.0.0.1:{self.port}/{database}"


def _postgres_programs() -> Path:
    """Return the folder of the newest PostgreSQL: Debian keeps its programs out of PATH."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        pytest.skip("no PostgreSQL here; scripts/debian-packages installs it (postgresql)")
    return max(folders, key=lambda folder: float(folder.parent.name))


@contextmanager
def start_postgres() -> Iterator[Postgres]:
    """Make a cluster of databases and run it."""
    programs = _postgres_programs()
    with _folder("postgres") as folder:
        secret = folder / "password"
        secret.write_text(secrets.token_urlsafe(12))
        secret.chmod(0o644)
        _run(
            [
                *(str(programs / "initdb"), "-D", str(folder / "data"), "-U", "gotare"),
                *("--no-sync", "--encoding=UTF8", "--auth-local=trust"),
                *("--auth-host=scram-sha-256", f"--pwfile={secret}"),
            ],
            folder,
        )
        process, port = _start_postgres(programs, folder)
        try:
            yield Postgres(programs, folder, port, secret.read_text())
        finally:
            _end(process, signal.SIGINT)


def _start_postgres(programs: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(_ATTEMPTS):
        port = free_port()
        settings = [
            *("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"),
            *("max_connections=50", "shared_buffers=16MB"),
        ]
        words = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
        process = _popen([*words, *(word for s in settings for word in ("-c", s))], folder)
        ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-p", str(port)]
        if _answers(process, lambda ready=ready: subprocess.run(ready).returncode == 0):  # type: ignore[misc]
            return process, port
    raise AssertionError((folder / "log").read_text(errors="replace"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for all tests."""
    with start_postgres() as server:
        yield server


# Redis


@dataclass
class Redis:
    """A Redis server that can be stopped, and started again on its port. It keeps nothing."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """The host:port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it: the first time on a free port, later on the same."""
        for _ in range(_ATTEMPTS):
            port = self.port or free_port()
            words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
            process = _popen(["redis-server", *words], self.folder)
            if _answers(process, lambda port=port: _pongs(port)):  # type: ignore[misc]
                self.port, self._process = port, process
                return
        raise AssertionError((self.folder / "log").read_text(errors="replace"))

    def stop(self) -> None:
        """End it."""
        if self._process:
            _end(self._process, signal.SIGTERM)
            self._process = None

    def ask(self, command: str) -> str:
        """Run a command without spaces in its words; return the first line of the answer."""
        return _ask(self.port, command)


def _ask(port: int, command: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        with connection.makefile("rb") as answer:
            return answer.readline().decode().strip()


def _pongs(port: int) -> bool:
    try:
        return _ask(port, "PING") == "+PONG"
    except OSError:
        return False


@contextmanager
def start_redis() -> Iterator[Redis]:
    """Run a Redis server."""
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server here; scripts/debian-packages installs it")
    with _folder("redis") as folder:
        server = Redis(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis for all tests; who stops one makes one with `start_redis`."""
    with start_redis() as server:
        yield server
