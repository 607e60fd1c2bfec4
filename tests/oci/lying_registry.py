"""A registry in this process that tells the truth until a test makes it lie.

with LyingRegistry() as registry:
    registry.lie("GET /v2/me/app/blobs/", dropped)  # the lies are in lies.py
    registry.lie("HEAD", status(503), times=2)
    ...
    assert registry.asked == ["HEAD /v2/me/app/manifests/1", ...]
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gotare.oci.auth import Keychain
from gotare.oci.store import CHUNK
from gotare.oci.types import OCI_LAYER, OCI_MANIFEST, describe, digest_of

MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
IMAGE = describe(MANIFEST, OCI_MANIFEST)
BLOB = random.Random(2).randbytes(3 * CHUNK)
LAYER = describe(BLOB, OCI_LAYER)


@dataclass(frozen=True)
class Seen:
    """A request as it came in, with the part of its body that was read."""

    line: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class _Rule:
    pattern: re.Pattern[str]
    lie: Callable[[Exchange], None]
    times: int
    passed: int


@dataclass
class LyingRegistry:
    """Blobs and manifests of any repository in one heap; `tags` maps "repository:tag" to digests.

    `basic` is the user and password that it asks for; with `tokens` it sends clients to its own
    `/token` for them instead. `referrers_api` answers OCI-Subject.
    """

    basic: tuple[str, str] | None = None
    tokens: bool = False
    identity_token: str = ""
    tls: tuple[Path, Path] | None = None
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    issued: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    sessions: Iterator[int] = field(default_factory=itertools.count)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        registry = self

        class Handler(Exchange):
            owner = registry

        self._server = _Server(("127.0.0.1", 0), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self._server.tls = context
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> LyingRegistry:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://{self.host}"

    @property
    def asked(self) -> list[str]:
        """The requests so far, as "METHOD /path?query"."""
        return [seen.line for seen in self.seen]

    def lie(
        self, pattern: str, lie: Callable[[Exchange], None], times: int = 1 << 30, after: int = 0
    ) -> None:
        """Let `lie` answer the next `times` requests whose "METHOD path" holds the pattern.

        The first `after` of them are still answered with the truth.
        """
        self._rules.append(_Rule(re.compile(pattern), lie, times, after))

    def rule_for(self, line: str) -> Callable[[Exchange], None] | None:
        """Return the lie for a request, and use it up."""
        with self._lock:
            for rule in self._rules:
                if not rule.times or not rule.pattern.search(line):
                    continue
                if rule.passed:
                    rule.passed -= 1
                    continue
                rule.times -= 1
                return rule.lie
        return None

    def put_manifest(self, name: str, media_type: str, content: bytes) -> str:
        """Store a manifest under "repository:tag" and return its digest."""
        digest = digest_of(content)
        self.manifests[digest] = (media_type, content)
        self.tags[name] = digest
        return digest


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for them: no socket is left open
    tls: ssl.SSLContext | None = None

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        request.settimeout(20)
        if not self.tls:
            return super().finish_request(request, client_address)
        with suppress(OSError), self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on liars; that is no error here."""


class Exchange(BaseHTTPRequestHandler):
    """One connection; `lie` functions get it to answer with."""

    owner: LyingRegistry
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def answer(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer honestly formed; the body is left out for HEAD."""
        named = dict(headers or {})
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | named).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer with an error in the specification's form."""
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.answer(status, body, {"Content-Type": "application/json"})

    def reset(self) -> None:
        """Drop the connection the hard way."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def body(self, limit: int = 1 << 40) -> bytes:
        """Read the request's body, or its first `limit` bytes."""
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), limit))

    def handle_one(self) -> None:
        """Lie or tell the truth."""
        line = f"{self.command} {self.path}"
        lie = self.owner.rule_for(line)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if lie:
            self.owner.seen.append(Seen(line, headers))
            lie(self)
            return
        self.content = self.body()
        self.owner.seen.append(Seen(line, headers, self.content))
        self.truth()

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = handle_one

    def truth(self) -> None:
        """Answer as a registry should; `content` is the request's body."""
        parts = urlsplit(self.path)
        self.query = parse_qs(parts.query)
        if parts.path == "/token":
            return self._token()
        if not self._admitted():
            return self._challenge()
        for pattern, method in _ROUTES:
            if found := re.fullmatch(pattern, parts.path):
                self.groups = found.groups()
                return method(self)
        self.refuse(404, "UNSUPPORTED", "no such route")

    def _admitted(self) -> bool:
        sent = self.headers.get("Authorization", "")
        if self.owner.tokens:
            needed = "push" if self.command in ("POST", "PUT", "PATCH") else "pull"
            return needed in self.owner.issued.get(sent.removeprefix("Bearer "), "")
        return not self.owner.basic or sent == _basic(self.owner.basic)

    def _challenge(self) -> None:
        name = re.match(r"/v2/(.+?)/(?:blobs|manifests|tags|referrers)", self.path)
        scope = f"repository:{name[1] if name else ''}:pull"
        asked = 'Basic realm="tests"'
        if self.owner.tokens:
            asked = f'Bearer realm="{self.owner.url}/token",service="tests",scope="{scope}"'
        body = b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}'
        self.answer(401, body, {"WWW-Authenticate": asked})

    def _token(self) -> None:
        form = parse_qs(self.content.decode())
        scopes = " ".join(form.get("scope") or self.query.get("scope") or [])
        sent = self.headers.get("Authorization", "")
        if self.owner.identity_token:
            good = form.get("refresh_token") == [self.owner.identity_token]
        else:
            good = not self.owner.basic or sent == _basic(self.owner.basic)
        if not good:
            return self.refuse(401, "UNAUTHORIZED", "wrong password")
        token = f"token-{len(self.owner.issued)}"
        self.owner.issued[token] = scopes
        self.answer(200, json.dumps({"token": token}).encode())

    def _manifest(self) -> None:
        repository, name = self.groups
        if self.command == "PUT":
            digest = self.owner.put_manifest(
                f"{repository}:{name}", self.headers["Content-Type"], self.content
            )
            return self.answer(201, headers={"Docker-Content-Digest": digest})
        digest = name if ":" in name else self.owner.tags.get(f"{repository}:{name}", "")
        if digest not in self.owner.manifests:
            return self.refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
        media_type, content = self.owner.manifests[digest]
        self.answer(200, content, {"Content-Type": media_type, "Docker-Content-Digest": digest})

    def _blob(self) -> None:
        content = self.owner.blobs.get(self.groups[1])
        if content is None:
            return self.refuse(404, "BLOB_UNKNOWN", "blob unknown")
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if start and self.command == "GET":
            first, last = int(start[1]), len(content) - 1
            named = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
            return self.answer(206, content[first:], named)
        self.answer(200, content)

    def _begin(self) -> None:
        mount = self.query.get("mount", [""])[0]
        if mount in self.owner.blobs:
            return self.answer(201, headers={"Location": f"/v2/x/blobs/{mount}"})
        session = str(next(self.owner.sessions))
        self.owner.uploads[session] = bytearray()
        location = f"/v2/{self.groups[0]}/blobs/uploads/{session}?state=0"
        self.answer(202, headers={"Location": location, "Range": "0-0"})

    def _upload(self) -> None:
        held = self.owner.uploads.get(self.groups[1])
        if held is None:
            return self.refuse(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
        if self.command == "PATCH":
            span = re.fullmatch(r"(\d+)-(\d+)", self.headers.get("Content-Range", ""))
            if not span or int(span[1]) != len(held):
                return self.refuse(416, "BLOB_UPLOAD_INVALID", "wrong range")
        held += self.content
        if self.command != "PUT":
            return self.state(202 if self.command == "PATCH" else 204, self.groups[1])
        digest = self.query.get("digest", [""])[0]
        if digest_of(bytes(held)) != digest:
            return self.refuse(400, "DIGEST_INVALID", "provided digest did not match")
        self.owner.blobs[digest] = bytes(held)
        del self.owner.uploads[self.groups[1]]
        self.answer(201, headers={"Docker-Content-Digest": digest})

    def state(self, status: int, session: str) -> None:
        """Answer with how much of an upload is here."""
        held = len(self.owner.uploads[session])
        location = f"{self.path.partition('?')[0]}?state={held}"
        self.answer(status, headers={"Location": location, "Range": f"0-{max(held - 1, 0)}"})

    def _tags(self) -> None:
        start = f"{self.groups[0]}:"
        tags = sorted(tag.removeprefix(start) for tag in self.owner.tags if tag.startswith(start))
        self.answer(200, json.dumps({"name": self.groups[0], "tags": tags}).encode())


_ROUTES: tuple[tuple[str, Callable[[Exchange], None]], ...] = (
    (r"/v2/(.+)/manifests/([^/]+)", Exchange._manifest),
    (r"/v2/(.+)/blobs/uploads/", Exchange._begin),
    (r"/v2/(.+)/blobs/uploads/([^/]+)", Exchange._upload),
    (r"/v2/(.+)/blobs/([^/]+)", Exchange._blob),
    (r"/v2/(.+)/tags/list", Exchange._tags),
)


def _basic(pair: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(pair).encode()).decode()


def login(home: Path, *hosts: str, pair: str = "me:pw") -> Keychain:
    """Return a keychain whose Docker config below `home` knows the user at the hosts."""
    auth = base64.b64encode(pair.encode()).decode()
    path = home / ".docker" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": {host: {"auth": auth} for host in hosts}}))
    return Keychain({}, home)
