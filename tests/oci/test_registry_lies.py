"""What a repository does with statuses, silences and descriptors that are wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from gotare.errors import (
    AuthError,
    CorruptError,
    GotareError,
    NotFoundError,
    RegistryError,
)
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Passing, Patience, asked_wait, persist
from gotare.oci.store import read_all
from gotare.oci.types import OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Descriptor, describe
from tests.oci.lies import (
    dropped,
    refused,
    silent,
    status,
)
from tests.oci.lying_registry import IMAGE, LAYER, MANIFEST, Exchange, LyingRegistry


def read(repository: Repository, descriptor: Descriptor = LAYER) -> bytes:
    return read_all(repository, descriptor, 1 << 30)


# Statuses.


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (401, AuthError, "docker login"),
        (403, AuthError, "docker login"),
        (404, NotFoundError, "check the name"),
        (429, RegistryError, "limits the rate"),
        (500, RegistryError, "has a problem"),
        (502, RegistryError, "has a problem"),
        (503, RegistryError, "has a problem"),
        (418, RegistryError, None),
        (299, RegistryError, None),
    ],
)
def test_statuses_while_reading(
    liar: LyingRegistry,
    repository: Repository,
    code: int,
    kind: type[GotareError],
    hint: str | None,
) -> None:
    liar.lie("GET", refused(code, "SOME_CODE", "some\x1b[31m message\n"))
    with pytest.raises(kind) as caught, repository.fetch(LAYER):
        pass
    assert f"answered {code}" in caught.value.message
    assert "SOME_CODE: some [31m message" in caught.value.message
    assert f"{liar.host}/me/app" in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")
    if isinstance(caught.value, RegistryError):
        assert caught.value.status == code


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (401, AuthError, "docker login"),
        (403, AuthError, "docker login"),
        (404, RegistryError, "may have to be created"),
        (405, RegistryError, "read-only mirror"),
        (413, RegistryError, "limits the size"),
        (429, RegistryError, "limits the rate"),
        (500, RegistryError, "has a problem"),
    ],
)
def test_statuses_while_pushing(
    liar: LyingRegistry, repository: Repository, code: int, kind: type[GotareError], hint: str
) -> None:
    liar.lie("POST|PUT", status(code))
    content = b"new"
    with pytest.raises(kind) as caught:
        repository.push(describe(content, OCI_LAYER), io.BytesIO(content))
    assert hint in (caught.value.hint or "")
    with pytest.raises(kind):
        repository.tag(IMAGE, MANIFEST, "2")


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(
    liar: LyingRegistry, repository: Repository, waits: list[float], code: int
) -> None:
    liar.lie("HEAD", status(code), times=4)
    assert repository.resolve("1") == IMAGE
    assert waits == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 501])
def test_what_does_not_pass_is_not(
    liar: LyingRegistry, repository: Repository, waits: list[float], code: int
) -> None:
    liar.lie("GET", status(code))
    with pytest.raises(GotareError), repository.fetch(LAYER):
        pass
    assert len(liar.asked) == 1
    assert not waits


def test_tries_end(liar: LyingRegistry, repository: Repository, waits: list[float]) -> None:
    liar.lie("HEAD", status(503))
    with pytest.raises(RegistryError, match="503 Service Unavailable"):
        repository.resolve("1")
    assert len(liar.asked) == 5
    assert len(waits) == 4


def test_the_registry_says_how_long_to_wait(
    liar: LyingRegistry, repository: Repository, waits: list[float]
) -> None:
    liar.lie("HEAD", status(429, headers={"Retry-After": "7"}), times=1)
    assert repository.resolve("1") == IMAGE
    assert waits == [7.0]


def test_nobody_waits_for_hours(
    liar: LyingRegistry, repository: Repository, waits: list[float]
) -> None:
    liar.lie("HEAD", status(429, headers={"Retry-After": "7200"}))
    with pytest.raises(RegistryError) as caught:
        repository.resolve("1")
    assert caught.value.hint == "it asks to wait 7200 s; try again then"
    assert len(liar.asked) == 1
    assert not waits


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 120 "}, 120.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "9" * 5000}, 999999999.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        (
            {
                "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2015 07:27:30 GMT",
            },
            30.0,
        ),
        (
            {
                "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2015 08:28:00 GMT",
            },
            0.0,
        ),
    ],
)
def test_forms_of_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert asked_wait(headers) == expected


def test_persist_counts_a_silence_twice() -> None:
    calls: list[int] = []

    def action() -> None:
        calls.append(1)
        raise Passing(RegistryError("silence"), cost=2)

    with pytest.raises(RegistryError, match="silence"):
        persist(action, Patience(sleep=lambda _: None))
    assert len(calls) == 3


# Connections.


def test_a_reset_is_tried_again(liar: LyingRegistry, repository: Repository) -> None:
    repository.resolve("1")  # afterwards the registry is known to speak http
    liar.lie("HEAD", dropped, times=3)
    assert repository.resolve("1") == IMAGE


def test_a_reset_of_the_first_request_is_tried_again(
    liar: LyingRegistry, repository: Repository
) -> None:
    liar.lie("HEAD", dropped, times=1)
    assert repository.resolve("1") == IMAGE


def test_resets_end(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("HEAD", dropped)
    with pytest.raises(RegistryError, match="broke the connection") as caught:
        repository.resolve("1")
    assert caught.value.hint == "try again"


def test_a_registry_that_never_answers(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("HEAD", silent)
    with pytest.raises(RegistryError, match="does not answer"):
        repository.resolve("1")
    assert len(liar.asked) == 3


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with LyingRegistry() as gone:
        host = gone.host
    with (
        Repository(parse_reference(f"{host}/me/app"), Keychain({}, tmp_path)) as repository,
        pytest.raises(RegistryError, match=r"no connection to .*refused") as caught,
    ):
        repository.resolve("1")
    assert "running" in (caught.value.hint or "")


def test_a_host_without_an_address(tmp_path: Path) -> None:
    reference = parse_reference("no-such-host.invalid/me/app")
    with (
        Repository(reference, Keychain({}, tmp_path)) as repository,
        pytest.raises(RegistryError, match=r"is not found|no connection"),
    ):
        repository.resolve("1")


# Descriptors.


def test_resolving_takes_one_request(liar: LyingRegistry, repository: Repository) -> None:
    assert repository.resolve() == IMAGE
    assert liar.asked == ["HEAD /v2/me/app/manifests/1"]


@pytest.mark.parametrize(
    "answer",
    [
        status(200, MANIFEST),
        status(200, MANIFEST, {"Content-Type": OCI_MANIFEST}),
        status(200, MANIFEST, {"Docker-Content-Digest": IMAGE.digest}),
        status(405),
    ],
)
def test_a_head_that_says_too_little_is_followed_by_a_get(
    liar: LyingRegistry, repository: Repository, answer: Callable[[Exchange], None]
) -> None:
    liar.lie("HEAD", answer)
    assert repository.resolve("1") == IMAGE
    assert repository.resolve(IMAGE.digest) == IMAGE
    assert liar.asked[1] == "GET /v2/me/app/manifests/1"


def test_a_digest_that_resolves_to_another(liar: LyingRegistry, repository: Repository) -> None:
    other = "sha256:" + "0" * 64
    named = {"Docker-Content-Digest": IMAGE.digest, "Content-Type": OCI_MANIFEST}
    liar.lie("HEAD", status(200, MANIFEST, named))
    with pytest.raises(CorruptError, match=f"answers {IMAGE.digest} when asked for {other}"):
        repository.resolve(other)


def test_a_head_with_a_digest_that_is_none(liar: LyingRegistry, repository: Repository) -> None:
    named = {"Docker-Content-Digest": "sha256:../../etc", "Content-Type": OCI_MANIFEST}
    liar.lie("HEAD", status(200, MANIFEST, named))
    with pytest.raises(CorruptError, match="not a sha256"):
        repository.resolve("1")


def test_a_manifest_of_an_old_schema(liar: LyingRegistry, repository: Repository) -> None:
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    liar.put_manifest("me/app:old", kind, b'{"schemaVersion":1}')
    with pytest.raises(RegistryError, match=r"manifest\.v1"):
        repository.resolve("old")


@pytest.mark.parametrize("name", ["../../_catalog", "a?b=c", "a b", "a/b", "a%2fb"])
def test_odd_names_do_not_change_the_path(
    liar: LyingRegistry, repository: Repository, name: str
) -> None:
    with pytest.raises(NotFoundError):
        repository.resolve(name)
    assert liar.asked[0].startswith("HEAD /v2/me/app/manifests/")
    assert liar.asked[0].count("/") == 5
    assert "?" not in liar.asked[0]


# Pushing.


def test_a_manifest_that_is_stored_as_another(liar: LyingRegistry, repository: Repository) -> None:
    named = {"Docker-Content-Digest": "sha256:" + "1" * 64}
    liar.lie("PUT", status(201, headers=named))
    with pytest.raises(CorruptError, match="stored sha256:1111"):
        repository.push(IMAGE, io.BytesIO(MANIFEST))


def test_wrong_content_is_not_pushed(liar: LyingRegistry, repository: Repository) -> None:
    with pytest.raises(CorruptError):
        repository.push(IMAGE, io.BytesIO(MANIFEST[:-1]))
    with pytest.raises(CorruptError):
        repository.tag(IMAGE, MANIFEST + b" ", "2")
    with pytest.raises(CorruptError, match="registries take"):
        repository.push(Descriptor(OCI_INDEX, IMAGE.digest, 5 << 20), io.BytesIO(MANIFEST))
    assert liar.asked == []


def test_a_new_tag_takes_three_requests(liar: LyingRegistry, repository: Repository) -> None:
    with pytest.raises(NotFoundError):
        repository.resolve("2")
    assert repository.exists(IMAGE)
    repository.tag(IMAGE, MANIFEST, "2")
    assert [line.split()[0] for line in liar.asked] == ["HEAD", "HEAD", "PUT"]
    assert repository.resolve("2") == IMAGE
