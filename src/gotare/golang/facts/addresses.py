"""Reads the addresses that programs listen on: ":8080", "localhost:80", "[::]:1", ":http"."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ADDRESS: Final = re.compile(r"(?:\w+://)?(?P<host>\[[^\]/]*\]|[^:/\s]*):(?P<port>[\w-]+)/?")
_HIGHEST: Final = 65535

SERVICES: Final = {
    "domain": 53, "ftp": 21, "http": 80, "http-alt": 8080, "https": 443, "imap": 143, "imaps": 993,
    "ldap": 389, "ldaps": 636, "ntp": 123, "pop3": 110, "smtp": 25, "ssh": 22, "submission": 587,
    "syslog": 514, "telnet": 23,
}  # fmt: skip
"""Names that Go itself takes for ports, and others that /etc/services has everywhere."""


class Address(NamedTuple):
    """A host, "" for every address of the machine, and a port."""

    host: str
    port: int


def parse_address(text: str) -> Address | None:
    """Return the address that a text is; None when it is none, or its port is no number."""
    found = _ADDRESS.fullmatch(text.strip())
    if not found:
        return None
    port = port_number(found["port"])
    return None if port is None else Address(_host(found["host"]), port)


def port_number(text: str) -> int | None:
    """Return a port for what stands after the colon: a number or the name of a service."""
    if text.isdecimal() and text.isascii():
        number = int(text)
        return number if number <= _HIGHEST else None
    return SERVICES.get(text.lower())


def _host(text: str) -> str:
    bare = text.strip("[]")
    return "" if bare in ("", "0.0.0.0", "::", "0", "*") else bare  # noqa: S104
