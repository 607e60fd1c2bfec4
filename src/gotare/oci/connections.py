"""Over which connection does a request go? TLS trust, proxies, timeouts, pools.

Nothing is retried or redirected here; see `transport.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from gotare.errors import UsageError
from gotare.oci.retry import Patience
from gotare.oci.urls import is_exempt, is_loopback

if TYPE_CHECKING:
    import ssl

    from urllib3 import BaseHTTPResponse, PoolManager

_SLICE = 256 << 10
_PARALLEL = 8


class Connections:
    """Kept-alive connections to any number of hosts. Safe for threads.

    `env` gives SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.
    """

    def __init__(self, env: Mapping[str, str], patience: Patience, *, insecure: bool) -> None:
        self._env = env
        self._patience = patience
        self._insecure = insecure
        self._lock = threading.Lock()
        self._managers: dict[tuple[str, str], PoolManager] = {}

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | memoryview = b"",
        sent: Callable[[int], None] | None = None,
    ) -> BaseHTTPResponse:
        """Send one request and return the answer with its body unread and undecoded.

        `sent` is told the bytes of every piece of the body that was handed to the system.
        Raises urllib3's exceptions.
        """
        import urllib3

        patience = self._patience
        return self._manager(url).urlopen(
            method,
            url,
            headers=dict(headers) | ({"Content-Length": str(len(body))} if body else {}),
            body=_slices(body, sent) if body else None,
            timeout=urllib3.Timeout(connect=patience.connect, read=patience.read),
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for manager in self._managers.values():
                for pool in map(manager.pools.get, manager.pools.keys()):
                    if pool:
                        pool.close()  # clear() alone leaves it to the garbage collector
                manager.clear()

    def _manager(self, url: str) -> PoolManager:
        key = (urlsplit(url).scheme, proxy_for(url, self._env))
        with self._lock:
            if key not in self._managers:
                self._managers[key] = self._new_manager(*key)
            return self._managers[key]

    def _new_manager(self, scheme: str, proxy: str) -> PoolManager:
        import urllib3

        options: dict[str, Any] = {"maxsize": _PARALLEL, "num_pools": _PARALLEL}
        if scheme == "https" or proxy.startswith("https:"):
            options["ssl_context"] = tls_context(self._env, insecure=self._insecure)
        if self._insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if not proxy:
            return urllib3.PoolManager(**options)
        parts = urlsplit(proxy)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"the proxy for {scheme} has the unknown scheme {parts.scheme[:20]!r}",
                "set HTTPS_PROXY to http://HOST:PORT",
            )
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return urllib3.ProxyManager(address, proxy_headers=_proxy_login(parts), **options)


def _slices(body: bytes | memoryview, sent: Callable[[int], None] | None) -> Iterator[memoryview]:
    view = memoryview(body)
    for start in range(0, len(view), _SLICE):
        piece = view[start : start + _SLICE]
        yield piece
        if sent:
            sent(len(piece))


def _proxy_login(proxy: SplitResult) -> dict[str, str]:
    from urllib3.util import make_headers

    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return dict(make_headers(proxy_basic_auth=pair))


def proxy_for(url: str, env: Mapping[str, str]) -> str:
    """Return the URL of the proxy that the environment names for `url`, or "" for none."""
    parts = urlsplit(url)
    names = (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    proxy = next((env[name] for name in names if env.get(name)), "")
    exempt = env.get("no_proxy") or env.get("NO_PROXY") or ""
    if not proxy or is_loopback(parts.hostname or ""):
        return ""
    if is_exempt(parts, exempt):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def tls_context(env: Mapping[str, str], *, insecure: bool) -> ssl.SSLContext:
    """Return the trust in certificates: SSL_CERT_FILE or SSL_CERT_DIR, the system's, or certifi's.

    Raises UsageError when a file that the environment names cannot be used.
    """
    import ssl

    file, folder = env.get("SSL_CERT_FILE") or None, env.get("SSL_CERT_DIR") or None
    try:
        context = ssl.create_default_context(cafile=file, capath=folder)
    except OSError as error:
        raise UsageError(
            f"the certificates of SSL_CERT_FILE={file or ''} SSL_CERT_DIR={folder or ''} "
            f"cannot be used: {error.strerror or error}",
            "name a PEM file that exists, or unset the variable",
        ) from None
    if not file and not folder and not _system_has_roots():
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_has_roots() -> bool:
    import ssl

    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))
