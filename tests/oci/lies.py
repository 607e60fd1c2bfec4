"""What a LyingRegistry can be told to answer with."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from tests.oci.lying_registry import Exchange


def status(
    code: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Callable[[Exchange], None]:
    """Answer with a status, whatever was asked."""

    def lie(exchange: Exchange) -> None:
        exchange.body()
        exchange.answer(code, body, headers)

    return lie


def refused(code: int, name: str, message: str) -> Callable[[Exchange], None]:
    """Answer with an error in the specification's form."""

    def lie(exchange: Exchange) -> None:
        exchange.body()
        exchange.refuse(code, name, message)

    return lie


def redirect(url: str, code: int = 307) -> Callable[[Exchange], None]:
    """Send the client elsewhere."""
    return status(code, headers={"Location": url})


def dropped(exchange: Exchange) -> None:
    """Reset the connection instead of an answer."""
    exchange.body()
    exchange.reset()


def silent(exchange: Exchange) -> None:
    """Never answer."""
    exchange.body()
    exchange.owner.closing.wait(20)
    exchange.reset()


def truncated(promise: int, content: bytes) -> Callable[[Exchange], None]:
    """Promise `promise` bytes, send the content, which is shorter, and hang up."""

    def lie(exchange: Exchange) -> None:
        exchange.answer(200, content, {"Content-Length": str(promise)})
        exchange.close_connection = True

    return lie


def endless(piece: bytes = b" " * 65536) -> Callable[[Exchange], None]:
    """Send pieces, chunked, until the client has had enough."""

    def lie(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Transfer-Encoding", "chunked")
        exchange.end_headers()
        while not exchange.owner.closing.is_set():
            exchange.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        exchange.close_connection = True

    return lie


def unsized(content: bytes, media_type: str = "text/html") -> Callable[[Exchange], None]:
    """Send the content without its length, and close."""

    def lie(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Content-Type", media_type)
        exchange.send_header("Connection", "close")
        exchange.end_headers()
        exchange.wfile.write(content)
        exchange.close_connection = True

    return lie


def swallowed(limit: int) -> Callable[[Exchange], None]:
    """Keep `limit` bytes of a PATCH's body, then reset the connection."""

    def lie(exchange: Exchange) -> None:
        session = urlsplit(exchange.path).path.rpartition("/")[2]
        exchange.owner.uploads[session] += exchange.body(limit)
        exchange.reset()

    return lie


def unheard(exchange: Exchange) -> None:
    """Do what was asked, then reset the connection before the answer is out."""
    exchange.content = exchange.body()
    kept, exchange.wfile = exchange.wfile, io.BytesIO()
    try:
        exchange.truth()
    finally:
        exchange.wfile = kept
    exchange.reset()
