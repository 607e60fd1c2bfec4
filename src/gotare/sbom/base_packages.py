"""Which packages a base image brings: the lists of dpkg and apk, and the distribution itself.

Sources: deb822(5) and dpkg-query(1) for `status`; distroless keeps one file a package in
`status.d`; the apk wiki, "Apk spec", for `installed`; os-release(5). Lists of rpm are databases and
are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gotare.sbom.layer_files import Reader, read_files
from gotare.sbom.model import Package
from gotare.sbom.purl import package_url

_STATUS: Final = "var/lib/dpkg/status"
_STATUS_D: Final = "var/lib/dpkg/status.d/"
_APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_RELEASE: Final = ("etc/os-release", "usr/lib/os-release")
_FIELD: Final = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$", re.MULTILINE)


def read_base_packages(layers: Iterable[Reader]) -> tuple[Package, ...]:
    """Return the packages in the layers of an image, sorted; the layers come lowest first.

    A layer is its uncompressed tar. Raises CorruptError when one is not a tar, or too large.
    """
    files = read_files(layers, _is_wanted)
    release = _release(files)
    found = set(_distribution(release))
    for path, content in files.items():
        text = content.decode("utf-8", "replace")
        if path in _APK:
            found.update(_apk(text, release))
        elif path not in _RELEASE:
            found.update(_deb(text, release))
    return tuple(sorted(found))


def _is_wanted(path: str) -> bool:
    return path in (_STATUS, *_APK, *_RELEASE) or (
        path.startswith(_STATUS_D) and "/" not in path.removeprefix(_STATUS_D)
    )


def _release(files: Mapping[str, bytes]) -> dict[str, str]:
    content = next((files[path] for path in _RELEASE if path in files), b"")
    pairs = (line.partition("=") for line in content.decode("utf-8", "replace").splitlines())
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs if value}


def _distribution(release: Mapping[str, str]) -> Iterator[Package]:
    if name := release.get("ID"):
        comment = release.get("PRETTY_NAME", "")
        yield Package("operating-system", name, release.get("VERSION_ID", ""), comment=comment)


def _distro(release: Mapping[str, str]) -> str:
    """Return the purl qualifier `distro`, for example debian-12."""
    return "-".join(filter(None, (release.get("ID"), release.get("VERSION_ID"))))


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    for stanza in re.split(r"\n[ \t]*\n", text):
        yield dict(_FIELD.findall(stanza))


def _deb(text: str, release: Mapping[str, str]) -> Iterator[Package]:
    for fields in _stanzas(text.replace("\r\n", "\n")):
        name, version = fields.get("Package"), fields.get("Version", "")
        # A package that was removed keeps its stanza; distroless writes no Status.
        if name and fields.get("Status", "installed").split(" ")[-1] == "installed":
            yield _package("deb", name, version, fields.get("Architecture", ""), release)


def _apk(text: str, release: Mapping[str, str]) -> Iterator[Package]:
    for fields in _stanzas(text):
        if name := fields.get("P"):
            yield _package("apk", name, fields.get("V", ""), fields.get("A", ""), release)


def _package(
    kind: str, name: str, version: str, architecture: str, release: Mapping[str, str]
) -> Package:
    vendor = release.get("ID") or {"deb": "debian", "apk": "alpine"}[kind]
    qualifiers = {"arch": architecture, "distro": _distro(release)}
    url = package_url(kind, f"{vendor.lower()}/{name}", version, qualifiers)
    return Package("library", name, version, url)
