"""Where a repository follows a registry, and with what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gotare.errors import (
    AuthError,
    RegistryError,
)
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.store import read_all
from gotare.oci.types import OCI_MANIFEST, Descriptor
from tests.oci.lies import (
    redirect,
    status,
)
from tests.oci.lying_registry import BLOB, LAYER, MANIFEST, LyingRegistry, login


def read(repository: Repository, descriptor: Descriptor = LAYER) -> bytes:
    return read_all(repository, descriptor, 1 << 30)


@pytest.fixture
def registry() -> Iterator[LyingRegistry]:
    with LyingRegistry() as registry:
        registry.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        registry.blobs[LAYER.digest] = BLOB
        yield registry


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def repository(registry: LyingRegistry, tmp_path: Path, waits: list[float]) -> Iterator[Repository]:
    patience = Patience(connect=2, read=0.3, sleep=waits.append)
    reference = parse_reference(f"{registry.host}/me/app:1")
    with Repository(reference, Keychain({}, tmp_path), patience=patience) as repository:
        yield repository


# Redirects.


def test_another_host_does_not_get_the_authorization(tmp_path: Path) -> None:
    with LyingRegistry(basic=("me", "pw")) as registry, LyingRegistry() as storage:
        keychain = login(tmp_path, registry.host, storage.host)
        registry.lie("GET", redirect(f"{storage.url}/bucket/blob?signature=1"), after=1)
        storage.lie("GET", status(200, BLOB))
        reference = parse_reference(f"{registry.host}/me/app:1")
        with Repository(reference, keychain) as repository:
            assert read(repository) == BLOB
        assert "authorization" in registry.seen[1].headers
        assert [seen.line for seen in storage.seen] == ["GET /bucket/blob?signature=1"]
        assert "authorization" not in storage.seen[0].headers


def test_a_redirect_at_the_same_registry_keeps_it(tmp_path: Path) -> None:
    with LyingRegistry(basic=("me", "pw")) as registry:
        keychain = login(tmp_path, registry.host)
        registry.blobs[LAYER.digest] = BLOB
        registry.lie("GET /v2/me/app", redirect(f"/v2/you/app/blobs/{LAYER.digest}"), after=1)
        reference = parse_reference(f"{registry.host}/me/app:1")
        with Repository(reference, keychain) as repository:
            assert read(repository) == BLOB


def test_a_401_of_the_storage_is_not_answered_with_credentials(tmp_path: Path) -> None:
    with LyingRegistry() as registry, LyingRegistry(basic=("me", "pw")) as storage:
        keychain = login(tmp_path, registry.host, storage.host)
        registry.lie("GET", redirect(f"{storage.url}/v2/me/app/blobs/x"))
        reference = parse_reference(f"{registry.host}/me/app:1")
        with Repository(reference, keychain) as repository, pytest.raises(AuthError):
            read(repository)
        assert len(storage.seen) == 1
        assert "authorization" not in storage.seen[0].headers


def test_redirects_that_never_end(registry: LyingRegistry, repository: Repository) -> None:
    registry.lie("GET", redirect("/v2/me/app/blobs/again"))
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
    registry: LyingRegistry, repository: Repository, target: str
) -> None:
    registry.lie("GET", redirect(target))
    with pytest.raises(RegistryError) as caught:
        read(repository)
    assert "topsecret" not in caught.value.message
    assert len(registry.asked) == 1


def test_a_redirect_to_nowhere(registry: LyingRegistry, repository: Repository) -> None:
    registry.lie("GET", status(307))
    with pytest.raises(RegistryError, match="307 Temporary Redirect"):
        read(repository)
