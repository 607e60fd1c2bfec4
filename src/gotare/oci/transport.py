"""How does one request to a registry get its answer? Scheme, login, redirects, retries, limits.

The registry's protocol is in `registry.py`, `upload.py`, `download.py` and `referrers.py`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from gotare.errors import GotareError, RegistryError
from gotare.oci.auth import Keychain
from gotare.oci.authorizer import Authorizer, TokenCall
from gotare.oci.connections import Connections
from gotare.oci.network_errors import is_wrong_protocol, network_error
from gotare.oci.reference import DOCKER_HUB, Reference
from gotare.oci.refusal import clean, explain, refusal
from gotare.oci.retry import PASSING_STATUS, Passing, Patience, asked_wait, persist
from gotare.oci.types import MAX_MANIFEST
from gotare.oci.urls import check_safe, join_url, origin, shown_url

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

T = TypeVar("T")

HUB_HOST: Final = "registry-1.docker.io"
"""Where the API of `docker.io` is served."""

MAX_TOKEN: Final = 1 << 20
MAX_ERROR: Final = 64 << 10
MAX_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# What Go's, nginx's and others' TLS servers answer to plain http.
_WANTS_TLS: Final = re.compile(rb"HTTPS? (?:server|port)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `target` is a path at the registry, or a URL that the registry gave.

    `what` completes "cannot …" in messages; `expect` are the statuses that are no error; `limit`
    is the most bytes of answer that are read; `mount_from` is another repository that the token
    must be able to read; `sent` hears of the bytes of `body` as they leave.
    """

    method: str
    target: str
    what: str
    pushing: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | memoryview = b""
    expect: frozenset[int] = frozenset({200})
    limit: int = MAX_MANIFEST
    mount_from: str = ""
    sent: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `url` is the one that gave it, after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def link(self, location: str) -> str:
        """Return a `Location` or `Link` of this answer as an absolute URL."""
        return join_url(self.url, location)


class Transport:
    """Sends requests about one repository. Safe for threads.

    https, except to this machine, or anywhere with `insecure` (which tries https without
    verification first).
    """

    def __init__(
        self,
        reference: Reference,
        keychain: Keychain,
        *,
        insecure: bool,
        patience: Patience,
        user_agent: str,
    ) -> None:
        self.reference = reference
        self.patience = patience
        self._insecure = insecure
        self._user_agent = user_agent
        self._host = HUB_HOST if reference.registry == DOCKER_HUB else reference.registry
        self._connections = Connections(keychain.env, patience, insecure=insecure)
        self._authorizer = Authorizer(reference, keychain, self._exchange)
        self._schemes = _schemes(reference, insecure=insecure)

    def send(self, request: Request) -> Answer:
        """Return the answer to a request, which is repeated while its failure may pass.

        Raises NotFoundError, AuthError or RegistryError when its status is not expected.
        """
        return persist(lambda: self.send_once(request), self.patience)

    def send_once(self, request: Request) -> Answer:
        """Like `send`, but raise Passing instead of trying again."""

        def read(response: BaseHTTPResponse, url: str) -> Answer:
            body = self._read(response, request)
            return Answer(response.status, response.headers, body, url)

        return self._expected(request, read)

    def open(self, request: Request) -> BaseHTTPResponse:
        """Return an answer whose body is not yet read; the caller closes it. Raises as `send`."""
        return persist(lambda: self._expected(request, lambda response, _: response), self.patience)

    def network_error(self, error: Exception, what: str) -> RegistryError | Passing:
        """Return what an exception of urllib3 means: Passing when it is worth another try."""
        return network_error(error, what, self.reference.registry)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _expected(self, request: Request, finish: Callable[[BaseHTTPResponse, str], T]) -> T:
        response, url = self._authorized(request)
        if response.status in request.expect:
            return finish(response, url)
        raise self._refusal(request, response, url)

    def _refusal(
        self, request: Request, response: BaseHTTPResponse, url: str
    ) -> GotareError | Passing:
        said = explain(_drain(response))
        where = f"{self.reference.registry}/{self.reference.repository}"
        if response.status in _REDIRECTS:
            said = f"a redirect to {shown_url(response.headers.get('Location', ''))}"
        if not self._is_registry(url):
            where = clean(f"{urlsplit(url).hostname} (for {where})")
        asked = asked_wait(response.headers)
        error = refusal(
            response.status,
            self._authorizer.redact(said),
            request.what,
            where,
            pushing=request.pushing,
            advice=self._advice(response.status, asked),
        )
        if response.status in PASSING_STATUS and isinstance(error, RegistryError):
            return Passing(error, asked)
        return error

    def _advice(self, status: int, asked: float | None) -> str:
        if status in (401, 403):
            return self._authorizer.advice()
        return f"it asks to wait {asked:.0f} s; try again then" if asked else ""

    def _authorized(self, request: Request) -> tuple[BaseHTTPResponse, str]:
        scopes = _scopes(self.reference.repository, request)
        authorization = self._authorizer.header(scopes)
        response, url = self._follow(request, authorization)
        if response.status != 401 or not self._is_registry(url):
            return response, url
        response, _ = _kept(response)
        asked = response.headers.get("WWW-Authenticate", "")
        answer = self._authorizer.answer(asked, scopes, authorization)
        if not answer:
            return response, url
        return self._follow(request, answer)

    def _follow(self, request: Request, authorization: str) -> tuple[BaseHTTPResponse, str]:
        """Send a request and follow its redirects; only the registry gets the authorization."""
        response, url = self._first(request, authorization)
        for _ in range(MAX_REDIRECTS):
            location = response.headers.get("Location", "")
            if response.status not in _REDIRECTS or response.status in request.expect:
                return response, url
            if not location or (request.method not in ("GET", "HEAD") and response.status < 307):
                return response, url
            _drain(response)
            url = self._next(url, location, request.what)
            mine = authorization if self._is_registry(url) else ""
            response = self._dispatch(request, url, mine)
        response.close()
        raise RegistryError(
            f"cannot {request.what}: {self.reference.registry} redirects more than "
            f"{MAX_REDIRECTS} times",
            "look at the configuration of the registry and of the proxies before it",
        )

    def _first(self, request: Request, authorization: str) -> tuple[BaseHTTPResponse, str]:
        if not request.target.startswith("/"):
            url = request.target
            check_safe(url, self._schemes[0], request.what, insecure=self._insecure)
            mine = authorization if self._is_registry(url) else ""
            return self._dispatch(request, url, mine), url
        if len(self._schemes) == 1:
            url = self._url(self._schemes[0], request)
            return self._dispatch(request, url, authorization), url
        return self._settle(request, authorization)

    def _settle(self, request: Request, authorization: str) -> tuple[BaseHTTPResponse, str]:
        """Find out, with the first request itself, whether the registry speaks TLS."""
        import urllib3

        failure: Exception | None = None
        refused: tuple[BaseHTTPResponse, str] | None = None
        for scheme in self._schemes:
            url = self._url(scheme, request)
            try:
                response = self._raw(request, url, authorization)
            except urllib3.exceptions.HTTPError as error:
                if not is_wrong_protocol(error):
                    raise self.network_error(error, request.what) from None
                failure = failure or error
                continue
            if scheme == "http" and response.status == 400:
                response, said = _kept(response)
                if _may_want_tls(request, said):
                    refused = response, url
                    continue
            self._schemes = (scheme,)
            return response, url
        if refused:
            return refused
        assert failure
        raise self.network_error(failure, request.what) from None

    def _url(self, scheme: str, request: Request) -> str:
        return f"{scheme}://{self._host}{request.target}"

    def _dispatch(self, request: Request, url: str, authorization: str) -> BaseHTTPResponse:
        import urllib3

        try:
            return self._raw(request, url, authorization)
        except urllib3.exceptions.HTTPError as error:
            raise self.network_error(error, request.what) from None

    def _raw(self, request: Request, url: str, authorization: str) -> BaseHTTPResponse:
        headers = {"User-Agent": self._user_agent, **request.headers}
        if authorization:
            headers["Authorization"] = authorization
        return self._connections.send(request.method, url, headers, request.body, request.sent)

    def _read(self, response: BaseHTTPResponse, request: Request) -> bytes:
        import urllib3

        try:
            body = _head(response, request.limit + 1)
        except urllib3.exceptions.HTTPError as error:
            raise self.network_error(error, request.what) from None
        if len(body) > request.limit:
            raise RegistryError(
                f"cannot {request.what}: {self.reference.registry} answers with more than "
                f"{request.limit} bytes",
                "no sound registry does that; is something else listening there?",
            )
        return body

    def _is_registry(self, url: str) -> bool:
        return any(origin(url) == origin(f"{scheme}://{self._host}") for scheme in self._schemes)

    def _next(self, url: str, location: str, what: str) -> str:
        """Return where a redirect leads, if it may be followed."""
        target = join_url(url, location)
        check_safe(target, urlsplit(url).scheme, what, insecure=self._insecure)
        return target

    def _exchange(self, call: TokenCall) -> bytes:
        """Send a request to the token server; it is retried like every other."""
        scheme = "http" if self._schemes == ("http",) or self._insecure else "https"
        what = f"log in to {self.reference.registry}"
        check_safe(call.url, scheme, what, insecure=self._insecure)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if call.form else {}
        method = "POST" if call.form else "GET"
        request = Request(method, call.url, what, headers=headers, body=call.form, limit=MAX_TOKEN)
        return persist(lambda: self._exchange_once(request, call.authorization), self.patience)

    def _exchange_once(self, request: Request, authorization: str) -> bytes:
        response = self._dispatch(request, request.target, authorization)
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location and request.method == "GET":
            _drain(response)
            target = self._next(request.target, location, request.what)
            same = origin(target) == origin(request.target)
            response = self._dispatch(
                replace(request, target=target), target, authorization if same else ""
            )
        if response.status == 200:
            return self._read(response, request)
        # A token server without its page is a broken registry, not an absent image.
        raise self._refusal(replace(request, pushing=True), response, request.target)


def _schemes(reference: Reference, *, insecure: bool) -> tuple[str, ...]:
    if reference.is_loopback:
        return ("http", "https")
    return ("https", "http") if insecure else ("https",)


def _scopes(repository: str, request: Request) -> tuple[str, ...]:
    mine = f"repository:{repository}:{'pull,push' if request.pushing else 'pull'}"
    other = (f"repository:{request.mount_from}:pull",) if request.mount_from else ()
    return (mine, *other)


def _may_want_tls(request: Request, said: bytes) -> bool:
    """Whether a 400 may come from a TLS server that was spoken to in http; HEAD does not tell."""
    return request.method == "HEAD" or bool(_WANTS_TLS.search(said) and said[:1] != b"{")


def _kept(response: BaseHTTPResponse) -> tuple[BaseHTTPResponse, bytes]:
    """Read an answer that explains itself; return it as if unread, and what it says."""
    import urllib3

    body = _drain(response)
    headers = {name: text for name, text in response.headers.items() if "-Enc" not in name}
    again = urllib3.HTTPResponse(
        io.BytesIO(body), headers, response.status, preload_content=False, decode_content=False
    )
    return again, body


def _drain(response: BaseHTTPResponse) -> bytes:
    """Read what there is of an answer that only explains itself, and be content with less."""
    import urllib3

    try:
        return _head(response, MAX_ERROR)
    except urllib3.exceptions.HTTPError:
        response.close()
        return b""


def _head(response: BaseHTTPResponse, limit: int) -> bytes:
    """Read at most `limit` bytes; the connection is kept only when that was all."""
    parts, left = [], limit
    while left and (part := response.read(min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    if not left:
        response.close()
    return b"".join(parts)
