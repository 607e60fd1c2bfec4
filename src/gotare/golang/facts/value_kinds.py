"""What kind of value a variable or flag takes: by its Go type, its default and its name."""

from __future__ import annotations

import re
from typing import Final, Literal

from gotare.golang.facts.durations import parse_duration
from gotare.golang.facts.secrets import words_of_name

Kind = Literal["", "url", "port", "address", "duration", "number", "bool", "path", "list"]

_ADDRESS: Final = re.compile(r"[\w.*-]*:\d{1,5}|\[[0-9a-fA-F:]*\]:\d{1,5}")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
_PATH: Final = (
    r"(?:\.{0,2}/|~/)[^\s:,]*|[\w-]+\.(?:ya?ml|json|toml|pem|crt|key|db|env|log|sqlite3?)"
)

_BY_LAST_WORD: Final[dict[str, Kind]] = {
    **dict.fromkeys(("URL", "URI", "DSN", "ENDPOINT", "WEBHOOK", "BASEURL"), "url"),
    **dict.fromkeys(("PORT",), "port"),
    **dict.fromkeys(("ADDR", "ADDRESS", "LISTEN", "BIND", "HOSTPORT", "LISTENER"), "address"),
    **dict.fromkeys(
        ("TIMEOUT", "INTERVAL", "TTL", "DURATION", "EXPIRY", "EXPIRATION", "LIFETIME", "PERIOD",
         "DELAY", "BACKOFF", "DEADLINE"), "duration",
    ),
    **dict.fromkeys(
        ("SIZE", "COUNT", "LIMIT", "MAX", "MIN", "RETRIES", "WORKERS", "CONNS", "CONNECTIONS",
         "SECONDS", "MINUTES", "HOURS", "DAYS", "COST", "CONCURRENCY", "BURST", "RPS", "THRESHOLD"),
        "number",
    ),
    **dict.fromkeys(("PATH", "DIR", "FILE", "DIRECTORY", "FOLDER", "FILENAME", "FILEPATH"), "path"),
    **dict.fromkeys(("ENABLED", "DISABLED", "DEBUG", "VERBOSE", "INSECURE"), "bool"),
    **dict.fromkeys(
        ("ORIGINS", "HOSTS", "BROKERS", "ADDRS", "ADDRESSES", "ENDPOINTS", "URLS"), "list",
    ),
}  # fmt: skip


def kind_of(name: str, default: str | None = None, type_: str = "") -> Kind:
    """Return what a variable or flag takes. What the default shows counts more than the name."""
    by_type = _of_type(name, type_)
    if by_type:
        return by_type
    by_name = _of_name(name)
    by_default = _of_default(default) if default else ""
    if by_default == "number":
        return "port" if "PORT" in words_of_name(name) else "number"
    if by_default in ("", "path") and by_name:
        return by_name
    return by_default or by_name


def _of_type(name: str, type_: str) -> Kind:
    type_ = type_.lstrip("*")
    if type_ in ("time.Duration", "duration"):
        return "duration"
    if type_ == "bool":
        return "bool"
    if type_.startswith("[]") and type_ != "[]byte":
        return "list"
    if type_ in ("url.URL", "existingfile", "file"):
        return "url" if type_ == "url.URL" else "path"
    if re.fullmatch(r"u?int\d*|float\d*", type_):
        return "port" if "PORT" in words_of_name(name) else "number"
    return ""


def _of_name(name: str) -> Kind:
    words = words_of_name(name)
    if not words:
        return ""
    if words[:1] in (["ENABLE"], ["DISABLE"], ["USE"], ["SKIP"], ["IS"]):
        return "bool"
    return _BY_LAST_WORD.get(words[-1], "")


def _of_default(default: str) -> Kind:
    if default.lower() in ("true", "false"):
        return "bool"
    if re.fullmatch(r"-?\d+(\.\d+)?", default):
        return "number"
    if parse_duration(default) is not None:
        return "duration"
    if "," in default and not _URL.match(default):
        return "list"
    if _URL.match(default):
        return "list" if "," in default and default.count("://") > 1 else "url"
    if _ADDRESS.fullmatch(default):
        return "address"
    return "path" if re.fullmatch(_PATH, default) else ""
