"""An HTTPS server with a certificate of its own making, which remembers what it is sent."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import need


@dataclass(frozen=True)
class Request:
    """What came in a POST."""

    authorization: str
    body: Any


@dataclass
class Hook:
    """The running server. Who trusts its certificate can call it."""

    url: str
    certificate: Path
    requests: list[Request] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that break off a handshake."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def https_server(folder: Path) -> Iterator[Hook]:
    """Run a server on a free port of 127.0.0.1."""
    key, certificate = _make_certificate(folder)
    hook = Hook("", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with _Server(("127.0.0.1", 0), _handler(hook.requests)) as server:
        hook.url = f"https://127.0.0.1:{server.server_port}/created"
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(need("openssl"), "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    certificate.chmod(0o644)
    return key, certificate


def _handler(requests: list[Request]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(Request(self.headers["Authorization"] or "", json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
