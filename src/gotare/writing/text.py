"""What of a file is text, and what only its form: line ends and a byte order mark stay."""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How text becomes the bytes of a file."""

    crlf: bool = False
    mark: bool = False

    @classmethod
    def of(cls, data: bytes) -> Form:
        """Return the form of a file: CRLF where most lines end so."""
        pairs = data.count(b"\r\n")
        return cls(pairs * 2 > data.count(b"\n"), data.startswith(codecs.BOM_UTF8))

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text whose lines end in "\\n"."""
        data = (text.replace("\n", "\r\n") if self.crlf else text).encode(
            "utf-8", "surrogateescape"
        )
        return codecs.BOM_UTF8 + data if self.mark else data


def decode(data: bytes) -> str:
    """Return a file's text with "\\n" between lines; what is not UTF-8 survives `Form.encode`."""
    data = data.removeprefix(codecs.BOM_UTF8)
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
