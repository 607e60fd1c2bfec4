"""Says which files the images of the catalogue hold."""

from __future__ import annotations

import posixpath
from typing import Final

from gotare.lint.dockerfile.model import Answer, BaseFacts
from gotare.lint.dockerfile.toolbox import NOTABLE, USUAL

CERTIFICATE_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Go looks for CA roots on Linux (crypto/x509 root_linux.go); then in these folders."""
CERTIFICATE_FOLDERS: Final = ("/etc/ssl/certs", "/etc/pki/tls/certs")
ZONE_FOLDERS: Final = ("/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ")
SYSTEM: Final = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/media", "/mnt", "/proc", "/run",
    "/sbin", "/sys", "/usr", "/var",
)  # fmt: skip
"""Where distributions and their packages put files, so that not all are known."""
BINS: Final = (
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
)  # fmt: skip


def is_of_system(path: str) -> bool:
    """Whether a path lies where distributions and packages put files."""
    return any(path == folder or path.startswith(folder + "/") for folder in SYSTEM)


def base_has(facts: BaseFacts | None, path: str) -> Answer:
    """Whether an image of the catalogue has a file or folder."""
    if facts is None:
        return "unknown"
    if path in _known_paths(facts):
        return "yes"
    if path in (*CERTIFICATE_FILES, *CERTIFICATE_FOLDERS):
        return "unknown" if facts.certificates else "no"
    if path.startswith(ZONE_FOLDERS):
        return "yes" if facts.zones and path.startswith(ZONE_FOLDERS[0]) else "no"
    if facts.family in ("scratch", "xx"):
        return "no"
    if path.startswith("/busybox/"):
        return "no" if facts.shell != "/busybox/sh" else "unknown"
    if posixpath.dirname(path) in BINS:
        return _has_program(facts, posixpath.basename(path))
    if facts.has_go and path.startswith("/usr/local/go/"):
        return "yes" if path == "/usr/local/go/lib/time/zoneinfo.zip" else "unknown"
    return "unknown" if is_of_system(path) else "no"


def _has_program(facts: BaseFacts, name: str) -> Answer:
    """Whether one of the usual folders of programs has one of a name. Which of them that is, is
    not looked at: in most systems they are links to one another."""
    if facts.shell in (None, "/busybox/sh"):
        return "no"
    if name in facts.tools or name in USUAL:
        return "yes"
    return "no" if name in NOTABLE else "unknown"


def _known_paths(facts: BaseFacts) -> frozenset[str]:
    if facts.family in ("scratch", "xx"):
        return facts.paths | {"/"}
    found = {"/", "/etc", "/home", *facts.paths, *(["/tmp"] if facts.tmp else [])}  # noqa: S108
    if facts.users:
        found |= {"/etc/passwd", "/etc/group", "/root"}
    if facts.certificates and facts.system == "linux":
        found |= {"/etc/ssl", "/etc/ssl/certs", CERTIFICATE_FILES[0]}
    if facts.shell is not None and facts.system == "linux":
        found |= {facts.shell, "/bin", "/usr/bin", "/usr/local/bin", "/opt", "/srv", "/mnt", "/var"}
    if facts.family == "alpine" or facts.libc == "musl":
        found |= {"/etc/ssl/cert.pem"} if facts.certificates else set()
    return frozenset(found)
