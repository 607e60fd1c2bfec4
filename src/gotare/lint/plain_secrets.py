"""Is the value of a variable a secret that stands there for everybody to read?"""

from __future__ import annotations

import re
from typing import Final

from gotare.golang.facts.secrets import is_secret, is_store_address

_LONGEST_NAME: Final = 200
_LONGEST: Final = 2000
"""Characters that are looked at."""
_SWITCHES: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1", "none"})
_URL: Final = re.compile(r"\w[\w+.-]*://(?P<login>[^/\s@]*)@|(?P<mysql>[^\s/@]+)@(?:tcp|unix)\(")
_PAIR: Final = re.compile(r"\bpassword\s*=\s*(?P<value>[^\s;]+)", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"<[^>]*>|\[[^\]]*\]|\{\{.*\}\}|\*+|x{3,}|\.\.\.")
_PATH: Final = re.compile(r"\.{0,2}/[\w./-]+|file:.*")


def is_plain_secret(name: str, value: str) -> bool:
    """Return whether a variable's name or value says that nobody should see the value, and the
    value is one: no `${…}`, no placeholder, no path of a file, no switch."""
    if len(name) > _LONGEST_NAME:
        return False
    value = value.strip()[:_LONGEST]
    if value.lower() in _SWITCHES or _PLACEHOLDER.fullmatch(value) or _PATH.fullmatch(value):
        return False
    login = _URL.search(value)
    if login:
        password = (login["login"] or login["mysql"] or "").partition(":")[2]
        return _is_written(password)
    if found := _PAIR.search(value):
        return _is_written(found["value"])
    if "://" in value or is_store_address(name):
        return False
    return is_secret(name) and _is_written(value)


def _is_written(text: str) -> bool:
    """Whether a password is written out, not taken from a variable."""
    return bool(text) and "$" not in text and not _PLACEHOLDER.fullmatch(text)
