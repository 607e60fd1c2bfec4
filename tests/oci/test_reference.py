"""Image references: what is one, what it means, and how it is written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import ReferenceError_
from gotare.oci.reference import Reference, parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4

TABLE = {
    "app": Reference("docker.io", "library/app", "latest"),
    "me/app": Reference("docker.io", "me/app", "latest"),
    "me/app:1.4.0": Reference("docker.io", "me/app", "1.4.0"),
    "index.docker.io/app": Reference("docker.io", "library/app", "latest"),
    "docker.io/app": Reference("docker.io", "library/app", "latest"),
    "ghcr.io/me/app:1": Reference("ghcr.io", "me/app", "1"),
    "localhost/app": Reference("localhost", "app", "latest"),
    "localhost:5000/a/b/c:x": Reference("localhost:5000", "a/b/c", "x"),
    "127.0.0.1:5000/app": Reference("127.0.0.1:5000", "app", "latest"),
    "[::1]:5000/app": Reference("[::1]:5000", "app", "latest"),
    "Registry/app": Reference("Registry", "app", "latest"),
    f"me/app@{DIGEST}": Reference("docker.io", "me/app", "", DIGEST),
    f"me/app:1@{DIGEST}": Reference("docker.io", "me/app", "1", DIGEST),
    "a.b/c__d-e--f.g": Reference("a.b", "c__d-e--f.g", "latest"),
}


@pytest.mark.parametrize("text", TABLE)
def test_meaning(text: str) -> None:
    assert parse_reference(text) == TABLE[text]


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "@", "app:", "app@", "app@sha256:12", f"app@{DIGEST}0", "app:tag with space"),
        *("App", "me/App", "-app", "app-", "a..b/c/..", "/app", "app/", "a//b", "app:-x", "app:.x"),
        *("ghcr.io/", "ghcr.io:/app", "a b", "app:" + "x" * 129, "ghcr.io/" + "a/" * 200 + "b"),
        *("http://ghcr.io/app", "ghcr.io:123456/app", "a\nb", "app:1:2", "æ/app", "../app"),
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ReferenceError_) as caught:
        parse_reference(text)
    assert caught.value.exit_code == 2


def test_upper_case_is_hinted_at() -> None:
    with pytest.raises(ReferenceError_) as caught:
        parse_reference("ghcr.io/Me/app")
    assert caught.value.hint == "repository names are lower case"


_NAME = st.from_regex(r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
_TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)


@given(
    st.sampled_from(["docker.io", "ghcr.io", "localhost:5000", "127.0.0.1:80", "[::1]:1"]),
    st.lists(_NAME, min_size=2, max_size=4),
    _TAG,
    st.sampled_from(["", DIGEST]),
)
def test_written_and_read_again(registry: str, path: list[str], tag: str, digest: str) -> None:
    reference = Reference(registry, "/".join(path), tag, digest)
    assert parse_reference(str(reference)) == reference


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ReferenceError_:
        return
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("registry", "loopback"),
    [
        *(("localhost", True), ("localhost:5000", True), ("127.0.0.1", True), ("[::1]:5", True)),
        *(
            ("127.9.9.9:1", True),
            ("127.0.0.1.example.com", False),
            ("localhost.example.com", False),
        ),
        *(("10.0.0.1:5000", False), ("[fe80::1]:5", False), ("ghcr.io", False)),
    ],
)
def test_only_this_machine_is_loopback(registry: str, loopback: bool) -> None:
    assert Reference(registry, "app").is_loopback is loopback


def test_other_tags_and_digests() -> None:
    reference = parse_reference("ghcr.io/me/app:1")
    assert str(reference.with_tag("2")) == "ghcr.io/me/app:2"
    assert str(reference.with_digest(DIGEST)) == f"ghcr.io/me/app:1@{DIGEST}"
    assert str(reference.with_digest(DIGEST).with_tag("2")) == "ghcr.io/me/app:2"
    assert reference.name == "ghcr.io/me/app"
