"""What refers to an image, by the API and by the tag that stands in for it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import CorruptError, RegistryError
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.referrers import add_referrer, fallback_tag, read_referrers
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.types import OCI_INDEX, OCI_MANIFEST, Descriptor, describe, encode
from tests.oci.images import tiny_referrer
from tests.oci.lies import status
from tests.oci.lying_registry import IMAGE, LyingRegistry

TAG = fallback_tag(IMAGE.digest)
INDEX = {"Content-Type": OCI_INDEX}
OTHER = Descriptor(OCI_MANIFEST, "sha256:" + "2" * 64, 2)


def index(*entries: Descriptor, **fields: object) -> bytes:
    return encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [entry.json() for entry in entries],
            **fields,
        }
    )


def listed(liar: LyingRegistry) -> list[str]:
    _, content = liar.manifests[liar.tags[f"me/app:{TAG}"]]
    return [entry["digest"] for entry in json.loads(content)["manifests"]]


def test_without_the_api_a_tag_lists_them(liar: LyingRegistry, repository: Repository) -> None:
    assert repository.referrers(IMAGE) == ()
    first = tiny_referrer(repository, IMAGE, b"1", "application/spdx+json")
    second = tiny_referrer(repository, IMAGE, b"2", "application/vnd.cyclonedx+json")
    found = repository.referrers(IMAGE)
    assert [one.digest for one in found] == [first.digest, second.digest]
    assert [one.artifact_type for one in found] == [
        "application/spdx+json",
        "application/vnd.cyclonedx+json",
    ]
    assert sum("/referrers/" in line for line in liar.asked) == 1


def test_pushing_it_again_lists_it_once(liar: LyingRegistry, repository: Repository) -> None:
    first = tiny_referrer(repository, IMAGE)
    content = liar.manifests[first.digest][1]
    repository.push(first, io.BytesIO(content))
    repository.tag(first, content, "sbom")
    assert listed(liar) == [first.digest]


def test_a_registry_with_the_api_needs_no_tag(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("PUT", status(201, headers={"OCI-Subject": IMAGE.digest}))
    tiny_referrer(repository, IMAGE)
    assert not [line for line in liar.asked if TAG in line]


def test_the_api_answers_in_pages(liar: LyingRegistry, repository: Repository) -> None:
    target = f"/v2/me/app/referrers/{IMAGE.digest}"
    link = INDEX | {"Link": f'<{target}?n=2>; rel="next"'}
    liar.lie(r"n=2$", status(200, index(OTHER), INDEX))
    liar.lie("/referrers/", status(200, index(IMAGE), link))
    assert repository.referrers(IMAGE) == (IMAGE, OTHER)


@pytest.mark.parametrize("code", [400, 404, 405, 501])
def test_answers_that_mean_no_api(liar: LyingRegistry, repository: Repository, code: int) -> None:
    liar.lie("/referrers/", status(code))
    liar.put_manifest(f"me/app:{TAG}", OCI_INDEX, index(OTHER))
    assert repository.referrers(IMAGE) == (OTHER,)


@pytest.mark.parametrize(
    "content", [b"<html>", b"[]", b"{", encode({"mediaType": OCI_MANIFEST}), b'{"manifests":7}']
)
def test_a_list_that_is_none(liar: LyingRegistry, repository: Repository, content: bytes) -> None:
    liar.put_manifest(f"me/app:{TAG}", OCI_INDEX, content)
    with pytest.raises(RegistryError, match="where a list of referrers should be"):
        repository.referrers(IMAGE)
    with pytest.raises(RegistryError, match="where a list of referrers should be"):
        tiny_referrer(repository, IMAGE)
    assert liar.manifests[liar.tags[f"me/app:{TAG}"]][1] == content  # and is not overwritten


@pytest.mark.parametrize("subject", [{"digest": "x"}, "text", [1]])
def test_a_subject_that_is_none(
    liar: LyingRegistry, repository: Repository, subject: object
) -> None:
    content = encode({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "subject": subject})
    with pytest.raises(CorruptError):
        repository.push(describe(content, OCI_MANIFEST), io.BytesIO(content))


def test_an_existing_list_keeps_what_it_has() -> None:
    before = index(OTHER, annotations={"a": "b"}, unknown=[1])
    after = add_referrer(before, IMAGE, "here")
    assert after is not None
    assert json.loads(after) == json.loads(before) | {"manifests": [OTHER.json(), IMAGE.json()]}
    assert add_referrer(after, OTHER, "here") is None


@given(st.lists(st.binary(max_size=3), max_size=8))
def test_a_list_holds_everything_once(contents: list[bytes]) -> None:
    present: bytes | None = None
    for content in contents:
        present = add_referrer(present, describe(content, OCI_MANIFEST), "here") or present
    expected = tuple(describe(content, OCI_MANIFEST) for content in dict.fromkeys(contents))
    assert (read_referrers(present, "here") if present else ()) == expected


def test_two_threads_do_not_lose_one(liar: LyingRegistry, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    reference = parse_reference(f"{liar.host}/me/app:1")
    patience = Patience(sleep=lambda _: None)
    with (
        Repository(reference, Keychain({}, tmp_path), patience=patience) as repository,
        ThreadPoolExecutor(4) as pool,
    ):
        made = pool.map(lambda n: tiny_referrer(repository, IMAGE, b"%d" % n), range(8))
        assert {one.digest for one in made} == set(listed(liar))
