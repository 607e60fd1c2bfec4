"""A repository in a registry, as a store: OCI distribution-spec v1.1.

How a request is sent is in `transport.py`, how a blob travels in `upload.py` and `download.py`.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO, Final, cast
from urllib.parse import quote

from gotare.errors import CorruptError, RegistryError
from gotare.oci.auth import Keychain
from gotare.oci.closing import Closing
from gotare.oci.download import Download
from gotare.oci.reference import Reference
from gotare.oci.referrers import (
    FETCH_LIMIT,
    fallback_tag,
    read_referrers,
    record_referrer,
    referrer_descriptor,
    subject_of,
)
from gotare.oci.refusal import clean
from gotare.oci.retry import Patience
from gotare.oci.store import VerifyingReader, chunks
from gotare.oci.transport import Answer, Request, Transport
from gotare.oci.types import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    MAX_MANIFEST,
    OCI_INDEX,
    Descriptor,
    check_digest,
    decode,
    describe,
)
from gotare.oci.upload import PIECE, Upload
from gotare.progress import SILENT, Progress

_ARTIFACT: Final = "application/vnd.oci.artifact.manifest.v1+json"
_STORED_AS_MANIFEST: Final = MANIFEST_TYPES | INDEX_TYPES | {_ARTIFACT}
_ACCEPT: Final = {"Accept": ", ".join(sorted(_STORED_AS_MANIFEST))}
_NO_API: Final = frozenset({400, 404, 405, 501})
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>\s*;[^<>]{0,200}?\brel="?next\b')
_TITLE: Final = "org.opencontainers.image.title"


class Repository(Closing):
    """Source and Sink over one repository. Safe for threads; close it, or use `with`.

    `mounts` maps digests to other repositories of the same registry that hold them. `insecure`
    allows http and certificates that are not trusted; this machine may speak http anyway.
    """

    def __init__(
        self,
        reference: Reference,
        keychain: Keychain,
        *,
        insecure: bool = False,
        progress: Progress = SILENT,
        mounts: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        piece: int = PIECE,
        user_agent: str = "gotare",
    ) -> None:
        self.reference = reference
        self._progress = progress
        self._mounts = dict(mounts or {})
        self._piece = piece
        self._absent: set[str] = set()
        self._has_referrers_api: bool | None = None
        self._referrers_lock = threading.Lock()
        self._base = f"/v2/{reference.repository}"
        self._transport = Transport(
            reference,
            keychain,
            insecure=insecure,
            patience=patience or Patience(),
            user_agent=user_agent,
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def resolve(self, name: str = "") -> Descriptor:
        """Return the descriptor of a tag or digest; "" is the reference's own.

        One HEAD request, and a GET when its answer is not enough. Raises NotFoundError, AuthError,
        RegistryError.
        """
        name = name or self.reference.digest or self.reference.tag or "latest"
        name = check_digest(name) if ":" in name else name
        shown = f"{self.reference.name}{'@' if ':' in name else ':'}{name}"
        target, what = self._manifest_path(name), f"find {shown}"
        head = self._transport.send(
            Request("HEAD", target, what, headers=_ACCEPT, expect=frozenset({200, 405, 501}))
        )
        found = _described(head) if head.status == 200 else None
        if found is None:
            answer = self._transport.send(Request("GET", target, what, headers=_ACCEPT))
            found = self._described_by_content(answer, what, name)
        if ":" in name and found.digest != name:
            raise CorruptError(
                f"{self.reference.registry} answers {found.digest} when asked for {name}"
            )
        return found

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open the content, verified and bounded. A dropped connection is resumed.

        Raises NotFoundError, AuthError, RegistryError; the reader raises CorruptError.
        """
        manifest = _is_manifest(descriptor)
        stream = Download(
            self._transport, descriptor, self._path(descriptor), _ACCEPT if manifest else {}
        )
        try:
            raw = cast(BinaryIO, stream)
            yield cast(BinaryIO, VerifyingReader(raw, descriptor, self.reference.name))
        finally:
            stream.close()

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the repository holds the content: one HEAD request."""
        request = Request(
            "HEAD",
            self._path(descriptor),
            f"look for {descriptor.digest}",
            pushing=True,
            headers=_ACCEPT if _is_manifest(descriptor) else {},
            expect=frozenset({200, 404}),
        )
        if self._transport.send(request).status == 200:
            return True
        self._absent.add(descriptor.digest)
        return False

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Store the content. A blob that is there already, or in a mount, is not sent.

        Raises AuthError, RegistryError, and CorruptError when the content is not what the
        descriptor says.
        """
        if _is_manifest(descriptor):
            self._put_manifest(descriptor, _manifest(descriptor, content))
        else:
            self._push_blob(descriptor, content)

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Make the tag `name` point to the manifest or index, whose children are there."""
        self._put_manifest(descriptor, _manifest(descriptor, BytesIO(manifest)), name)

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the manifests whose subject is `descriptor`, by the API or by the fallback tag."""
        if self._has_referrers_api is not False:
            target = f"{self._base}/referrers/{check_digest(descriptor.digest)}"
            what = f"list what refers to {descriptor.digest}"
            found: list[Descriptor] = []
            for answer in self._pages(target, what, _NO_API):
                if answer.status != 200:
                    self._has_referrers_api = False
                    break
                self._has_referrers_api = True
                found += read_referrers(answer.body, self._answer_of(answer))
            else:
                return tuple(found)
        content = self._index_at(fallback_tag(descriptor.digest))
        return read_referrers(content, self.reference.name) if content else ()

    def list_tags(self) -> tuple[str, ...]:
        """Return the tags as the registry orders them."""
        tags: list[str] = []
        what = "list the tags"
        for answer in self._pages(f"{self._base}/tags/list?n=1000", what):
            listed = self._json(answer, what).get("tags") or []
            if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
                raise RegistryError(f"cannot {what}: {self._answer_of(answer)} has no list of tags")
            tags += listed
        return tuple(tags)

    def _push_blob(self, descriptor: Descriptor, content: BinaryIO) -> None:
        subject = descriptor.annotations.get(_TITLE) or descriptor.digest.partition(":")[2][:12]

        def report(done: int) -> None:
            self._progress.step("push", subject, done, descriptor.size)

        upload = Upload(self._transport, descriptor, report, self._piece)
        if check_digest(descriptor.digest) not in self._absent and upload.exists():
            self._progress.end("push", subject, "exists")
            return
        source = self._mounts.get(descriptor.digest, "")
        note = upload.run(content, source if source != self.reference.repository else "")
        self._absent.discard(descriptor.digest)
        self._progress.end("push", subject, note)

    def _put_manifest(self, descriptor: Descriptor, content: bytes, name: str = "") -> None:
        name = name or check_digest(descriptor.digest)
        what = f"push manifest {name}"
        answer = self._transport.send(
            Request(
                "PUT",
                self._manifest_path(name),
                what,
                pushing=True,
                headers={"Content-Type": descriptor.media_type},
                body=content,
                expect=frozenset({200, 201, 202}),
            )
        )
        stored = answer.headers.get("Docker-Content-Digest", descriptor.digest)
        if stored != descriptor.digest:
            raise CorruptError(
                f"{self.reference.registry} stored {clean(stored, 80)} when {descriptor.digest} "
                "was pushed"
            )
        self._absent.discard(descriptor.digest)
        if "OCI-Subject" not in answer.headers:
            self._record_subject(descriptor, content)

    def _record_subject(self, descriptor: Descriptor, content: bytes) -> None:
        """List a manifest with a subject under the fallback tag, for a registry without the API."""
        if b'"subject"' not in content:
            return
        manifest = decode(content, descriptor.digest)
        subject = subject_of(manifest)
        if subject is None or self._has_referrers_api:
            return
        with self._referrers_lock:
            record_referrer(
                referrer_descriptor(descriptor, manifest), subject, self._index_at, self._put_index
            )

    def _index_at(self, tag: str) -> bytes | None:
        answer = self._transport.send(
            Request(
                "GET",
                self._manifest_path(tag),
                f"read the tag {tag}",
                headers=_ACCEPT,
                expect=frozenset({200, 404}),
            )
        )
        return answer.body if answer.status == 200 else None

    def _put_index(self, tag: str, content: bytes) -> None:
        self._put_manifest(describe(content, OCI_INDEX), content, tag)

    def _pages(
        self, target: str, what: str, no_error: frozenset[int] = frozenset()
    ) -> Iterator[Answer]:
        """Yield the pages of a list; raise RegistryError when they do not end."""
        for _ in range(FETCH_LIMIT):
            expect = frozenset({200}) | no_error
            answer = self._transport.send(Request("GET", target, what, expect=expect))
            yield answer
            following = _NEXT.search(answer.headers.get("Link", ""))
            if answer.status != 200 or not following:
                return
            target = answer.link(following[1])
        raise RegistryError(
            f"cannot {what}: {self.reference.registry} has more than {FETCH_LIMIT} pages of it"
        )

    def _described_by_content(self, answer: Answer, what: str, name: str) -> Descriptor:
        document = self._json(answer, what)
        media_type = document.get("mediaType") or _media_type(answer)
        if media_type not in _STORED_AS_MANIFEST:
            raise RegistryError(
                f"cannot {what}: {self._answer_of(answer)} has the type "
                f"{clean(str(media_type), 80)!r}",
                "only OCI and Docker (schema 2) images can be read",
            )
        algorithm = name.partition(":")[0] if ":" in name else "sha256"
        digest = f"{algorithm}:{hashlib.new(algorithm, answer.body).hexdigest()}"
        return Descriptor(str(media_type), digest, len(answer.body))

    def _json(self, answer: Answer, what: str) -> dict[str, Any]:
        try:
            return decode(answer.body, self._answer_of(answer))
        except CorruptError as error:
            raise RegistryError(
                f"cannot {what}: {clean(error.message)}",
                f"is {self.reference.registry} a registry, and is there no login page before it?",
            ) from None

    def _answer_of(self, answer: Answer) -> str:
        return f"the answer of {self.reference.registry} ({clean(_media_type(answer), 60)})"

    def _manifest_path(self, name: str) -> str:
        return f"{self._base}/manifests/{quote(name, safe=':')}"

    def _path(self, descriptor: Descriptor) -> str:
        digest = check_digest(descriptor.digest)
        manifest = _is_manifest(descriptor)
        return self._manifest_path(digest) if manifest else f"{self._base}/blobs/{digest}"


def _is_manifest(descriptor: Descriptor) -> bool:
    return descriptor.media_type in _STORED_AS_MANIFEST


def _manifest(descriptor: Descriptor, content: BinaryIO) -> bytes:
    """Return the verified bytes of a manifest to push."""
    if descriptor.size > MAX_MANIFEST:
        raise CorruptError(
            f"the manifest {descriptor.digest} has {descriptor.size} bytes; registries take "
            f"{MAX_MANIFEST} at most"
        )
    reader = VerifyingReader(content, descriptor, "the content to push")
    return b"".join(chunks(cast(BinaryIO, reader)))


def _media_type(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip()


def _described(head: Answer) -> Descriptor | None:
    """Return the descriptor that a HEAD answer gives, None when something is missing."""
    digest, size = head.headers.get("Docker-Content-Digest"), head.headers.get("Content-Length", "")
    media_type = _media_type(head)
    if not digest or not size.isdigit() or media_type not in _STORED_AS_MANIFEST:
        return None
    return Descriptor(media_type, check_digest(digest), int(size))
