"""What a repository does with content and documents that are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gotare.errors import (
    CorruptError,
    NotFoundError,
    RegistryError,
)
from gotare.oci.registry import Repository
from gotare.oci.store import CHUNK, read_all
from gotare.oci.types import OCI_MANIFEST, Descriptor
from tests.oci.lies import (
    endless,
    silent,
    status,
    truncated,
    unsized,
)
from tests.oci.lying_registry import BLOB, IMAGE, LAYER, MANIFEST, Exchange, LyingRegistry


def read(repository: Repository, descriptor: Descriptor = LAYER) -> bytes:
    return read_all(repository, descriptor, 1 << 30)


def test_content_with_another_digest(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", status(200, bytes(LAYER.size)))
    with pytest.raises(CorruptError, match="has the digest"):
        read(repository)


def test_a_manifest_with_another_digest(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", status(200, MANIFEST[:-1] + b" ", {"Content-Type": OCI_MANIFEST}))
    with pytest.raises(CorruptError):
        read_all(repository, repository.resolve("1"))


@pytest.mark.parametrize("length", [0, 1, LAYER.size - 1, LAYER.size + 1, 1 << 60])
def test_another_length_is_refused_before_reading(
    liar: LyingRegistry, repository: Repository, length: int
) -> None:
    liar.lie("GET", truncated(length, b""))
    with pytest.raises(CorruptError, match=f"announces {length} bytes"):
        read(repository)


@pytest.mark.parametrize("length", ["x", "-1"])
def test_a_length_that_is_no_number_does_not_count(
    liar: LyingRegistry, repository: Repository, length: str
) -> None:
    liar.lie("GET", status(200, BLOB, {"Content-Length": length}))
    assert read(repository) == BLOB


def test_two_lengths(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", status(200, BLOB, {"Content-Length": "1, 2"}))
    with pytest.raises(RegistryError):
        read(repository)


def test_a_body_without_length_that_ends_early(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", unsized(BLOB[:-1]))
    with pytest.raises(CorruptError, match="truncated: 1 bytes missing"):
        read(repository)


def test_a_body_without_length_that_is_right(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", unsized(BLOB))
    assert read(repository) == BLOB


def test_an_endless_blob_is_cut_off(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", endless())
    with pytest.raises(CorruptError, match="is longer than"):
        read(repository)


def test_an_endless_document_is_cut_off(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", endless())
    with pytest.raises(RegistryError, match="more than 4194304 bytes"):
        repository.list_tags()


def test_an_endless_error_is_cut_off(liar: LyingRegistry, repository: Repository) -> None:
    def lie(exchange: Exchange) -> None:
        exchange.send_response(404)
        exchange.end_headers()
        while not exchange.owner.closing.is_set():
            exchange.wfile.write(b"x" * 65536)

    liar.lie("GET", lie)
    with pytest.raises(NotFoundError) as caught, repository.fetch(LAYER):
        pass
    assert len(caught.value.message) < 600


def test_a_cut_off_blob_is_resumed(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", truncated(LAYER.size, BLOB[:CHUNK]), times=1)
    liar.lie("GET", _from(CHUNK, CHUNK + 5), times=1)
    assert read(repository) == BLOB
    ranges = [seen.headers.get("range") for seen in liar.seen]
    assert ranges == [None, f"bytes={CHUNK}-", f"bytes={CHUNK + 5}-"]


def test_a_cut_off_blob_is_read_again_without_ranges(
    liar: LyingRegistry, repository: Repository
) -> None:
    liar.lie("GET", truncated(LAYER.size, BLOB[: CHUNK + 7]), times=1)
    liar.lie("GET", status(200, BLOB), times=1)
    assert read(repository) == BLOB
    assert len(liar.asked) == 2


def test_a_blob_that_is_always_cut_off(
    liar: LyingRegistry, repository: Repository, waits: list[float]
) -> None:
    liar.lie("GET", truncated(LAYER.size, BLOB[:10]), times=1)
    liar.lie("GET", _from(10, 10))
    with pytest.raises(RegistryError, match=f"after 10 of {LAYER.size} bytes"):
        read(repository)
    assert len(waits) == 4


def test_a_blob_that_falls_silent(liar: LyingRegistry, repository: Repository) -> None:
    def lie(exchange: Exchange) -> None:
        exchange.answer(200, BLOB[:100], {"Content-Length": str(LAYER.size)})
        silent(exchange)

    liar.lie("GET", lie, times=1)
    assert read(repository) == BLOB


def test_a_resume_from_another_place(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", truncated(LAYER.size, BLOB[:10]), times=1)
    wrong = {"Content-Range": f"bytes 0-{LAYER.size - 1}/{LAYER.size}"}
    liar.lie("GET", status(206, BLOB, wrong))
    with pytest.raises(RegistryError, match="goes on somewhere else"):
        read(repository)


def test_reading_can_begin_again(liar: LyingRegistry, repository: Repository) -> None:
    with repository.fetch(LAYER) as stream:
        assert stream.read(10) == BLOB[:10]
        assert stream.rewind()  # type: ignore[attr-defined]
        assert b"".join(iter(lambda: stream.read(100_000), b"")) == BLOB


def test_a_reader_may_stop_early(liar: LyingRegistry, repository: Repository) -> None:
    with repository.fetch(LAYER) as stream:
        assert stream.read(10) == BLOB[:10]
    assert read(repository) == BLOB


def _from(start: int, end: int) -> Callable[[Exchange], None]:
    """Promise everything from `start`, send until `end`, hang up."""

    def lie(exchange: Exchange) -> None:
        named = {
            "Content-Range": f"bytes {start}-{LAYER.size - 1}/{LAYER.size}",
            "Content-Length": str(LAYER.size - start),
        }
        exchange.answer(206, BLOB[start:end], named)
        exchange.close_connection = True

    return lie


# Documents that are none.

HTML = b"<!DOCTYPE html><title>Sign in to the network</title>"


@pytest.mark.parametrize("body", [HTML, b"", b"[]", b"{", b"\xff\xfe", b"[" * 200_000])
def test_html_for_json(liar: LyingRegistry, repository: Repository, body: bytes) -> None:
    liar.lie("GET|HEAD", status(200, body, {"Content-Type": "text/html"}))
    for work in (repository.resolve, repository.list_tags):
        with pytest.raises(RegistryError) as caught:
            work()
        assert "text/html" in caught.value.message
        assert "login page" in (caught.value.hint or "")
        assert "Sign in" not in caught.value.message
    with pytest.raises(RegistryError):
        repository.referrers(IMAGE)


def test_an_html_error_is_not_shown(liar: LyingRegistry, repository: Repository) -> None:
    liar.lie("GET", status(502, HTML))
    with pytest.raises(RegistryError, match=r"502 Bad Gateway: \(an HTML page\)$"):
        repository.list_tags()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"errors":[{"code":"A","message":"b"},{"code":"C"}]}', "A: b; C"),
        (b'{"errors":[7,null,{"code":1,"message":[]}]}', ""),
        (b'{"errors":"x"}', ""),
        (b'{"message":"m"}', "m"),
        (b'{"details":"d"}', "d"),
        (b"[1]", ""),
        (b"plain text\r\nof two lines\x00\xc2\x9b", "plain text of two lines"),
        (b"\xff" * 10, "\N{REPLACEMENT CHARACTER}" * 10),
        (b"x" * 70_000, "x" * 299 + "\N{HORIZONTAL ELLIPSIS}"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}evil".encode(), "evil"),
    ],
)
def test_what_errors_say(
    liar: LyingRegistry, repository: Repository, body: bytes, shown: str
) -> None:
    liar.lie("GET", status(400, body))
    with pytest.raises(RegistryError) as caught:
        repository.list_tags()
    assert caught.value.message.endswith(f"400 Bad Request{': ' if shown else ''}{shown}")


@pytest.mark.parametrize("tags", [{}, "x", [1], [None], {"a": 1}])
def test_a_list_of_tags_that_is_none(
    liar: LyingRegistry, repository: Repository, tags: object
) -> None:
    liar.lie("GET", status(200, json.dumps({"tags": tags}).encode()))
    if not tags:
        assert repository.list_tags() == ()
        return
    with pytest.raises(RegistryError, match="has no list of tags"):
        repository.list_tags()


# Pages.


def test_tags_come_in_pages(liar: LyingRegistry, repository: Repository) -> None:
    link = {"Link": '</v2/me/app/tags/list?n=2&last=b>; rel="next"'}
    liar.lie(r"n=1000", status(200, b'{"tags":["a","b"]}', link))
    liar.lie(r"last=b", status(200, b'{"tags":["c"]}'))
    assert repository.list_tags() == ("a", "b", "c")


def test_pages_that_never_end(liar: LyingRegistry, repository: Repository) -> None:
    link = {"Link": '</v2/me/app/tags/list?n=1000>; rel="next"'}
    liar.lie("GET", status(200, b'{"tags":["a"]}', link))
    with pytest.raises(RegistryError, match="more than 100 pages"):
        repository.list_tags()
