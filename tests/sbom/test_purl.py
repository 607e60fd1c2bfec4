"""Package URLs, compared with the reference implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from gotare.sbom.purl import package_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (package_url("golang", "stdlib", "1.26.8"), "pkg:golang/stdlib@1.26.8"),
        (
            package_url("golang", "github.com/Masterminds/semver", "v3.1.0+incompatible"),
            "pkg:golang/github.com/Masterminds/semver@v3.1.0%2Bincompatible",
        ),
        (
            package_url("golang", "example.com/app", "v1.0.0", subpath="/cmd/api"),
            "pkg:golang/example.com/app@v1.0.0#cmd/api",
        ),
        (
            package_url("deb", "debian/libc6", "1:2.36-9", {"distro": "debian-12", "arch": ""}),
            "pkg:deb/debian/libc6@1:2.36-9?distro=debian-12",
        ),
    ],
)
def test_known_urls(url: str, expected: str) -> None:
    assert url == expected


WORD = st.text(st.characters(codec="ascii", min_codepoint=33, exclude_characters="/"), min_size=1)
NAME = WORD.filter(lambda word: word.strip(".") != "")


@given(st.lists(NAME, min_size=2, max_size=4), WORD, WORD, NAME)
def test_the_reference_implementation_writes_the_same(
    parts: list[str], version: str, arch: str, subpath: str
) -> None:
    expected = PackageURL(
        type="golang",
        namespace="/".join(parts[:-1]),
        name=parts[-1],
        version=version,
        qualifiers={"arch": arch},
        subpath=subpath,
    )
    assert package_url("golang", "/".join(parts), version, {"arch": arch}, subpath) == str(expected)
