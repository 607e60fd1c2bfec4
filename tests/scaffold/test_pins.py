"""Digests from a real registry; what cannot be found is a warning."""

from __future__ import annotations

import socket
from pathlib import Path

from gotare.generate.files import Choices
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.transports import Surroundings
from gotare.progress import Silent
from gotare.scaffold.pins import Asked, resolve


class Warnings(Silent):
    """Remembers the warnings."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def warn(self, message: str) -> None:
        """Remember one."""
        self.told.append(message)


def around(folder: Path) -> tuple[Surroundings, Warnings]:
    progress = Warnings()
    return Surroundings({}, folder, folder, progress=progress), progress


def test_a_digest_is_the_registrys(base_image: str, tmp_path: Path) -> None:
    surroundings, progress = around(tmp_path)
    with Repository(parse_reference(base_image), Keychain({}, tmp_path)) as repository:
        digest = repository.resolve().digest
    assert resolve([base_image, base_image, f"{base_image}@{digest}"], surroundings) == {
        base_image: digest
    }
    assert progress.told == []


def test_what_is_not_there_is_a_warning(registry: str, base_image: str, tmp_path: Path) -> None:
    surroundings, progress = around(tmp_path)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"127.0.0.1:{closed.getsockname()[1]}/gone:1"
        absent = f"{registry}/absent:1"
        found = resolve([absent, "Not A Reference", gone, base_image], surroundings)
    assert set(found) == {base_image}
    assert [text.partition(" is not pinned: ")[0] for text in progress.told] == [
        absent, "Not A Reference", gone,
    ]  # fmt: skip


def test_the_references_that_files_name_are_asked_for() -> None:
    asked = Asked()
    assert Choices(pins=asked).pinned("alpine:3.24") == "alpine:3.24"
    assert list(asked) == ["alpine:3.24"]
