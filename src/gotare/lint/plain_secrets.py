"""Is the value of a variable a secret that stands there for everybody to read?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gotare.golang.facts.secrets import is_secret, is_store_address

_LONGEST_NAME: Final = 200
_LONGEST: Final = 2000
"""Characters that are looked at."""
_SWITCHES: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1", "none"})
_URL: Final = re.compile(r"\w[\w+.-]*://(?P<login>[^/\s@]*)@|(?P<mysql>[^\s/@]+)@(?:tcp|unix)\(")
_PAIR: Final = re.compile(r"\bpassword\s*=\s*(?P<value>[^\s;]+)", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"<[^>]*>|\[[^\]]*\]|\{\{.*\}\}|\*+|x{3,}|\.\.\.")
_STANDS_FOR: Final = "_VAL(?:UE)?|_HERE|_PLACEHOLDER"
"""What is behind a variable's own name, where something is put in for it later."""
_PATH: Final = re.compile(r"\.{0,2}/[\w./-]+|file:.*")


def is_plain_secret(name: str, value: str) -> bool:
    """Return whether a variable's name or value says that nobody should see the value, and the
    value is one: no `${…}`, no placeholder, no path of a file, no switch."""
    if len(name) > _LONGEST_NAME:
        return False
    value = value.strip()[:_LONGEST]
    if value.lower() in _SWITCHES or _PLACEHOLDER.fullmatch(value) or _PATH.fullmatch(value):
        return False
    if re.fullmatch(rf"_*{re.escape(name)}(?:{_STANDS_FOR})?_*", value, re.IGNORECASE):
        return False
    password = _in_address(value)
    if password is not None:
        return _is_written(password)
    if "://" in value or is_store_address(name):
        return False
    return is_secret(name) and _is_written(value)


def _in_address(value: str) -> str | None:
    """Return the password in an address of a store, "" without one; None where it is no address."""
    login = _URL.search(value)
    if login:
        return (login["login"] or login["mysql"] or "").partition(":")[2]
    found = _PAIR.search(value)
    return found["value"] if found else None


def _is_written(text: str) -> bool:
    """Whether a password is written out, not taken from a variable."""
    return bool(text) and "$" not in text and not _PLACEHOLDER.fullmatch(text)


# what anybody would guess

_COMMON_WORDS: Final = (
    "a access admin administrator and api app bar be broker change changeit changeme cookie "
    "credentials creds database db default demo dev development do dummy elastic example fake "
    "foo for grafana guest hello here important in insecure is it jwt keep key keycloak "
    "keystore letmein local maria mariadb me minio mongo mongodb must my mysql nats neo not "
    "pass passphrase passwd password pg placeholder please postgres postgresql prod "
    "production pw pwd qwerty rabbit rabbitmq random redis replace root safe sample secret "
    "secure sekret session signing some something sql strong super test testing this token "
    "truststore unsafe use user username value very weak with world you your zero"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())
_LONGEST_GUESSED: Final = 60
_MOST_DIGITS: Final = 9


def is_throwaway(value: str, beside: Iterable[str] = ()) -> bool:
    """Whether a secret is one that anybody would guess: words that every example has, a few digits,
    or what is said `beside` it (the names of the user and of the database)."""
    value = value.strip()
    password = _in_address(value)
    words = re.findall(r"[a-z]+|\d+", (value if password is None else password).lower())
    if not words or sum(map(len, words)) > _LONGEST_GUESSED:
        return not value
    known = _COMMON | {word for text in beside for word in re.findall("[a-z]+", text.lower())}
    return all(
        len(word) < _MOST_DIGITS if word.isdecimal() else _is_made_of(word, known) for word in words
    )


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Whether a text is one of some words, or several without anything between."""
    ends = [0]
    for end in range(1, len(text) + 1):
        if any(text[start:end] in words for start in ends):
            ends.append(end)
    return ends[-1] == len(text)
