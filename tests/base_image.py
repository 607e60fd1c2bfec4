"""Makes a small base image that looks like Debian's: a shell, users, an os-release, a config."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from gotare.oci.layout import Layout
from gotare.oci.types import (
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    describe,
    encode,
)
from tests.oci.images import compress, finish, index_of, push_bytes

BUSYBOX = Path("/bin/busybox")
_APPLETS = ("cat", "id", "ls", "sh", "sleep", "wget")
_FOLDERS = {"bin": 0o755, "etc": 0o755, "root": 0o700, "tmp": 0o1777, "var": 0o755}
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
}


def make_base_image(folder: Path) -> Descriptor:
    """Write the layout with `base:1`, an index for linux/amd64 and linux/arm64."""
    layout = Layout(folder, create=True)
    tar = _rootfs()
    layer = push_bytes(layout, compress(tar, "gzip"), OCI_LAYER_GZIP)
    diff_id = "sha256:" + hashlib.sha256(tar).hexdigest()
    entries = [
        _image(layout, layer, diff_id, Platform("linux", architecture))
        for architecture in ("amd64", "arm64")
    ]
    return index_of(layout, entries, name="base:1")


def _image(layout: Layout, layer: Descriptor, diff_id: str, platform: Platform) -> Descriptor:
    config = {
        "created": "2024-01-01T00:00:00Z",
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {
            "Env": ["PATH=/usr/local/bin:/bin", "BASE=yes"],
            "Cmd": ["/bin/sh"],
            "Labels": {"org.opencontainers.image.title": "base", "base.label": "kept"},
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "the root file system"}],
    }
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": push_bytes(layout, encode(config), OCI_CONFIG).json(),
        "layers": [layer.json()],
    }
    content = encode(document)
    return finish(layout, describe(content, OCI_MANIFEST, platform=platform), content, "")


def _rootfs() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode in _FOLDERS.items():
            _add(archive, name, tarfile.DIRTYPE, mode)
        for name, text in _TEXTS.items():
            _add(archive, name, tarfile.REGTYPE, 0o644, text.encode())
        _add(archive, "bin/busybox", tarfile.REGTYPE, 0o755, BUSYBOX.read_bytes())
        for applet in _APPLETS:
            _add(archive, f"bin/{applet}", tarfile.SYMTYPE, 0o777, link="busybox")
    return buffer.getvalue()


def _add(
    archive: tarfile.TarFile,
    name: str,
    kind: bytes,
    mode: int,
    content: bytes = b"",
    link: str = "",
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.size, member.linkname = kind, mode, len(content), link
    archive.addfile(member, io.BytesIO(content))
