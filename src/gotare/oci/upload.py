"""How does a blob get into a registry? Mounted, in one piece, or in pieces with resume.

Source: distribution-spec v1.1, "Pushing blobs". A blob that fits into one piece is sent with one
PUT; a larger one with a PATCH per piece, so that a lost connection costs a piece and not the blob.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

from gotare.errors import RegistryError
from gotare.oci.retry import Passing, persist
from gotare.oci.store import VerifyingReader
from gotare.oci.transport import Answer, Request, Transport
from gotare.oci.types import Descriptor

PIECE: Final = 8 << 20
"""Bytes of a blob that are held in memory and sent at a time."""

_MAX_PIECE: Final = 64 << 20
_SESSIONS: Final = 3
_BINARY: Final = {"Content-Type": "application/octet-stream"}
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,18})")


class _SessionLostError(Exception):
    """The registry does not know an upload any more, or not what is in it: begin anew."""

    def __init__(self, error: RegistryError) -> None:
        super().__init__(str(error))
        self.error = error


class Upload:
    """One blob on its way to one repository.

    `report` hears how many bytes have left; the number falls when some are sent again. The content
    is checked against the descriptor before the registry is told that it is whole.
    """

    def __init__(
        self,
        transport: Transport,
        descriptor: Descriptor,
        report: Callable[[int], None],
        piece: int = PIECE,
    ) -> None:
        self._transport = transport
        self._descriptor = descriptor
        self._report = report
        self._piece = piece
        self._what = f"push blob {descriptor.digest}"
        self._base = f"/v2/{transport.reference.repository}/blobs/"
        self._location = ""
        self._held = 0
        self._doubtful = False
        self._asked = False

    def exists(self) -> bool:
        """Ask whether the registry has the blob."""
        request = self._request("HEAD", self._base + self._descriptor.digest, 200, 404)
        return self._transport.send(request).status == 200

    def run(self, content: BinaryIO, mount_from: str = "") -> str:
        """Send the blob and return how it got there: "mounted", or "" when it was sent.

        Raises RegistryError or AuthError, and CorruptError when the content is not what the
        descriptor says.
        """
        if mount_from and self._mount(mount_from):
            return "mounted"
        reader = _verified(content, self._descriptor)
        if self._descriptor.size <= self._piece:
            self._in_one_piece(_fill(reader, self._descriptor.size + 1))
        else:
            self._in_pieces(reader)
        return ""

    def _mount(self, source: str) -> bool:
        """Try to take the blob from another repository; keep the session that a no begins."""
        target = f"{self._base}uploads/?mount={self._descriptor.digest}&from={source}"
        request = self._request("POST", target, 201, 202, mount_from=source)
        try:
            answer = self._transport.send(request)
        except RegistryError as error:
            if 400 <= error.status < 500 and error.status != 429:
                return False  # it may not be read there; that does not forbid to push it here
            raise
        if answer.status == 202:
            self._move(answer)
        return answer.status == 201

    def _start(self) -> None:
        answer = self._transport.send(self._request("POST", f"{self._base}uploads/", 202))
        self._move(answer)
        if not self._location:
            raise RegistryError(
                f"cannot {self._what}: {self._registry} begins an upload without a Location",
                "is it a registry, and does nothing before it remove headers?",
            )
        asked = answer.headers.get("OCI-Chunk-Min-Length", "")
        if asked.isdigit():
            self._piece = min(max(self._piece, int(asked[:12])), _MAX_PIECE)

    def _in_one_piece(self, content: bytes) -> None:
        """Send everything with one PUT; each try has a session of its own."""
        tried = False

        def attempt() -> None:
            nonlocal tried
            if tried and self.exists():
                return
            if not self._location:
                self._start()
            location, self._location, tried = self._location, "", True
            self._report(0)
            self._transport.send_once(self._put(location, content))

        persist(attempt, self._transport.patience)

    def _in_pieces(self, reader: VerifyingReader) -> None:
        for last in (False,) * (_SESSIONS - 1) + (True,):
            try:
                return self._session(reader)
            except _SessionLostError as loss:
                self._location = ""
                if last or not reader.rewind():
                    raise loss.error from None

    def _session(self, reader: VerifyingReader) -> None:
        self._held, self._doubtful, self._asked = 0, False, False
        self._report(0)
        if not self._location:
            self._start()
        start = 0
        while piece := _fill(reader, self._piece):
            self._send_piece(start, memoryview(piece))
            start += len(piece)
        persist(self._finish, self._transport.patience)

    def _send_piece(self, start: int, piece: memoryview) -> None:
        def rest() -> None:
            if self._doubtful:
                self._ask_held(start, start + len(piece))
            while self._held < start + len(piece):
                self._patch(piece[self._held - start :])

        persist(rest, self._transport.patience)

    def _patch(self, content: memoryview) -> None:
        first, end = self._held, self._held + len(content)
        self._doubtful = True
        self._report(first)
        headers = _BINARY | {"Content-Range": f"{first}-{end - 1}"}
        sent = self._counter(first)
        answer = self._in_session(
            self._request(
                "PATCH", self._location, 202, 416, headers=headers, body=content, sent=sent
            )
        )
        if answer.status == 416:
            problem = self._lost("does not take the next piece")
            raise _SessionLostError(problem) if self._asked else Passing(problem)
        self._asked = False
        self._move(answer)
        self._learn(answer, end, first + 1, end)

    def _ask_held(self, start: int, end: int) -> None:
        """Ask how much has arrived, after a PATCH whose answer was lost."""
        answer = self._in_session(self._request("GET", self._location, 202, 204, 400, 416))
        if answer.status >= 400:
            raise _SessionLostError(self._lost("does not resume an interrupted upload"))
        self._move(answer)
        self._learn(answer, -1, start, end)
        self._asked = True

    def _learn(self, answer: Answer, default: int, least: int, most: int) -> None:
        """Take from `Range` how much the registry has; it must lie in what can be sent from."""
        found = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
        held = int(found[1]) + 1 if found else default
        # distribution writes 0-0 for an empty upload too.
        self._held = 0 if held == 1 else held
        if not least <= self._held <= most:
            raise _SessionLostError(self._lost("has lost what was uploaded"))
        self._doubtful = False

    def _finish(self) -> None:
        if self._doubtful and self.exists():
            return
        self._doubtful = True
        self._in_session(self._put(self._location, b""))

    def _in_session(self, request: Request) -> Answer:
        try:
            return self._transport.send_once(request)
        except RegistryError as error:
            if error.status in (404, 410):
                raise _SessionLostError(error) from None
            raise

    def _put(self, location: str, content: bytes) -> Request:
        joint = "&" if urlsplit(location).query else "?"
        target = f"{location}{joint}digest={self._descriptor.digest}"
        headers = _BINARY if content else {}
        sent = self._counter(0)
        return self._request("PUT", target, 201, 204, headers=headers, body=content, sent=sent)

    def _request(self, method: str, target: str, *expect: int, **fields: Any) -> Request:
        return Request(method, target, self._what, pushing=True, expect=frozenset(expect), **fields)

    def _counter(self, base: int) -> Callable[[int], None]:
        sent = base

        def count(size: int) -> None:
            nonlocal sent
            sent += size
            self._report(sent)

        return count

    def _move(self, answer: Answer) -> None:
        if location := answer.headers.get("Location"):
            self._location = answer.link(location)

    def _lost(self, problem: str) -> RegistryError:
        return RegistryError(f"cannot {self._what}: {self._registry} {problem}", "push again")

    @property
    def _registry(self) -> str:
        return self._transport.reference.registry


def _verified(content: BinaryIO, descriptor: Descriptor) -> VerifyingReader:
    # What has `rewind` is a VerifyingReader or wraps one: hashing twice would only cost time.
    if hasattr(content, "rewind"):
        return cast(VerifyingReader, content)
    return VerifyingReader(content, descriptor, "the content to push")


def _fill(reader: VerifyingReader, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end, where the reader checks the digest."""

    def parts() -> Iterator[bytes]:
        left = size
        while left and (part := reader.read(left)):
            left -= len(part)
            yield part

    return b"".join(parts())
