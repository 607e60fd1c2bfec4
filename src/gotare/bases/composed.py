"""The parts that gotare composes itself: certificates, time zones, users and folders.

Together they are the `static` base: in content what distroless/static:nonroot gives a Go binary.
Each is a layer of its own whose bytes depend on the versions of certifi and tzdata alone, so all
images share them. Sources: Go `crypto/x509` root_linux.go, `time` zoneinfo_unix.go, `os/user`
lookup_unix.go and `net` nss.go for the paths that Go reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from gotare.errors import BaseError
from gotare.frozen import dataclass
from gotare.oci.layer import Entry, directory, with_parents

CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
ZONES: Final = "/usr/share/zoneinfo"
HOME: Final = "/home/nonroot"

_PASSWD = b"""root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
"""
_GROUP = b"""root:x:0:
nobody:x:65534:
tty:x:5:
nonroot:x:65532:
"""
_NSSWITCH = b"hosts: files dns\n"
_OS_RELEASE = b"""ID=gotare-static
NAME="gotare static"
PRETTY_NAME="gotare static base for Go"
"""
_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\r?\n"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One layer to make: its kind, what it says in the history, and what is in it."""

    kind: str
    created_by: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A package that a composed part was made from, for the SBOM."""

    name: str
    version: str
    purl: str


def certificates() -> Part:
    """Return the root certificates where Go looks first on Linux. Raises BaseError."""
    import certifi

    blocks = _PEM.findall(Path(certifi.where()).read_bytes())
    if len(blocks) < 50:
        raise BaseError(
            f"certifi has {len(blocks)} root certificates, which cannot be right",
            "reinstall it: pip install --force-reinstall certifi",
        )
    bundle = b"".join(blocks).replace(b"\r\n", b"\n")
    entry = Entry(CERTIFICATES, content=bundle)
    return Part("certificates", _created_by("certificates", certifi), tuple(with_parents([entry])))


def zones() -> Part:
    """Return the time zones that `time.LoadLocation` reads. Raises BaseError.

    Names of the same zone are hard links, which halves the layer.
    """
    import tzdata

    root = Path(tzdata.__file__).parent / "zoneinfo"
    entries: list[Entry] = []
    first: dict[bytes, str] = {}
    for path in sorted(root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if content.startswith(b"TZif"):
            place = f"{ZONES}/{path.relative_to(root)}"
            other = first.setdefault(hashlib.sha256(content).digest(), place)
            is_first = other == place
            entries.append(
                Entry(place, content=content) if is_first else Entry(place, "hardlink", link=other)
            )
    if len(first) < 200:
        raise BaseError(
            f"tzdata has {len(first)} time zones, which cannot be right",
            "reinstall it: pip install --force-reinstall tzdata",
        )
    return Part("zones", _created_by("zones", tzdata), tuple(with_parents(entries)))


def users() -> Part:
    """Return passwd, group, nsswitch.conf, os-release, and the homes of root and nonroot."""
    entries = [
        Entry("/etc/passwd", content=_PASSWD),
        Entry("/etc/group", content=_GROUP),
        Entry("/etc/nsswitch.conf", content=_NSSWITCH),
        Entry("/etc/os-release", content=_OS_RELEASE),
        directory("/root", 0o700),
        directory(HOME, 0o700, 65532, 65532),
    ]
    return Part("users", "gotare: users", tuple(with_parents(entries)))


def temporary() -> Part:
    """Return /tmp, which any user may write, and the mount points of a read-only start."""
    mounts = [directory(path) for path in ("/dev", "/proc", "/run", "/sys")]
    return Part("tmp", "gotare: tmp", tuple(with_parents([directory("/tmp", 0o1777), *mounts])))  # noqa: S108


def _created_by(what: str, module: ModuleType) -> str:
    return f"gotare: {what} from {module.__name__} {module.__version__}"


PARTS: Final[Mapping[str, Callable[[], Part]]] = {
    "users": users,
    "tmp": temporary,
    "zones": zones,
    "certificates": certificates,
}
"""Every composed part by the name that `add:` takes, slowest to change first."""


def ingredients(parts: tuple[str, ...]) -> tuple[Ingredient, ...]:
    """Return the packages that the named parts are made from."""
    made_from = {"certificates": "certifi", "zones": "tzdata"}
    modules = [import_module(made_from[part]) for part in parts if part in made_from]
    return tuple(
        Ingredient(m.__name__, m.__version__, f"pkg:pypi/{m.__name__}@{m.__version__}")
        for m in modules
    )
