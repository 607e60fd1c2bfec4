"""How blobs get into a registry that drops, forgets and refuses."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import CorruptError, RegistryError
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.store import VerifyingReader
from gotare.oci.types import OCI_LAYER, Descriptor, describe
from tests.oci.lies import dropped, refused, silent, status, swallowed, unheard
from tests.oci.lying_registry import BLOB, LAYER, Exchange, LyingRegistry

PIECE = 1 << 20
SMALL = b"a small blob"
SMALL_LAYER = describe(SMALL, OCI_LAYER)
START = "POST /v2/me/app/blobs/uploads/"


class Heard:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, int, int | None]] = []
        self.ends: list[tuple[str, str, str]] = []

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        self.steps.append((stage, subject, done, total))

    def end(self, stage: str, subject: str, note: str = "") -> None:
        self.ends.append((stage, subject, note))

    def warn(self, message: str) -> None:
        raise AssertionError(message)


class OneWay:
    """A stream that cannot go back."""

    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def sink(
    liar: LyingRegistry, tmp_path: Path, patience: Patience, heard: Heard
) -> Iterator[Repository]:
    """The repository me/app at a liar that holds nothing, with small pieces."""
    liar.blobs.clear()
    with Repository(
        parse_reference(f"{liar.host}/me/app:1"),
        Keychain({}, tmp_path),
        patience=patience,
        piece=PIECE,
        progress=heard,
        mounts={LAYER.digest: "you/base", SMALL_LAYER.digest: "me/app"},
    ) as sink:
        yield sink


def methods(liar: LyingRegistry) -> list[str]:
    return [line.split()[0] for line in liar.asked]


def push(sink: Repository, descriptor: Descriptor = LAYER, content: bytes = BLOB) -> None:
    sink.push(descriptor, io.BytesIO(content))


@pytest.fixture
def no_mount(liar: LyingRegistry) -> None:
    liar.lie("mount=", status(404))


def test_a_small_blob_takes_three_requests(
    liar: LyingRegistry, sink: Repository, heard: Heard
) -> None:
    push(sink, SMALL_LAYER, SMALL)
    assert liar.blobs == {SMALL_LAYER.digest: SMALL}
    assert methods(liar) == ["HEAD", "POST", "PUT"]
    assert heard.steps[-1] == ("push", SMALL_LAYER.digest[7:19], len(SMALL), len(SMALL))
    assert heard.ends == [("push", SMALL_LAYER.digest[7:19], "")]


def test_what_was_asked_before_is_not_asked_again(liar: LyingRegistry, sink: Repository) -> None:
    assert not sink.exists(SMALL_LAYER)
    push(sink, SMALL_LAYER, SMALL)
    assert methods(liar) == ["HEAD", "POST", "PUT"]
    assert sink.exists(SMALL_LAYER)
    push(sink, SMALL_LAYER, SMALL)
    assert methods(liar)[3:] == ["HEAD", "HEAD"]


def test_an_empty_blob(liar: LyingRegistry, sink: Repository) -> None:
    push(sink, describe(b"", OCI_LAYER), b"")
    assert list(liar.blobs.values()) == [b""]


@pytest.mark.usefixtures("no_mount")
def test_a_large_blob_goes_in_pieces(liar: LyingRegistry, sink: Repository, heard: Heard) -> None:
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}
    assert methods(liar) == ["HEAD", "POST", "POST", "PATCH", "PATCH", "PATCH", "PUT"]
    ranges = [seen.headers["content-range"] for seen in liar.seen if "PATCH" in seen.line]
    assert ranges == [f"{n * PIECE}-{(n + 1) * PIECE - 1}" for n in range(3)]
    done = [step[2] for step in heard.steps]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, LAYER.size)


def test_a_blob_is_mounted(liar: LyingRegistry, sink: Repository, heard: Heard) -> None:
    liar.lie("HEAD", status(404), times=1)
    liar.blobs[LAYER.digest] = BLOB
    push(sink, LAYER, b"not even read")
    assert liar.asked[1] == f"{START}?mount={LAYER.digest}&from=you/base"
    assert len(liar.asked) == 2
    assert heard.ends == [("push", LAYER.digest[7:19], "mounted")]


def test_a_refused_mount_becomes_an_upload(liar: LyingRegistry, sink: Repository) -> None:
    push(sink)  # the registry does not have it there either, and opens a session
    assert methods(liar) == ["HEAD", "POST", "PATCH", "PATCH", "PATCH", "PUT"]
    assert liar.blobs == {LAYER.digest: BLOB}


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405])
def test_a_forbidden_mount_becomes_an_upload(
    liar: LyingRegistry, sink: Repository, code: int
) -> None:
    liar.lie("mount=", status(code))
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}


def test_nothing_is_mounted_from_itself(liar: LyingRegistry, sink: Repository) -> None:
    push(sink, SMALL_LAYER, SMALL)
    assert START in liar.asked


# Interruptions.


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize("kept", [0, 2, 4096, PIECE - 1, PIECE])
def test_an_interrupted_piece_is_resumed(liar: LyingRegistry, sink: Repository, kept: int) -> None:
    liar.lie("PATCH", swallowed(kept), times=1, after=1)
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}
    assert methods(liar).count("GET") == 1
    patches = [seen.headers["content-range"] for seen in liar.seen if "PATCH" in seen.line]
    assert patches[1] == f"{PIECE}-{2 * PIECE - 1}"
    after = PIECE + kept
    end = 2 * PIECE if kept < PIECE else 3 * PIECE
    assert patches[2] == f"{after}-{end - 1}"
    assert len([line for line in liar.asked if line == START]) == 1


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize("lie", [dropped, silent, status(503), unheard])
@pytest.mark.parametrize("pattern", ["PATCH", "PUT", r"POST .*uploads/$", "HEAD"])
def test_failures_that_pass(
    liar: LyingRegistry, sink: Repository, lie: Callable[[Exchange], None], pattern: str
) -> None:
    liar.lie(pattern, lie, times=1)
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}


@pytest.mark.parametrize("lie", [dropped, silent, status(503), unheard])
def test_failures_of_a_small_blob_that_pass(
    liar: LyingRegistry, sink: Repository, lie: Callable[[Exchange], None]
) -> None:
    liar.lie("PUT", lie, times=1)
    push(sink, SMALL_LAYER, SMALL)
    assert liar.blobs == {SMALL_LAYER.digest: SMALL}
    assert methods(liar).count("PUT") == (1 if lie is unheard else 2)


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize(
    "lie",
    [
        refused(404, "BLOB_UPLOAD_UNKNOWN", "gone"),
        status(410),
        status(416),
        status(400),
        status(204),
        status(204, headers={"Range": "0-5"}),
        status(204, headers={"Range": "0-99999999"}),
        status(204, headers={"Range": "bytes nonsense"}),
    ],
)
def test_a_lost_session_begins_anew(
    liar: LyingRegistry, sink: Repository, lie: Callable[[Exchange], None]
) -> None:
    liar.lie("PATCH", dropped, times=1, after=1)
    liar.lie("GET", lie, times=1)
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}
    assert len([line for line in liar.asked if line == START]) == 2


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize("kept", [0, 1])
def test_an_answer_that_may_mean_none_or_one_byte(
    liar: LyingRegistry, sink: Repository, kept: int
) -> None:
    liar.lie("PATCH", swallowed(kept), times=1)
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}
    assert len([line for line in liar.asked if line == START]) == 1 + kept


@pytest.mark.usefixtures("no_mount")
def test_a_416_is_answered_by_asking(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("PATCH", status(416), times=1, after=1)
    push(sink)
    assert methods(liar)[3:] == ["PATCH", "PATCH", "GET", "PATCH", "PATCH", "PUT"]


@pytest.mark.usefixtures("no_mount")
def test_a_lost_session_of_a_stream_that_cannot_go_back(
    liar: LyingRegistry, sink: Repository
) -> None:
    liar.lie("PATCH", status(404))
    with pytest.raises(RegistryError, match="404"):
        sink.push(LAYER, cast(BinaryIO, OneWay(BLOB)))
    assert methods(liar).count("PATCH") == 1


@pytest.mark.usefixtures("no_mount")
def test_sessions_that_are_always_lost(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("PATCH", status(404), after=1)
    with pytest.raises(RegistryError, match="404"):
        push(sink)
    assert liar.asked.count(START) == 3


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize("pattern", ["PATCH", "PUT"])
def test_an_upload_that_always_drops(liar: LyingRegistry, sink: Repository, pattern: str) -> None:
    liar.lie(pattern, dropped)
    with pytest.raises(RegistryError, match="broke the connection"):
        push(sink)
    assert methods(liar).count(pattern) == 5


@pytest.mark.usefixtures("no_mount")
def test_a_range_that_stands_still(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("PATCH", status(202, headers={"Range": "0-0"}))
    with pytest.raises(RegistryError, match="has lost what was uploaded"):
        push(sink)
    assert methods(liar).count("PATCH") == 3


@pytest.mark.usefixtures("no_mount")
def test_a_registry_that_takes_less_gets_the_rest(liar: LyingRegistry, sink: Repository) -> None:
    def lie(exchange: Exchange) -> None:
        session = exchange.path.partition("?")[0].rpartition("/")[2]
        exchange.owner.uploads[session] += exchange.body()[:1000]
        exchange.state(202, session)

    liar.lie("PATCH", lie, times=1)
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}


@pytest.mark.usefixtures("no_mount")
def test_a_registry_that_wants_larger_pieces(liar: LyingRegistry, sink: Repository) -> None:
    liar.uploads["x"] = bytearray()
    named = {"Location": "/v2/me/app/blobs/uploads/x", "OCI-Chunk-Min-Length": str(2 * PIECE)}
    liar.lie(r"POST .*uploads/$", status(202, headers=named))
    push(sink)
    assert liar.blobs == {LAYER.digest: BLOB}
    assert methods(liar).count("PATCH") == 2


def test_an_upload_without_location(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("POST", status(202))
    with pytest.raises(RegistryError, match="without a Location"):
        push(sink, SMALL_LAYER, SMALL)


def test_an_upload_to_an_unsafe_location(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("POST", status(202, headers={"Location": "http://example.org/upload?key=topsecret"}))
    with pytest.raises(RegistryError, match="not safe to follow") as caught:
        push(sink, SMALL_LAYER, SMALL)
    assert "topsecret" not in caught.value.message


# Content that is wrong.


@pytest.mark.usefixtures("no_mount")
@pytest.mark.parametrize("content", [BLOB[:-1], BLOB + b"x", bytes(len(BLOB)), b""])
def test_wrong_content_never_becomes_visible(
    liar: LyingRegistry, sink: Repository, content: bytes
) -> None:
    with pytest.raises(CorruptError):
        push(sink, LAYER, content)
    assert not liar.blobs
    assert "PUT" not in methods(liar)


def test_wrong_small_content_is_not_even_sent(liar: LyingRegistry, sink: Repository) -> None:
    with pytest.raises(CorruptError):
        push(sink, SMALL_LAYER, SMALL[::-1])
    assert methods(liar) == ["HEAD"]


@pytest.mark.usefixtures("no_mount")
def test_a_registry_that_finds_another_digest(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("PUT", refused(400, "DIGEST_INVALID", "provided digest did not match"))
    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        push(sink)
    assert methods(liar).count("PUT") == 1


@pytest.mark.usefixtures("no_mount")
def test_a_verifying_reader_is_rewound(liar: LyingRegistry, sink: Repository) -> None:
    liar.lie("PATCH", status(404), times=1, after=1)
    reader = VerifyingReader(io.BytesIO(BLOB), LAYER, "a test")
    sink.push(LAYER, cast(BinaryIO, reader))
    assert liar.blobs == {LAYER.digest: BLOB}


# Many.


def test_blobs_in_parallel(liar: LyingRegistry, sink: Repository) -> None:
    contents = [bytes([n]) * (PIECE // 2 * n + 1) for n in range(8)]
    together = threading.Barrier(4)

    def one(content: bytes) -> None:
        together.wait(10)
        push(sink, describe(content, OCI_LAYER), content)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, contents))
    assert set(liar.blobs.values()) == set(contents)


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(0, 6000),
    piece=st.integers(100, 3000),
    drops=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3000)), max_size=3),
)
def test_whatever_is_dropped_arrives(
    tmp_path_factory: pytest.TempPathFactory,
    size: int,
    piece: int,
    drops: list[tuple[int, int]],
) -> None:
    content = bytes(n * 7 % 251 for n in range(size))
    descriptor = describe(content, OCI_LAYER)
    home = tmp_path_factory.mktemp("home")
    with LyingRegistry() as liar:
        for after, kept in drops:
            liar.lie("PATCH", swallowed(kept), times=1, after=after)
        reference = parse_reference(f"{liar.host}/me/app:1")
        patience = Patience(sleep=lambda _: None)
        with Repository(reference, Keychain({}, home), patience=patience, piece=piece) as sink:
            sink.push(descriptor, io.BytesIO(content))
        assert liar.blobs == {descriptor.digest: content}
