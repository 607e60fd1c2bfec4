"""Which URLs that a registry names may be followed, and how are they shown?"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from gotare.errors import RegistryError
from gotare.oci.refusal import clean

_PORTS = {"http": 80, "https": 443}


def join_url(base: str, location: str) -> str:
    """Return a `Location`, `Link` or `realm` as an absolute URL without a fragment.

    Raises RegistryError when it is no URL.
    """
    try:
        url = urljoin(base, location).partition("#")[0]
        origin(url)
    except ValueError:
        raise RegistryError(
            f"{shown_url(base)} leads to something that is not a URL",
            "look at the configuration of the registry and of the proxies before it",
        ) from None
    return url


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port. Raises ValueError when it is no URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def check_safe(url: str, before: str, what: str, *, insecure: bool) -> None:
    """Raise RegistryError when `url` may not be followed from a page at scheme `before`.

    https always may; http only from http, to this machine or when `insecure`.
    """
    parts = urlsplit(url)
    if parts.hostname and parts.scheme == "https":
        return
    plain = parts.hostname and parts.scheme == "http" and before == "http"
    if plain and (insecure or is_loopback(parts.hostname or "")):
        return
    raise RegistryError(
        f"cannot {what}: the way leads to {shown_url(url)}, which is not safe to follow",
        "a registry behind a TLS proxy must be told its https address (X-Forwarded-Proto)",
    )


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own, where plain http may be spoken."""
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def is_exempt(parts: SplitResult, no_proxy: str) -> bool:
    """Whether NO_PROXY (`*`, or hosts and domains, each with a port or not) names the host."""
    host = (parts.hostname or "").lower()
    for entry in no_proxy.lower().replace(",", " ").split():
        name, _, port = entry.partition(":")
        name = name.removeprefix("*").removeprefix(".")
        if entry == "*":
            return True
        fits = name and (host == name or host.endswith(f".{name}"))
        if fits and (not port or port == str(parts.port)):
            return True
    return False


def shown_url(url: str) -> str:
    """Return a URL without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "something that is not a URL"
    return clean(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", 120)
