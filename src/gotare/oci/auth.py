"""Which credentials belong to a registry? Reads the files of Docker and Podman.

Sources: docker `config.json` (`auths`, `credHelpers`, `credsStore`), containers-auth.json(5).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotare.errors import UsageError
from gotare.oci.credential_helper import ask_helper
from gotare.oci.reference import DOCKER_HUB, Reference

HUB_SERVER = "https://index.docker.io/v1/"
"""What Docker calls its Hub in config files and to credential helpers."""

_HUB_HOSTS = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
_IDENTITY_USER = "<token>"
_MAX_CONFIG = 4 << 20


@dataclass(frozen=True, slots=True)
class Credential:
    """What a person is known by at a registry. Secrets stay out of its repr.

    `identity_token` is exchanged for access tokens (OAuth2 refresh token), `registry_token` is sent
    as it is; `origin` says where all of it was found.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)
    origin: str = ""

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header, or "" without user name and password."""
        if not self.username or not self.password:
            return ""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be shown."""
        held = (self.password, self.identity_token, self.registry_token, self.basic[6:])
        return tuple(secret for secret in held if secret)


class Keychain:
    """Finds credentials in the files that Podman and Docker keep, in this order.

    `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`,
    `~/.config/containers/auth.json`, `$DOCKER_CONFIG/config.json` (else `~/.docker/`). The first
    file that knows the registry wins.
    """

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self.env: Mapping[str, str] = dict(env)
        self._home = home

    def __repr__(self) -> str:
        return f"Keychain({', '.join(map(str, self.files))})"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are looked at, whether they exist or not."""
        env, found = self.env, []
        if env.get("REGISTRY_AUTH_FILE"):
            found.append(Path(env["REGISTRY_AUTH_FILE"]))
        if env.get("XDG_RUNTIME_DIR"):
            found.append(Path(env["XDG_RUNTIME_DIR"], "containers", "auth.json"))
        config = Path(env.get("XDG_CONFIG_HOME") or self._home / ".config")
        docker = Path(env.get("DOCKER_CONFIG") or self._home / ".docker")
        return (*found, config / "containers" / "auth.json", docker / "config.json")

    def find(self, reference: Reference) -> Credential | None:
        """Return the credentials for the reference's repository; None means anonymous.

        Raises UsageError, naming the file, when a file is broken; ToolError when a credential
        helper fails.
        """
        for path in self.files:
            document = _load(path)
            credential = self._in_file(str(path), document, reference) if document else None
            if credential:
                return credential
        return None

    def _in_file(
        self, path: str, document: dict[str, Any], reference: Reference
    ) -> Credential | None:
        helper = next(_matches(document, "credHelpers", path, reference), None)
        name = helper[1] if helper else document.get("credsStore")
        if name and not isinstance(name, str):
            raise _broken(path, "the name of a credential helper is not a string")
        if name and (answer := ask_helper(name, _server(reference), self.env, path)):
            return _from_helper(*answer, origin=f"docker-credential-{name} (named in {path})")
        for key, entry in _matches(document, "auths", path, reference):
            if credential := _from_entry(entry, key, path):
                return credential
        return None


def advice(keychain: Keychain, reference: Reference, credential: Credential | None) -> str:
    """Return what to do about a registry's 401 or 403, naming where credentials were looked for."""
    login = f"docker login {reference.registry}" if reference.registry != DOCKER_HUB else ""
    command = f"run `{login or 'docker login'}`"
    if credential:
        return f"the credentials are those of {credential.origin}: {command} to renew them"
    present = [str(path) for path in keychain.files if path.exists()]
    if present:
        return f"no credentials for {reference.registry} in {', '.join(present)}: {command}"
    return f"there is no file with credentials ({keychain.files[-1]} and others): {command}"


def _load(path: Path) -> dict[str, Any] | None:
    """Return the JSON object of a config file, None when there is no such file."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_CONFIG + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _broken(str(path), f"it cannot be read: {error.strerror}") from None
    if len(content) > _MAX_CONFIG:
        raise _broken(str(path), f"it is larger than {_MAX_CONFIG} bytes")
    try:
        document = json.loads(content) if content.strip() else {}
    except (ValueError, RecursionError):
        raise _broken(str(path), "it is not JSON") from None
    if not isinstance(document, dict):
        raise _broken(str(path), "it is not a JSON object")
    return document


def _broken(path: str, problem: str) -> UsageError:
    return UsageError(
        f"the registry credentials in {path} cannot be used: {problem}",
        "repair the file, or remove it and run `docker login` again",
    )


def _server(reference: Reference) -> str:
    return HUB_SERVER if reference.registry in _HUB_HOSTS else reference.registry


def _matches(
    document: dict[str, Any], section: str, path: str, reference: Reference
) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a section that concern a repository, most specific first."""
    entries = document.get(section)
    if entries is None:
        return
    if not isinstance(entries, dict):
        raise _broken(path, f"{section!r} is not an object")
    ranked: dict[str, list[tuple[str, Any]]] = {}
    for key, value in sorted(entries.items(), key=lambda pair: "://" in pair[0]):
        ranked.setdefault(normal_key(key), []).append((key, value))
    for name in _names(reference):
        yield from ranked.get(name, ())


def _names(reference: Reference) -> Iterator[str]:
    """Yield `host/a/b`, `host/a`, `host` for the repository `a/b`."""
    host = DOCKER_HUB if reference.registry in _HUB_HOSTS else reference.registry.lower()
    words = reference.repository.split("/")
    for count in range(len(words), 0, -1):
        yield "/".join((host, *words[:count]))
    yield host


def normal_key(key: str) -> str:
    """Return a key of `auths` as `host[:port][/path]`.

    A key with a scheme is a server's address in the old style: its path (`/v1/`) means nothing.
    """
    scheme, separator, rest = key.partition("://")
    host, _, path = (rest if separator else scheme).partition("/")
    host, path = host.lower(), path.strip("/")
    if host in _HUB_HOSTS:
        host = DOCKER_HUB
    return host if separator or path in ("", "v1", "v2") else f"{host}/{path}"


def _from_helper(user: str, secret: str, origin: str) -> Credential:
    if user == _IDENTITY_USER:
        return Credential(identity_token=secret, origin=origin)
    return Credential(user, secret, origin=origin)


def _from_entry(entry: Any, key: str, path: str) -> Credential | None:
    """Read one entry of `auths`; an empty one is what Docker leaves when a helper has the rest."""
    if entry is None:
        return None
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(name, ""), str)
        for name in ("auth", "username", "password", "identitytoken", "registrytoken")
    ):
        raise _broken(path, f"the entry {key!r} of 'auths' is not an object of strings")
    username, password = entry.get("username", ""), entry.get("password", "")
    if entry.get("auth"):
        username, password = _decode_pair(entry["auth"], key, path)
    identity = entry.get("identitytoken", "")
    if username == _IDENTITY_USER:
        username, password, identity = "", "", identity or password
    token = entry.get("registrytoken", "")
    if token and not (token.isascii() and token.isprintable()):
        raise _broken(path, f"'registrytoken' of {key!r} has characters that no token has")
    credential = Credential(username, password, identity, token, path)
    return credential if credential.secrets else None


def _decode_pair(text: str, key: str, path: str) -> tuple[str, str]:
    try:
        pair = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        pair = ""
    username, colon, password = pair.partition(":")
    if not colon:
        raise _broken(path, f"'auth' of {key!r} is not the base64 form of user:password")
    return username, password.rstrip("\0")
