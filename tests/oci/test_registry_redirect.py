"""Where a repository follows a registry, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.errors import (
    AuthError,
    RegistryError,
)
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.store import read_all
from gotare.oci.types import Descriptor
from tests.oci.lies import (
    redirect,
    status,
)
from tests.oci.lying_registry import BLOB, LAYER, LyingRegistry, login


def read(repository: Repository, descriptor: Descriptor = LAYER) -> bytes:
    return read_all(repository, descriptor, 1 << 30)


# Redirects.


def test_another_host_does_not_get_the_authorization(tmp_path: Path) -> None:
    with LyingRegistry(basic=("me", "pw")) as liar, LyingRegistry() as storage:
        keychain = login(tmp_path, liar.host, storage.host)
        liar.lie("GET", redirect(f"{storage.url}/bucket/blob?signature=1"), after=1)
        storage.lie("GET", status(200, BLOB))
        reference = parse_reference(f"{liar.host}/me/app:1")
        with Repository(reference, keychain) as repository:
            assert read(repository) == BLOB
        assert "authorization" in liar.seen[1].headers
        assert [seen.line for seen in storage.seen] == ["GET /bucket/blob?signature=1"]
        assert "authorization" not in storage.seen[0].headers


def test_a_redirect_at_the_same_registry_keeps_it(tmp_path: Path) -> None:
    with LyingRegistry(basic=("me", "pw")) as liar:
        keychain = login(tmp_path, liar.host)
        liar.blobs[LAYER.digest] = BLOB
        liar.lie("GET /v2/me/app", redirect(f"/v2/you/app/blobs/{LAYER.digest}"), after=1)
        reference = parse_reference(f"{liar.host}/me/app:1")
        with Repository(reference, keychain) as repository:
            assert read(repository) == BLOB


def test_a_401_of_the_storage_is_not_answered_with_credentials(tmp_path: Path) -> None:
    with LyingRegistry() as liar, LyingRegistry(basic=("me", "pw")) as storage:
        keychain = login(tmp_path, liar.host, storage.host)
        liar.lie("GET", redirect(f"{storage.url}/v2/me/app/blobs/x"))
        reference = parse_reference(f"{liar.host}/me/app:1")
        with Repository(reference, keychain) as repository, pytest.raises(AuthError):
            read(repository)
        assert len(storage.seen) == 1
        assert "authorization" not in storage.seen[0].headers


def test_redirects_that_never_end(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", redirect("/v2/me/app/blobs/again"))
    with pytest.raises(RegistryError, match="redirects more than 10 times"):
        read(repository)


@pytest.mark.parametrize(
    "target",
    [
        "http://storage.example/blob?secret=topsecret",
        "ftp://127.0.0.1/blob?secret=topsecret",
        "file:///etc/passwd",
        "http://user:topsecret@storage.example/",
        "https:///blob",
        "http://[::1",
        "https://127.0.0.1:99999999/blob",
    ],
)
def test_redirects_that_are_not_safe(
    liar: LyingRegistry, repository: Repository, target: str
) -> None:
    liar.lie("GET", redirect(target))
    with pytest.raises(RegistryError) as caught:
        read(repository)
    assert "topsecret" not in caught.value.message
    assert len(liar.asked) == 1


def test_a_redirect_to_nowhere(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", status(307))
    with pytest.raises(RegistryError, match="307 Temporary Redirect"):
        read(repository)
