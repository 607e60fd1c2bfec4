"""Docker and Podman engines, over Docker's HTTP API (Engine API v1.24 and later).

The paths have no version: every engine answers them with the newest it has. All waiting is bounded
by timeouts, which are seconds without a byte.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlencode

from gotare.errors import EngineError, NotFoundError
from gotare.oci.blobs import storing
from gotare.oci.endpoint import Endpoint, find_endpoint
from gotare.oci.store import CHUNK
from gotare.progress import SILENT, Progress

QUICK: Final = 30.0
"""Seconds that an engine may take for an answer it only looks up."""

SLOW: Final = 600.0
"""Seconds of silence while it unpacks or packs an image."""

_LIMIT: Final = 4 << 20
_LINE: Final = 1 << 16


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        except BaseException:
            self.sock.close()
            raise


class Engine:
    """A Docker engine, or a Podman service, at an endpoint."""

    def __init__(self, endpoint: Endpoint, *, quick: float = QUICK, slow: float = SLOW) -> None:
        self.endpoint = endpoint
        self._quick = quick
        self._slow = slow

    @classmethod
    def find(cls, env: Mapping[str, str], home: Path) -> Engine:
        """Return the engine that the environment and Docker's configuration name."""
        return cls(find_endpoint(env, home))

    def image_id(self, name: str) -> str | None:
        """Return the ID of an image, or None when the engine does not have it.

        It is the config's digest, except in Docker's containerd store, where it is the manifest's.
        `name` may be an ID.
        """
        status, content = self._ask("GET", f"/images/{quote(name, safe='/:@')}/json")
        if status == 404:
            return None
        self._check(status, content, f"inspect {name}")
        image_id = _object(content).get("Id")
        if not isinstance(image_id, str):
            raise EngineError(f"the engine at {self.endpoint} gave {name} no ID")
        return image_id if ":" in image_id else f"sha256:{image_id}"

    def tag(self, image: str, name: str) -> None:
        """Give an image that the engine has another name."""
        repository, _, tag = name.rpartition(":")
        query = urlencode({"repo": repository, "tag": tag})
        status, content = self._ask("POST", f"/images/{quote(image, safe='/:@')}/tag?{query}")
        self._check(status, content, f"tag {name}")

    def save(self, name: str, target: BinaryIO, progress: Progress = SILENT) -> None:
        """Write a Docker archive of the image to target. Raises NotFoundError, EngineError."""
        with self._talking(self._slow) as connection:
            connection.request("GET", f"/images/{quote(name, safe='/:@')}/get")
            response = connection.getresponse()
            if response.status != 200:
                content = response.read(_LIMIT)
                if response.status == 404:
                    raise NotFoundError(f"the engine has no image {name!r}", "see `docker images`")
                self._check(response.status, content, f"save {name}")
            done = 0
            while chunk := response.read(CHUNK):
                with storing(Path(f"the archive of {name}")):
                    target.write(chunk)
                done += len(chunk)
                progress.step("save", name, done)
        progress.end("save", name)

    def start_load(self) -> Load:
        """Begin to send an image; the caller writes a Docker archive and then finishes it."""
        return Load(self)

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        with self._talking(self._quick) as connection:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read(_LIMIT)

    def _check(self, status: int, content: bytes, what: str) -> None:
        if status >= 300:
            raise EngineError(
                f"the engine at {self.endpoint} did not {what}: {_message(content, status)}"
            )

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        if self.endpoint.path:
            return _UnixConnection(self.endpoint.path, timeout)
        return http.client.HTTPConnection(self.endpoint.host, self.endpoint.port, timeout=timeout)

    @property
    def patience(self) -> float:
        """Seconds of silence that are borne while an image is loaded."""
        return self._slow

    @contextmanager
    def _talking(self, timeout: float) -> Iterator[http.client.HTTPConnection]:
        connection = self.connection(timeout)
        try:
            with self.explaining():
                yield connection
        finally:
            connection.close()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn errors of the transport into EngineError with a remedy."""
        where = f"the engine at {self.endpoint} (from {self.endpoint.origin})"
        try:
            yield
        except TimeoutError:
            raise EngineError(
                f"{where} does not answer", "restart it, or look at its log"
            ) from None
        except PermissionError:
            raise EngineError(
                f"you may not talk to {where}",
                "join the docker group (sudo usermod -aG docker $USER), or use podman",
            ) from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise EngineError(f"{where} is not running", _start_hint(self.endpoint)) from None
        except (http.client.HTTPException, OSError) as error:
            reason = str(error) or type(error).__name__
            raise EngineError(f"talking to {where} failed: {reason}", "look at its log") from None


def _start_hint(endpoint: Endpoint) -> str:
    if "podman" in endpoint.path:
        return "start it: systemctl --user start podman.socket"
    return (
        "start it: sudo systemctl start docker; with podman: systemctl --user start podman.socket"
    )


class Load:
    """An image on its way into an engine: a request whose body is written piece by piece."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connection(engine.patience)
        try:
            with engine.explaining():
                self._connection.putrequest("POST", "/images/load?quiet=0")
                self._connection.putheader("Content-Type", "application/x-tar")
                self._connection.putheader("Transfer-Encoding", "chunked")
                self._connection.endheaders()
        except BaseException:
            self.close()
            raise

    def write(self, content: bytes) -> None:
        """Send a piece. Raises EngineError, with the engine's own words if it refused."""
        if not content:
            return
        try:
            self._connection.send(b"%x\r\n" % len(content))
            self._connection.send(content)
            self._connection.send(b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self._read_answer(SILENT)  # an engine that refuses stops listening, and says why
            raise EngineError(f"the engine at {self._engine.endpoint} hung up") from None
        except OSError:
            with self._engine.explaining():
                raise

    def finish(self, progress: Progress = SILENT) -> str:
        """End the body and wait for the engine; return what it says it loaded.

        Raises EngineError with the engine's own words.
        """
        with self._engine.explaining():
            self._connection.send(b"0\r\n\r\n")
        return self._read_answer(progress)

    def _read_answer(self, progress: Progress) -> str:
        with self._engine.explaining():
            response = self._connection.getresponse()
            if response.status >= 300:
                message = _message(response.read(_LIMIT), response.status)
                raise EngineError(f"the engine did not load the image: {message}")
            return _follow(response, progress)

    def close(self) -> None:
        """Hang up. An engine that has not got the whole body loads nothing."""
        self._connection.close()


def _follow(response: http.client.HTTPResponse, progress: Progress) -> str:
    """Read the messages of an engine, one JSON object a line, until it ends or reports an error."""
    said = ""
    while line := response.readline(_LINE):
        message = _object(line)
        if error := message.get("error"):
            raise EngineError(f"the engine did not load the image: {str(error)[:2000]}")
        if isinstance(stream := message.get("stream"), str):
            said = stream.strip()
        detail = message.get("progressDetail")
        if isinstance(detail, dict) and isinstance(detail.get("current"), int):
            total = detail.get("total")
            name = str(message.get("id", ""))
            progress.step("load", name, detail["current"], total if type(total) is int else None)
    return said


def _object(content: bytes) -> dict[str, Any]:
    """Return a JSON object, or an empty one: what an engine says beside it is no error."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _message(content: bytes, status: int) -> str:
    """Return the engine's own words."""
    document = _object(content)
    words = document.get("message") or document.get("cause") or content.decode(errors="replace")
    return str(words).strip()[:2000] or f"HTTP status {status}"
