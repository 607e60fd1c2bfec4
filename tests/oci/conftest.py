"""A registry that lies when it is told to, and a client that is quickly tired of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.types import OCI_MANIFEST
from tests.oci.lying_registry import BLOB, LAYER, MANIFEST, LyingRegistry


@pytest.fixture
def liar() -> Iterator[LyingRegistry]:
    """A registry with the image me/app:1 and a blob."""
    with LyingRegistry() as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        liar.blobs[LAYER.digest] = BLOB
        yield liar


@pytest.fixture
def waits() -> list[float]:
    """The seconds that `repository` has waited between tries; it does not really wait."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    """Patience that does not really wait."""
    return Patience(connect=2, read=0.3, sleep=waits.append)


@pytest.fixture
def repository(liar: LyingRegistry, tmp_path: Path, patience: Patience) -> Iterator[Repository]:
    """The repository me/app at the liar, without credentials."""
    reference = parse_reference(f"{liar.host}/me/app:1")
    with Repository(reference, Keychain({}, tmp_path), patience=patience) as repository:
        yield repository
