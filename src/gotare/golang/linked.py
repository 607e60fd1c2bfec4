"""What a compiled Go program needs at run time, from the functions that are linked into it.

The linker drops what cannot be reached, so a function that is absent is never called, whatever the
source imports. A function that is present may still never be called: that is "needed". How the
signals were established: small programs, built with Go 1.21, 1.23, 1.24 and 1.26 with `-s -w`, for
each of the cases below; and for what is not obvious, the linker's own graph (`-ldflags=-dumpdep`).
`tests/golang/test_linked.py` builds the cases again.

Certificates. `crypto/x509.loadSystemRoots` is the only reader of the system's roots. Absent from
programs that only parse certificates or only dial TCP. Present with every TLS client, with
`(*Certificate).Verify`, with SystemCertPool, and also with every net/http server: before 1.24
because a tls.Conn that is read from may renegotiate as a client, since then also because
`net/http.(*conn).maybeServeUnencryptedHTTP2` builds a client's tls.Conn that never shakes hands. A
server for TLS verifies client certificates only when its tls.Config asks. So the need is certain
when something is linked that has no other use: SystemCertPool, `crypto/tls.dial` (Dial, Dialer),
net/http's Transport, SMTP's StartTLS, QUIC, or Verify without crypto/tls. Otherwise it is needed,
but not certainly: such a program does without, when none of its packages outside the standard
library imports crypto/tls or crypto/x509. The binary cannot tell that; the list of packages can.
A program that links SetFallbackRoots brings its own roots.

Zones. `time.LoadLocation` is linked only when it is called; `time.loadLocation` is in every program
that prints a local time and reads zones only for the variable TZ. With `time/tzdata` imported (or
the tag timetzdata) the zones are in the program, and `loadFromEmbeddedTZData` tells it.

Users. os/user's lookups are separate functions for users, identifiers and groups, with and without
cgo, and the linker keeps the ones in use.

Temporary files. CreateTemp and MkdirTemp both refer to TempDir, which is inlined but keeps its
name in the table. Whether they are given another directory cannot be told.

Resolver. `net.dnsReadConfig` is linked with every dialer and listener. The files it reads
(/etc/resolv.conf, /etc/hosts, /etc/nsswitch.conf) come from the container runtime, or are optional.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.pclntab import linked_functions

_ROOTS: Final = "crypto/x509.loadSystemRoots"
_FALLBACK_ROOTS: Final = "crypto/x509.SetFallbackRoots"
_TLS_CLIENTS: Final = (
    "crypto/x509.SystemCertPool",
    "crypto/tls.dial",
    "crypto/tls.QUICClient",
    "net/http.(*Transport).dialConn",
    "net/http.(*persistConn).addTLS",
    "net/smtp.(*Client).StartTLS",
)
_VERIFY: Final = "crypto/x509.(*Certificate).Verify"
_TLS: Final = (
    "crypto/tls.(*Conn).verifyServerCertificate",
    "crypto/tls.(*Conn).processCertsFromClient",
)
_ZONES: Final = "time.LoadLocation"
_EMBEDDED_ZONES: Final = "time/tzdata.loadFromEmbeddedTZData"
_USERS: Final = (
    "os/user.current",
    "os/user.lookupUser",
    "os/user.lookupUserId",
    "os/user.lookupGroup",
    "os/user.lookupGroupId",
    "os/user.listGroups",
)
_TEMPORARY: Final = ("os.CreateTemp", "os.MkdirTemp", "os.TempDir")
_RESOLVER: Final = ("net.dnsReadConfig",)
_WANTED: Final = frozenset(
    name.encode()
    for name in (
        *(_ROOTS, _FALLBACK_ROOTS, _VERIFY, _ZONES, _EMBEDDED_ZONES),
        *(_TLS_CLIENTS + _TLS + _USERS + _TEMPORARY + _RESOLVER),
    )
)


@dataclass(frozen=True, slots=True)
class Need:
    """Whether something is needed, and the functions that say so.

    `certain` is False when only the source can tell; `needed` is then the safe answer.
    """

    needed: bool
    evidence: tuple[str, ...] = ()
    certain: bool = True

    def __bool__(self) -> bool:
        return self.needed


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program reads from the image it runs in."""

    certificates: Need
    """Root certificates, /etc/ssl/certs/ca-certificates.crt."""
    zones: Need
    """Time zones, /usr/share/zoneinfo."""
    users: Need
    """/etc/passwd and /etc/group."""
    temporary_files: Need
    """The folder for temporary files, writable."""
    resolver: Need
    """/etc/resolv.conf and /etc/hosts, which container runtimes provide."""


def run_time_needs(path: Path) -> Needs:
    """Tell what a Go program of any platform needs, from its function table; it is not run.

    Raises what `linked_functions` raises.
    """
    linked = {name.decode() for name in linked_functions(path, _WANTED)}
    return Needs(
        certificates=_certificates(linked),
        zones=_zones(linked),
        users=_any(linked, _USERS),
        temporary_files=_any(linked, _TEMPORARY),
        resolver=_any(linked, _RESOLVER),
    )


def _any(linked: Collection[str], names: Collection[str]) -> Need:
    evidence = tuple(name for name in names if name in linked)
    return Need(bool(evidence), evidence)


def _certificates(linked: Collection[str]) -> Need:
    if _ROOTS not in linked:
        return Need(False)
    if _FALLBACK_ROOTS in linked:
        return Need(False, (_FALLBACK_ROOTS,))
    if client := _any(linked, _TLS_CLIENTS):
        return client
    by_tls = _any(linked, _TLS)
    if _VERIFY in linked and not by_tls:
        return Need(True, (_VERIFY,))
    return Need(True, (_ROOTS, *by_tls.evidence), certain=False)


def _zones(linked: Collection[str]) -> Need:
    if _EMBEDDED_ZONES in linked:
        return Need(False, (_EMBEDDED_ZONES,))
    return _any(linked, (_ZONES,))
