"""Runs gotare, in this process or as a process of its own, and looks at what it made.

image = build(project, tmp_path)                      # `gotare build`, validated
image = build(project, tmp_path, "--base=scratch")
outcome = gotare("build", "-C", project, env={...})   # any command; never raises
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from gotare.cli.main import run
from gotare.oci.layout import Layout
from gotare.oci.store import Source
from gotare.oci.types import OCI_INDEX, OCI_MANIFEST, Descriptor, Platform
from gotare.oci.validate import validate
from tests.conftest import ROOT
from tests.oci.images import config_of, contents_of, manifest_of

SCHEMAS = ROOT.parent / "shared" / "data" / "oci-schema"
"""The image specification's own schemas, where they are."""

HOST = Platform("linux", {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine])
"""The platform of this machine."""

OFFLINE: Mapping[str, str] = {"GOPROXY": "off", "GOTOOLCHAIN": "local"}
"""What keeps `go` away from networks."""

_SCRIPT = "import sys; from gotare.cli.main import run; sys.exit(run(sys.argv[1:]))"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.out)

    def failed(self, code: int, *words: str) -> Outcome:
        """Check the form of an error: code, nothing on stdout, one `error:`, and these words."""
        assert self.code == code, self.err
        assert self.out == ""
        lines = self.err.splitlines()
        assert [line.startswith("error: ") for line in lines].count(True) == 1, self.err
        assert "Traceback" not in self.err
        assert "internal error" not in self.err
        for word in words:
            assert word in self.err, self.err
        return self

    @property
    def hint(self) -> str:
        """The text after `hint:`; "" for none."""
        found = [line for line in self.err.splitlines() if line.startswith("hint: ")]
        return found[-1].removeprefix("hint: ") if found else ""


def environment(cache: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a whole environment with a cache of its own and no networks for `go`."""
    kept = {k: v for k, v in os.environ.items() if k not in ("SOURCE_DATE_EPOCH", "GOFLAGS")}
    return {**kept, **OFFLINE, "GOTARE_CACHE": str(cache), **(env or {})}


def gotare(*arguments: str | Path, cache: Path, env: Mapping[str, str] | None = None) -> Outcome:
    """Run a command in this process."""
    settle()
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment(cache, env), clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run([str(argument) for argument in arguments])
    return Outcome(code, out.getvalue(), err.getvalue())


def command(*arguments: str | Path) -> list[str]:
    """Return the words that run gotare as a process."""
    return [sys.executable, "-c", _SCRIPT, *map(str, arguments)]


def gotare_process(
    *arguments: str | Path,
    cache: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Outcome:
    """Run a command as a process of its own."""
    done = subprocess.run(
        command(*arguments),
        env=environment(cache, env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def settle() -> None:
    """Let the file system's clock move on.

    gotare remembers nothing of a file that changed in the tick in which a build starts.
    """
    time.sleep(0.03)


@dataclass(frozen=True)
class Image:
    """An image in a store."""

    source: Source
    root: Descriptor

    @property
    def manifests(self) -> dict[str, Descriptor]:
        """The manifest of each platform."""
        if self.root.is_manifest:
            config = json.loads(config_of(self.source, self.root))
            return {str(Platform.from_json(config)): self.root}
        entries = manifest_of(self.source, self.root)["manifests"]
        found = map(Descriptor.from_json, entries)
        return {str(entry.platform): entry for entry in found}

    def manifest(self, platform: str = "") -> dict[str, Any]:
        """Return one platform's manifest; the only one without a name."""
        return manifest_of(self.source, self._of(platform))

    def _of(self, platform: str) -> Descriptor:
        manifests = self.manifests
        return manifests[platform] if platform else next(iter(manifests.values()))

    def config(self, platform: str = "") -> dict[str, Any]:
        """Return the whole config."""
        document: dict[str, Any] = json.loads(config_of(self.source, self._of(platform)))
        return document

    def run(self, platform: str = "") -> dict[str, Any]:
        """Return the config's `config`: how a container runs."""
        settings: dict[str, Any] = self.config(platform)["config"]
        return settings

    def members(self, platform: str = "") -> dict[str, tarfile.TarInfo]:
        """Return all files by their path without the leading slash, upper layers winning."""
        found: dict[str, tarfile.TarInfo] = {}
        for content in contents_of(self.source, self._of(platform)):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                found |= {member.name.strip("/"): member for member in archive}
        return found

    def content(self, path: str, platform: str = "") -> bytes:
        """Return a file's content."""
        for content in reversed(contents_of(self.source, self._of(platform))):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                if path in archive.getnames():
                    stream = archive.extractfile(path)
                    assert stream
                    return stream.read()
        raise AssertionError(f"no {path} in the image")

    def extract(self, folder: Path, platform: str = "") -> Path:
        """Unpack all layers into a folder."""
        for content in contents_of(self.source, self._of(platform)):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(folder, filter="fully_trusted")
        return folder

    def referrers(self, platform: str = "") -> dict[str, bytes]:
        """Return the documents attached to a manifest, by artifact type."""
        found = {}
        for entry in self.source.referrers(self._of(platform)):
            document = manifest_of(self.source, entry)
            layer = Descriptor.from_json(document["layers"][0])
            with self.source.fetch(layer) as stream:
                found[str(document["artifactType"])] = stream.read()
        return found


def check(source: Source, root: Descriptor) -> Image:
    """Validate an image, and everything that refers to it; return it."""
    schemas = SCHEMAS if SCHEMAS.is_dir() else None
    report = validate(source, root, schema_directory=schemas)
    assert report.errors == (), [str(problem) for problem in report.errors]
    assert report.manifests and report.blobs
    return Image(source, root)


def load(layout: Path, name: str = "") -> Image:
    """Return a valid image of an OCI layout."""
    store = Layout(layout)
    return check(store, store.resolve(name))


def check_layout(path: Path) -> list[str]:
    """Validate every image of a layout; return their digests."""
    store = Layout(path)
    for entry in store.entries():
        check(store, entry)
    return [entry.digest for entry in store.entries() if not entry.artifact_type]


def result(project: Path, cache: Path, *arguments: str | Path, **env: str) -> dict[str, Any]:
    """Build in this process; return the document that `--json` prints."""
    done = gotare("build", "-C", project, "--json", *arguments, cache=cache, env=env)
    assert done.code == 0, done.err
    document: dict[str, Any] = done.json
    return document


def build(project: Path, tmp_path: Path, *arguments: str | Path, **env: str) -> Image:
    """Build the only image of a project into its `dist`; return it, validated."""
    document = result(project, tmp_path / "cache", *arguments, **env)
    (told,) = document["images"]
    store = Layout(project / "dist")
    image = check(store, root_of(store, told["digest"]))
    assert list(image.manifests) == [entry["platform"] for entry in told["platforms"]]
    return image


def root_of(store: Layout, digest: str) -> Descriptor:
    """Return the entry with that digest."""
    return next(entry for entry in store.entries() if entry.digest == digest)


def images_of(project: Path, document: Mapping[str, Any]) -> dict[str, Image]:
    """Return the images of a result by name, validated."""
    store = Layout(project / "dist")
    return {
        told["name"]: check(store, root_of(store, told["digest"])) for told in document["images"]
    }


def digests(document: Mapping[str, Any]) -> Sequence[str]:
    """Return the images' digests."""
    return [image["digest"] for image in document["images"]]


def is_oci(descriptor: Descriptor) -> bool:
    """Whether it points to a document of the OCI's own media types."""
    return descriptor.media_type in (OCI_INDEX, OCI_MANIFEST)
