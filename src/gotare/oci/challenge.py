"""What does a registry ask for when it answers 401? Reads `WWW-Authenticate`.

Sources: RFC 9110, 11.6.1; the distribution project's token specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r'\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))')
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate: `scheme` and the names of `parameters` are lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a `WWW-Authenticate` value, which may hold several; what cannot be read is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while position < len(header):
        word = _TOKEN.match(header, position)
        if not word:
            position += 1
            continue
        value = _VALUE.match(header, word.end())
        if value and found:
            text = value[2] or re.sub(r"\\(.)", r"\1", value[1] or "")
            found[-1][1].setdefault(word[0].lower(), text)
            position = value.end()
            continue
        found.append((word[0].lower(), {}))
        blob = _TOKEN68.match(header, word.end())
        position = blob.end() if blob else word.end()
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the challenge to answer: Bearer with a realm, else Basic, else None."""
    known = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    bearer = known.get("bearer")
    return bearer if bearer and bearer.parameters.get("realm") else known.get("basic")


def grants(scopes: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the (resource, action) pairs of scopes such as `repository:me/app:pull,push`."""
    pairs = set()
    for scope in scopes:
        resource, _, actions = scope.rpartition(":")
        pairs |= {(resource, action) for action in actions.split(",") if resource and action}
    return frozenset(pairs)


def merge_scopes(held: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the scopes that ask for the given (resource, action) pairs, in a fixed order."""
    actions: dict[str, list[str]] = {}
    for resource, action in sorted(held):
        actions.setdefault(resource, []).append(action)
    return tuple(f"{resource}:{','.join(wanted)}" for resource, wanted in actions.items())
