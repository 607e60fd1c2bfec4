"""What `Authorization` does a request to a registry carry?

Reactive: nothing is sent until the registry has answered 401 once; then tokens are kept per scope.
Sources: the distribution project's token authentication, RFC 7617 (Basic), RFC 6749 (refresh).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from gotare.errors import CorruptError, RegistryError
from gotare.oci.auth import Credential, Keychain, advice
from gotare.oci.challenge import Challenge, choose, grants, merge_scopes, parse_challenges
from gotare.oci.reference import Reference
from gotare.oci.types import decode
from gotare.oci.urls import join_url

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")

Grants = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TokenCall:
    """A request to a token server: a GET, or a POST when there is a `form`."""

    url: str
    authorization: str = field(default="", repr=False)
    form: bytes = field(default=b"", repr=False)


class Authorizer:
    """Answers the challenges of one registry for one repository. Safe for threads.

    `exchange` sends a TokenCall and returns the body of the 200 answer, or raises RegistryError.
    """

    def __init__(
        self, reference: Reference, keychain: Keychain, exchange: Callable[[TokenCall], bytes]
    ) -> None:
        self._reference = reference
        self._keychain = keychain
        self._exchange = exchange
        self._lock = threading.RLock()
        self._challenge: Challenge | None = None
        self._tokens: dict[Grants, str] = {}
        self._looked = False
        self._found: Credential | None = None

    def header(self, scopes: tuple[str, ...]) -> str:
        """Return the value to send with a request that needs `scopes`; "" for none.

        Asks the token server when the registry is known to want a token and none covers them.
        """
        with self._lock:
            if self._challenge is None:
                return ""
            return self._held(grants(scopes)) or self._obtain(self._challenge, grants(scopes))

    def answer(self, header: str, scopes: tuple[str, ...], refused: str) -> str:
        """Return the value to try after a 401 with this `WWW-Authenticate`; "" gives up.

        `refused` is the value that the refused request carried.
        """
        with self._lock:
            challenge = choose(parse_challenges(header))
            if challenge is None:
                return ""
            wanted = grants(scopes) | grants(challenge.parameters.get("scope", "").split())
            held = self._held(wanted) if self._challenge else ""
            if held and held != refused:
                return held  # another thread has answered the same challenge meanwhile
            self._challenge = challenge
            answer = self._obtain(challenge, wanted)
            return answer if answer != refused else ""

    def advice(self) -> str:
        """Return the hint for an error with status 401 or 403."""
        return advice(self._keychain, self._reference, self._credential())

    def redact(self, text: str) -> str:
        """Return text without the secrets that this object knows."""
        held = (*(self._found.secrets if self._found else ()), *self._tokens.values())
        for secret in sorted(held, key=len, reverse=True):
            text = text.replace(secret.removeprefix("Bearer "), "***")
        return text

    def _credential(self) -> Credential | None:
        if not self._looked:
            self._found = self._keychain.find(self._reference)
            self._looked = True
        return self._found

    def _held(self, wanted: Grants) -> str:
        if self._challenge and self._challenge.scheme == "basic":
            return self._obtain(self._challenge, wanted)
        return next((token for held, token in self._tokens.items() if wanted <= held), "")

    def _obtain(self, challenge: Challenge, wanted: Grants) -> str:
        credential = self._credential()
        if challenge.scheme == "basic":
            return credential.basic if credential else ""
        if credential and credential.registry_token:
            return f"Bearer {credential.registry_token}"
        token = self._request_token(challenge, wanted, credential)
        self._tokens = {held: kept for held, kept in self._tokens.items() if not held <= wanted} | {
            wanted: f"Bearer {token}"
        }
        return f"Bearer {token}"

    def _request_token(
        self, challenge: Challenge, wanted: Grants, credential: Credential | None
    ) -> str:
        call = token_call(challenge, merge_scopes(wanted), credential)
        server = urlsplit(call.url).hostname or ""
        try:
            document = decode(self._exchange(call), "a token")
        except CorruptError:
            raise RegistryError(
                f"the token server {server} of {self._reference.registry} did not answer with JSON",
                f"is {self._reference.registry} a registry, and is there no login page before it?",
            ) from None
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str) or not _HEADER_SAFE.fullmatch(token):
            raise RegistryError(
                f"the token server {server} of {self._reference.registry} gave no usable token",
                self.advice(),
            )
        return token


def token_call(
    challenge: Challenge, scopes: tuple[str, ...], credential: Credential | None
) -> TokenCall:
    """Return the request for an access token: OAuth2 with an identity token, else a GET."""
    realm = join_url("", challenge.parameters["realm"])
    service = challenge.parameters.get("service", "")
    named = [("service", service)] if service else []
    if credential and credential.identity_token:
        form = {"grant_type": "refresh_token", "client_id": "gotare"}
        secret = {"scope": " ".join(scopes), "refresh_token": credential.identity_token}
        return TokenCall(realm, form=urlencode(form | dict(named) | secret).encode())
    query = [*named, *(("scope", scope) for scope in scopes)]
    if credential and credential.username:
        query.append(("account", credential.username))
    joint = "&" if urlsplit(realm).query else "?"
    url = realm + joint + urlencode(query) if query else realm
    return TokenCall(url, credential.basic if credential else "")
