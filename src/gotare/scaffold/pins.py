"""Which digests do images have today? Asks their registries, all at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gotare.errors import GotareError
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.transports import Surroundings

_AT_ONCE: Final = 8
_PATIENCE: Final = Patience(connect=5, read=20, tries=2)


class Asked(dict[str, str]):
    """No digests, but the references for which there was a question."""

    def get(self, reference: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Note the reference."""
        self[reference] = ""
        return default


def resolve(references: Iterable[str], around: Surroundings) -> Mapping[str, str]:
    """Return the digests by reference. What cannot be found is a warning that names it."""
    wanted = [text for text in dict.fromkeys(references) if "@" not in text]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda text: _digest(text, around), wanted))
    digests = {}
    for text, answer in zip(wanted, found, strict=True):
        if isinstance(answer, GotareError):
            around.progress.warn(f"{text} is not pinned: {answer.message}")
        else:
            digests[text] = answer
    return digests


def _digest(text: str, around: Surroundings) -> str | GotareError:
    try:
        keychain = Keychain(around.env, around.home)
        with Repository(
            parse_reference(text), keychain, insecure=around.insecure, patience=_PATIENCE
        ) as repository:
            return repository.resolve().digest
    except GotareError as error:
        return error
