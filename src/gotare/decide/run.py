"""How containers of an image run: settings in, checked, the image's own defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from gotare.errors import UsageError
from gotare.oci.image import RunSettings
from gotare.places import BIN, CERTIFICATES, HOME, PATH
from gotare.settings import ADDITIONS, FileMapping, Settings

COMPOSED: Final = ("scratch", "static")
"""The bases that are made here rather than fetched."""

_USERS: Final = {"root": "0:0", "nobody": "65534:65534", "nonroot": "65532:65532"}


def additions_of(settings: Settings, base: str) -> tuple[str, ...] | None:
    """Return what is added to the base; None: what the linked binaries turn out to need."""
    if base == "static":
        return ADDITIONS
    if base == "scratch":
        return settings.add
    return settings.add or ()


def run_settings(
    settings: Settings, base: str, binaries: Sequence[str], labels: Mapping[str, str]
) -> RunSettings:
    """Return how containers run. Raises UsageError for settings that make no sense."""
    env = {"PATH": PATH} if base in COMPOSED else {}
    if base == "static" or "certificates" in (settings.add or ()):
        env["SSL_CERT_FILE"] = CERTIFICATES
    working_dir = HOME if base == "static" else None
    return RunSettings(
        entrypoint=settings.entrypoint or (f"{BIN}/{binaries[0]}",),
        args=settings.args or (),
        user=_user(settings.user, base),
        working_dir=_absolute("workdir", settings.workdir) or working_dir,
        env={**env, **_environment(settings.env or {})},
        ports=tuple(_port(port) for port in settings.ports or ()),
        volumes=tuple(filter(None, (_absolute("volumes", v) for v in settings.volumes or ()))),
        stop_signal=_signal(settings.stop_signal),
        health_check=settings.healthcheck,
        labels=labels,
    )


def _user(user: str | None, base: str) -> str | None:
    if user is None or base not in COMPOSED:
        return user
    number = _USERS.get(user, user)
    if not re.fullmatch(r"\d+(:\d+)?", number):
        raise UsageError(
            f"user {user!r} is not in the base {base}",
            "use numbers, as in 65532:65532, or root, nobody or nonroot",
        )
    return number


def _absolute(what: str, path: str | None) -> str | None:
    if path is not None and (not path.startswith("/") or ".." in path.split("/")):
        raise UsageError(f"{what}: not an absolute path in the image: {path!r}")
    return path


def _environment(env: Mapping[str, str]) -> Mapping[str, str]:
    for name in env:
        if not name or "=" in name or "\0" in name:
            raise UsageError(f"not a name for an environment variable: {name!r}")
    return env


def _port(port: str) -> str:
    match = re.fullmatch(r"(\d{1,5})(?:/(tcp|udp|sctp))?", port)
    if not match or not 0 < int(match[1]) < 65536:
        raise UsageError(f"not a port: {port!r}", "for example 8080 or 9090/udp")
    return f"{int(match[1])}/{match[2] or 'tcp'}"


def _signal(signal: str | None) -> str | None:
    if signal is not None and not re.fullmatch(r"SIG[A-Z]+[0-9+-]*|\d{1,2}", signal):
        raise UsageError(f"not a signal: {signal!r}", "for example SIGTERM")
    return signal


def placed_files(files: Sequence[FileMapping], working_dir: str) -> tuple[FileMapping, ...]:
    """Make destinations absolute; one that ends in a slash takes the source's name."""
    mapped = []
    for file in files:
        place = str(PurePosixPath(working_dir, file.destination))
        if ".." in PurePosixPath(place).parts:
            raise UsageError(f"files: a destination may not hold '..': {file.destination!r}")
        if file.destination.endswith("/") and file.destination.strip("/"):
            place = str(PurePosixPath(place, PurePosixPath(file.source).name))
        file.ids  # noqa: B018 - raises for a wrong owner now, not in the middle of the build
        mapped.append(replace(file, destination=place))
    return tuple(mapped)
