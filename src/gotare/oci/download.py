"""How does content come out of a registry? A stream that resumes where it was cut off.

Sources: distribution-spec v1.1 "Pulling blobs"; RFC 9110, 14 (Range).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gotare.errors import CorruptError, RegistryError
from gotare.oci.retry import Passing
from gotare.oci.store import CHUNK
from gotare.oci.transport import Request, Transport
from gotare.oci.types import Descriptor

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(?:\d+|\*)")


class Download:
    """The bytes of one descriptor as they come: neither digest nor end are checked here.

    A dropped connection is taken up again with a Range request. Raises RegistryError when that
    does not help, CorruptError when the registry announces another size.
    """

    def __init__(
        self, transport: Transport, descriptor: Descriptor, path: str, headers: Mapping[str, str]
    ) -> None:
        self._transport = transport
        self._descriptor = descriptor
        self._path = path
        self._headers = headers
        self._what = f"read {descriptor.digest}"
        self._offset = 0
        self._drops = 0
        self._kept = 0
        self._response: BaseHTTPResponse | None = self._open()

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes; fewer do not mean the end, none do."""
        import urllib3

        amount = size if size >= 0 else CHUNK
        while True:
            try:
                self._response = self._response or self._open()
                part = self._response.read(amount)
            except urllib3.exceptions.HTTPError as error:
                if self._offset >= self._descriptor.size:
                    return b""
                self._drop(error)
                continue
            self._offset += len(part)
            return part

    def seekable(self) -> bool:
        """Whether it can begin anew: always, with another request."""
        return True

    def tell(self) -> int:
        """Return the number of bytes read."""
        return self._offset

    def seek(self, offset: int) -> int:
        """Go on at `offset` with the next read."""
        self.close()
        self._offset = self._kept = offset
        return offset

    def close(self) -> None:
        """Close the connection unless all was read."""
        if self._response:
            self._response.close()
            self._response = None

    def _drop(self, error: Exception) -> None:
        """Get ready to resume, or raise when the connection drops without getting anywhere."""
        self.close()
        meaning = self._transport.network_error(error, self._what)
        if not isinstance(meaning, Passing):
            raise meaning
        if self._offset - self._kept >= CHUNK:
            self._drops = 0
        self._kept = self._offset
        self._drops += meaning.cost
        patience = self._transport.patience
        if self._drops >= patience.tries:
            raise RegistryError(
                f"{meaning.error.message} after {self._offset} of {self._descriptor.size} bytes",
                "try again",
            ) from None
        patience.sleep(patience.wait(self._drops - 1))

    def _open(self) -> BaseHTTPResponse:
        resume = {"Range": f"bytes={self._offset}-"} if self._offset else {}
        expect = frozenset({200, 206}) if self._offset else frozenset({200})
        response = self._transport.open(
            Request(
                "GET", self._path, self._what, headers={**self._headers, **resume}, expect=expect
            )
        )
        try:
            self._check(response)
            if response.status == 200:
                _skip(response, self._offset)
        except BaseException:
            response.close()
            raise
        return response

    def _check(self, response: BaseHTTPResponse) -> None:
        if response.status == 206:
            found = _RANGE.match(response.headers.get("Content-Range", ""))
            if not found or int(found[1]) != self._offset:
                raise RegistryError(
                    f"cannot {self._what}: asked to go on at byte {self._offset}, "
                    f"{self._transport.reference.registry} goes on somewhere else",
                    "try again",
                )
            return
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) != self._descriptor.size:
            raise CorruptError(
                f"{self._transport.reference.registry} announces {announced[:20]} bytes for "
                f"{self._descriptor.digest}, which has {self._descriptor.size}"
            )


def _skip(response: BaseHTTPResponse, count: int) -> None:
    """Pass over what was read before, where a registry does not know ranges."""
    while count and (part := response.read(min(count, CHUNK))):
        count -= len(part)
