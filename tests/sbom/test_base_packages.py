"""Package lists of base images: dpkg, distroless, apk, whiteouts, and hostile layers."""

from __future__ import annotations

import io
import tarfile
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import CorruptError
from gotare.oci.store import VerifyingReader
from gotare.oci.types import OCI_LAYER, describe
from gotare.sbom import layer_files
from gotare.sbom.base_packages import read_base_packages
from gotare.sbom.model import Package

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 1:2.36-9+deb12u4
Description: the library
 Version: not this one
 .

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2024a-0
"""
DEBIAN = 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n'
LIBC = Package(
    "library",
    "libc6",
    "1:2.36-9+deb12u4",
    "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12",
)
ZONES = Package(
    "library",
    "tzdata",
    "2024a-0",
    "pkg:deb/debian/tzdata@2024a-0?arch=all&distro=debian-12",
)
SYSTEM = Package("operating-system", "debian", "12", comment="Debian GNU/Linux 12")


def layer(*members: tuple[str, str | bytes | None], link: str = "") -> io.BytesIO:
    """A tar of files; None as content makes a folder; `link` is added as a link to nowhere."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            data = content.encode() if isinstance(content, str) else content or b""
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "nowhere"
            tar.addfile(member)
    stream.seek(0)
    return stream


def names(*layers: io.BytesIO) -> list[str]:
    """The names of the packages in the layers."""
    return [package.name for package in read_base_packages(layers)]


def test_dpkg_status() -> None:
    found = read_base_packages(
        [layer(("./var/lib/dpkg/status", STATUS), ("./usr/lib/os-release", DEBIAN))]
    )
    assert found == (LIBC, ZONES, SYSTEM)


def test_distroless_keeps_one_file_a_package() -> None:
    stanza = "Package: base\nVersion: 12\nArchitecture: arm64\n"
    found = read_base_packages(
        [
            layer(
                ("var/lib/dpkg/status.d/base", stanza),
                ("var/lib/dpkg/status.d/base.md5sums", "d41d8cd9  ./etc/x\n"),
                ("var/lib/dpkg/status.d/deeper/other", stanza.replace("base", "other")),
            )
        ]
    )
    assert found == (Package("library", "base", "12", "pkg:deb/debian/base@12?arch=arm64"),)


@pytest.mark.parametrize("path", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_apk(path: str) -> None:
    installed = "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld\n\nP:zlib\nV:1.3-r0\nA:x86_64\n"
    release = "ID=alpine\nVERSION_ID=3.18.4\n"
    found = read_base_packages([layer((path, installed), ("etc/os-release", release))])
    assert found[0].purl == "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.18.4"
    assert [package.name for package in found] == ["musl", "zlib", "alpine"]


def test_an_image_without_lists_has_no_packages() -> None:
    assert read_base_packages([]) == ()
    assert read_base_packages([layer(), layer(("etc/passwd", "root"))]) == ()


@pytest.mark.parametrize(
    "marker",
    [
        "var/lib/dpkg/.wh.status",
        "var/lib/.wh.dpkg",
        ".wh.var",
        "var/lib/dpkg/.wh..wh..opq",
        "var/.wh..wh..opq",
        ".wh..wh..opq",
    ],
)
def test_whiteouts_hide_what_is_below(marker: str) -> None:
    below = layer(("var/lib/dpkg/status", STATUS))
    assert names(below, layer((marker, b""))) == []


def test_whiteouts_do_not_hide_their_own_layer() -> None:
    one = "Package: one\nVersion: 1\n"
    above = layer(("var/lib/dpkg/.wh..wh..opq", b""), ("var/lib/dpkg/status", one))
    assert names(layer(("var/lib/dpkg/status", STATUS)), above) == ["one"]


def test_whiteouts_of_other_names_hide_nothing() -> None:
    above = layer(("var/lib/dpkg/.wh.stat", b""), ("etc/.wh.var", b""), (".wh.va", b""))
    assert names(layer(("var/lib/dpkg/status", STATUS)), above) == ["libc6", "tzdata"]


@pytest.mark.parametrize("link", ["var/lib/dpkg/status", "var/lib/dpkg", "var"])
def test_a_link_replaces_what_is_below(link: str) -> None:
    assert names(layer(("var/lib/dpkg/status", STATUS)), layer(link=link)) == []


def test_a_folder_above_keeps_what_is_below() -> None:
    above = layer(("var", None), ("var/lib/dpkg", None))
    assert names(layer(("var/lib/dpkg/status", STATUS)), above) == ["libc6", "tzdata"]


def test_os_release_as_a_link_is_read_where_it_points() -> None:
    files = layer(("usr/lib/os-release", DEBIAN), link="etc/os-release")
    assert read_base_packages([files]) == (SYSTEM,)


def test_layers_are_read_to_their_end() -> None:
    content = layer(("etc/x", b"x")).getvalue()
    wrong = describe(content[:-1] + b"\1", OCI_LAYER)
    reader = VerifyingReader(io.BytesIO(content), wrong, "the base")
    with pytest.raises(CorruptError, match="has the digest"):
        read_base_packages([reader])


@pytest.mark.parametrize("content", [b"", b"not a tar" * 200, b"\1" * 10240])
def test_what_is_not_a_tar_is_told_so(content: bytes) -> None:
    with pytest.raises(CorruptError, match="not a tar") as caught:
        read_base_packages([io.BytesIO(content)])
    assert caught.value.hint


def test_a_truncated_layer_is_told_so() -> None:
    content = layer(("var/lib/dpkg/status", STATUS * 100)).getvalue()
    with pytest.raises(CorruptError):
        read_base_packages([io.BytesIO(content[:3000])])


class Zeros:
    """A stream that begins with some bytes and goes on with zeros, without holding them."""

    def __init__(self, start: bytes, size: int) -> None:
        self._start = start
        self._left = size

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        if self._start:
            chunk, self._start = self._start[:size], self._start[size:]
            return chunk
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


def header(name: str, size: int, kind: bytes) -> bytes:
    """A tar header alone."""
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("x", tarfile.XHDTYPE, "extended header"),
        ("x", tarfile.XGLTYPE, "extended header"),
        ("x", tarfile.GNUTYPE_LONGNAME, "extended header"),
        ("x", tarfile.GNUTYPE_LONGLINK, "extended header"),
        ("var/lib/dpkg/status", tarfile.REGTYPE, "too large"),
    ],
)
def test_huge_members_are_refused_in_little_memory(name: str, kind: bytes, message: str) -> None:
    size = 300 << 20
    tracemalloc.start()
    try:
        with pytest.raises(CorruptError, match=message):
            read_base_packages([Zeros(header(name, size, kind), size)])
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_the_sum_of_all_files_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_files, "TOTAL_LIMIT", 5000)
    files = [layer((f"var/lib/dpkg/status.d/{n}", b"x" * 1000)) for n in range(6)]
    with pytest.raises(CorruptError, match="too large"):
        read_base_packages(files)
    many = layer(*((f"var/lib/dpkg/status.d/{n}", b"x" * 1000) for n in range(6)))
    with pytest.raises(CorruptError, match="too large"):
        read_base_packages([many])


def test_the_number_of_entries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_files, "ENTRY_LIMIT", 5)
    with pytest.raises(CorruptError, match="more than 5 entries"):
        read_base_packages([layer(*((str(n), b"") for n in range(6)))])


@given(st.binary(max_size=400))
def test_any_list_is_read(content: bytes) -> None:
    paths = ("var/lib/dpkg/status", "lib/apk/db/installed", "etc/os-release")
    found = read_base_packages([layer(*((path, content) for path in paths))])
    assert all(package.name for package in found)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damage_raises_nothing_but_our_errors(data: st.DataObject) -> None:
    content = bytearray(
        layer(("var/lib/dpkg/status", STATUS), ("n" * 150, b"x"), link="var/x").getvalue()
    )
    for place in data.draw(st.lists(st.integers(0, 6000), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    try:
        found = read_base_packages([io.BytesIO(content[:end])])
    except CorruptError as error:
        assert error.hint
    else:
        assert len(found) <= 3
