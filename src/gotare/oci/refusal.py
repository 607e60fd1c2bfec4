"""What does it mean when a registry refuses? Turns an answer into an error with a remedy.

Source: distribution-spec v1.1, "Error Codes".
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from gotare.errors import AuthError, GotareError, NotFoundError, RegistryError

_SHOWN = 300


def clean(text: str, limit: int = _SHOWN) -> str:
    """Return what a stranger wrote as one short line without control characters."""
    printable = "".join(c if c.isprintable() else " " for c in text[: limit * 4])
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def explain(body: bytes) -> str:
    """Return what an error body says: the codes and messages of its JSON, or its plain text.

    A page of HTML is only called one.
    """
    text = body.decode("utf-8", "replace").strip()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "(an HTML page)" if text.startswith("<") else clean(text)
    if not isinstance(document, dict):
        return ""
    errors = document.get("errors")
    if not isinstance(errors, list):
        return clean(_first(document, "message", "details", "error_description", "error"))
    return clean("; ".join(filter(None, map(_entry, errors[:5]))))


def _entry(error: Any) -> str:
    if not isinstance(error, dict):
        return ""
    return ": ".join(filter(None, (_first(error, "code"), _first(error, "message"))))


def _first(document: dict[str, Any], *names: str) -> str:
    found = (document[name] for name in names if isinstance(document.get(name), str))
    return next(found, "")


def refusal(
    status: int, said: str, what: str, where: str, *, pushing: bool, advice: str
) -> GotareError:
    """Return the error for a status that is not a success.

    `said` is what the registry wrote, `what` was wanted ("push blob …"), `where` is the host and
    repository, `advice` is a hint that is better than the general one. A 404 while reading is a
    NotFoundError.
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "an unknown status"
    message = f"cannot {what}: {where} answered {status} {phrase}" + (f": {said}" if said else "")
    if status in (401, 403):
        return AuthError(message, advice or None, status)
    if status == 404 and not pushing:
        return NotFoundError(message, "check the name, the tag and the registry's host")
    return RegistryError(message, advice or _hint(status, pushing), status)


def _hint(status: int, pushing: bool) -> str | None:
    if status == 404:
        return "the repository may have to be created at the registry first; check its name"
    if status == 405 and pushing:
        return "the registry may be a read-only mirror; push to the one it mirrors"
    if status == 413:
        return "a proxy before the registry limits the size of requests; raise its limit"
    if status == 429:
        return "the registry limits the rate; wait, or log in for a higher limit"
    if status in (500, 502, 503, 504):
        return "the registry has a problem; try again later, or look at its log"
    return None
