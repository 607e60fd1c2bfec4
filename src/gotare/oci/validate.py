"""Checks a whole image: every digest, size, diffID, media type, document and path.

The checks are the image specification's (v1.1) and those without which an image does not start.
Every test that makes an image calls `validate`.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gotare.errors import CorruptError, NotFoundError
from gotare.oci.checked_blob import CheckedBlob
from gotare.oci.configcheck import (
    check_counts,
    check_entrypoint,
    check_platform,
    check_user,
    diff_ids,
)
from gotare.oci.expand import ALGORITHMS
from gotare.oci.layercheck import check_layer
from gotare.oci.problems import Problem, Report, Severity
from gotare.oci.schema import Kind, parse, schema_problems, without_nulls
from gotare.oci.store import Source
from gotare.oci.tarcheck import Files, Layer, apply_layer
from gotare.oci.types import (
    CONFIG_TYPES,
    DOCKER_CONFIG,
    MAX_MANIFEST,
    Descriptor,
    Platform,
    digest_of,
)
from gotare.progress import SILENT, Progress

if TYPE_CHECKING:
    from gotare.oci.layout import Layout

__all__ = ["Limits", "Problem", "Report", "validate", "validate_layout"]

_DEEPEST: Final = 4
_FREE_EXPANSION: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a layer may become. Ratios count from 256 MiB up: short runs of zeros are no attack."""

    layer_bytes: int = 32 << 30
    """Bytes uncompressed, at most."""
    ratio: int = 500
    """Uncompressed bytes for each compressed one, at most."""

    def of(self, descriptor: Descriptor) -> int:
        """Return how many bytes may come out of a layer."""
        return min(self.layer_bytes, max(_FREE_EXPANSION, self.ratio * descriptor.size))


def validate(
    source: Source,
    descriptor: Descriptor,
    *,
    platform: Platform | None = None,
    schema_directory: Path | None = None,
    limits: Limits | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Check the image or index, everything below it and what refers to it; return what is wrong.

    `platform` restricts an index to the entries for it; `schema_directory` holds the image
    specification's own schemas, checked beside gotare's. Raises only when the source cannot be
    read at all (RegistryError, StoreError other than absent or corrupt content), and NotFoundError
    when the index has nothing for `platform`.
    """
    check = _Check(source, platform, schema_directory, limits or Limits(), progress)
    check.subject = descriptor.digest[:19]
    check.node(descriptor, 0)
    return check.report()


def validate_layout(
    layout: Layout,
    *,
    platform: Platform | None = None,
    schema_directory: Path | None = None,
    limits: Limits | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Check an OCI layout: its two files (image-spec `image-layout.md`) and all its images.

    Parameters and errors are those of `validate`.
    """
    check = _Check(layout, platform, schema_directory, limits or Limits(), progress)
    check.subject = layout.path.name
    check.file(layout.path / "oci-layout", "layout")
    if check.file(layout.path / "index.json", "index"):
        for entry in layout.entries():
            check.node(entry, 0)
    return check.report()


class _Check:
    """One validation: what was found and seen so far."""

    def __init__(
        self,
        source: Source,
        platform: Platform | None,
        schemas: Path | None,
        limits: Limits,
        progress: Progress,
    ) -> None:
        self._source = source
        self._platform = platform
        self._schemas = schemas
        self._limits = limits
        self._progress = progress
        self._documents: dict[tuple[str, Kind], dict[str, Any] | None] = {}
        self._checked: set[str] = set()
        self._layers: dict[str, tuple[str, Layer] | None] = {}
        self._bytes = 0
        self.subject = "image"
        self.findings: list[Problem] = []
        self.manifests = self.blobs = self.files = 0

    def _add(
        self, rule: str, message: str, digest: str = "", path: str = "", level: Severity = "error"
    ) -> None:
        self.findings.append(Problem(level, rule, message, digest, path))

    def _add_all(self, problems: Iterable[Problem], digest: str) -> None:
        self.findings += (replace(problem, digest=digest) for problem in problems)

    def report(self) -> Report:
        """Return what was found."""
        self._progress.end("validate", self.subject)
        findings = tuple(dict.fromkeys(self.findings))
        return Report(findings, self.manifests, self.blobs, self.files)

    def file(self, path: Path, kind: Kind) -> bool:
        """Check a JSON file that is not a blob; return whether its content can be relied on."""
        before = len(self.findings)
        try:
            with path.open("rb") as stream:
                document = parse(stream.read(MAX_MANIFEST))
        except FileNotFoundError:
            self._add("layout-file", f"there is no {path.name}", path=path.name)
        except (ValueError, RecursionError) as error:
            self._add("json", f"{path.name} is not JSON: {error}", path=path.name)
        else:
            self._check_schemas(document, kind, path=path.name)
        return len(self.findings) == before

    # the graph

    def node(self, descriptor: Descriptor, depth: int) -> None:
        """Check an index, a manifest, or anything else by its digest alone."""
        self._check_data(descriptor)
        if not (descriptor.is_index or descriptor.is_manifest):
            self._blob(descriptor)
        elif depth > _DEEPEST:
            self._add("depth", f"indexes are nested over {_DEEPEST} deep", descriptor.digest)
        elif descriptor.is_index:
            self._index(descriptor, depth)
        else:
            self._manifest(descriptor)

    def _index(self, descriptor: Descriptor, depth: int) -> None:
        document = self._document(descriptor, "index")
        if document is None:
            return
        entries = self._descriptors(document.get("manifests"))
        self._check_entries(entries, descriptor)
        for entry in self._chosen(entries, depth):
            self._check_family(entry, descriptor)
            self.node(entry, depth + 1)
        self._check_referrers(descriptor)

    def _chosen(self, entries: list[Descriptor], depth: int) -> list[Descriptor]:
        wanted = self._platform.normal if self._platform else None
        if wanted is None:
            return entries
        chosen = [e for e in entries if e.platform and e.platform.normal == wanted]
        if not chosen and not depth:
            offered = ", ".join(sorted({str(e.platform) for e in entries if e.platform}))
            raise NotFoundError(f"the image has nothing for {wanted}", f"it has: {offered}")
        return chosen

    def _check_entries(self, entries: list[Descriptor], parent: Descriptor) -> None:
        """Warn of entries that a runtime cannot tell apart."""
        images = [e for e in entries if not e.artifact_type]
        platforms = Counter(e.platform.normal for e in images if e.platform)
        for platform, count in platforms.items():
            if count > 1 and platform.os != "unknown":
                message = f"the index has {count} entries for {platform}"
                self._add("platform-duplicate", message, parent.digest, level="warning")
        if len(images) > 1 and any(e.platform is None for e in images):
            message = "the index has entries without a platform beside others"
            self._add("platform-missing", message, parent.digest, level="warning")

    def _manifest(self, descriptor: Descriptor) -> None:
        first = (descriptor.digest, "manifest") not in self._documents
        document = self._document(descriptor, "manifest")
        if document is None:
            return
        configs = self._descriptors([document.get("config")])
        layers = self._descriptors(document.get("layers"))
        if first:
            for child in (*configs, *layers):
                self._check_family(child, descriptor)
                self._check_data(child)
        if configs and configs[0].media_type in CONFIG_TYPES:
            self._image(descriptor, configs[0], layers)
        else:
            for child in (*configs, *layers):
                self._blob(child)
        if first:
            self._check_referrers(descriptor)

    def _check_referrers(self, descriptor: Descriptor) -> None:
        for referrer in self._referrers(descriptor):
            document = self._document(referrer, "manifest")
            subject = document.get("subject") if document else None
            if document is None:
                continue
            digest = subject.get("digest") if isinstance(subject, dict) else None
            if digest != descriptor.digest:
                message = f"a referrer of {descriptor.digest} has another subject: {digest}"
                self._add("referrer-subject", message, referrer.digest)
            for child in self._descriptors(_parts(document)):
                self._blob(child)

    def _referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        try:
            return self._source.referrers(descriptor)
        except (CorruptError, NotFoundError) as error:
            self._add("referrers", f"the referrers cannot be listed: {error}")
            return ()

    # an image

    def _image(
        self, descriptor: Descriptor, config_at: Descriptor, layers: list[Descriptor]
    ) -> None:
        config = self._document(config_at, "config")
        found = [self._layer(layer) for layer in layers]
        if config is None:
            return
        problems = [*check_counts(config, len(layers)), *check_user(config)]
        problems += check_platform(config, descriptor)
        self._add_all(problems, config_at.digest)
        self._check_diff_ids(config, layers, [layer[0] if layer else "" for layer in found])
        files = self._file_system(layers, [layer[1] for layer in found if layer])
        if all(layer and layer[0] for layer in found):
            self._add_all(check_entrypoint(config, files), config_at.digest)

    def _check_diff_ids(
        self, config: dict[str, Any], layers: list[Descriptor], found: list[str]
    ) -> None:
        for layer, told, real in zip(layers, diff_ids(config), found, strict=False):
            if real and told != real:
                message = f"the config says the diffID {str(told)[:80]}, the layer has {real}"
                self._add("diff-id", message, layer.digest)

    def _file_system(self, at: list[Descriptor], layers: list[Layer]) -> Files:
        files: Files = {}
        for descriptor, layer in zip(at, layers, strict=False):
            self._add_all(apply_layer(files, layer), descriptor.digest)
        return files

    def _layer(self, descriptor: Descriptor) -> tuple[str, Layer] | None:
        """Check a layer once; return its diffID ("" for unknown) and what it holds, or None."""
        if descriptor.media_type not in ALGORITHMS:
            message = f"not a type of layer that can be looked into: {descriptor.media_type[:80]}"
            self._add("layer-media-type", message, descriptor.digest, level="warning")
            if "urls" not in descriptor.extra:  # those are fetched from elsewhere
                self._blob(descriptor)
            return None
        if descriptor.digest not in self._layers:
            self._layers[descriptor.digest] = self._read_layer(descriptor)
        return self._layers[descriptor.digest]

    def _read_layer(self, descriptor: Descriptor) -> tuple[str, Layer] | None:
        limit = self._limits.of(descriptor)
        try:
            with self._open(descriptor) as stream:
                found = check_layer(stream, ALGORITHMS[descriptor.media_type], limit)
                stream.finish()
        except (CorruptError, NotFoundError) as error:
            self._unreadable(descriptor, error)
            return None
        self.blobs += 1
        self.files += found.count
        self._add_all(found.problems, descriptor.digest)
        return found.diff_id, found.layer

    # content

    @contextmanager
    def _open(self, descriptor: Descriptor) -> Iterator[CheckedBlob]:
        with self._source.fetch(descriptor) as stream:
            yield CheckedBlob(stream, descriptor, self._moved)

    def _moved(self, size: int) -> None:
        self._bytes += size
        self._progress.step("validate", self.subject, self._bytes)

    def _blob(self, descriptor: Descriptor) -> None:
        """Check the digest and size of content that is not looked into, once."""
        if descriptor.digest in self._checked:
            return
        self._checked.add(descriptor.digest)
        try:
            with self._open(descriptor) as stream:
                stream.finish()
            self.blobs += 1
        except (CorruptError, NotFoundError) as error:
            self._unreadable(descriptor, error)

    def _content(self, descriptor: Descriptor) -> bytes | None:
        if descriptor.size > MAX_MANIFEST:
            message = f"a document of {descriptor.size} bytes is more than the {MAX_MANIFEST} read"
            self._add("document-size", message, descriptor.digest)
            return None
        try:
            with self._open(descriptor) as stream:
                return stream.whole()
        except (CorruptError, NotFoundError) as error:
            self._unreadable(descriptor, error)
            return None

    def _unreadable(self, descriptor: Descriptor, error: Exception) -> None:
        rule = "blob-missing" if isinstance(error, NotFoundError) else "blob-corrupt"
        self._add(rule, str(error), descriptor.digest)

    def _check_data(self, descriptor: Descriptor) -> None:
        data = descriptor.extra.get("data")
        if data is None:
            return
        try:
            content = base64.b64decode(str(data), validate=True)
        except ValueError:
            content = b""
        if (len(content), digest_of(content)) != (descriptor.size, descriptor.digest):
            message = "the data embedded in a descriptor is not what its digest says"
            self._add("descriptor-data", message, descriptor.digest)

    def _check_family(self, child: Descriptor, parent: Descriptor) -> None:
        if {_family(child), _family(parent)} == {"docker", "oci"}:
            message = f"{child.media_type} is below {parent.media_type}"
            self._add("media-type-mixed", message, child.digest)

    # documents

    def _document(self, descriptor: Descriptor, kind: Kind) -> dict[str, Any] | None:
        """Read and check a JSON document once; None when it cannot be read."""
        key = (descriptor.digest, kind)
        if key not in self._documents:
            content = self._content(descriptor)
            self._documents[key] = None if content is None else self._parse(content, descriptor)
            if (document := self._documents[key]) is not None:
                self._count(kind)
                self._check_document(document, descriptor, kind)
        return self._documents[key]

    def _count(self, kind: Kind) -> None:
        if kind == "config":
            self.blobs += 1
        else:
            self.manifests += 1

    def _parse(self, content: bytes, descriptor: Descriptor) -> dict[str, Any] | None:
        try:
            return parse(content)
        except (ValueError, RecursionError) as error:
            self._add("json", f"a document is not JSON: {error}", descriptor.digest)
            return None

    def _check_document(self, document: dict[str, Any], at: Descriptor, kind: Kind) -> None:
        if kind != "config":
            self._check_media_type(document, at)
        docker = at.media_type == DOCKER_CONFIG
        self._check_schemas(without_nulls(document) if docker else document, kind, at.digest)

    def _check_schemas(
        self, document: dict[str, Any], kind: Kind, digest: str = "", path: str = ""
    ) -> None:
        for message in schema_problems(kind, document):
            self._add("schema", f"{kind} {message}", digest, path)
        if self._schemas:
            for message in schema_problems(kind, document, self._schemas):
                self._add("schema-official", f"{kind} {message}", digest, path)

    def _check_media_type(self, document: dict[str, Any], at: Descriptor) -> None:
        told = document.get("mediaType")
        if told is None and _family(at) == "oci":
            return  # only "SHOULD be used"
        if told != at.media_type:
            message = f"a document of the type {at.media_type} calls itself {str(told)[:80]}"
            self._add("media-type", message, at.digest)

    def _descriptors(self, values: object) -> list[Descriptor]:
        """Read descriptors; those that are none were reported by the schema."""
        found = []
        for value in values if isinstance(values, list) else []:
            with suppress(CorruptError):
                found.append(Descriptor.from_json(value))
        return found


def _parts(document: dict[str, Any]) -> list[Any]:
    layers = document.get("layers")
    return [document.get("config"), *(layers if isinstance(layers, list) else [])]


def _family(descriptor: Descriptor) -> str:
    for family in ("docker", "oci"):
        if descriptor.media_type.startswith(f"application/vnd.{family}."):
            return family
    return ""
