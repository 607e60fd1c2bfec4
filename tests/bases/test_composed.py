"""The parts gotare composes: what is in them, and what Go makes of it."""

from __future__ import annotations

import io
import tarfile

import certifi
import pytest

from gotare.bases import composed
from gotare.bases.composed import CERTIFICATES, PARTS, ingredients
from gotare.errors import BaseError
from gotare.oci.compression import Compression
from gotare.oci.layer import tar_chunks


def _archive(name: str) -> tarfile.TarFile:
    content = b"".join(tar_chunks(PARTS[name]().entries, 0))
    return tarfile.open(fileobj=io.BytesIO(content))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    reader = archive.extractfile(name)
    assert reader is not None
    return reader.read()


def test_certificates_are_those_of_certifi_without_its_comments() -> None:
    with _archive("certificates") as archive:
        bundle = _read(archive, CERTIFICATES[1:])
    with open(certifi.where(), "rb") as file:  # noqa: PTH123
        expected = file.read().count(b"BEGIN CERTIFICATE")
    assert bundle.count(b"BEGIN CERTIFICATE") == bundle.count(b"END CERTIFICATE") == expected
    assert b"#" not in bundle


def test_zones_are_complete_and_aliases_are_links() -> None:
    with _archive("zones") as archive:
        berlin = archive.getmember("usr/share/zoneinfo/Europe/Berlin")
        assert _read(archive, berlin.name).startswith(b"TZif")
        files = [member for member in archive if member.isfile() and not member.islnk()]
        links = [member for member in archive if member.islnk()]
        assert len(files) > 300
        assert {link.linkname for link in links} <= {member.name for member in files}
        assert archive.getmember("usr/share/zoneinfo/UTC")


def test_users_are_those_of_distroless() -> None:
    with _archive("users") as archive:
        passwd = _read(archive, "etc/passwd").decode()
        users = {line.split(":")[0]: line.split(":")[2:4] for line in passwd.splitlines()}
        assert users == {"root": ["0", "0"], "nobody": ["65534"] * 2, "nonroot": ["65532"] * 2}
        home = archive.getmember("home/nonroot")
        assert (home.mode, home.uid, home.gid) == (0o700, 65532, 65532)
        assert _read(archive, "etc/nsswitch.conf") == b"hosts: files dns\n"


def test_anyone_may_write_to_tmp() -> None:
    with _archive("tmp") as archive:
        assert archive.getmember("tmp").mode == 0o1777


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_small_and_the_same_each_time(name: str) -> None:
    first = b"".join(Compression().compress(tar_chunks(PARTS[name]().entries, 0)))
    second = b"".join(Compression().compress(tar_chunks(PARTS[name]().entries, 0)))
    assert first == second
    limits = {"certificates": 120_000, "zones": 130_000, "users": 1000, "tmp": 1000}
    assert len(first) < limits[name]


def test_what_they_are_made_from() -> None:
    assert [(part.name, part.purl.split("@")[0]) for part in ingredients(tuple(PARTS))] == [
        ("tzdata", "pkg:pypi/tzdata"),
        ("certifi", "pkg:pypi/certifi"),
    ]
    assert ingredients(("users",)) == ()


def test_a_broken_certifi_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certifi, "where", lambda: composed.__file__)
    with pytest.raises(BaseError, match="0 root certificates"):
        PARTS["certificates"]()
