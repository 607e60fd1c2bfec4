"""Reads the text of a file to lint, so that writing it again gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from gotare.errors import TextError
from gotare.lint.files import MAX_SIZE


def read_text(place: Path) -> str:
    """Return a file's text, byte for byte. Raises TextError for what is no text, or too long."""
    try:
        if not place.is_file():
            raise TextError("not a file", hint="only regular files are linted")
        with place.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise TextError(f"cannot be read: {error.strerror}") from error
    return text_of(data)


def text_of(data: bytes) -> str:
    """Decode a file's bytes; what is not UTF-8 survives encoding again. Raises TextError."""
    if len(data) > MAX_SIZE:
        raise TextError(f"larger than {MAX_SIZE >> 20} MiB", hint="it is no file that people write")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TextError("UTF-16, which no builder reads", hint="save it as UTF-8")
    if b"\0" in data:
        raise TextError("binary: it holds a NUL byte", hint="leave it out of the files to lint")
    return data.decode("utf-8", "surrogateescape")


def text_or_nothing(place: Path) -> str:
    """Return a file's text; "" for a file that is not there. Raises TextError as `read_text`."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return read_text(place)


def bytes_of(text: str) -> bytes:
    """Return the bytes that `text_of` has read."""
    return text.encode("utf-8", "surrogateescape")
